// Joint recap of all sectors: cases of a month per posyandu, desa, kecamatan or kabupaten.
// SPDX-License-Identifier: Apache-2.0
import Cases
import FoundationEssentials
package import PluginKit
import PostgresClient
import Registry
import Summaries

/// What a line of a recap is of.
package enum CaseLevel: String, CaseIterable, Sendable {
    case posyandu, desa, kecamatan, kabupaten

    /// The level whose lines a recap of a region shows unless told otherwise: the one below.
    package static func below(_ place: CasePlace) -> CaseLevel {
        guard case .area(let code) = place else { return .posyandu }
        return switch code.count {
        case ...5: .kecamatan
        case ...8: .desa
        default: .posyandu
        }
    }

    /// How much of a village code names the region of the level.
    fileprivate var length: Int? {
        switch self {
        case .posyandu: nil
        case .desa: 13
        case .kecamatan: 8
        case .kabupaten: 5
        }
    }
}

extension CaseRegisters {
    /// The recap of a month: a line for each region and sector with cases, one for all sectors of the region, a total.
    ///
    /// - Parameters:
    ///   - level: nil for the level below the place.
    ///   - moment: nil for the closed figures when the month is closed, else the end of the month.
    package func recap(
        _ manifests: [Manifest],
        _ place: CasePlace,
        month: Period,
        by level: CaseLevel?,
        at moment: CaseMoment?,
        now: Int64
    ) async throws -> RegisterSheet {
        let level = level ?? CaseLevel.below(place)
        return try await pool.transaction(.init(isolation: .repeatableRead, readOnly: true)) { connection in
            try LongReading.allow(connection)
            let sectors = sectors(manifests, try CaseReading.words(connection)).map(\.rules)
            let posts = try RegisterPost.read(connection, place.scope(month))
            let isClosed = try ClosedMonths.closedAt(connection, month) != nil
            let moment = moment ?? (isClosed ? .closed : .monthEnd)
            let day = day(moment, month, today: settings.day(now))
            let counts =
                moment == .closed
                ? try closedCounts(connection, month, posts) : try liveCounts(connection, month, day, posts, sectors)
            return sheet(
                counts,
                sectors,
                lines: CaseUnits(posts, level, names: try regionNames(connection, posts, level, month)),
                head: [
                    ("Bulan", "\(MonthName.all[month.first.month - 1]) \(month.first.year)"),
                    ("Jumlah posyandu", String(posts.count)),
                    ("Keadaan", moment.words(day)),
                ]
            )
        }
    }

    /// Counts by posyandu and sector.
    typealias Counts = [Int32: [String: CaseCounts]]

    private func liveCounts(
        _ connection: isolated PostgresConnection,
        _ month: Period,
        _ day: CivilDate,
        _ posts: [RegisterPost],
        _ sectors: [CaseSector]
    ) throws -> Counts {
        let rules = Dictionary(uniqueKeysWithValues: sectors.map { ($0.id, $0) })
        var workdays = WorkdayCounter(settings.calendar)
        var counts: Counts = [:]
        for story in try CaseReading.stories(
            connection,
            posyandu: posts.map(\.id),
            month: month,
            through: day,
            utcOffset: settings.utcOffset
        ) {
            guard let sector = rules[String(story.type.prefix { $0 != "." })] else { continue }
            counts[story.posyandu, default: [:]][sector.id, default: CaseCounts()]
                .add(story, sector, month: month, endOf: day, &workdays)
        }
        return counts
    }

    private func closedCounts(
        _ connection: isolated PostgresConnection,
        _ month: Period,
        _ posts: [RegisterPost]
    ) throws -> Counts {
        guard try ClosedMonths.closedAt(connection, month) != nil else {
            throw RegisterError("The month \(month) is not closed.", hint: "posyanductl case close \(month)")
        }
        var counts: Counts = [:]
        for entry in try ClosedMonths.all(connection, month, posts.map(\.id)) {
            counts[entry.posyandu, default: [:]][entry.frozen.sector] = entry.frozen.counts
        }
        return counts
    }

    private func regionNames(
        _ connection: isolated PostgresConnection,
        _ posts: [RegisterPost],
        _ level: CaseLevel,
        _ month: Period
    ) throws -> [String: String] {
        guard let length = level.length else { return [:] }
        let codes = Set(posts.map { String($0.village.prefix(length)) }).sorted()
        var names: [String: String] = [:]
        for row in try connection.query(
            "select code, name from registry.region where version_id = registry.region_version_on($1) and code = any($2)",
            [.date(month.last.daysSince1970), .textArray(codes)]
        ) { names[try row.string(0)] = try row.string(1) }
        return names
    }

    private func sheet(
        _ counts: Counts,
        _ sectors: [CaseSector],
        lines: CaseUnits,
        head: [(label: String, value: String)]
    ) -> RegisterSheet {
        var rows: [SheetRow] = []
        var total = CaseCounts()
        for unit in lines.units {
            var bySector: [String: CaseCounts] = [:]
            for post in unit.posyandu {
                for (sector, count) in counts[post] ?? [:] { bySector[sector, default: CaseCounts()] += count }
            }
            var all = CaseCounts()
            for sector in sectors {
                guard let count = bySector[sector.id], !count.isEmpty else { continue }
                all += count
                rows.append(Self.row(unit.code, unit.name, sector.title, count))
            }
            rows.append(Self.row(unit.code, unit.name, "Semua bidang", all))
            total += all
        }
        let title = "Rekap bersama pengaduan dan kasus"
        return RegisterSheet(
            sector: "semua",
            register: "rekap_kasus",
            title: title,
            head: head,
            table: SheetTable(
                title: title,
                columns: Self.columns,
                rows: rows,
                total: Self.row("", "JUMLAH", "Semua bidang", total),
                isNumbered: true
            ),
            notes: [
                "Sisa bulan lalu + diterima + dibuka kembali = ditutup + masih terbuka = TL + BTL + PROSES + ditolak.",
                "Lewat batas: hari kerja tanpa masa jeda melebihi batas pelayanan bidangnya.",
            ],
            lists: []
        )
    }

    private static let columns = [
        ["Kode"], ["Wilayah"], ["Bidang"], ["Masuk", "Sisa bulan lalu"], ["Masuk", "Diterima"],
        ["Masuk", "Dibuka kembali"],
        ["Keadaan", "TL"], ["Keadaan", "BTL"], ["Keadaan", "PROSES"], ["Keadaan", "Ditolak"], ["Ditutup"],
        ["Masih terbuka"], ["Lewat batas"], ["Selesai dalam batas (%)"],
    ].map { SheetColumn(heading: $0) }

    private static func row(_ code: String, _ name: String, _ sector: String, _ count: CaseCounts) -> SheetRow {
        let numbers = [
            count.carried, count.received, count.reopened, count.done, count.waiting, count.handedOn, count.refused,
            count.closed, count.open, count.late,
        ]
        let share = count.shareInTime.flatMap { ExactDecimal(mantissa: Int64($0), scale: 2) }
        return SheetRow(
            cells: [.text(code), .text(name), .text(sector)] + numbers.map { .number(ExactDecimal($0)) }
                + [share.map { .number($0) } ?? .empty],
            origin: .records
        )
    }
}

/// The lines of a recap: which posyandu each is made of.
struct CaseUnits: Sendable {
    struct Unit: Sendable {
        var code: String
        var name: String
        var posyandu: [Int32]
    }

    private(set) var units: [Unit] = []

    /// - Parameter posts: in the order of their villages.
    init(_ posts: [RegisterPost], _ level: CaseLevel, names: [String: String]) {
        for post in posts {
            guard let length = level.length else {
                units.append(Unit(code: post.village, name: post.name, posyandu: [post.id]))
                continue
            }
            let code = String(post.village.prefix(length))
            if units.last?.code == code {
                units[units.count - 1].posyandu.append(post.id)
            } else {
                units.append(Unit(code: code, name: names[code] ?? code, posyandu: [post.id]))
            }
        }
    }
}
