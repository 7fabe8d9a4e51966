// Makes the table of a recap from figures: a row a month, or a row a posyandu, and the line under them.
// SPDX-License-Identifier: Apache-2.0
package import PluginKit

/// Pure: the same figures give the same table.
struct RecapBuilder {
    let recap: Manifest.Recap
    let manifest: Manifest
    let cells: [RecapKey: RecapCell]
    private(set) var notes: [String] = []

    init(_ recap: Manifest.Recap, _ manifest: Manifest, _ cells: [RecapKey: RecapCell]) {
        self.recap = recap
        self.manifest = manifest
        self.cells = cells
    }

    var columns: [SheetColumn] {
        recap.columns.map { column in
            var note = column.note?.id
            if case .notRecorded = column.content, note == nil { note = "belum dicatat" }
            return SheetColumn(heading: column.heading, note: note)
        }
    }

    // MARK: Rows

    /// One row: the given posyandu in the given month, added up when there are several.
    mutating func row(_ number: Int, label: String, _ posts: [RegisterPost], _ month: Period) -> SheetRow {
        let present = posts.filter { $0.serves(in: month) || cells[key($0, month)] != nil }
        let known = present.compactMap { cells[key($0, month)] }
        let origin = Self.origin(of: known)
        var values: [SheetCell] = []
        for (place, column) in recap.columns.enumerated() {
            switch column.content {
            case .number: values.append(.number(ExactDecimal(number)))
            case .label: values.append(.text(label))
            case .remarks: values.append(remark(known, of: present.count))
            case .notRecorded: values.append(.empty)
            case .figure(let plus, let minus):
                let parts = known.map { figure($0, plus, minus) }
                if parts.contains(.below) { notes.append(Self.belowZero(place, label)) }
                values.append(Self.sum(parts.map(\.value)))
            case .ratio(let top, let bottom):
                let tops = Self.sum(known.map { figure($0, [top], []).value })
                let bottoms = Self.sum(known.map { figure($0, [bottom], []).value })
                values.append(Self.percent(tops, bottoms))
            case .visitors(let group, let paper):
                values.append(Self.sum(known.map { visitors($0, group, paper) }))
            }
        }
        if !hasRemarks, case .text(let remark) = remark(known, of: present.count) {
            notes.append("\(label): \(remark)")
        }
        return SheetRow(cells: values, origin: origin)
    }

    /// The line under the rows. Over months stocks are never added; over posyandu of one month they are.
    func total(_ rows: [SheetRow], overMonths: Bool) -> SheetRow {
        var values: [SheetCell] = []
        for (place, column) in recap.columns.enumerated() {
            switch column.content {
            case .label: values.append(.text("JUMLAH"))
            case .number, .remarks, .notRecorded: values.append(.empty)
            case .figure(let plus, let minus):
                let mayAdd = !overMonths || (column.isAdditive && !(plus + minus).contains(where: isStock))
                values.append(mayAdd ? Self.sum(rows.map { $0.cells[place].number }) : .empty)
            case .visitors:
                let mayAdd = !overMonths || column.isAdditive
                values.append(mayAdd ? Self.sum(rows.map { $0.cells[place].number }) : .empty)
            case .ratio(let top, let bottom):
                let mayAdd = !overMonths || !(isStock(top) || isStock(bottom))
                let keys = cells.keys.sorted { ($0.posyandu, $0.month) < ($1.posyandu, $1.month) }
                let known = keys.compactMap { cells[$0] }
                let tops = Self.sum(known.map { figure($0, [top], []).value })
                values.append(
                    mayAdd ? Self.percent(tops, Self.sum(known.map { figure($0, [bottom], []).value })) : .empty
                )
            }
        }
        return SheetRow(cells: values)
    }

    // MARK: Cells

    private enum Part: Equatable {
        case unknown
        case known(ExactDecimal)
        /// What is taken away is more than what is there: no number is given.
        case below

        var value: ExactDecimal? { if case .known(let value) = self { value } else { nil } }
    }

    private func figure(_ cell: RecapCell, _ plus: [String], _ minus: [String]) -> Part {
        var total: ExactDecimal = 0
        for (names, isTakenAway) in [(plus, false), (minus, true)] {
            for name in names {
                guard let value = value(cell, name),
                    let next = isTakenAway ? total.subtracting(value) : total.adding(value)
                else { return .unknown }
                total = next
            }
        }
        return total < 0 ? .below : .known(total)
    }

    /// A flow that no record mentions is zero in a month with records; a stock, and anything on paper, is unknown.
    private func value(_ cell: RecapCell, _ name: String) -> ExactDecimal? {
        if let figure = cell.figures[name] { return figure.value }
        return cell.hasRecords && !isStock(name) ? 0 : nil
    }

    private func visitors(_ cell: RecapCell, _ group: Manifest.Visitors, _ paper: String?) -> ExactDecimal? {
        if keepsAttendance(cell) { return paper.flatMap { cell.figures[$0]?.value } ?? 0 }
        if cell.visitors.isEmpty, let paper, let figure = cell.figures[paper] { return figure.value }
        guard cell.hasRecords || !cell.visitors.isEmpty else { return nil }
        let count = cell.visitors.count { visitor in
            group.months.contains(visitor.months) && (group.sex.map { $0 == visitor.sex } ?? true)
                && (group.isNew.map { $0 == visitor.isNew } ?? true)
        }
        return ExactDecimal(count)
    }

    /// Whether the posyandu recorded attendance itself: then that counts, and not who got a service.
    private func keepsAttendance(_ cell: RecapCell) -> Bool {
        recap.columns.contains { column in
            guard case .visitors(_, .some(let name)) = column.content else { return false }
            return cell.figures[name].map { $0.origin != 1 } ?? false
        }
    }

    private func isStock(_ name: String) -> Bool { manifest.indicator(name)?.kind == .stock }

    private static func sum(_ values: [ExactDecimal?]) -> SheetCell {
        var total: ExactDecimal?
        for case .some(let value) in values { total = (total ?? 0).adding(value) ?? total }
        return total.map { .number($0.normalised) } ?? .empty
    }

    /// Per cent with one decimal, half up; empty without a denominator.
    private static func percent(_ top: SheetCell, _ bottom: SheetCell) -> SheetCell {
        guard let top = top.number?.integer, let bottom = bottom.number?.integer, bottom > 0, top >= 0,
            top < 1_000_000_000
        else { return .empty }
        let tenths = (top * 2_000 + bottom) / (2 * bottom)
        return ExactDecimal(mantissa: Int64(tenths), scale: 1).map { .number($0) } ?? .empty
    }

    // MARK: Words

    private var hasRemarks: Bool {
        recap.columns.contains { if case .remarks = $0.content { true } else { false } }
    }

    private func remark(_ known: [RecapCell], of present: Int) -> SheetCell {
        var words: [String] = []
        let reported = known.filter(\.isReported)
        if present > 1, reported.count < present { words.append("\(reported.count) dari \(present) posyandu melapor") }
        let paper = reported.count { $0.hasPaper && !$0.hasRecords }
        let mixed = reported.count { $0.hasPaper && $0.hasRecords }
        let ignored = known.count(where: \.hasIgnoredPaper)
        if present > 1 {
            if paper > 0 { words.append("\(paper) dari rekap kertas") }
            if mixed > 0 { words.append("\(mixed) sebagian dari rekap kertas") }
            if ignored > 0 { words.append("\(ignored) dengan rekap kertas yang tidak dihitung") }
        } else {
            if paper > 0 { words.append("dari rekap kertas") }
            if mixed > 0 { words.append("sebagian dari rekap kertas") }
            if ignored > 0 { words.append("ada isi rekap kertas yang tidak dihitung") }
        }
        return words.isEmpty ? .empty : .text(words.joined(separator: "; "))
    }

    private static func origin(of known: [RecapCell]) -> SheetOrigin {
        let records = known.contains(where: \.hasRecords)
        let paper = known.contains(where: \.hasPaper)
        return records ? (paper ? .mixed : .records) : (paper ? .paper : .none)
    }

    private static func belowZero(_ place: Int, _ label: String) -> String {
        "Kolom \(place + 1), \(label): yang datang lebih banyak daripada sasaran; dikosongkan."
    }

    private func key(_ post: RegisterPost, _ month: Period) -> RecapKey { RecapKey(posyandu: post.id, month: month) }
}

extension SheetCell {
    package var number: ExactDecimal? { if case .number(let value) = self { value } else { nil } }
}
