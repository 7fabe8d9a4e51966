// The attacking solver: it finds what a trial of all numbers finds, and what it calls safe is.
// SPDX-License-Identifier: Apache-2.0

import PluginKit
import Testing

@testable import Destinations

@Suite struct AttackTests {
    private func exposed(_ table: DisclosureTable, _ shown: [Bool]) -> Set<Int> {
        var attack = Attack(table)
        return Set(attack.disclosures(shown).filter { !$0.among.isEmpty }.map(\.cell))
    }

    /// A kabupaten and its kecamatan; hidden by position, 0 is the kabupaten.
    private func line(_ values: [Int], hidden: Set<Int>, limit: Int = 5) -> Set<Int> {
        var builder = TableBuilder(limit: limit)
        let parts = values.map { builder.cell($0, rank: 1) }
        let whole = builder.total(parts, rank: 2)
        let shown = (parts + [whole]).map { !hidden.contains($0 == whole ? 0 : $0 + 1) }
        return Set(exposed(builder.table, shown).map { $0 == whole ? 0 : $0 + 1 })
    }

    @Test func `one gap in a sum is filled`() {
        #expect(line([3, 40, 50], hidden: [1]) == [1])
        #expect(line([3, 40, 50], hidden: [1, 2]).isEmpty)
        #expect(line([3, 40, 50], hidden: [0, 1]).isEmpty)
    }

    @Test func `two ones in a gap of two give each other away, and so does any sum too small`() {
        #expect(line([1, 1, 50], hidden: [1, 2]) == [1, 2])
        // 3 + 2: neither can be 5, so both are small for certain.
        #expect(line([3, 2, 50], hidden: [1, 2]) == [1, 2])
        #expect(line([3, 3, 50], hidden: [1, 2]).isEmpty)
        #expect(line([1, 1, 4, 50], hidden: [1, 2, 3]) == [1, 2, 3])
        #expect(line([1, 1, 5, 50], hidden: [1, 2, 3]).isEmpty)
    }

    @Test func `a small cell without room is narrowed, though it may reach the limit`() {
        // 4 + 2 and 30 + 1, and the column of 2 and 1: the 2 may be 1 or 2, so the 4 may be 4 or 5, and no more is left open.
        var builder = TableBuilder(limit: 5)
        let a = [builder.cell(4, rank: 1), builder.cell(2, rank: 1)]
        let b = [builder.cell(30, rank: 1), builder.cell(1, rank: 1)]
        _ = [builder.total(a, rank: 1), builder.total(b, rank: 1)]
        _ = builder.total([a[1], b[1]], rank: 2)
        var shown = builder.table.shown { _ in true }
        for cell in [a[0], a[1], b[0], b[1]] { shown[cell] = false }
        #expect(exposed(builder.table, shown) == [a[0], a[1], b[1]])
    }

    @Test func `a shown small cell is found, and a zero is none`() {
        var builder = TableBuilder(limit: 5)
        _ = builder.cell(4, rank: 1)
        _ = builder.cell(0, rank: 1)
        _ = builder.cell(5, rank: 1)
        var attack = Attack(builder.table)
        #expect(attack.disclosures(builder.table.shown { _ in true }) == [Disclosure(cell: 0, among: [])])
    }

    @Test func `parts that miss the whole protect nobody`() {
        // One child was seen in two kecamatan: 42 instead of 43, and the attacker is taken to know it.
        var builder = TableBuilder(limit: 5)
        let parts = [builder.cell(3, rank: 1), builder.cell(40, rank: 1)]
        let whole = builder.cell(42, rank: 2)
        builder.table.relate(whole, parts)
        #expect(exposed(builder.table, [false, true, true]) == [0])
    }

    @Test func `decimals and numbers that do not fit are never called safe without proof`() {
        for (value, isSafe) in [("2.5", true), ("9223372036854775807", false)] {
            var table = DisclosureTable()
            let one = table.add(.init(value: ExactDecimal("1.5") ?? 0, limit: 5))
            let other = table.add(.init(value: ExactDecimal(value) ?? 0, limit: 5))
            let third = table.add(.init(value: ExactDecimal("12.25") ?? 0, limit: 5))
            let whole = table.add(.init(value: 16))
            table.relate(whole, [one, other, third])
            #expect(exposed(table, [false, false, false, true]).isEmpty == isSafe)
        }
    }

    @Test func `too much work is no proof`() {
        let table = Shape.sexes.table(5)
        let shown = table.cells.map { _ in false }
        var attack = Attack(table, workLimit: 1)
        let small = table.cells.indices.filter { table.cells[$0].isSmall }
        #expect(!small.isEmpty && attack.disclosures(shown).map(\.cell) == small)
    }

    /// Random cells are hidden, not chosen ones: safe and unsafe tables both come.
    @Test(arguments: Shape.allCases) func `it agrees with a trial of every number`(_ shape: Shape) {
        var (compared, safe, unsafe) = (0, 0, 0)
        for seed in 0..<2_000 where compared < 60 {
            let table = shape.table(seed)
            var dice = Dice(seed + 99)
            let shown = table.cells.map { !$0.isSmall && dice.next(4) > 0 }
            guard let truth = Trial.exposed(table, shown) else { continue }
            let found = exposed(table, shown)
            #expect(truth == found, "\(shape) \(seed)")
            compared += 1
            safe += found.isEmpty ? 1 : 0
            unsafe += found.isEmpty ? 0 : 1
        }
        #expect(safe > 10 && unsafe > 2, "\(shape): \(safe) safe, \(unsafe) unsafe")
    }
}
