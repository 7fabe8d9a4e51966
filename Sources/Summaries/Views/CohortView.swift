// Reads cohorts of birth, such as the first 1000 days: of the residents born in a month, how many a column counts.
// SPDX-License-Identifier: Apache-2.0
package import PluginKit
package import PostgresClient

/// Residents born in one month who live in the area and are alive at the end of the month asked for.
package struct Cohort: Sendable {
    /// nil for all months of birth together.
    package var born: Period?
    /// Completed months of age at the end of the month asked for, of who was born on the first; nil for all together.
    package var age: Int?
    package var size: Int
    /// Distinct residents of the cohort by column.
    package var counts: [String: Int]

    /// Per hundred of the cohort.
    package func percentage(_ column: String) -> String? {
        Percentage.text(ExactDecimal(counts[column] ?? 0), of: ExactDecimal(size))
    }
}

/// The cohort is the register as it stands now; what a column counts may have happened at any posyandu.
package enum CohortView {
    /// Call it inside a transaction. Newest month of birth first.
    /// - Parameter view: of kind `cohort`; its `months` is how many months of birth are shown, the month asked for included.
    package static func read(
        _ connection: isolated PostgresConnection,
        _ view: Manifest.View,
        month: Period,
        scope: ViewScope
    ) throws -> (total: Cohort, cohorts: [Cohort]) {
        try LongReading.allow(connection)
        var births = [month]
        while births.count < view.months { births.append(births[births.count - 1].previous) }
        let rows = try connection.query(
            query(view),
            scope.parameters + [
                .text(month.description), .textArray(view.indicators),
                .textArray(view.columns.map(\.name)), .date((births.last ?? month).first.daysSince1970),
                .date(month.last.daysSince1970),
            ]
                + view.columns.flatMap { column -> [PostgresValue] in
                    [.textArray(column.indicators), .bool(column.isEver), .bool(column.isPresence)]
                }
        )
        var sizes: [String: Int] = [:]
        var counts: [String: [String: Int]] = [:]
        for row in rows {
            let born = try row.optionalString(0) ?? ""
            if let column = try row.optionalString(1) {
                counts[born, default: [:]][column] = try row.int(2)
            } else {
                sizes[born] = try row.int(2)
            }
        }
        func cohort(_ born: Period?) -> Cohort {
            let key = born?.description ?? ""
            var counted: [String: Int] = [:]
            for column in view.columns { counted[column.name] = counts[key]?[column.name] ?? 0 }
            return Cohort(
                born: born,
                age: born.map { $0.first.months(until: month.last) },
                size: sizes[key] ?? 0,
                counts: counted
            )
        }
        return (cohort(nil), births.map { cohort($0) })
    }

    /// One line of `wanted` a column; the cohort's size is a line without a column.
    private static func query(_ view: Manifest.View) -> String {
        let lines = view.columns.indices.map { index in
            "($5::text[])[\(index + 1)], $\(8 + 3 * index)::text[], $\(9 + 3 * index)::boolean, $\(10 + 3 * index)::boolean"
        }
        return """
            with \(ViewPlaces.post(.posyandu))
            , cohort as (
              select r.id, to_char(r.birth_date, 'YYYY-MM') as born
              from registry.resident r join post p on p.id = r.posyandu_id
              where r.birth_date between $6 and $7 and (r.died is null or r.died > $7))
            , item as (
              select distinct on (k.subject, i.name, k.period) c.born, k.subject, i.name, k.period, v.value
              from cohort c
              join registry.contribution k on k.subject = c.id
              cross join lateral unnest(k.indicators, k.values) as v(indicator_id, value)
              join registry.indicator i on i.id = v.indicator_id and i.name = any($4)
              left join registry.record_key made on made.lineage = k.lineage and made.record_id = k.record_id
              where k.period <= $3 collate "C" and length(k.period) = 7 and k.date <= $7
              order by k.subject, i.name, k.period, k.date desc, coalesce(made.key, k.record_id) desc, v.value desc)
            , wanted(name, indicators, ever, present) as (values (\(lines.joined(separator: "), ("))))
            select born, null::text, count(*)::int from cohort group by grouping sets ((born), ())
            union all
            select i.born, w.name, count(distinct i.subject)::int
            from wanted w join item i on i.name = any(w.indicators) and (w.ever or i.period = $3) and (w.present or i.value > 0)
            group by grouping sets ((i.born, w.name), (w.name))
            """
    }
}
