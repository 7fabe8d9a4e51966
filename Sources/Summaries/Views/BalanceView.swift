// Reads a balance, such as SKDN: columns of one month by area, sex and age band, and the rules that do not hold.
// SPDX-License-Identifier: Apache-2.0
package import PluginKit
package import PostgresClient

/// One area or posyandu of a balance.
package struct BalanceRow: Sendable {
    /// nil for the whole scope.
    package var place: ViewPlace?
    /// Posyandu that serve at the end of the month.
    package var posyandu: Int
    /// Posyandu that reported a column.
    package var reported: [String: Int] = [:]
    /// Values by sex and age band; ``CellKey/all`` holds the totals. What nobody reported has no value, which is not 0.
    package var cells: [CellKey: [String: ExactDecimal]] = [:]

    package var totals: [String: ExactDecimal] { cells[.all] ?? [:] }
}

package struct Balance: Sendable {
    package var total: BalanceRow
    package var rows: [BalanceRow]
    /// Broken rules of every posyandu in scope, whatever the level of the rows.
    package var violations: [ViolatedRule]
}

/// Columns that count residents are counted anew at every level, so that nobody counts twice; stocks are the last value
/// of each posyandu in the month, added up over posyandu and never over months.
package enum BalanceView {
    /// Call it inside a transaction.
    /// - Parameters:
    ///   - view: of kind `balance`.
    ///   - month: a month; a stock of a longer period would be a sum of stocks.
    ///   - level: what a row stands for.
    package static func read(
        _ connection: isolated PostgresConnection,
        _ view: Manifest.View,
        month: Period,
        scope: ViewScope,
        level: ViewLevel
    ) throws -> Balance {
        try LongReading.allow(connection)
        let day = month.last.daysSince1970
        let rows = try table(connection, view, month, scope, level, day)
        let single = level == .posyandu ? rows : try table(connection, view, month, scope, .posyandu, day)
        return Balance(
            total: rows.total,
            rows: rows.rows,
            violations: single.rows.flatMap { row in violations(of: row, view) }
        )
    }

    private static func violations(of row: BalanceRow, _ view: Manifest.View) -> [ViolatedRule] {
        guard let place = row.place else { return [] }
        return row.cells.sorted { $0.key < $1.key }.flatMap { cell, values in
            view.broken(values).map { broken in
                ViolatedRule(
                    posyandu: place.key,
                    name: place.name,
                    cell: cell,
                    rule: broken.rule,
                    left: broken.left,
                    right: broken.right
                )
            }
        }
    }

    private static func table(
        _ connection: isolated PostgresConnection,
        _ view: Manifest.View,
        _ month: Period,
        _ scope: ViewScope,
        _ level: ViewLevel,
        _ day: Int32
    ) throws -> (total: BalanceRow, rows: [BalanceRow]) {
        let places = try ViewPlaces.read(connection, scope, level, on: day)
        var total = BalanceRow(posyandu: places.reduce(0) { $0 + $1.posyandu })
        var byKey: [String: BalanceRow] = [:]
        for place in places { byKey[place.key] = BalanceRow(place: place, posyandu: place.posyandu) }
        let columns = BalanceColumns(view)
        func put(_ part: String?, _ change: (inout BalanceRow) -> Void) {
            if let part { change(&byKey[part, default: BalanceRow(posyandu: 0)]) } else { change(&total) }
        }
        for row in try flows(connection, view, month, scope, level) {
            put(row.part) { columns.add(row, to: &$0) }
        }
        for row in try stocks(connection, view, month, scope, level) {
            put(row.part) { columns.add(row, to: &$0) }
        }
        columns.complete(&total)
        let rows = places.compactMap { place -> BalanceRow? in
            guard var row = byKey[place.key] else { return nil }
            columns.complete(&row)
            return row
        }
        return (total, rows)
    }

    // MARK: Queries

    private static func flows(
        _ connection: isolated PostgresConnection,
        _ view: Manifest.View,
        _ month: Period,
        _ scope: ViewScope,
        _ level: ViewLevel
    ) throws -> [BalanceColumns.Value] {
        try connection.query(
            """
            with \(ViewPlaces.post(level))
            , item as (
              select p.part, p.id as post, i.name, i.kind, k.subject, v.value, r.sex,
                width_bucket(\(ViewPlaces.ageInMonths), $5::int[]) as band
              from post p
              join registry.contribution k on k.posyandu_id = p.id and k.period = $3
              cross join lateral unnest(k.indicators, k.values) as v(indicator_id, value)
              join registry.indicator i on i.id = v.indicator_id and i.name = any($4) and i.kind in ('count', 'sum', 'distinct')
              left join registry.resident r on r.id = k.subject)
            select grouping(part), part, name, grouping(sex, band), sex::text, band,
              case kind when 'count' then count(*)::numeric when 'sum' then sum(value)
                else count(distinct subject)::numeric end,
              count(distinct post)::int
            from item
            group by grouping sets ((part, name, kind, sex, band), (part, name, kind), (name, kind, sex, band), (name, kind))
            """,
            scope.parameters + [
                .text(month.description), .textArray(view.indicators), .int4Array(view.bands.map { Int32($0) }),
            ]
        ).compactMap { row in
            let isCell = try row.int(3) == 0
            let sex = try row.optionalString(4)
            let band = try row.optionalInt(5).map { $0 - 1 }
            if isCell, sex == nil || band.map({ !(0..<max(0, view.bands.count - 1)).contains($0) }) ?? true {
                return nil
            }
            return BalanceColumns.Value(
                part: try row.int(0) == 1 ? nil : try row.string(1),
                indicator: try row.string(2),
                cell: isCell ? CellKey(sex: sex, band: band) : .all,
                value: try decimal(row, 6),
                reported: try row.int(7)
            )
        }
    }

    private static func stocks(
        _ connection: isolated PostgresConnection,
        _ view: Manifest.View,
        _ month: Period,
        _ scope: ViewScope,
        _ level: ViewLevel
    ) throws -> [BalanceColumns.Value] {
        try connection.query(
            """
            with \(ViewPlaces.post(level))
            , last as (
              select distinct on (i.name, coalesce(k.subject::text, k.posyandu_id::text)) p.part, p.id as post, i.name, v.value
              from post p
              join registry.contribution k on k.posyandu_id = p.id and k.period = $3
              cross join lateral unnest(k.indicators, k.values) as v(indicator_id, value)
              join registry.indicator i on i.id = v.indicator_id and i.name = any($4) and i.kind = 'stock'
              left join registry.record_key made on made.lineage = k.lineage and made.record_id = k.record_id
              order by i.name, coalesce(k.subject::text, k.posyandu_id::text), k.date desc,
                coalesce(made.key, k.record_id) desc, v.value desc)
            select grouping(part), part, name, sum(value), count(distinct post)::int
            from last group by grouping sets ((part, name), (name))
            """,
            scope.parameters + [.text(month.description), .textArray(view.indicators)]
        ).map { row in
            BalanceColumns.Value(
                part: try row.int(0) == 1 ? nil : try row.string(1),
                indicator: try row.string(2),
                cell: .all,
                value: try decimal(row, 3),
                reported: try row.int(4)
            )
        }
    }

    static func decimal(_ row: PostgresRow, _ column: Int) throws -> ExactDecimal {
        let (mantissa, scale) = try row.numeric(column)
        return ExactDecimal(mantissa: mantissa, scale: scale)?.normalised ?? 0
    }
}
