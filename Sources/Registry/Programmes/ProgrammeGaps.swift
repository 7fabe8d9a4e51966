// Sets what the villages reported beside what the offices tagged: needs without a programme, programmes without a need.
// SPDX-License-Identifier: Apache-2.0
package import PluginKit
package import PostgresClient

/// The need of one work item for one SPM service in one area.
package struct Need: Hashable, Sendable {
    /// SIPD label 9 to 37; nil for work that no legal service asks for.
    package var service: Int?
    package var sector: String
    /// `sector.item`
    package var workItem: String
    /// Role of the office that gets its cases.
    package var office: String?
    package var area: String
    package var records = 0
    package var openCases = 0
    /// The part of both that no tagged programme covers.
    package var untaggedRecords = 0
    package var untaggedCases = 0
    /// Programmes that cover at least a part, ascending.
    package var programmes: [Int] = []

    package var isCovered: Bool { untaggedRecords == 0 && untaggedCases == 0 }
}

/// What was reported in an area and a period, beside the programmes of a budget year.
package struct ProgrammeGaps: Sendable {
    /// How wide the areas of the list of needs are.
    package enum Level: String, CaseIterable, Sendable { case kabupaten, kecamatan }

    private let sources: [NeedSource]
    private let needs: [VillageNeed]
    private let programmes: [Programme]
    private let area: String
    private let today: CivilDate

    /// - Parameters:
    ///   - area: kabupaten or kecamatan.
    ///   - period: when the needs were reported; often the year before the budget year.
    ///   - today: tags that have ended by then count no more.
    package static func read(
        _ connection: isolated PostgresConnection,
        _ sources: [NeedSource],
        year: Int,
        period: Period,
        area: String,
        today: CivilDate
    ) throws -> ProgrammeGaps {
        ProgrammeGaps(
            sources: sources,
            needs: try NeedReader.read(
                connection,
                sources,
                area: area,
                first: period.first.daysSince1970,
                last: period.last.daysSince1970
            ),
            programmes: try ProgrammeReader.list(connection, year: year),
            area: area,
            today: today
        )
    }

    private static let digits: [Level: Int] = [.kabupaten: 5, .kecamatan: 8]

    /// Needs by sector (in the order of the sources), service, work item and area.
    /// - Parameters:
    ///   - role: of the office whose needs are asked for, or nil.
    ///   - all: those that are covered as well.
    package func needs(by level: Level, role: String? = nil, all: Bool = false) -> [Need] {
        struct Key: Hashable {
            let service: Int?
            let workItem: String
            let area: String
        }
        var rows: [Key: Need] = [:]
        var order: [Key] = []
        for need in needs {
            let source = sources[need.source]
            if let role, source.office != role { continue }
            let region = String(need.village.prefix(Self.digits[level] ?? 5))
            let key = Key(service: source.service, workItem: source.workItem, area: region)
            if rows[key] == nil { order.append(key) }
            var row =
                rows[key]
                ?? Need(
                    service: source.service,
                    sector: source.sector,
                    workItem: source.workItem,
                    office: source.office,
                    area: region
                )
            let covering = programmes.filter { programme in
                programme.tags.contains { $0.isActive(on: today) && $0.covers(source, village: need.village) }
            }
            row.records += need.records
            row.openCases += need.openCases
            if covering.isEmpty {
                row.untaggedRecords += need.records
                row.untaggedCases += need.openCases
            }
            row.programmes = Set(row.programmes + covering.map(\.id)).sorted()
            rows[key] = row
        }
        var sectors: [String: Int] = [:]
        for source in sources where sectors[source.sector] == nil { sectors[source.sector] = sectors.count }
        return order.compactMap { rows[$0] }.filter { all || !$0.isCovered }.sorted { left, right in
            (sectors[left.sector] ?? 0, left.service ?? 99, left.workItem, left.area)
                < (sectors[right.sector] ?? 0, right.service ?? 99, right.workItem, right.area)
        }
    }

    /// Tagged programmes that reach the area, none of whose tags answers a reported need there.
    package func unused(office: String? = nil) -> [Programme] {
        programmes.filter { programme in
            let tags = programme.tags.filter { $0.isActive(on: today) && $0.reaches(area) }
            guard office.map({ $0 == programme.office }) ?? true, !tags.isEmpty else { return false }
            return !needs.contains { need in
                tags.contains { $0.covers(sources[need.source], village: need.village) }
            }
        }
    }
}
