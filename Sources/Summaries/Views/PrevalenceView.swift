// Reads prevalences, such as stunting: of the distinct residents measured, how many have it at their latest measurement.
// SPDX-License-Identifier: Apache-2.0
package import PluginKit
package import PostgresClient

/// How many were measured, and how many of them have it.
package struct Prevalence: Sendable, Hashable {
    package var measured: Int
    package var affected: ExactDecimal

    package init(measured: Int, affected: ExactDecimal) {
        self.measured = measured
        self.affected = affected
    }

    /// Per hundred measured, two decimals; nil when nobody was measured.
    package var percentage: String? { Percentage.text(affected, of: ExactDecimal(measured)) }
}

/// One area or posyandu.
package struct PrevalenceRow: Sendable {
    /// nil for the whole scope.
    package var place: ViewPlace?
    package var posyandu: Int
    /// By sex and age band, then by column.
    package var cells: [CellKey: [String: Prevalence]] = [:]

    package var totals: [String: Prevalence] { cells[.all] ?? [:] }
}

/// The indicator of a column is a stock of 0 or 1 about a resident, said by every valid measurement and by no other. The
/// latest one in the window counts, once, in the area where it was taken.
package enum PrevalenceView {
    /// Call it inside a transaction.
    /// - Parameters:
    ///   - view: of kind `prevalence`; its `months` is the window, the month asked for included. A measurement of an earlier
    ///     month does not count when the resident has died since or has outgrown the view's last band.
    ///   - level: what a row stands for.
    package static func read(
        _ connection: isolated PostgresConnection,
        _ view: Manifest.View,
        month: Period,
        scope: ViewScope,
        level: ViewLevel
    ) throws -> (total: PrevalenceRow, rows: [PrevalenceRow]) {
        try LongReading.allow(connection)
        let places = try ViewPlaces.read(connection, scope, level, on: month.last.daysSince1970)
        var total = PrevalenceRow(posyandu: places.reduce(0) { $0 + $1.posyandu })
        var byKey: [String: PrevalenceRow] = [:]
        for place in places { byKey[place.key] = PrevalenceRow(place: place, posyandu: place.posyandu) }
        var names: [String: String] = [:]
        for column in view.columns { for indicator in column.indicators { names[indicator] = column.name } }
        for row in try latest(connection, view, month, scope, level) {
            guard let name = names[try row.string(2)] else { continue }
            let band = try row.optionalInt(5).map { $0 - 1 }
            let isCell = try row.int(3) == 0
            let key = isCell ? CellKey(sex: try row.optionalString(4), band: band) : .all
            if isCell, key.sex == nil || !(0..<max(0, view.bands.count - 1)).contains(band ?? -1) { continue }
            let value = Prevalence(measured: try row.int(7), affected: try BalanceView.decimal(row, 6))
            if try row.int(0) == 1 {
                total.cells[key, default: [:]][name] = value
            } else {
                byKey[try row.string(1), default: PrevalenceRow(posyandu: 0)].cells[key, default: [:]][name] = value
            }
        }
        return (total, places.compactMap { byKey[$0.key] })
    }

    private static func latest(
        _ connection: isolated PostgresConnection,
        _ view: Manifest.View,
        _ month: Period,
        _ scope: ViewScope,
        _ level: ViewLevel
    ) throws -> PostgresRows {
        var window = [month]
        while window.count < view.months { window.append(window[window.count - 1].previous) }
        // The latest measurement is looked for everywhere: a child measured elsewhere since counts there, not here.
        return try connection.query(
            """
            with \(ViewPlaces.post(level))
            , last as (
              select distinct on (i.name, k.subject) k.posyandu_id, i.name, k.subject, k.date, k.period, v.value
              from registry.contribution k
              cross join lateral unnest(k.indicators, k.values) as v(indicator_id, value)
              join registry.indicator i on i.id = v.indicator_id and i.name = any($4) and i.kind = 'stock'
              left join registry.record_key made on made.lineage = k.lineage and made.record_id = k.record_id
              where k.period = any($3) and k.subject is not null
              order by i.name, k.subject, k.date desc, coalesce(made.key, k.record_id) desc, v.value desc)
            , item as (
              select p.part, k.name, k.subject, k.value, r.sex, width_bucket(\(ViewPlaces.ageInMonths), $5::int[]) as band
              from last k
              join post p on p.id = k.posyandu_id
              left join registry.resident r on r.id = k.subject
              where k.period = $6 or ((r.died is null or r.died > $7)
                and ($8::int is null or r.birth_date > ($7 - make_interval(months => $8))::date)))
            select grouping(part), part, name, grouping(sex, band), sex::text, band, sum(value), count(*)::int
            from item
            group by grouping sets ((part, name, sex, band), (part, name), (name, sex, band), (name))
            """,
            scope.parameters + [
                .textArray(window.map(\.description)), .textArray(view.indicators),
                .int4Array(view.bands.map { Int32($0) }), .text(month.description), .date(month.last.daysSince1970),
                view.bands.last.map { .int4(Int32($0)) } ?? .null,
            ]
        )
    }
}
