// What a receipt's code tells whoever asks: how far the case is, in plain Bahasa and without anything personal.
// SPDX-License-Identifier: Apache-2.0
package import Cases
import FoundationEssentials
package import PluginKit
import PostgresClient
import Registry

/// The answer to a code. Of a confidential case only ``words`` is set.
package struct ReceiptStatus: Hashable, Sendable {
    package var code: ReceiptCode
    /// How far it is: `sedang diperiksa oleh kader dan pemerintah desa`.
    package var words: String
    package var isClosed: Bool
    package var sector: String?
    package var received: CivilDate?
    /// Name of the office that it was handed on to.
    package var office: String?
    /// The day by whose end it should have ended; nil while it is paused and when it has ended.
    package var due: CivilDate?
    package var next: String?

    /// In sentences, for a page or a telephone.
    package var sentences: [String] {
        var lines: [String] = []
        if let sector, let received { lines.append("Laporan bidang \(sector), diterima \(received.inWords).") }
        lines.append("Keadaan: \(words).")
        if let office { lines.append("Ditangani oleh \(office).") }
        if let due { lines.append("Batas waktu: \(due.inWords).") }
        if let next { lines.append("Langkah berikutnya: \(next).") }
        return lines
    }
}

extension CaseRegisters {
    /// What a code tells on the day of `now`; nil when no case has it.
    package func status(_ code: ReceiptCode, _ manifests: [Manifest], now: Int64) async throws -> ReceiptStatus? {
        let today = settings.day(now)
        return try await pool.transaction(.init(readOnly: true)) { connection in
            guard let found = try Self.find(connection, code),
                let manifest = manifests.first(where: { $0.record(found.type) != nil })
            else { return nil }
            let words = try CaseReading.words(connection)
            guard let sector = sectors([manifest], words).first?.rules,
                let story = try CaseReading.story(connection, found.id, utcOffset: settings.utcOffset),
                let standing = story.standing(endOf: max(today, story.opened), sector)
            else { return nil }
            let isClosed = sector.isFinal(standing.state)
            if manifest.record(found.type)?.sensitivity == .confidential {
                let words = isClosed ? "selesai ditangani" : "sedang ditangani"
                return ReceiptStatus(code: code, words: words, isClosed: isClosed)
            }
            let known = words[standing.state]
            var status = ReceiptStatus(
                code: code,
                words: known?.text ?? standing.state.replacing("_", with: " "),
                isClosed: isClosed,
                sector: sector.title,
                received: story.opened,
                next: known?.next
            )
            if standing.isPaused { status.words += ", sementara ditunda" }
            if sector.word(standing.state) == .handedOn, let role = standing.office {
                status.office = try connection.query(
                    """
                    select (registry.office_for($1, p.village_code, $2)).name from registry.posyandu p where p.id = $3
                    """,
                    [.text(role), .date(today.daysSince1970), .int4(story.posyandu)]
                ).first?.optionalString(0)
            }
            if !isClosed, let limit = sector.limit(story.priority) {
                status.due = CaseClock(start: standing.start, pauses: standing.pauses, calendar: settings.calendar)
                    .due(after: limit)
            }
            return status
        }
    }

    /// The slip of a code; nil when no case has it.
    package func slip(_ code: ReceiptCode) async throws -> ReceiptSlip? {
        try await pool.withConnection { connection in
            let row = try connection.query(
                """
                select p.name, v.name, d.name, r.date from registry.case c
                join registry.record r on r.id = c.id and r.state = 0
                join registry.posyandu p on p.id = r.posyandu_id
                left join registry.region v
                  on v.version_id = registry.region_version_on(r.date) and v.code = p.village_code
                left join registry.region d
                  on d.version_id = registry.region_version_on(r.date) and d.code = left(p.village_code, 8)
                where c.receipt = $1
                """,
                [.text(code.plain)]
            ).first
            guard let row else { return nil }
            let place = [try row.optionalString(1), try row.optionalString(2)].compactMap(\.self)
            return ReceiptSlip(
                code: code,
                posyandu: try row.string(0),
                place: place.isEmpty ? nil : place.joined(separator: ", "),
                date: CivilDate(daysSince1970: try row.date(3))
            )
        }
    }

    private static func find(
        _ connection: isolated PostgresConnection,
        _ code: ReceiptCode
    ) throws -> (id: UUID, type: String)? {
        try connection.query(
            """
            select c.id, t.name from registry.case c join registry.record_type t on t.id = c.type_id
            where c.receipt = $1
            """,
            [.text(code.plain)]
        ).first.map { (try $0.uuid(0), try $0.string(1)) }
    }
}
