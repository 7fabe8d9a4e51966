// What disclosure control leaves out of a snapshot's rows, and the last look at the rest.
// SPDX-License-Identifier: Apache-2.0

internal import PluginKit
internal import Summaries

/// Positions in the lists of a snapshot whose rows are not in the documents.
struct LeftOut: Sendable {
    private(set) var figures: Set<Int> = []
    private(set) var cases: Set<Int> = []
    /// Rows that show a small count.
    private(set) var small = 0
    /// Rows that are no small count and would let one be worked out.
    private(set) var complementary = 0
    /// Entries that the attacks touched: what it cost, whatever the machine.
    private(set) var work = 0

    /// Nothing is left out.
    init() {}

    /// - Throws: ``PlanError`` `.disclosure` when the rest still discloses a small count.
    init(
        _ source: SnapshotRows,
        after earlier: [EarlierSnapshot],
        shows: (OutboundDocument) -> Set<ShownFigure>?
    ) throws(PlanError) {
        guard Self.hasSmallCounts(source) else { return }
        let rows = (try source.indicatorRows().map(\.index), source.caseRows().map(\.index))
        let current = DisclosureReading(
            snapshot: source.snapshot,
            period: source.period,
            figures: rows.0.map { .init(index: $0, isShown: true) },
            cases: rows.1.map { .init(index: $0, isShown: true) }
        )
        let before = earlier.compactMap { Self.reading($0, source.settings, shows) }
        let table = DisclosureModel(current, before, source.settings).table
        let suppression = Suppression(table)
        for row in table.rows.indices where !suppression.isKept(row) {
            if row < rows.0.count { figures.insert(rows.0[row]) } else { cases.insert(rows.1[row - rows.0.count]) }
        }
        small = suppression.primary.count
        complementary = suppression.complementary.count
        work = suppression.work + (try DisclosureCheck.verify(table, rows: suppression.isKept))
    }

    private static func hasSmallCounts(_ source: SnapshotRows) -> Bool {
        let settings = source.settings
        return source.snapshot.figures.contains { settings.smallCountLimit(sector: $0.sector, area: $0.area) > 1 }
            || source.snapshot.cases.contains { settings.smallCountLimit(sector: $0.sector, area: $0.area) > 1 }
    }

    /// What an earlier snapshot showed: what its documents say; where their bytes do not tell, what they would be planned as now.
    /// nil when the snapshot cannot be read any more, then nothing of it is known to be a secret.
    private static func reading(
        _ earlier: EarlierSnapshot,
        _ settings: DestinationSettings,
        _ shows: (OutboundDocument) -> Set<ShownFigure>?
    ) -> DisclosureReading? {
        guard let period = Period(earlier.snapshot.period) else { return nil }
        var reading = DisclosureReading(snapshot: earlier.snapshot, period: period, figures: [], cases: [])
        var shown: Set<ShownFigure>? = []
        for document in earlier.documents { shown = shows(document).flatMap { shown?.union($0) } }
        do throws(PlanError) {
            let source = try SnapshotRows(whole: earlier.snapshot, settings)
            let leftOut = shown == nil ? try LeftOut(source, after: [], shows: shows) : LeftOut()
            reading.figures = try source.indicatorRows().map { row, index in
                let isShown = shown.map { row.isShown(in: $0, settings) } ?? !leftOut.figures.contains(index)
                return .init(index: index, isShown: isShown)
            }
            reading.cases = source.caseRows().map { row, index in
                let isShown = shown.map { row.isShown(in: $0, settings) } ?? !leftOut.cases.contains(index)
                return .init(index: index, isShown: isShown)
            }
        } catch {
            // No mapping covers it any more, or it was refused: its numbers count, and none of them as shown.
        }
        return reading
    }
}

extension FigureRow {
    /// Whether a document that shows these figures has the row: under its code or those of its parts.
    fileprivate func isShown(in figures: Set<ShownFigure>, _ settings: DestinationSettings) -> Bool {
        let codes = [code, rule?.numerator, rule?.denominator].compactMap(\.self)
        let areas = Set([area, settings.dialect.orgUnits.name(area)])
        let options = Set([rule?.option ?? "", ""])
        return codes.contains { code in
            areas.contains { area in
                options.contains { figures.contains(ShownFigure(code: code, area: area, option: $0)) }
            }
        }
    }
}
