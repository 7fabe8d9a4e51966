// Which register is asked for: of whom, and of when.
// SPDX-License-Identifier: Apache-2.0
package import FoundationEssentials
package import PluginKit
package import PostgresClient
import Registry

/// Of whom and of when a register is.
package enum RegisterScope: Hashable, Sendable {
    /// A row a month.
    case year(posyandu: UUID, year: Int)
    /// A row a posyandu of an area, for one month.
    case month(area: String, month: Period)
    /// A row a month, over all posyandu of an area.
    case areaYear(area: String, year: Int)

    /// The months that the sheet looks at.
    var months: [Period] {
        switch self {
        case .month(_, let month): return [month]
        case .year(_, let year), .areaYear(_, let year):
            guard let first = CivilDate(year: year, month: 1, day: 1) else { return [] }
            return (0..<12).map { Period.month(of: first.adding(months: $0)) }
        }
    }

    var year: Int {
        switch self {
        case .year(_, let year), .areaYear(_, let year): year
        case .month(_, let month): month.first.year
        }
    }
}

/// Why a register cannot be made. Quotes nothing of a record.
package struct RegisterError: Error, Hashable, Sendable {
    package let message: String
    package let hint: String?

    init(_ message: String, hint: String? = nil) {
        self.message = message
        self.hint = hint
    }
}

/// A posyandu that a register speaks of.
struct RegisterPost: Hashable, Sendable {
    var id: Int32
    var uuid: UUID
    var name: String
    var village: String
    var villageName: String?
    var districtName: String?
    var activeFrom: CivilDate
    var activeTo: CivilDate?

    func serves(in month: Period) -> Bool {
        activeFrom <= month.last && (activeTo.map { month.first <= $0 } ?? true)
    }

    /// All posyandu of the node, in the order of village, name and uuid; empty when there is none.
    static func all(_ connection: isolated PostgresConnection, _ month: Period) throws -> [RegisterPost] {
        try read(connection, uuid: .null, area: .null, on: month.last)
    }

    /// The posyandu of a scope, in the order of village, name and uuid.
    static func read(_ connection: isolated PostgresConnection, _ scope: RegisterScope) throws -> [RegisterPost] {
        let uuid: PostgresValue
        let area: PostgresValue
        switch scope {
        case .year(let posyandu, _): (uuid, area) = (.uuid(posyandu), .null)
        case .month(let code, _), .areaYear(let code, _): (uuid, area) = (.null, .text(code))
        }
        let last = scope.months.last?.last ?? CivilDate(daysSince1970: 0)
        let posts = try read(connection, uuid: uuid, area: area, on: last)
        guard !posts.isEmpty else {
            switch scope {
            case .year: throw RegisterError("There is no such posyandu.", hint: "Give its UUID or registration number.")
            default:
                throw RegisterError("There is no posyandu in that area.", hint: "Give a region code such as 33.25.01.")
            }
        }
        return posts
    }

    /// - Parameters:
    ///   - uuid: one posyandu; null with a null area for all.
    private static func read(
        _ connection: isolated PostgresConnection,
        uuid: PostgresValue,
        area: PostgresValue,
        on day: CivilDate
    ) throws -> [RegisterPost] {
        try connection.query(
            """
            with list as (
              select id from registry.region_version
              order by (valid_from <= $3) desc, case when valid_from <= $3 then valid_from end desc, valid_from limit 1)
            select p.id, p.uuid, p.name, p.village_code, v.name, d.name, p.active_from, p.active_to
            from registry.posyandu p
            left join registry.region v on v.version_id = (select id from list) and v.code = p.village_code
            left join registry.region d on d.version_id = (select id from list) and d.code = left(p.village_code, 8)
            where p.uuid = $1 or p.village_code = $2 or p.village_code like $2 || '.%' or ($1 is null and $2 is null)
            order by p.village_code collate "C", p.name collate "C", p.uuid
            """,
            [uuid, area, .date(day.daysSince1970)]
        ).map { row in
            RegisterPost(
                id: Int32(truncatingIfNeeded: try row.int(0)),
                uuid: try row.uuid(1),
                name: try row.string(2),
                village: try row.string(3),
                villageName: try row.optionalString(4),
                districtName: try row.optionalString(5),
                activeFrom: CivilDate(daysSince1970: try row.date(6)),
                activeTo: try row.optionalDate(7).map { CivilDate(daysSince1970: $0) }
            )
        }
    }
}

package enum RegisterPlace {
    /// The posyandu with this UUID, or this registration number, in text; nil when there is none.
    package static func posyandu(_ connection: isolated PostgresConnection, _ text: String) throws -> UUID? {
        try connection.query(
            """
            select uuid from registry.posyandu where uuid::text = $1
            union select p.uuid from registry.posyandu_registration r join registry.posyandu p on p.id = r.posyandu_id
            where r.number = $1
            """,
            [.text(text.lowercased())]
        ).first?.uuid(0)
    }
}
