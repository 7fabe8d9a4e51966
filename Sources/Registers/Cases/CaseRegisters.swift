// Monthly registers TL / BTL / PROSES of cases: live, as of the end of the month, or as they were closed, with what changed since.
// SPDX-License-Identifier: Apache-2.0
import Cases
import FoundationEssentials
package import PluginKit
package import PostgresClient
package import Registry
import Summaries

/// At which day cases are looked at.
package enum CaseMoment: String, CaseIterable, Sendable {
    /// The end of the month, from the history as it is known now.
    case monthEnd = "month-end"
    /// Today.
    case now
    /// What the register said when the month was closed.
    case closed

    func words(_ day: CivilDate) -> String {
        switch self {
        case .closed: "saat bulan ditutup"
        case .monthEnd: "akhir \(day.inWords)"
        case .now: "per \(day.inWords)"
        }
    }
}

extension CivilDate {
    /// `24 November 2026`
    package var inWords: String { "\(day) \(MonthName.all[month - 1]) \(year)" }
}

/// Makes registers and recaps of cases. The same registry gives the same sheet.
package struct CaseRegisters: Sendable {
    let pool: PostgresPool
    let cipher: ResidentCipher
    let settings: Settings

    package struct Settings: Sendable {
        package var calendar: WorkCalendar
        /// Seconds east of UTC: days are civil days of the kabupaten.
        package var utcOffset: Int
        /// Values of manifest parameters that the kabupaten set, by sector.
        package var parameters: [String: Fields]

        package init(calendar: WorkCalendar, utcOffset: Int, parameters: [String: Fields] = [:]) {
            self.calendar = calendar
            self.utcOffset = utcOffset
            self.parameters = parameters
        }

        /// The civil day of a moment in microseconds since 1970 UTC.
        package func day(_ microseconds: Int64) -> CivilDate {
            let seconds = microseconds / 1_000_000 + Int64(utcOffset)
            return CivilDate(daysSince1970: Int32(clamping: seconds / 86_400))
        }
    }

    package init(pool: PostgresPool, cipher: ResidentCipher, settings: Settings) {
        self.pool = pool
        self.cipher = cipher
        self.settings = settings
    }

    /// The sectors that have cases, with what registers must know of them.
    func sectors(_ manifests: [Manifest], _ words: [String: CaseWord]) -> [(rules: CaseSector, manifest: Manifest)] {
        manifests.compactMap { manifest in
            var parameters = manifest.parameterDefaults
            for element in settings.parameters[manifest.id]?.elements ?? []
            where manifest.parameter(element.name) != nil {
                parameters[element.name] = element.value
            }
            return CaseSector(manifest, words: words.mapValues(\.word), parameters: parameters)
                .map { ($0, manifest) }
        }
    }

    /// The day at whose end cases of a month are looked at.
    func day(_ moment: CaseMoment, _ month: Period, today: CivilDate) -> CivilDate {
        moment == .now ? today : min(month.last, today)
    }

    // MARK: One register

    /// The register of a sector and month: of one posyandu, or of all of an area.
    ///
    /// - Parameters:
    ///   - moment: nil for the closed register when the month is closed, else the end of the month.
    ///   - persons: who asks for names and why; leaves a row in `registry.access_log`. Confidential types never name anyone.
    /// - Throws: ``RegisterError``.
    package func register(
        _ name: String,
        of manifest: Manifest,
        _ place: CasePlace,
        month: Period,
        at moment: CaseMoment?,
        now: Int64,
        persons: AccessReason? = nil
    ) async throws -> RegisterSheet {
        guard let register = manifest.register(name), register.recap == nil, !register.types.isEmpty else {
            throw RegisterError(
                "The sector \(manifest.id) has no list of cases \(name).",
                hint: "posyanductl register list"
            )
        }
        return try await pool.transaction(.init(isolation: .repeatableRead, readOnly: persons == nil)) { connection in
            try LongReading.allow(connection)
            guard let sector = sectors([manifest], try CaseReading.words(connection)).first else {
                throw RegisterError("The sector \(manifest.id) has no cases.")
            }
            let posts = try RegisterPost.read(connection, place.scope(month))
            let isClosed = try ClosedMonths.closedAt(connection, month) != nil
            let moment = moment ?? (isClosed ? .closed : .monthEnd)
            let columns = CaseColumns(register, manifest)
            var reading = CaseRegisterReading(
                cipher: cipher,
                settings: settings,
                sector: sector.rules,
                register: register,
                columns: columns,
                posts: posts,
                month: month,
                day: day(moment, month, today: settings.day(now))
            )
            let shown: [FrozenCases.Register]
            var corrections: [SheetTable] = []
            if moment == .closed {
                guard let closedAt = try ClosedMonths.closedAt(connection, month) else {
                    throw RegisterError(
                        "The month \(month) is not closed.",
                        hint: "posyanductl case close \(month), or --as-of month-end"
                    )
                }
                let frozen = try ClosedMonths.registers(connection, month, posts.map(\.id), sector: manifest.id)
                shown = posts.map { post in
                    frozen[post.id]?.registers.first { $0.name == name }
                        ?? FrozenCases.Register(name: name, columns: columns.names, rows: [])
                }
                corrections = [try reading.corrections(connection, to: shown, closedAt: closedAt)]
            } else {
                shown = try reading.live(connection)
            }
            var sheet = try reading.sheet(connection, manifest, shown, persons: persons)
            sheet.head += [("Keadaan", moment.words(reading.day))]
            sheet.lists = corrections.filter { !$0.rows.isEmpty }
            return sheet
        }
    }
}
