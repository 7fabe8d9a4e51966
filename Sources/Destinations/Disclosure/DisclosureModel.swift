// Makes the table that an attacker sees from a snapshot, its candidate rows and what went out before.
// SPDX-License-Identifier: Apache-2.0

internal import PluginKit
internal import Summaries

/// One snapshot as the model reads it.
struct DisclosureReading {
    var snapshot: PeriodSnapshot
    var period: Period
    /// Rows that show figures: their indicator, with its part of a ratio, and whether an earlier document shows them.
    var figures: [Shown]
    var cases: [Shown]

    /// A row by the position of its figure or case in the snapshot.
    struct Shown {
        var index: Int
        /// Always true of the snapshot that is being planned.
        var isShown: Bool
    }
}

/// Collects cells and relations by name, so that the table does not depend on the order of the snapshot's lists.
struct DisclosureModel {
    /// A number of the kabupaten. The same number of the same place in two revisions is one cell: an attacker who takes it for
    /// unchanged is right.
    struct Key: Hashable, Comparable {
        var sector: String
        /// An indicator, `keluhan/STATE`, or a part of a ratio that is no indicator.
        var series: String
        var area: String
        var period: String
        var value: ExactDecimal

        static func < (one: Key, other: Key) -> Bool {
            let (mine, theirs) = (
                (one.sector, one.series, one.area, one.period), (other.sector, other.series, other.area, other.period)
            )
            return mine == theirs ? one.value < other.value : mine < theirs
        }
    }

    private let settings: DestinationSettings
    private let kabupaten: String
    private var cells: [Key: DisclosureTable.Cell] = [:]
    /// A whole and its parts.
    private var relations: Set<[Key]> = []
    private var rows: [[Key]] = []

    /// - Parameters:
    ///   - current: the snapshot that is being planned; its rows become the table's, figures first, then cases.
    ///   - earlier: what went out before, every revision of its own, in any order.
    init(_ current: DisclosureReading, _ earlier: [DisclosureReading], _ settings: DestinationSettings) {
        self.settings = settings
        kabupaten = current.snapshot.kabupaten
        var newest: [Period: (revision: Int, figures: [Series: [String: ExactDecimal]])] = [:]
        for reading in earlier {
            let figures = add(reading, isPlanned: false, isSame: reading.period == current.period)
            if reading.snapshot.revision > newest[reading.period]?.revision ?? 0 {
                newest[reading.period] = (reading.snapshot.revision, figures)
            }
        }
        newest[current.period] = (current.snapshot.revision, add(current, isPlanned: true, isSame: true))
        for (period, whole) in newest {
            relate(period, whole.figures, to: newest.mapValues(\.figures))
        }
    }

    /// The table, with its cells in the order of their keys.
    var table: DisclosureTable {
        var table = DisclosureTable()
        var numbers: [Key: Int] = [:]
        for key in cells.keys.sorted() {
            guard let cell = cells[key] else { continue }
            numbers[key] = table.add(cell)
        }
        table.relations = relations.map { keys in
            keys.enumerated().map { DisclosureTable.Term(cell: numbers[$1] ?? 0, sign: $0 == 0 ? 1 : -1) }
        }.sorted { $0.map(\.cell).lexicographicallyPrecedes($1.map(\.cell)) }
        table.rows = rows.map { $0.compactMap { numbers[$0] } }
        return table
    }

    // MARK: Cells

    private struct Series: Hashable {
        var sector: String
        var name: String
        /// `count`, `distinct`, `sum`, `stock`.
        var kind: String
    }

    private mutating func add(_ reading: DisclosureReading, isPlanned: Bool, isSame: Bool) -> [Series: [String:
        ExactDecimal]]
    {
        var numbers: [Series: [String: ExactDecimal]] = [:]
        var shown: [(series: [(Series, ExactDecimal)], area: String, isShown: Bool)] = []
        let snapshot = reading.snapshot
        let figures = snapshot.figures
        for figure in figures where SnapshotRows.canonicalSectors.contains(figure.sector) && figure.kind != "ratio" {
            guard let value = figure.exactNumerator else { continue }
            let series = Series(sector: figure.sector, name: figure.indicator, kind: figure.kind)
            numbers[series, default: [:]][figure.area] = value
        }
        let parts = RatioParts(
            figures,
            numbers.reduce(into: [:]) { $0[$1.key.sector, default: [:]][$1.key.name] = $1.value }
        )
        var kinds: [String: [String: String]] = [:]
        for series in numbers.keys { kinds[series.sector, default: [:]][series.name] = series.kind }
        for ratio in figures where SnapshotRows.canonicalSectors.contains(ratio.sector) && ratio.kind == "ratio" {
            guard let top = ratio.exactNumerator, let bottom = ratio.exactDenominator else { continue }
            let names = parts.names(ratio)
            for (name, value) in [(names.top, top), (names.bottom, bottom)] {
                let series = Series(
                    sector: ratio.sector,
                    name: name,
                    kind: kinds[ratio.sector]?[name] ?? "distinct"
                )
                numbers[series, default: [:]][ratio.area] = value
            }
        }
        for entry in snapshot.cases where SnapshotRows.canonicalSectors.contains(entry.sector) {
            let series = Series(sector: entry.sector, name: "keluhan/\(entry.state)", kind: "stock")
            numbers[series, default: [:]][entry.area] = ExactDecimal(entry.count)
        }
        if !isSame { numbers = numbers.filter { ["count", "sum", "stock"].contains($0.key.kind) } }
        for (series, areas) in numbers {
            for (area, value) in areas { _ = cell(key(series.sector, series.name, area, reading.period, value)) }
        }
        for row in reading.figures {
            let figure = figures[row.index]
            var values: [(Series, ExactDecimal)] = []
            if figure.kind == "ratio" {
                if let top = figure.exactNumerator, let bottom = figure.exactDenominator {
                    let names = parts.names(figure)
                    values = [(names.top, top), (names.bottom, bottom)].map {
                        (
                            Series(sector: figure.sector, name: $0.0, kind: kinds[figure.sector]?[$0.0] ?? "distinct"),
                            $0.1
                        )
                    }
                }
            } else if let value = figure.exactNumerator {
                values = [(Series(sector: figure.sector, name: figure.indicator, kind: figure.kind), value)]
            }
            shown.append((values, figure.area, row.isShown))
        }
        for row in reading.cases {
            let entry = snapshot.cases[row.index]
            let series = Series(sector: entry.sector, name: "keluhan/\(entry.state)", kind: "stock")
            shown.append(([(series, ExactDecimal(entry.count))], entry.area, row.isShown))
        }
        for row in shown {
            let keys = row.series.filter { numbers[$0.0] != nil }.map {
                key($0.0.sector, $0.0.name, row.area, reading.period, $0.1)
            }
            if isPlanned { rows.append(keys) }
            for key in keys {
                cells[key]?.isPositive = true
                if !isPlanned && row.isShown { cells[key]?.wasShown = true }
            }
        }
        relate(reading, numbers, parts)
        return numbers
    }

    private func key(_ sector: String, _ series: String, _ area: String, _ period: Period, _ value: ExactDecimal) -> Key
    {
        Key(sector: sector, series: series, area: area, period: period.description, value: value)
    }

    private mutating func cell(_ key: Key) -> Key {
        guard cells[key] == nil else { return key }
        let levels = key.area.split(separator: ".").count
        cells[key] = DisclosureTable.Cell(
            value: key.value,
            limit: settings.smallCountLimit(sector: key.sector, area: key.area),
            rank: max(0, 4 - levels),
            name: "\(key.series) of \(key.area) in \(key.period)"
        )
        return key
    }

    // MARK: Relations

    /// Within one snapshot: areas, families, ratios.
    private mutating func relate(
        _ reading: DisclosureReading,
        _ numbers: [Series: [String: ExactDecimal]],
        _ parts: RatioParts
    ) {
        let period = reading.period
        var whole: [String: [String: [String: Int]]] = [:]
        var trees: [Set<String>: [String: [String]]] = [:]
        for (series, areas) in numbers {
            let tree = trees[Set(areas.keys)] ?? Self.tree(areas.keys)
            trees[Set(areas.keys)] = tree
            for (area, value) in areas {
                relate(
                    key(series.sector, series.name, area, period, value),
                    (tree[area] ?? []).compactMap { child in
                        areas[child].map { key(series.sector, series.name, child, period, $0) }
                    }
                )
            }
            let integers = areas.compactMapValues(\.integer)
            if integers.count == areas.count, !series.name.contains("/") {
                whole[series.sector, default: [:]][series.name] = integers
            }
        }
        for (sector, figures) in whole {
            for family in Families.find(figures, declared: settings.addsUp) {
                for (area, value) in figures[family.total] ?? [:] {
                    relate(
                        key(sector, family.total, area, period, ExactDecimal(value)),
                        family.parts.compactMap { part in
                            figures[part]?[area].map { key(sector, part, area, period, ExactDecimal($0)) }
                        }
                    )
                }
            }
        }
        for ratio in reading.snapshot.figures
        where ratio.kind == "ratio" && SnapshotRows.canonicalSectors.contains(ratio.sector) {
            guard let top = ratio.exactNumerator, let bottom = ratio.exactDenominator, top <= bottom, top >= 0,
                let rest = bottom.subtracting(top)
            else { continue }
            let names = parts.names(ratio)
            let keys = [(names.bottom, bottom), (names.top, top)].map {
                key(ratio.sector, $0.0, ratio.area, period, $0.1)
            }
            guard cells[keys[0]] != nil, cells[keys[1]] != nil else { continue }
            relate(keys[0], [keys[1], cell(key(ratio.sector, "\(ratio.indicator)/rest", ratio.area, period, rest))])
        }
    }

    /// The areas directly inside each: those of which it is the longest known prefix.
    private static func tree(_ areas: some Collection<String>) -> [String: [String]] {
        let known = Set(areas)
        var tree: [String: [String]] = [:]
        for area in areas.sorted() {
            var prefix = area[...]
            while let dot = prefix.lastIndex(of: ".") {
                prefix = prefix[..<dot]
                guard known.contains(String(prefix)) else { continue }
                tree[String(prefix), default: []].append(area)
                break
            }
        }
        return tree
    }

    private mutating func relate(_ whole: Key, _ parts: [Key]) {
        if !parts.isEmpty { relations.insert([whole] + parts) }
    }

    /// A longer period and the shorter ones in it, where all of them are known: counts and sums add up; of what stands at the end of a
    /// period the last shorter one says the same.
    private mutating func relate(
        _ period: Period,
        _ figures: [Series: [String: ExactDecimal]],
        to all: [Period: [Series: [String: ExactDecimal]]]
    ) {
        for kind in [Period.Kind.month, .quarter] {
            guard (period.kind == .year && kind != .year) || (period.kind == .quarter && kind == .month) else {
                continue
            }
            var parts: [Period] = []
            var next = Period.of(kind, period.first)
            while next.last <= period.last {
                parts.append(next)
                next = next.next
            }
            let known = parts.compactMap { part in all[part].map { (part, $0) } }
            for (series, areas) in figures {
                for (area, value) in areas {
                    let whole = key(series.sector, series.name, area, period, value)
                    if series.kind == "stock" {
                        guard let last = parts.last, let same = all[last]?[series]?[area], same == value else {
                            continue
                        }
                        relate(whole, [key(series.sector, series.name, area, last, same)])
                    } else if known.count == parts.count, series.kind == "count" || series.kind == "sum" {
                        relate(
                            whole,
                            known.compactMap { part, figures in
                                figures[series]?[area].map { key(series.sector, series.name, area, part, $0) }
                            }
                        )
                    }
                }
            }
        }
    }
}

/// Which indicators a ratio is made of. The snapshot does not say; whoever compares the numbers sees it.
struct RatioParts {
    private var tops: [String: String] = [:]
    private var bottoms: [String: String] = [:]

    /// - Parameter series: numbers by sector, indicator and area.
    init(_ figures: [SnapshotFigure], _ series: [String: [String: [String: ExactDecimal]]]) {
        var ratios: [String: [SnapshotFigure]] = [:]
        for figure in figures where figure.kind == "ratio" { ratios[figure.indicator, default: []].append(figure) }
        for (name, rows) in ratios {
            guard let sector = rows.first?.sector else { continue }
            let candidates = (series[sector] ?? [:]).sorted { $0.key < $1.key }
            func first(_ part: (SnapshotFigure) -> ExactDecimal?) -> String? {
                // All zeros say nothing of where they come from.
                guard rows.contains(where: { part($0).map { $0 != 0 } == true }) else { return nil }
                return candidates.first { candidate in
                    rows.allSatisfy { part($0) == nil || part($0) == (candidate.value[$0.area] ?? 0) }
                }?.key
            }
            tops[name] = first(\.exactNumerator)
            bottoms[name] = first(\.exactDenominator)
        }
    }

    func names(_ ratio: SnapshotFigure) -> (top: String, bottom: String) {
        (tops[ratio.indicator] ?? "\(ratio.indicator)/top", bottoms[ratio.indicator] ?? "\(ratio.indicator)/bottom")
    }
}

extension SnapshotFigure {
    /// nil where nobody reported, or where the text is no number (which planning refuses elsewhere).
    var exactNumerator: ExactDecimal? { status == .noData ? nil : numerator.flatMap { ExactDecimal($0) } }
    var exactDenominator: ExactDecimal? { status == .noData ? nil : denominator.flatMap { ExactDecimal($0) } }
}

extension DestinationSettings {
    /// Counts from 1 to this number less one are small in an area. Below kecamatan the two confidential sectors never show 1 to 4.
    func smallCountLimit(sector: String, area: String) -> Int {
        let isConfidential = area.utf8.count > 8 && SnapshotRows.confidentialSectors.contains(sector)
        return max(suppressBelow, isConfidential ? 5 : 0)
    }
}
