// Cells, the sums that are known to hold between them, and the rows that show them: what disclosure control works on.
// SPDX-License-Identifier: Apache-2.0

internal import PluginKit

/// A table as one who wants to know a small count sees it. It holds every cell that the kabupaten knows, shown or not.
///
/// A relation is a sum of cells with signs. Whatever its cells really add up to, the attacker is granted: where the parts
/// miss the whole by persons seen in two kecamatan, or of unknown sex, she is taken to know by how many. So no relation is
/// ever false, and one that is declared without need costs figures, never protection.
struct DisclosureTable: Sendable {
    struct Cell: Sendable {
        var value: ExactDecimal
        /// 1 to this number less one is small; 0 or 1: nothing is.
        var limit = 0
        /// What the attacker knows even when the cell is hidden: no row that is left out is a zero.
        var isPositive = false
        /// A document that went out earlier shows it: nothing hides it any more.
        var wasShown = false
        /// Kecamatan before kabupaten: the lower is given up first.
        var rank = 0
        /// For people: `kesehatan.d of 33.25.01`.
        var name = ""

        var isSmall: Bool { limit > 1 && value > 0 && value < ExactDecimal(limit) }
    }

    struct Term: Sendable, Hashable {
        var cell: Int
        /// 1 or -1.
        var sign: Int
    }

    var cells: [Cell] = []
    var relations: [[Term]] = []
    /// What can be left out as a whole: the cells that each row of the document shows.
    var rows: [[Int]] = []

    mutating func add(_ cell: Cell) -> Int {
        cells.append(cell)
        return cells.count - 1
    }

    /// `whole` is the sum of `parts`, but for what the attacker is granted.
    mutating func relate(_ whole: Int, _ parts: [Int]) {
        guard !parts.isEmpty else { return }
        relations.append([Term(cell: whole, sign: 1)] + parts.map { Term(cell: $0, sign: -1) })
    }

    /// The table for one who has this document only, and for one who has what went out earlier too.
    var views: [DisclosureTable] {
        guard cells.contains(where: \.wasShown) else { return [self] }
        var alone = self
        for index in cells.indices { alone.cells[index].wasShown = false }
        return [alone, self]
    }

    /// Which cells the rows that are kept show, together with what went out earlier.
    func shown(rows isKept: (Int) -> Bool) -> [Bool] {
        var shown = cells.map(\.wasShown)
        for (index, row) in rows.enumerated() where isKept(index) {
            for cell in row { shown[cell] = true }
        }
        return shown
    }
}

/// A document that would show a small cell, or let it be worked out.
struct Disclosure: Sendable, Hashable {
    var cell: Int
    /// The hidden cells with which it can be worked out; empty when it is simply shown.
    var among: [Int]
}
