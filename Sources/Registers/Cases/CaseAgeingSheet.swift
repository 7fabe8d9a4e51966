// The report on how old open cases are and how many working days steps and offices took.
// SPDX-License-Identifier: Apache-2.0
import Cases
import FoundationEssentials
package import PluginKit
import PostgresClient
import Registry
import Summaries

extension CaseRegisters {
    /// Three tables: open cases by age, days of the steps that ended in the month, days of each office.
    ///
    /// - Parameters:
    ///   - bounds: upper ends of the classes of age, in working days, rising.
    ///   - moment: the end of the month, or today.
    package func ageing(
        _ manifests: [Manifest],
        _ place: CasePlace,
        month: Period,
        at moment: CaseMoment,
        bounds: [Int],
        now: Int64
    ) async throws -> RegisterSheet {
        guard bounds == bounds.sorted(), Set(bounds).count == bounds.count, let first = bounds.first, first >= 0 else {
            throw RegisterError("The classes must rise.", hint: "as 3,5,10,20")
        }
        return try await pool.transaction(.init(isolation: .repeatableRead, readOnly: true)) { connection in
            try LongReading.allow(connection)
            let sectors = sectors(manifests, try CaseReading.words(connection)).map(\.rules)
            let rules = Dictionary(uniqueKeysWithValues: sectors.map { ($0.id, $0) })
            let posts = try RegisterPost.read(connection, place.scope(month))
            let day = day(moment, month, today: settings.day(now))
            var ageing = CaseAgeing(bounds: bounds)
            var workdays = WorkdayCounter(settings.calendar)
            for story in try CaseReading.stories(
                connection,
                posyandu: posts.map(\.id),
                month: month,
                through: day,
                utcOffset: settings.utcOffset
            ) {
                guard let sector = rules[String(story.type.prefix { $0 != "." })] else { continue }
                ageing.add(story, sector, month: month, endOf: day, &workdays)
            }
            let offices = try Self.offices(connection, day)
            return sheet(
                ageing,
                sectors,
                offices,
                head: [
                    ("Bulan", "\(MonthName.all[month.first.month - 1]) \(month.first.year)"),
                    ("Jumlah posyandu", String(posts.count)),
                    ("Keadaan", "per \(day.inWords)"),
                ]
            )
        }
    }

    /// Names of the offices that fill each role on a day; one office may fill several.
    static func offices(_ connection: isolated PostgresConnection, _ day: CivilDate) throws -> [String: String] {
        var names: [String: [String]] = [:]
        for row in try connection.query(
            """
            select role, name from registry.office
            where (active_from is null or active_from <= $1) and (active_to is null or active_to >= $1) order by role, code
            """,
            [.date(day.daysSince1970)]
        ) { names[try row.string(0), default: []].append(try row.string(1)) }
        return names.mapValues { $0.joined(separator: ", ") }
    }

    private func sheet(
        _ ageing: CaseAgeing,
        _ sectors: [CaseSector],
        _ offices: [String: String],
        head: [(label: String, value: String)]
    ) -> RegisterSheet {
        var open: [SheetRow] = []
        var steps: [SheetRow] = []
        var byOffice: [SheetRow] = []
        var total = [Int](repeating: 0, count: ageing.bounds.count + 1)
        func numbers(_ list: [Int]) -> [SheetCell] { list.map { .number(ExactDecimal($0)) } }
        func spread(_ days: DaySpread) -> [SheetCell] {
            [.number(ExactDecimal(days.count))]
                + [days.median, days.percentile(90), days.longest].map {
                    $0.map { .number(ExactDecimal($0)) } ?? .empty
                }
        }
        for sector in sectors {
            let counts = ageing.open[sector.id] ?? [Int](repeating: 0, count: total.count)
            for (place, count) in counts.enumerated() { total[place] += count }
            open.append(
                SheetRow(cells: [.text(sector.title)] + numbers(counts + [counts.reduce(0, +)]), origin: .records)
            )
            for state in sector.workflow.states {
                let days = ageing.spread(state: state, of: sector.id)
                guard days.count > 0 else { continue }
                steps.append(
                    SheetRow(
                        cells: [.text(sector.title), .text(state.replacing("_", with: " "))] + spread(days),
                        origin: .records
                    )
                )
            }
            for role in ageing.offices.keys.filter({ $0.sector == sector.id }).map(\.name).sorted() {
                let days = ageing.spread(office: role, of: sector.id)
                let inLimit = ageing.inLimit[CaseAgeing.Step(sector: sector.id, name: role)] ?? 0
                let share =
                    sector.limit(nil) == nil
                    ? nil
                    : ExactDecimal(
                        mantissa: Int64((inLimit * 10_000 + days.count / 2) / max(1, days.count)),
                        scale: 2
                    )
                byOffice.append(
                    SheetRow(
                        cells: [.text(sector.title), .text(offices[role] ?? role)] + spread(days)
                            + [share.map { .number($0) } ?? .empty],
                        origin: .records
                    )
                )
            }
        }
        func columns(_ names: [String]) -> [SheetColumn] { names.map { SheetColumn(heading: [$0]) } }
        let figures = ["Jumlah", "Median", "Persentil 90", "Terlama"]
        return RegisterSheet(
            sector: "semua",
            register: "umur_kasus",
            title: "Umur kasus dan lama tiap langkah (hari kerja)",
            head: head,
            table: SheetTable(
                title: "Kasus yang masih terbuka menurut umur (hari kerja)",
                columns: [SheetColumn(heading: ["Bidang"])]
                    + ageing.classes.map { SheetColumn(heading: ["Hari kerja", $0]) }
                    + [SheetColumn(heading: ["Jumlah"])],
                rows: open,
                total: SheetRow(
                    cells: [.text("JUMLAH")] + numbers(total + [total.reduce(0, +)]),
                    origin: .records
                ),
                isNumbered: false
            ),
            notes: [
                "Masa jeda tidak dihitung. Median dan persentil: peringkat terdekat.",
                "Langkah dan dinas: yang berakhir dalam bulan ini.",
            ],
            lists: [
                SheetTable(
                    title: "Lama tiap langkah (hari kerja)",
                    columns: columns(["Bidang", "Langkah"] + figures),
                    rows: steps,
                    total: nil,
                    isNumbered: false
                ),
                SheetTable(
                    title: "Lama di dinas (hari kerja)",
                    columns: columns(["Bidang", "Dinas"] + figures + ["Dalam batas (%)"]),
                    rows: byOffice,
                    total: nil,
                    isNumbered: false
                ),
            ]
        )
    }
}
