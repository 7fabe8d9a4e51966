// Takes monthly recaps from paper into the log, as messages like everyone's, and says what was wrong with the others.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
package import PluginKit
package import PostgresClient
package import Registry

/// One file of recaps.
package struct RecapImport: Sendable {
    /// Of the sector that declares the register.
    package var manifest: Manifest
    package var register: String
    /// What counts, whatever the lines say.
    package var year: Int
    /// UUID or registration number, when the file is of one posyandu.
    package var posyandu: String?
    package var mode: ImportMode
    package var today: CivilDate

    package init(
        manifest: Manifest,
        register: String,
        year: Int,
        posyandu: String?,
        mode: ImportMode,
        today: CivilDate
    ) {
        self.manifest = manifest
        self.register = register
        self.year = year
        self.posyandu = posyandu
        self.mode = mode
        self.today = today
    }
}

/// What an import of recaps did.
package struct RecapReport: Sendable {
    package var mode: ImportMode
    package var rows = 0
    package var inserted = 0
    package var updated = 0
    package var unchanged = 0
    package var rejected = 0
    package var blank = 0
    package var complaints: [RecapComplaint] = []
    package var warnings: [RecapComplaint] = []
    package var committed = false
    /// The refused lines as a CSV file, with the reasons.
    package var rejects: String?

    /// One sentence for a person.
    package var summary: String {
        let counts =
            "\(rows) recaps: \(inserted) new, \(updated) changed, \(unchanged) as before, \(rejected) refused; "
            + "\(blank) months without values are not reported."
        if committed {
            return inserted + updated == 0 ? "\(counts) Nothing had to be sent." : "\(counts) Sent to the log."
        }
        if mode == .dryRun { return "\(counts) Dry run: nothing was sent." }
        return "\(counts) Nothing was sent. Correct the file, or import it with --skip-bad."
    }
}

/// Imports recaps. Every line becomes a message of the sector's aggregate record type with the natural key (posyandu,
/// register, month): the same file twice sends nothing, a corrected line replaces what was entered before.
package struct RecapImporter: Sendable {
    private let pool: PostgresPool
    private let desk: PaperDesk

    package init(pool: PostgresPool, desk: PaperDesk) {
        self.pool = pool
        self.desk = desk
    }

    /// Wrong lines are in the report, not thrown.
    ///
    /// - Throws: ``RegisterError`` for a register that takes no recaps, a posyandu that is not known, or a log that takes
    ///   none; `PostgresError` when the database fails.
    package func run(_ request: RecapImport, _ bytes: [UInt8]) async throws -> RecapReport {
        guard let recap = request.manifest.register(request.register)?.recap,
            let type = request.manifest.records.first(where: { $0.aggregate != nil }),
            type.field("register")?.choices.contains(request.register) == true
        else {
            let known = request.manifest.registers.filter { $0.recap != nil }.map(\.name)
            throw RegisterError(
                "The register \(request.register) takes no recaps.",
                hint: "one of \(known.joined(separator: ", "))"
            )
        }
        let file = RecapFile(
            bytes,
            recap,
            of: request.manifest,
            year: request.year,
            isOfOne: request.posyandu != nil,
            today: request.today
        )
        var report = RecapReport(mode: request.mode)
        report.rows = file.rows
        report.blank = file.blank
        report.warnings = file.warnings
        report.complaints = file.complaints
        let (recaps, unknown) = try await resolve(file.lines, request)
        report.complaints = (report.complaints + unknown).sorted {
            ($0.line, $0.column ?? "") < ($1.line, $1.column ?? "")
        }
        report.rejected = Set(report.complaints.map(\.line)).count
        let before = try await known(type.type, request, recaps)
        var fresh: [PaperRecap] = []
        for recap in recaps {
            switch before[recap.place] {
            case nil: report.inserted += 1
            case recap.content: report.unchanged += 1
            default: report.updated += 1
            }
            if before[recap.place] != recap.content { fresh.append(recap) }
        }
        switch request.mode {
        case .dryRun: report.committed = false
        case .allOrNothing: report.committed = report.complaints.isEmpty
        case .skipBad: report.committed = !file.isFatal
        }
        if report.committed, !fresh.isEmpty { try await desk.send(fresh, type: type, today: request.today) }
        if report.committed, !report.complaints.isEmpty { report.rejects = Self.rejects(bytes, report.complaints) }
        return report
    }

    /// The lines with the posyandu they are of.
    private func resolve(_ lines: [RecapLine], _ request: RecapImport) async throws -> ([PaperRecap], [RecapComplaint])
    {
        let names = Array(Set(lines.map { ($0.posyandu ?? request.posyandu ?? "").lowercased() })).sorted()
        var posts: [String: (uuid: UUID, from: CivilDate, to: CivilDate?)] = [:]
        let rows = try await pool.withConnection { connection in
            try connection.query(
                """
                select given.name, p.uuid, p.active_from, p.active_to
                from unnest($1::text[]) as given(name)
                join registry.posyandu p on p.uuid::text = given.name
                  or p.id = (select r.posyandu_id from registry.posyandu_registration r where r.number = given.name)
                """,
                [.textArray(names)]
            ).map { (try $0.string(0), try $0.uuid(1), try $0.date(2), try $0.optionalDate(3)) }
        }
        for (name, uuid, from, to) in rows {
            posts[name] = (uuid, CivilDate(daysSince1970: from), to.map { CivilDate(daysSince1970: $0) })
        }
        if let given = request.posyandu, !lines.isEmpty, posts[given.lowercased()] == nil {
            throw RegisterError("There is no posyandu \(given).", hint: "Give its UUID or registration number.")
        }
        var recaps: [PaperRecap] = []
        var complaints: [RecapComplaint] = []
        for line in lines {
            let name = line.posyandu ?? request.posyandu ?? ""
            guard let post = posts[name.lowercased()] else {
                complaints.append(
                    RecapComplaint(
                        line: line.line,
                        column: "posyandu",
                        code: "posyandu_unknown",
                        message: "The posyandu is not known.",
                        fix: "Write its UUID or registration number, or import the posyandu first."
                    )
                )
                continue
            }
            guard post.from <= line.month.last, post.to.map({ line.month.first <= $0 }) ?? true else {
                complaints.append(
                    RecapComplaint(
                        line: line.line,
                        column: "bulan",
                        code: "not_serving",
                        message: "The posyandu did not serve in \(line.month).",
                        fix: "Correct the month or the posyandu."
                    )
                )
                continue
            }
            recaps.append(PaperRecap(posyandu: post.uuid, register: request.register, line))
        }
        return (recaps, complaints)
    }

    /// What the registry holds of these months, from earlier imports.
    private func known(_ type: String, _ request: RecapImport, _ recaps: [PaperRecap]) async throws
        -> [PaperRecap.Place: PaperRecap.Content]
    {
        let posts = Array(Set(recaps.map(\.posyandu)))
        let months = Array(Set(recaps.map(\.month.description)))
        let (sector, register) = (request.manifest.id, request.register)
        let rows = try await pool.withConnection { connection in
            try connection.query(
                """
                select distinct p.uuid, k.period, r.body
                from registry.posyandu p
                join registry.contribution k on k.posyandu_id = p.id
                  and k.sector_id = (select id from registry.sector where code = $3) and k.period = any($2)
                join registry.record r on r.id = k.record_id and r.state = 0
                  and r.type_id = (select id from registry.record_type where name = $4)
                where p.uuid = any($1) and r.body::json->>'register' = $5
                """,
                [.uuidArray(posts), .textArray(months), .text(sector), .text(type), .text(register)]
            ).map { (try $0.uuid(0), try $0.string(1), try $0.string(2)) }
        }
        var known: [PaperRecap.Place: PaperRecap.Content] = [:]
        for (posyandu, period, body) in rows {
            guard let month = Period(period), let json = try? JSONParser.parse(Array(body.utf8)) else { continue }
            let texts = { (name: String) in json[name]?.array?.compactMap(\.string) ?? [] }
            known[PaperRecap.Place(posyandu: posyandu, month: month)] =
                PaperRecap.Content(values: texts("nilai"), uncounted: texts("tidak_dihitung"))
        }
        return known
    }

    /// The refused lines of a file under its line of numbers.
    private static func rejects(_ bytes: [UInt8], _ complaints: [RecapComplaint]) -> String {
        let reasons = Dictionary(grouping: complaints, by: \.line).mapValues { found in
            found.map { complaint in complaint.column.map { "\($0): \(complaint.message)" } ?? complaint.message }
                .joined(separator: " ")
        }
        let text = String(decoding: bytes, as: UTF8.self)
        var output = "baris_asal,alasan,isi\n"
        for (place, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            guard let reason = reasons[place + 1] else { continue }
            let quoted = [reason, String(line.last == "\r" ? line.dropLast() : line)].map { cell in
                "\"" + cell.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
            }
            output += "\(place + 1),\(quoted.joined(separator: ","))\n"
        }
        return output
    }
}
