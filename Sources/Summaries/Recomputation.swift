// Recomputes the figures of dirty cells from the contributions of their records.
// SPDX-License-Identifier: Apache-2.0
import FailPoints
package import PostgresClient

/// Takes dirty cells from `summary.dirty` and makes their figures anew.
///
/// A figure is never added to or taken from: count = rows, distinct = distinct subjects, sum = exact decimal sum,
/// stock = the last value per subject (or of the posyandu, when the contribution names no subject) in the period, by service
/// date, then by the UUIDv7 of the message that said it. What an aggregate says (negative indicator numbers: a recap entered
/// from paper) counts only in a cell where no record adds to any indicator of the family; of two aggregates the last by the same
/// order counts, never their sum. So redelivery, corrections, late records and the order of arrival cannot make a figure drift.
package enum Recomputation {
    /// Cells taken by one transaction.
    package static let cellsAtOnce = 400

    /// Takes up to `cellsAtOnce` marks and commits their cells' figures with the removal of the marks.
    ///
    /// Marks are removed before the contributions are read, in one READ COMMITTED transaction: a record that commits in
    /// between leaves a mark of its own, so nothing is missed.
    /// - Returns: the number of distinct cells recomputed; 0 when nothing was dirty.
    package static func step(_ pool: PostgresPool) async throws -> Int {
        try await pool.transaction { connection in
            // One at a time: a slower one, begun earlier, must not overwrite figures with what it read before.
            try connection.execute("select pg_advisory_xact_lock(7205759403792793603)")
            let marks = try connection.query(
                """
                with taken as (
                  select id from summary.dirty order by id limit $1)
                , gone as (
                  delete from summary.dirty d using taken where d.id = taken.id
                  returning d.posyandu_id, d.sector_id, d.period)
                select distinct posyandu_id, sector_id, period from gone order by 1, 2, 3
                """,
                [.int4(Int32(cellsAtOnce))]
            )
            guard !marks.isEmpty else { return 0 }
            var posyandu: [Int32] = []
            var sectors: [Int16] = []
            var periods: [String] = []
            for mark in marks {
                posyandu.append(Int32(try mark.int(0)))
                sectors.append(Int16(try mark.int(1)))
                periods.append(try mark.string(2))
            }
            FailPoint.hit("summaries.marks-taken")
            try recompute(connection, posyandu: posyandu, sectors: sectors, periods: periods)
            FailPoint.hit("summaries.before-commit")
            return marks.count
        }
    }

    /// Makes the figures of the given cells from their contributions; cells without contributions lose their figures.
    static func recompute(
        _ connection: isolated PostgresConnection,
        posyandu: [Int32],
        sectors: [Int16],
        periods: [String]
    ) throws {
        let cells: [PostgresValue] = [.int4Array(posyandu), .int2Array(sectors), .textArray(periods)]
        try connection.execute(
            """
            with cell as (
              select * from unnest($1::int[], $2::smallint[], $3::text[]) as c(posyandu_id, sector_id, period))
            , item as (
              select k.posyandu_id, k.sector_id, k.period, k.subject, k.date, k.lineage, k.record_id, v.indicator_id,
                v.value
              from cell c
              join registry.contribution k using (posyandu_id, sector_id, period)
              cross join lateral unnest(k.indicators, k.values) as v(indicator_id, value))
            , stock as (
              select posyandu_id, sector_id, period, indicator_id, sum(value) as value, sum(n)::int as n
              from (
                select distinct on (item.posyandu_id, item.sector_id, item.period, item.indicator_id, item.subject)
                  item.posyandu_id, item.sector_id, item.period, item.indicator_id, item.value,
                  count(*) over (
                    partition by item.posyandu_id, item.sector_id, item.period, item.indicator_id, item.subject) as n
                from item join registry.indicator i on i.id = item.indicator_id and i.kind = 'stock'
                left join registry.record_key made on made.lineage = item.lineage and made.record_id = item.record_id
                order by item.posyandu_id, item.sector_id, item.period, item.indicator_id, item.subject, item.date desc,
                  coalesce(made.key, item.record_id) desc, item.value desc) last
              group by 1, 2, 3, 4)
            , flow as (
              select item.posyandu_id, item.sector_id, item.period, item.indicator_id,
                case i.kind when 'count' then count(*)::numeric when 'distinct' then count(distinct item.subject)::numeric
                  else sum(item.value) end as value,
                count(*)::int as n
              from item join registry.indicator i on i.id = item.indicator_id and i.kind in ('count', 'distinct', 'sum')
              group by 1, 2, 3, 4, i.kind)
            , paper as (
              select distinct on (item.posyandu_id, item.sector_id, item.period, i.id)
                item.posyandu_id, item.sector_id, item.period, i.id as indicator_id, coalesce(i.family, i.name) as family,
                item.value, count(*) over (partition by item.posyandu_id, item.sector_id, item.period, i.id)::int as n
              from item join registry.indicator i on i.id = -item.indicator_id
              left join registry.record_key made on made.lineage = item.lineage and made.record_id = item.record_id
              where item.indicator_id < 0
              order by item.posyandu_id, item.sector_id, item.period, i.id, item.date desc,
                coalesce(made.key, item.record_id) desc, item.value desc)
            , recorded as (
              select distinct item.posyandu_id, item.sector_id, item.period, coalesce(i.family, i.name) as family
              from item join registry.indicator i on i.id = item.indicator_id
              where exists (select from paper))
            , fresh as (
              select made.*, case when paper.n is null then 0 else 2 end as origin
              from (select * from flow union all select * from stock) made
              left join paper using (posyandu_id, sector_id, period, indicator_id)
              union all
              select posyandu_id, sector_id, period, indicator_id, value, n, 1 from paper
              where not exists (
                select from recorded r where r.posyandu_id = paper.posyandu_id and r.sector_id = paper.sector_id
                  and r.period = paper.period and r.family = paper.family))
            , gone as (
              delete from summary.figure f using cell c
              where f.posyandu_id = c.posyandu_id and f.sector_id = c.sector_id and f.period = c.period
                and not exists (
                  select from fresh n where n.posyandu_id = f.posyandu_id and n.sector_id = f.sector_id
                    and n.period = f.period and n.indicator_id = f.indicator_id))
            insert into summary.figure as f (posyandu_id, sector_id, period, indicator_id, value, contributions, origin)
            select posyandu_id, sector_id, period, indicator_id, value, n, origin from fresh order by 1, 2, 3, 4
            on conflict (posyandu_id, sector_id, period, indicator_id)
            do update set value = excluded.value, contributions = excluded.contributions, origin = excluded.origin,
              updated = now()
            where f.value <> excluded.value or f.contributions <> excluded.contributions or f.origin <> excluded.origin
            """,
            cells
        )
    }
}
