// Puts values of indicators into the columns of a balance, and fills what follows from them.
// SPDX-License-Identifier: Apache-2.0
import PluginKit

/// The columns of one view.
struct BalanceColumns {
    /// A value as a query gives it.
    struct Value {
        /// nil for the whole scope.
        var part: String?
        var indicator: String
        var cell: CellKey
        var value: ExactDecimal
        /// Posyandu that the value comes from.
        var reported: Int
    }

    private let view: Manifest.View
    /// Column and sex that an indicator fills.
    private let byIndicator: [String: (column: String, sex: String?)]
    /// Columns that count residents, by cell.
    private let counted: [String]

    init(_ view: Manifest.View) {
        self.view = view
        var byIndicator: [String: (column: String, sex: String?)] = [:]
        for column in view.columns {
            for name in column.indicators { byIndicator[name] = (column.name, nil) }
            for (name, sex) in zip(column.bySex, ["L", "P"]) { byIndicator[name] = (column.name, sex) }
        }
        self.byIndicator = byIndicator
        counted = view.columns.filter(\.bySex.isEmpty).map(\.name)
    }

    func add(_ value: Value, to row: inout BalanceRow) {
        guard let place = byIndicator[value.indicator] else { return }
        var cell = value.cell
        if let sex = place.sex {
            guard cell == .all else { return }
            cell = CellKey(sex: sex)
        }
        row.cells[cell, default: [:]][place.column] = value.value
        if cell == .all { row.reported[place.column] = value.reported }
    }

    /// Where something was counted, the other counted columns are 0; sums over sex and over bands stand beside the cells.
    func complete(_ row: inout BalanceRow) {
        for name in counted where !counted.allSatisfy({ row.cells[.all]?[$0] == nil }) {
            if row.cells[.all]?[name] == nil { row.cells[.all]?[name] = 0 }
        }
        let cells = row.cells.filter { $0.key.sex != nil && $0.key.band != nil }
        for (key, values) in cells {
            for name in counted {
                let value = values[name] ?? 0
                row.cells[key]?[name] = value
                for marginal in [CellKey(sex: key.sex), CellKey(band: key.band)] {
                    let before = row.cells[marginal]?[name] ?? 0
                    row.cells[marginal, default: [:]][name] = before.adding(value)
                }
            }
        }
    }
}
