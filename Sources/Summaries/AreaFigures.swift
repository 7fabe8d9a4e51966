// Reads the figures of one period per kecamatan and for the whole kabupaten.
// SPDX-License-Identifier: Apache-2.0
package import PluginKit
package import PostgresClient

/// The value of one indicator in one area and period.
package struct AreaFigure: Sendable, Hashable {
    /// Indicator name, as in the sector's manifest.
    package var indicator: String
    /// Sector code.
    package var sector: String
    /// `count`, `distinct`, `sum` or `stock`.
    package var kind: String
    /// Unit of the value, as in the manifest.
    package var unit: String
    /// Region code of the kecamatan, or of the kabupaten for its total.
    package var area: String
    /// Exact decimal, without trailing zeros.
    package var value: String
    /// How many posyandu of the area stand in it with a recap entered from paper; 0 when all of it is made of records.
    package var fromPaper = 0
}

/// Figures above the posyandu: what adds up is added from the posyandu's figures; what does not (distinct subjects,
/// stocks of a subject) is computed from the contributions of the whole area, so that a resident seen in two posyandu
/// counts once. A posyandu whose figure was entered from paper adds that figure, and is counted as such.
///
/// A quarter or year has the figures of its months where the indicator rolls up: counts and sums are added, a subject that was seen in
/// several months counts once, a stock is its last value in the period. Paper names no subject: of the distinct subjects on the papers of one
/// posyandu at least as many as its largest month says are counted, those of its records among them; a stock is the paper's when its
/// last month is on paper.
package enum AreaFigures {
    /// Call it inside a transaction.
    /// - Parameter kabupaten: region code, e.g. `33.25`.
    /// - Returns: figures ordered by sector, indicator and area.
    package static func read(
        _ connection: isolated PostgresConnection,
        kabupaten: String,
        period: Period
    ) throws -> [AreaFigure] {
        try LongReading.allow(connection)
        let rows = try connection.query(statement, [.text(kabupaten), .textArray(period.withParts)])
        return try rows.map {
            AreaFigure(
                indicator: try $0.string(0),
                sector: try $0.string(1),
                kind: try $0.string(2),
                unit: try $0.string(3),
                area: try $0.string(4),
                value: try $0.string(5),
                fromPaper: try $0.int(6)
            )
        }
    }

    /// $1 the kabupaten, $2 the names of the period and of its parts, its own first.
    private static let statement = """
        with post as (
          select id, left(village_code, 8) as kecamatan from registry.posyandu
          where village_code like $1 || '.%')
        , additive as (
          select p.kecamatan, f.indicator_id, sum(f.value) as value
          from summary.figure f
          join registry.indicator i on i.id = f.indicator_id and i.kind in ('count', 'sum')
          join post p on p.id = f.posyandu_id
          where f.period = any($2) and (f.period = ($2)[1] or i.rolls_up)
          group by 1, 2)
        , paper as (
          select p.kecamatan, f.posyandu_id, f.indicator_id, i.kind,
            coalesce(max(f.value) filter (where f.origin = 1), 0) as most,
            (array_agg(f.value order by f.period desc))[1] as last_value,
            (array_agg(f.origin order by f.period desc))[1] = 1 as is_last
          from summary.figure f
          join registry.indicator i on i.id = f.indicator_id
          join post p on p.id = f.posyandu_id
          where f.period = any($2) and (f.period = ($2)[1] or i.rolls_up)
            and exists (
              select from summary.figure e where e.posyandu_id = f.posyandu_id and e.sector_id = f.sector_id
                and e.indicator_id = f.indicator_id and e.period = any($2) and e.origin = 1)
          group by 1, 2, 3, 4)
        , item as (
          select p.kecamatan, i.id as indicator_id, i.kind, k.posyandu_id, k.subject, k.date, k.lineage, k.record_id,
            v.value
          from registry.contribution k
          join post p on p.id = k.posyandu_id
          cross join lateral unnest(k.indicators, k.values) as v(indicator_id, value)
          join registry.indicator i on i.id = v.indicator_id and i.kind in ('distinct', 'stock')
          where k.period = any($2) and (k.period = ($2)[1] or i.rolls_up))
        , unique_by_area as (
          select kecamatan, indicator_id, count(distinct subject)::numeric as value
          from item where kind = 'distinct' group by grouping sets ((kecamatan, indicator_id), (indicator_id)))
        , stock_last as (
          select distinct on (item.indicator_id, coalesce(item.subject::text, item.posyandu_id::text))
            item.kecamatan, item.indicator_id, item.value
          from item
          left join registry.record_key made on made.lineage = item.lineage and made.record_id = item.record_id
          where item.kind = 'stock'
            and not exists (
              select from paper where paper.posyandu_id = item.posyandu_id and paper.indicator_id = item.indicator_id
                and paper.is_last)
          order by item.indicator_id, coalesce(item.subject::text, item.posyandu_id::text), item.date desc,
            coalesce(made.key, item.record_id) desc, item.value desc)
        , seen as (
          select item.posyandu_id, item.indicator_id, count(distinct item.subject) as n
          from item join paper using (posyandu_id, indicator_id) where item.kind = 'distinct' group by 1, 2)
        , on_paper as (
          select paper.kecamatan, paper.indicator_id,
            case paper.kind when 'distinct' then greatest(paper.most - coalesce(seen.n, 0), 0)
              when 'stock' then case when paper.is_last then paper.last_value else 0 end
              else 0 end as value
          from paper left join seen using (posyandu_id, indicator_id))
        , part as (
          select coalesce(kecamatan, $1) as area, indicator_id, sum(value) as value, 0 as n
          from additive group by grouping sets ((kecamatan, indicator_id), (indicator_id))
          union all select coalesce(kecamatan, $1), indicator_id, value, 0 from unique_by_area
          union all select coalesce(kecamatan, $1), indicator_id, sum(value), 0
          from stock_last group by grouping sets ((kecamatan, indicator_id), (indicator_id))
          union all select coalesce(kecamatan, $1), indicator_id, sum(value), count(*)
          from on_paper group by grouping sets ((kecamatan, indicator_id), (indicator_id)))
        , value as (
          select area, indicator_id, sum(value) as value, sum(n)::int as paper from part group by 1, 2)
        select i.name, s.code, i.kind, i.unit, v.area, trim_scale(v.value)::text, v.paper
        from value v
        join registry.indicator i on i.id = v.indicator_id
        join registry.sector s on s.id = i.sector_id
        order by s.code collate "C", i.name collate "C", v.area collate "C"
        """
}
