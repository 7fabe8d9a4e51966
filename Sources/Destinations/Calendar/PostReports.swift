// Which posyandu reported in a period, month by month.
// SPDX-License-Identifier: Apache-2.0

package import FoundationEssentials
package import PluginKit
package import PostgresClient

/// What one active posyandu reported in a period.
package struct PostReport: Sendable, Hashable {
    package var posyandu: UUID
    package var name: String
    /// Code of the desa.
    package var village: String
    /// Months of the period that have begun and in which it was active.
    package var expected: Int
    /// Those of them in which at least one figure of any sector is its own.
    package var reported: Int

    package var isMissing: Bool { expected > 0 && reported == 0 }
    package var isPartial: Bool { reported > 0 && reported < expected }
    package var isComplete: Bool { reported >= expected }
}

/// Posyandu of an area by how far they reported.
package struct ReportTally: Sendable, Hashable {
    /// Active in a month of the period that has begun.
    package var active = 0
    package var complete = 0
    package var partial = 0
    package var missing = 0

    package init() {}

    package mutating func add(_ post: PostReport) {
        guard post.expected > 0 else { return }
        active += 1
        if post.isMissing {
            missing += 1
        } else if post.isPartial {
            partial += 1
        } else {
            complete += 1
        }
    }
}

package enum PostReports {
    /// Every posyandu of the area that is active in the period, by desa and name.
    /// - Parameters:
    ///   - area: kabupaten, kecamatan or desa.
    ///   - today: months that begin later are not expected yet.
    package static func read(
        _ connection: isolated PostgresConnection,
        area: String,
        period: Period,
        today: CivilDate
    ) throws -> [PostReport] {
        let months = months(of: period, until: today)
        return try connection.query(
            """
            with month as (select * from unnest($1::text[], $2::date[], $3::date[]) as m(period, first, last)),
            seen as (select distinct posyandu_id, period from summary.figure where period = any ($1))
            select p.uuid, p.name, p.village_code, count(m.period)::int, count(s.period)::int
            from registry.posyandu p
            left join month m on p.active_from <= m.last and coalesce(p.active_to >= m.first, true)
            left join seen s on s.posyandu_id = p.id and s.period = m.period
            where (p.village_code = $4 or p.village_code like $4 || '.%') and p.active_from <= $6
              and coalesce(p.active_to >= $5, true)
            group by p.id order by p.village_code, p.name, p.uuid
            """,
            [
                .textArray(months.map(\.description)), .dateArray(months.map(\.first.daysSince1970)),
                .dateArray(months.map(\.last.daysSince1970)), .text(area), .date(period.first.daysSince1970),
                .date(period.last.daysSince1970),
            ]
        ).map { row in
            PostReport(
                posyandu: try row.uuid(0),
                name: try row.string(1),
                village: try row.string(2),
                expected: try row.int(3),
                reported: try row.int(4)
            )
        }
    }

    /// The months of a period that have begun on a day.
    static func months(of period: Period, until day: CivilDate) -> [Period] {
        var months: [Period] = []
        var month = Period.month(of: period.first)
        while month.first <= period.last, month.first <= day {
            months.append(month)
            month = month.next
        }
        return months
    }
}
