// Which posyandu a view is about, and how they are put together into rows.
// SPDX-License-Identifier: Apache-2.0
package import FoundationEssentials
import PostgresClient

/// The place that a view is asked for.
package enum ViewScope: Sendable, Hashable {
    /// A region code: kabupaten `33.25`, kecamatan `33.25.01`, desa `33.25.01.2001`.
    case area(String)
    case posyandu(UUID)

    /// The level of the rows when nobody says otherwise: the next below.
    package var nextLevel: ViewLevel {
        guard case .area(let code) = self else { return .posyandu }
        switch code.utf8.count {
        case 5: return .kecamatan
        case 8: return .desa
        default: return .posyandu
        }
    }

    /// Kabupaten, kecamatan or desa code, or nil for any.
    var code: String? { if case .area(let code) = self { code } else { nil } }
    var uuid: UUID? { if case .posyandu(let uuid) = self { uuid } else { nil } }

    /// Parameters `$1` (code) and `$2` (posyandu) of the queries.
    var parameters: [PostgresValue] {
        [code.map { .text($0) } ?? .null, uuid.map { .uuid($0) } ?? .null]
    }
}

/// What one row of a view stands for.
package enum ViewLevel: String, CaseIterable, Sendable {
    case kecamatan, desa, posyandu

    /// An expression over `registry.posyandu p` that names the row.
    var key: String {
        switch self {
        case .kecamatan: "left(p.village_code, 8)"
        case .desa: "p.village_code"
        case .posyandu: "p.uuid::text"
        }
    }
}

/// One row's place.
package struct ViewPlace: Sendable, Hashable {
    /// Region code, or UUID of a posyandu.
    package var key: String
    package var name: String
    /// Desa of a posyandu, else the code itself.
    package var code: String
    /// Posyandu that serve on the last day of the month.
    package var posyandu: Int
}

enum ViewPlaces {
    /// Common table expression `post (id, uuid, part)` of the posyandu in scope, by `$1` and `$2`.
    static func post(_ level: ViewLevel) -> String {
        """
        post as (
          select p.id, p.uuid, p.village_code, \(level.key) as part from registry.posyandu p
          where p.uuid = $2 or ($2 is null and (p.village_code = $1 or p.village_code like $1 || '.%')))
        """
    }

    /// The rows of a scope, in the order of codes and names.
    /// - Parameter day: days since 1970, the last day of the month.
    static func read(
        _ connection: isolated PostgresConnection,
        _ scope: ViewScope,
        _ level: ViewLevel,
        on day: Int32
    ) throws -> [ViewPlace] {
        let name = level == .posyandu ? "min(p.name)" : "coalesce(min(g.name), '-')"
        return try connection.query(
            """
            select \(level.key), \(name), min(p.village_code),
              count(*) filter (where p.active_from <= $3 and (p.active_to is null or p.active_to >= $3))::int
            from registry.posyandu p
            left join registry.region g on g.version_id = registry.region_version_on($3) and g.code = \(level.key)
            where p.uuid = $2 or ($2 is null and (p.village_code = $1 or p.village_code like $1 || '.%'))
            group by 1 order by min(p.village_code) collate "C", 2, 1
            """,
            scope.parameters + [.date(day)]
        ).map { row in
            let key = try row.string(0)
            return ViewPlace(
                key: key,
                name: try row.string(1),
                code: level == .posyandu ? try row.string(2) : key,
                posyandu: try row.int(3)
            )
        }
    }

    /// Completed months from the birth date of `r` to the date of `k`, as `CivilDate.months(until:)` counts them.
    static let ageInMonths = """
        ((extract(year from k.date) - extract(year from r.birth_date)) * 12
          + extract(month from k.date) - extract(month from r.birth_date)
          - case when extract(day from k.date) < least(extract(day from r.birth_date),
              extract(day from date_trunc('month', k.date) + interval '1 month - 1 day')) then 1 else 0 end)::int
        """
}
