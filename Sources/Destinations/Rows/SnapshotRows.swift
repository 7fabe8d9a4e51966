// The rows of a snapshot that may leave the kabupaten: mapped, exact, without what discloses small counts, in one order.
// SPDX-License-Identifier: Apache-2.0

internal import PluginKit
internal import Summaries

/// What every dialect makes its documents from. Only the six canonical sectors are in it.
struct SnapshotRows {
    let snapshot: PeriodSnapshot
    let settings: DestinationSettings
    /// Four digits, `3325`.
    let kodepemda: String
    let period: Period

    /// The sectors that leave the kabupaten; a local additional sector is never planned.
    static let canonicalSectors: Set<String> = [
        "pendidikan", "kesehatan", "pekerjaan_umum", "perumahan_rakyat", "trantibumlinmas", "sosial",
    ]
    /// Sectors whose small counts are left out below kecamatan, whatever the settings say.
    static let confidentialSectors: Set<String> = ["trantibumlinmas", "sosial"]

    /// What is left out of the documents, by position in the snapshot's lists.
    private(set) var leftOut = LeftOut()

    /// - Parameters:
    ///   - earlier: snapshots of the same destination of which documents went out, or are about to.
    ///   - shows: the figures of such a document; nil where its bytes do not tell, then it is planned again to know.
    /// - Throws: ``PlanError`` `.unusable` when the snapshot's codes, dates or zone cannot be; `.disclosure` when a small count
    ///   could be worked out all the same.
    init(
        _ snapshot: PeriodSnapshot,
        _ settings: DestinationSettings,
        after earlier: [EarlierSnapshot] = [],
        shows: (OutboundDocument) -> Set<ShownFigure>? = { _ in nil }
    ) throws(PlanError) {
        try self.init(whole: snapshot, settings)
        leftOut = try LeftOut(self, after: earlier, shows: shows)
    }

    /// Without disclosure control: what there is, not what may leave.
    init(whole snapshot: PeriodSnapshot, _ settings: DestinationSettings) throws(PlanError) {
        guard let kodepemda = Self.kodepemda(snapshot.kabupaten) else {
            throw PlanError(.unusable, "\(snapshot.kabupaten) is not the code of a kabupaten or kota")
        }
        guard let period = Period(snapshot.period), period.first == snapshot.start, period.last == snapshot.end else {
            throw PlanError(.unusable, "period \(snapshot.period) does not run \(snapshot.start) to \(snapshot.end)")
        }
        guard [25_200, 28_800, 32_400].contains(snapshot.utcOffsetSeconds) else {
            throw PlanError(.unusable, "no Indonesian zone is \(snapshot.utcOffsetSeconds) s from UTC")
        }
        self.snapshot = snapshot
        var settings = settings
        settings.mapping = try settings.mapping(on: snapshot.end)
        self.settings = settings
        self.kodepemda = kodepemda
        self.period = period
    }

    /// `33.25` as `3325`.
    static func kodepemda(_ kabupaten: String) -> String? {
        let parts = kabupaten.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy(isDigit) }) else {
            return nil
        }
        return parts.joined()
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    /// The rows of a document kind, by code, then area, whatever order the snapshot had, without what is left out.
    func rows(_ kind: DocumentKind) throws(PlanError) -> [FigureRow] {
        switch kind {
        case .registry: try ordered(registryRows())
        case .indicators: try ordered(indicatorRows().filter { !leftOut.figures.contains($0.index) }.map(\.row))
        case .cases: try ordered(caseRows().filter { !leftOut.cases.contains($0.index) }.map(\.row))
        case .cadres: try ordered(cadreRows())
        default: []
        }
    }

    private func registryRows() -> [FigureRow] {
        snapshot.registry.flatMap { area in
            [
                FigureRow.count("REGISTRI.POSYANDU", sector: nil, area: area.area, unit: "posyandu", area.posyandu),
                FigureRow.count(
                    "REGISTRI.POSYANDU_TERDAFTAR",
                    sector: nil,
                    area: area.area,
                    unit: "posyandu",
                    area.registered
                ),
            ]
        }
    }

    private func cadreRows() -> [FigureRow] {
        snapshot.registry.flatMap { area in
            area.cadresBySector.filter { Self.canonicalSectors.contains($0.sector) }.map { entry in
                FigureRow.count(
                    "KADER.\(entry.sector.uppercased())",
                    sector: entry.sector,
                    area: area.area,
                    unit: "orang",
                    entry.cadres
                )
            }
        }
    }

    /// Every row of a case count, with its position in the snapshot's list.
    func caseRows() -> [(row: FigureRow, index: Int)] {
        snapshot.cases.enumerated().filter { Self.canonicalSectors.contains($0.element.sector) }.map { index, entry in
            let row = FigureRow.count(
                "KELUHAN.\(entry.sector.uppercased()).\(entry.state.uppercased())",
                sector: entry.sector,
                area: entry.area,
                unit: "kasus",
                entry.count
            )
            return (row, index)
        }
    }

    /// Every row of a mapped figure, with its position in the snapshot's list.
    func indicatorRows() throws(PlanError) -> [(row: FigureRow, index: Int)] {
        var rows: [(row: FigureRow, index: Int)] = []
        var declaredScale: [String: Int] = [:]
        for (index, figure) in snapshot.figures.enumerated() where Self.canonicalSectors.contains(figure.sector) {
            guard let rule = try settings.mapping.rule(for: figure.indicator) else { continue }
            let isRatio = figure.kind == "ratio"
            let hasData = figure.status != .noData
            var row = FigureRow(
                code: rule.code,
                sector: figure.sector,
                area: figure.area,
                unit: figure.unit,
                status: figure.status.rawValue
            )
            row.isRatio = isRatio
            row.subkegiatan = rule.subkegiatan
            row.rule = rule
            row.numerator = hasData ? try number(figure.numerator, figure) : nil
            row.denominator = hasData && isRatio ? try number(figure.denominator, figure) : nil
            row.scale = rule.scale ?? (isRatio ? 2 : row.numerator.map { $0.normalised.scale } ?? 0)
            declaredScale[row.code] = max(declaredScale[row.code] ?? 0, row.scale)
            rows.append((row, index))
        }
        for index in rows.indices { rows[index].row.scale = declaredScale[rows[index].row.code] ?? 0 }
        return rows
    }

    private func number(_ text: String?, _ figure: SnapshotFigure) throws(PlanError) -> ExactDecimal {
        guard let text, let number = ExactDecimal(text) else {
            throw PlanError(.unusable, "\(figure.indicator) of \(figure.area) has data but no exact number")
        }
        return number
    }

    /// Rows by code, then area, whatever order the snapshot had.
    private func ordered(_ rows: [FigureRow]) throws(PlanError) -> [FigureRow] {
        let sorted = rows.sorted { ($0.code, $0.area) < ($1.code, $1.area) }
        for (one, next) in zip(sorted, sorted.dropFirst()) where one.code == next.code && one.area == next.area {
            throw PlanError(.duplicateRow, "\(one.code) of \(one.area) is there twice")
        }
        return sorted
    }
}
