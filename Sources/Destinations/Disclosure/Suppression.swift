// Chooses the rows that are left out so that no small cell is shown or can be worked out.
// SPDX-License-Identifier: Apache-2.0

internal import PluginKit

/// What is left out of a document.
struct Suppression: Sendable {
    /// Rows that show a small cell.
    private(set) var primary: Set<Int> = []
    /// Rows that are left out to protect those.
    private(set) var complementary: Set<Int> = []
    /// Entries that the attacks touched: the cost of the choice.
    private(set) var work = 0

    func isKept(_ row: Int) -> Bool { !primary.contains(row) && !complementary.contains(row) }

    /// The same choice for the same table: cells are numbered by their names, not by the order in which they came.
    ///
    /// First all small cells. Then, until there is none: a sum with a single cell missing gets a second gap. Then the attack is run; where
    /// a small cell is still too narrow, one more cell of a sum near to it is given up. Given up is what says least: a kecamatan
    /// before the kabupaten, a cell whose other sums have gaps already, the smaller number; a zero only when nothing else is left.
    ///
    /// All of it twice where something went out before: for one who has this document only, then for one who has the earlier ones too
    /// and takes equal numbers for unchanged. What she has already, nothing that is left out takes from her.
    init(_ table: DisclosureTable, workLimit: Int = Attack.usualWorkLimit) {
        var left: Set<Int> = []
        for (index, row) in table.rows.enumerated() where row.contains(where: { table.cells[$0].isSmall }) {
            primary.insert(index)
        }
        for view in table.views {
            var search = Search(view, left: left)
            var attack = Attack(view, workLimit: workLimit)
            var isOpen = true
            while isOpen {
                search.closeSingles()
                isOpen = false
                var blocks: Set<[Int]> = []
                for disclosure in attack.disclosures(search.shown) where !disclosure.among.isEmpty {
                    // One cell a block and round: it often settles the others too.
                    let near = blocks.contains(disclosure.among) ? [] : search.nearest(disclosure.cell)
                    guard !near.isEmpty else { continue }
                    blocks.insert(disclosure.among)
                    // Where the choice has cost too much already, it is no longer a choice.
                    for cell in attack.work > 10 * workLimit ? near : near.prefix(1) { search.hide(cell) }
                    isOpen = true
                }
            }
            left = search.left
            work += attack.work
        }
        complementary = left.subtracting(primary)
    }
}

/// The state of a search: which cells are hidden, and what that does to rows.
private struct Search {
    private let table: DisclosureTable
    private var relationsOf: [[Int]]
    private var rowsOf: [[Int]]
    /// Hidden on purpose.
    private var hidden: [Bool]
    /// Rows that show a hidden cell.
    private(set) var left: Set<Int> = []
    private(set) var shown: [Bool]

    /// - Parameter rows: left out already.
    init(_ table: DisclosureTable, left rows: Set<Int>) {
        self.table = table
        relationsOf = Array(repeating: [], count: table.cells.count)
        for (index, relation) in table.relations.enumerated() {
            for term in relation { relationsOf[term.cell].append(index) }
        }
        rowsOf = Array(repeating: [], count: table.cells.count)
        for (index, row) in table.rows.enumerated() {
            for cell in row { rowsOf[cell].append(index) }
        }
        hidden = Array(repeating: false, count: table.cells.count)
        left = rows
        shown = table.shown { !rows.contains($0) }
        for row in rows {
            for cell in table.rows[row] where !shown[cell] { hidden[cell] = true }
        }
        for cell in table.cells.indices where table.cells[cell].isSmall { hide(cell) }
    }

    /// Leaves out every row that shows the cell; other cells of those rows may stand in another row still.
    /// - Returns: the cells that are no longer shown.
    @discardableResult
    mutating func hide(_ cell: Int) -> [Int] {
        hidden[cell] = true
        var gone: [Int] = []
        for row in rowsOf[cell] where left.insert(row).inserted {
            for other in table.rows[row] where shown[other] && !table.cells[other].wasShown {
                shown[other] = rowsOf[other].contains { !left.contains($0) }
                if !shown[other] { gone.append(other) }
            }
        }
        return gone
    }

    /// A sum with one cell missing gives it back: it gets a second gap, as long as there is something to give up.
    mutating func closeSingles() {
        var open = Array(table.relations.indices)
        while let relation = open.popLast() {
            let gaps = table.relations[relation].filter { !shown[$0.cell] }
            guard gaps.count == 1, table.cells[gaps[0].cell].isSmall || hidden[gaps[0].cell] else { continue }
            guard let next = cheapest(table.relations[relation].map(\.cell)) else { continue }
            for cell in hide(next) { open += relationsOf[cell] }
        }
    }

    /// What can be given up so that a hidden cell gets more room: the cells of the nearest sums that have any, the cheapest first.
    func nearest(_ start: Int) -> ArraySlice<Int> {
        var seen: Set<Int> = [start]
        var ring = [start]
        while !ring.isEmpty {
            let relations = Set(ring.flatMap { relationsOf[$0] }).sorted()
            let near = relations.flatMap { table.relations[$0].map(\.cell) }
            let found = Set(near).filter(canHide).sorted(by: isCheaper)
            if !found.isEmpty { return found[...] }
            ring = near.filter { !shown[$0] && seen.insert($0).inserted }
        }
        return []
    }

    private func cheapest(_ cells: [Int]) -> Int? { cells.filter(canHide).min(by: isCheaper) }

    private func canHide(_ cell: Int) -> Bool { shown[cell] && !table.cells[cell].wasShown }

    /// By what is lost: a zero last, then rank, sums that would get their first gap, the number, the order of the cells.
    private func isCheaper(_ one: Int, _ other: Int) -> Bool {
        let (left, right) = (cost(one), cost(other))
        if left.isZero != right.isZero { return right.isZero }
        if left.rank != right.rank { return left.rank < right.rank }
        if left.untouched != right.untouched { return left.untouched < right.untouched }
        let (mine, theirs) = (table.cells[one].value, table.cells[other].value)
        return mine == theirs ? one < other : mine < theirs
    }

    private func cost(_ cell: Int) -> (isZero: Bool, rank: Int, untouched: Int) {
        let untouched = relationsOf[cell].count { relation in
            table.relations[relation].allSatisfy { shown[$0.cell] }
        }
        return (table.cells[cell].value == 0, table.cells[cell].rank, untouched)
    }
}
