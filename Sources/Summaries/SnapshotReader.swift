// Reads from the registry what a snapshot of one period says.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginKit
import PostgresClient
import Registry

/// What a snapshot is made of beside the figures themselves.
struct SnapshotSettings: Sendable {
    var kabupaten: String
    var utcOffsetSeconds: Int
    var regionVersion: String
}

enum SnapshotReader {
    /// The content of a snapshot as the registry stands in the connection's transaction. Revision, cut-off and time of
    /// creation are given by the caller.
    static func read(
        _ connection: isolated PostgresConnection,
        _ settings: SnapshotSettings,
        period: Period,
        revision: Int,
        cutoff: Int64,
        createdAt: Int64
    ) throws -> PeriodSnapshot {
        let figures = try AreaFigures.read(
            connection,
            kabupaten: settings.kabupaten,
            period: period
        )
        let districts = try districts(connection, settings.kabupaten)
        let reported = try connection.query(
            """
            select count(*) from (
              select from summary.figure f join registry.posyandu p on p.id = f.posyandu_id
              where f.period = any($1) and p.village_code like $2 || '.%'
              group by f.posyandu_id having count(distinct f.period) = cardinality($1)) as whole
            """,
            [.textArray(period.monthNames), .text(settings.kabupaten)]
        )
        let registry = try areas(connection, districts, settings.kabupaten, period.last)
        return PeriodSnapshot(
            kabupaten: settings.kabupaten,
            period: period.description,
            start: period.first,
            end: period.last,
            revision: revision,
            regionVersion: settings.regionVersion,
            cutoff: cutoff,
            createdAt: createdAt,
            utcOffsetSeconds: settings.utcOffsetSeconds,
            completeness: (
                registered: registry.first { $0.area == settings.kabupaten }?.posyandu ?? 0,
                reported: try reported.first?.int(0) ?? 0
            ),
            figures: figures.map(snapshotFigure) + (try ratios(connection, figures, of: period)),
            registry: registry,
            cases: try cases(connection, settings.kabupaten, period, offset: settings.utcOffsetSeconds)
        )
    }

    private static func snapshotFigure(_ figure: AreaFigure) -> SnapshotFigure {
        SnapshotFigure(
            indicator: figure.indicator,
            sector: figure.sector,
            kind: figure.kind,
            unit: figure.unit,
            area: figure.area,
            numerator: figure.value,
            status: .final,
            fromPaper: figure.fromPaper
        )
    }

    private static func districts(
        _ connection: isolated PostgresConnection,
        _ kabupaten: String
    ) throws -> [String] {
        try connection.query(
            """
            select distinct left(village_code, 8) from registry.posyandu where village_code like $1 || '.%' order by 1
            """,
            [.text(kabupaten)]
        ).map { try $0.string(0) }
    }

    /// A ratio is its two indicators in the same area, never an average of ratios. It exists where its denominator does.
    private static func ratios(
        _ connection: isolated PostgresConnection,
        _ figures: [AreaFigure],
        of period: Period
    ) throws -> [SnapshotFigure] {
        let declared = try connection.query(
            """
            select i.name, s.code, i.unit, i.ratio_of[1], i.ratio_of[2] from registry.indicator i
            join registry.sector s on s.id = i.sector_id
            where i.kind = 'ratio' and (i.period = $1 or i.rolls_up) order by i.name collate "C"
            """,
            [.text(period.kind.rawValue)]
        )
        var values: [String: [String: String]] = [:]
        for figure in figures { values[figure.indicator, default: [:]][figure.area] = figure.value }
        var ratios: [SnapshotFigure] = []
        for row in declared {
            let numerators = values[try row.string(3)] ?? [:]
            for (area, denominator) in (values[try row.string(4)] ?? [:]).sorted(by: { $0.key < $1.key }) {
                ratios.append(
                    SnapshotFigure(
                        indicator: try row.string(0),
                        sector: try row.string(1),
                        kind: "ratio",
                        unit: try row.string(2),
                        area: area,
                        numerator: numerators[area] ?? "0",
                        denominator: denominator,
                        status: .final
                    )
                )
            }
        }
        return ratios
    }

    private static func areas(
        _ connection: isolated PostgresConnection,
        _ districts: [String],
        _ kabupaten: String,
        _ day: CivilDate
    ) throws -> [AreaCounts] {
        var posts: [String: PosyanduFigures] = [:]
        for row in try RegistryFigures.posyandu(connection, on: day.daysSince1970) {
            posts[row.district.description] = row
        }
        var cadres: [String: [String: Int]] = [:]
        for row in try RegistryFigures.cadres(connection, on: day.daysSince1970) {
            cadres[row.district.description] = row.bySector
        }
        var areas = districts.map { area in
            AreaCounts(
                area: area,
                posyandu: posts[area]?.active ?? 0,
                registered: posts[area]?.registered ?? 0,
                cadresBySector: bySector(cadres[area] ?? [:])
            )
        }
        var total: [String: Int] = [:]
        for area in areas {
            for entry in area.cadresBySector { total[entry.sector, default: 0] += entry.cadres }
        }
        areas.append(
            AreaCounts(
                area: kabupaten,
                posyandu: areas.reduce(0) { $0 + $1.posyandu },
                registered: areas.reduce(0) { $0 + $1.registered },
                cadresBySector: bySector(total)
            )
        )
        return areas
    }

    private static func bySector(_ counts: [String: Int]) -> [AreaCounts.SectorCadres] {
        counts.sorted { $0.key < $1.key }.map { AreaCounts.SectorCadres(sector: $0.key, cadres: $0.value) }
    }

    /// Cases opened up to the period's end, by the state in which they stood then.
    private static func cases(
        _ connection: isolated PostgresConnection,
        _ kabupaten: String,
        _ period: Period,
        offset: Int
    ) throws -> [CaseCounts] {
        try connection.query(
            """
            with standing as (
              select c.id, left(p.village_code, 8) as area, s.code as sector,
                (select m.to_state from registry.case_move m
                 where m.case_id = c.id and m.kind <> 'escalate' and (m.seq = 1 or (m.at at time zone 'UTC' + make_interval(secs => $3))::date <= $2) order by m.seq desc limit 1)
                  as state
              from registry.case c
              join registry.posyandu p on p.id = c.posyandu_id
              join registry.record_type t on t.id = c.type_id
              join registry.sector s on s.id = t.sector_id
              where c.opened <= $2 and p.village_code like $1 || '.%')
            select coalesce(area, $1), sector, state, count(*)::int from standing
            group by grouping sets ((area, sector, state), (sector, state))
            order by 1, 2, 3
            """,
            [.text(kabupaten), .date(period.last.daysSince1970), .float8(Double(offset))]
        ).map { row in
            CaseCounts(
                area: try row.string(0),
                sector: try row.string(1),
                state: try row.string(2),
                count: try row.int(3)
            )
        }
    }
}
