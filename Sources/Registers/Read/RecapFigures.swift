// Reads the figures and visitors that the cells of a recap are made of.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginKit
import PostgresClient

/// What is known of one posyandu and month.
struct RecapCell {
    struct Figure {
        var value: ExactDecimal
        var origin: Int
    }
    /// By indicator name; absent is not zero.
    var figures: [String: Figure] = [:]
    /// Whether a record of the sector said anything.
    var hasRecords = false
    /// Whether a recap on paper says anything that counts.
    var hasPaper = false
    /// Whether a recap on paper says something that does not count.
    var hasIgnoredPaper = false
    var visitors: [Visitor] = []

    struct Visitor {
        var months: Int
        var sex: String
        var isNew: Bool
    }

    var isReported: Bool { hasRecords || hasPaper }
}

struct RecapKey: Hashable {
    var posyandu: Int32
    var month: Period
}

enum RecapFigures {
    /// The figures of a sector's months; call it inside the transaction that reads the whole sheet.
    static func read(
        _ connection: isolated PostgresConnection,
        sector: String,
        posts: [RegisterPost],
        months: [Period],
        visits: Manifest.Visits?
    ) throws -> [RecapKey: RecapCell] {
        let places: [PostgresValue] = [
            .int4Array(posts.map(\.id)), .textArray(months.map(\.description)), .text(sector),
        ]
        var cells: [RecapKey: RecapCell] = [:]
        let rows = try connection.query(
            """
            select f.posyandu_id, f.period, i.name, trim_scale(f.value)::text, f.origin
            from summary.figure f join registry.indicator i on i.id = f.indicator_id
            where f.posyandu_id = any($1) and f.period = any($2)
              and f.sector_id = (select id from registry.sector where code = $3)
            """,
            places
        )
        for row in rows {
            guard let month = Period(try row.string(1)), let value = ExactDecimal(try row.string(3)) else { continue }
            let key = RecapKey(posyandu: Int32(truncatingIfNeeded: try row.int(0)), month: month)
            let origin = try row.int(4)
            cells[key, default: RecapCell()].figures[try row.string(2)] = .init(value: value, origin: origin)
            if origin == 1 { cells[key]?.hasPaper = true } else { cells[key]?.hasRecords = true }
        }
        let paper = try connection.query(
            """
            select distinct k.posyandu_id, k.period from registry.contribution k
            cross join lateral unnest(k.indicators) as v(indicator_id)
            join registry.indicator i on i.id = -v.indicator_id
            where k.posyandu_id = any($1) and k.period = any($2)
              and k.sector_id = (select id from registry.sector where code = $3)
              and not exists (select from summary.figure f where f.posyandu_id = k.posyandu_id
                and f.sector_id = k.sector_id and f.period = k.period and f.indicator_id = i.id and f.origin = 1)
            """,
            places
        )
        for row in paper {
            guard let month = Period(try row.string(1)) else { continue }
            let key = RecapKey(posyandu: Int32(truncatingIfNeeded: try row.int(0)), month: month)
            cells[key, default: RecapCell()].hasIgnoredPaper = true
        }
        if let visits { try addVisitors(connection, visits, places, &cells) }
        return cells
    }

    /// A visitor is a resident with a visit at the posyandu in the month: new when there was none before the month. Age is
    /// that of the month's first visit.
    private static func addVisitors(
        _ connection: isolated PostgresConnection,
        _ visits: Manifest.Visits,
        _ places: [PostgresValue],
        _ cells: inout [RecapKey: RecapCell]
    ) throws {
        let rows = try connection.query(
            """
            with visit as (
              select k.posyandu_id, k.subject, k.date
              from registry.contribution k
              join registry.record r on r.id = k.record_id
              where k.posyandu_id = any($1) and k.sector_id = (select id from registry.sector where code = $3)
                and k.subject is not null
                and r.type_id = any(array(select id from registry.record_type where name = any($4)))
                and ($5::text is null or r.body::json->>$5 is distinct from $6))
            , came as (
              select posyandu_id, subject, to_char(date, 'YYYY-MM') as month, min(date) as day,
                row_number() over (partition by posyandu_id, subject order by min(date)) as turn
              from visit group by 1, 2, 3)
            select c.posyandu_id, c.month, c.day, s.birth_date, s.sex::text, c.turn
            from came c join registry.resident s on s.id = c.subject
            where c.month = any($2)
            """,
            places + [
                .textArray(visits.types), visits.except.map { .text($0.field) } ?? .null,
                visits.except?.value.asText.map { .text($0) } ?? .null,
            ]
        )
        for row in rows {
            guard let month = Period(try row.string(1)) else { continue }
            let key = RecapKey(posyandu: Int32(truncatingIfNeeded: try row.int(0)), month: month)
            let birth = CivilDate(daysSince1970: try row.date(3))
            let visitor = RecapCell.Visitor(
                months: birth.months(until: CivilDate(daysSince1970: try row.date(2))),
                sex: try row.string(4),
                isNew: try row.int(5) == 1
            )
            cells[key, default: RecapCell()].visitors.append(visitor)
        }
    }
}
