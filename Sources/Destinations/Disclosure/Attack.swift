// The attacking solver: what can be worked out of a table from what is shown.
// SPDX-License-Identifier: Apache-2.0

internal import PluginKit

/// Judges what a document shows. It knows nothing of how cells were chosen, and its threshold comes with the cell.
///
/// The attacker knows every cell that is shown, every relation, that no hidden count is below zero, that a row that is left out is
/// no zero, and that counts are whole. A small cell is safe when tables of whole numbers that agree with all of this let it be as much
/// as the limit, so that she cannot even say that it is small, and leave it as much room as there is from 1 to the limit. Only
/// a table that was found proves it: what cannot be proved within the given work, or in 64 bits, counts as disclosed.
struct Attack {
    /// Entries of the elimination that one block of hidden cells may touch.
    static let usualWorkLimit = 40_000_000

    private let table: DisclosureTable
    private let workLimit: Int
    private var relationsOf: [[Int]]
    /// Blocks that were proved safe, by their hidden cells.
    private var safe: Set<[Int]> = []
    /// Entries touched in all: the cost of an attack, whatever the machine.
    private(set) var work = 0

    init(_ table: DisclosureTable, workLimit: Int = Attack.usualWorkLimit) {
        self.table = table
        self.workLimit = workLimit
        relationsOf = Array(repeating: [], count: table.cells.count)
        for (index, relation) in table.relations.enumerated() {
            for term in relation { relationsOf[term.cell].append(index) }
        }
    }

    /// The small cells that are shown or can be worked out, in the order of the cells.
    mutating func disclosures(_ shown: [Bool]) -> [Disclosure] {
        var found: [Disclosure] = []
        var seen = Array(repeating: false, count: table.cells.count)
        for cell in table.cells.indices where table.cells[cell].isSmall {
            if shown[cell] {
                found.append(Disclosure(cell: cell, among: []))
            } else if !seen[cell] {
                let block = block(cell, shown)
                for member in block.cells { seen[member] = true }
                if safe.contains(block.cells) { continue }
                let exposed = exposed(block, shown)
                if exposed.isEmpty { safe.insert(block.cells) }
                found += exposed.map { Disclosure(cell: $0, among: block.cells) }
            }
        }
        return found.sorted { $0.cell < $1.cell }
    }

    // MARK: Blocks

    private struct Block {
        /// Hidden cells that hang together, in order.
        var cells: [Int] = []
        var relations: [Int] = []
    }

    /// The hidden cells that relations tie to this one, through hidden cells only.
    private func block(_ start: Int, _ shown: [Bool]) -> Block {
        var cells: Set<Int> = [start]
        var relations: Set<Int> = []
        var open = [start]
        while let cell = open.popLast() {
            for relation in relationsOf[cell] where relations.insert(relation).inserted {
                for term in table.relations[relation] where !shown[term.cell] && cells.insert(term.cell).inserted {
                    open.append(term.cell)
                }
            }
        }
        return Block(cells: cells.sorted(), relations: relations.sorted())
    }

    // MARK: Worlds

    private mutating func exposed(_ block: Block, _ shown: [Bool]) -> [Int] {
        let small = block.cells.filter { table.cells[$0].isSmall }
        guard let model = BlockModel(table, block.cells, block.relations, shown) else { return small }
        // The true table is one of the possible ones.
        var least = Dictionary(uniqueKeysWithValues: small.map { ($0, model.truth[model.column($0)]) })
        var most = least
        func isSafe(_ cell: Int) -> Bool {
            guard let least = least[cell], let most = most[cell] else { return false }
            return model.isRoomy(cell, least, most)
        }
        func look(_ worlds: borrowing Worlds) {
            guard worlds.isWhole else { return }
            let values = worlds.values
            for cell in small {
                let value = values[model.column(cell)]
                if value < least[cell] ?? value { least[cell] = value }
                if value > most[cell] ?? value { most[cell] = value }
            }
        }
        do throws(Worlds.Stop) {
            var worlds = try Worlds(
                model.coefficients,
                model.sums,
                variables: block.cells.count,
                workLimit: workLimit
            )
            defer { work += worlds.work }
            for up in [true, false] {
                for cell in small where !isSafe(cell) {
                    let reach = try worlds.walk(model.column(cell), up: up) { at in
                        look(at)
                        return isSafe(cell)
                    }
                    if reach == .unbounded, worlds.isWhole { most[cell] = Int.max }
                }
            }
        } catch {
            return small
        }
        return small.filter { !isSafe($0) }
    }
}

/// A block of hidden cells as whole numbers: every cell counted from the least it can be, in the block's smallest unit.
private struct BlockModel {
    var coefficients: [[Int]] = []
    var sums: [Int] = []
    /// The true values above the least, by column.
    var truth: [Int] = []
    private var columns: [Int: Int] = [:]
    private var least: [Int] = []
    /// A whole person in the block's unit.
    private var one = 1
    private var limits: [Int] = []

    /// nil when a number does not fit.
    init?(_ table: DisclosureTable, _ cells: [Int], _ relations: [Int], _ shown: [Bool]) {
        let scale = cells.map { table.cells[$0].value.normalised.scale }.max() ?? 0
        var unit = 1
        for _ in 0..<scale {
            let next = unit.multipliedReportingOverflow(by: 10)
            guard !next.overflow else { return nil }
            unit = next.partialValue
        }
        one = unit
        for (column, index) in cells.enumerated() {
            let cell = table.cells[index]
            let short = cell.value.normalised
            var value = Int(short.mantissa)
            for _ in short.scale..<scale {
                let next = value.multipliedReportingOverflow(by: 10)
                guard !next.overflow else { return nil }
                value = next.partialValue
            }
            guard value.magnitude < 1 << 61, cell.limit < Int.max / unit else { return nil }
            // A sum below zero has no least: twice as much is as good as none.
            let least = value < 0 ? 2 * value : (cell.isPositive && value > 0 ? 1 : 0)
            columns[index] = column
            self.least.append(least)
            truth.append(value - least)
            limits.append(cell.limit * unit)
        }
        var known: Set<[Int]> = []
        for relation in relations {
            var row = Array(repeating: 0, count: cells.count)
            var sum = 0
            for term in table.relations[relation] where !shown[term.cell] {
                guard let column = columns[term.cell] else { continue }
                row[column] += term.sign
                let next = sum.addingReportingOverflow(term.sign * truth[column])
                guard !next.overflow else { return nil }
                sum = next.partialValue
            }
            guard row.contains(where: { $0 != 0 }), known.insert(row).inserted else { continue }
            coefficients.append(row)
            sums.append(sum)
        }
    }

    func column(_ cell: Int) -> Int { columns[cell] ?? 0 }

    /// Whether a cell that can have both of these values, counted above its least, is safe.
    func isRoomy(_ cell: Int, _ least: Int, _ most: Int) -> Bool {
        let column = column(cell)
        let limit = limits[column]
        return most >= limit - self.least[column] && most - least >= limit - one
    }
}
