// Reads frozen periods back as values, from the bytes that were kept.
// SPDX-License-Identifier: Apache-2.0
package import PluginKit
package import PostgresClient

extension PeriodSnapshot {
    /// The snapshot whose canonical bytes these are; nil when they are none.
    package init?(canonicalBytes bytes: [UInt8]) {
        guard let root = try? JSONParser.parse(bytes), root["schema"]?.string == "posyandud.snapshot/1",
            let revision = root["revision"]?.integer, let cutoff = root["cutoff"]?.integer,
            let created = root["created"]?.integer, let kabupaten = root["kabupaten"]?.string,
            let period = root["period"]?.string, let start = root["start"]?.string.flatMap({ CivilDate($0) }),
            let end = root["end"]?.string.flatMap({ CivilDate($0) }),
            let regionVersion = root["region_version"]?.string, let offset = root["utc_offset_seconds"]?.integer,
            let registered = root["registered"]?.integer, let reported = root["reported"]?.integer,
            let figures = root["figures"]?.array, let registry = root["registry"]?.array,
            let cases = root["cases"]?.array
        else { return nil }
        self.init(
            kabupaten: kabupaten,
            period: period,
            start: start,
            end: end,
            revision: revision,
            regionVersion: regionVersion,
            cutoff: Int64(cutoff),
            createdAt: Int64(created),
            utcOffsetSeconds: offset,
            completeness: (registered, reported),
            figures: figures.compactMap { SnapshotFigure(row: $0.array ?? []) },
            registry: registry.compactMap { AreaCounts(row: $0.array ?? []) },
            cases: cases.compactMap { CaseCounts(row: $0.array ?? []) }
        )
        guard self.figures.count == figures.count, self.registry.count == registry.count,
            self.cases.count == cases.count
        else { return nil }
    }
}

extension SnapshotFigure {
    fileprivate init?(row: [JSONValue]) {
        guard row.count == 8 || row.count == 9, let status = row[7].string.flatMap({ Status(rawValue: $0) }),
            let sector = row[0].string, let indicator = row[1].string, let kind = row[2].string,
            let unit = row[3].string, let area = row[4].string
        else { return nil }
        self.init(
            indicator: indicator,
            sector: sector,
            kind: kind,
            unit: unit,
            area: area,
            numerator: row[5].string,
            denominator: row[6].string,
            status: status,
            fromPaper: row.count == 9 ? row[8].integer ?? 0 : 0
        )
    }
}

extension AreaCounts {
    fileprivate init?(row: [JSONValue]) {
        guard row.count == 4, let area = row[0].string, let posyandu = row[1].integer, let registered = row[2].integer,
            let cadres = row[3].object
        else { return nil }
        self.init(
            area: area,
            posyandu: posyandu,
            registered: registered,
            cadresBySector: cadres.members.map { SectorCadres(sector: $0.name, cadres: $0.value.integer ?? 0) }
        )
    }
}

extension CaseCounts {
    fileprivate init?(row: [JSONValue]) {
        guard row.count == 4, let sector = row[0].string, let state = row[1].string, let area = row[2].string,
            let count = row[3].integer
        else { return nil }
        self.init(area: area, sector: sector, state: state, count: count)
    }
}

/// The frozen periods of one kabupaten.
package enum FrozenSnapshot {
    /// The periods that have a frozen revision, latest end first, of two with one end the shorter.
    package static func periods(
        _ connection: isolated PostgresConnection,
        kabupaten: String
    ) throws -> [Period] {
        try connection.query(
            "select distinct period from summary.snapshot where kabupaten = $1",
            [.text(kabupaten)]
        ).compactMap { Period(try $0.string(0)) }.sorted { ($0.last, $0.first) > ($1.last, $1.first) }
    }

    /// The newest revision of a period; nil when it was never frozen.
    package static func newest(
        _ connection: isolated PostgresConnection,
        kabupaten: String,
        _ period: Period
    ) throws -> PeriodSnapshot? {
        try connection.query(
            "select bytes from summary.snapshot where kabupaten = $1 and period = $2 order by revision desc limit 1",
            [.text(kabupaten), .text(period.description)]
        ).first.flatMap { PeriodSnapshot(canonicalBytes: try $0.bytes(0)) }
    }
}
