// Complementary suppression: no attacker works out a small cell of thousands of tables, and little more than needed is left out.
// SPDX-License-Identifier: Apache-2.0

import PluginKit
import Testing

@testable import Destinations

@Suite struct SuppressionTests {
    @Test(arguments: Shape.allCases) func `no small cell of thousands of tables can be worked out`(_ shape: Shape)
        throws
    {
        var (leaks, complementary) = (0, 0)
        for seed in 0..<400 {
            let table = shape.table(seed)
            let suppression = Suppression(table)
            try DisclosureCheck.verify(table, rows: suppression.isKept)
            // The other attackers, on their own arithmetic; for one who has this document alone, and for one who has both.
            for view in table.views {
                let shown = view.shown(rows: suppression.isKept)
                let before = view.shown { _ in false }
                let small = Set(view.cells.indices.filter { view.cells[$0].isSmall && !view.cells[$0].wasShown })
                let given = Elimination.determined(view, before).union(Bounds.exposed(view, before))
                #expect(small.allSatisfy { !shown[$0] }, "\(shape) \(seed)")
                #expect(
                    Elimination.determined(view, shown).intersection(small).subtracting(given).isEmpty,
                    "\(shape) \(seed)"
                )
                #expect(Bounds.exposed(view, shown).subtracting(given).isEmpty, "\(shape) \(seed)")
            }
            complementary += suppression.complementary.count
            // Without complementary suppression the same attack finds something: else this test would prove nothing.
            let primaryOnly = table.shown { !suppression.primary.contains($0) }
            leaks += Bounds.exposed(table, primaryOnly).isEmpty ? 0 : 1
        }
        #expect(leaks > 20 && complementary > 100, "\(shape): \(leaks) leaks, \(complementary) complementary")
    }

    @Test(arguments: Shape.allCases) func `a document that leaves out the small cells only is refused`(_ shape: Shape) {
        var refused = 0
        for seed in 0..<60 {
            let table = shape.table(seed)
            let suppression = Suppression(table)
            do throws(PlanError) {
                try DisclosureCheck.verify(table) { !suppression.primary.contains($0) }
                #expect(suppression.complementary.isEmpty, "\(shape) \(seed): left out without need")
            } catch {
                #expect(error.code == .disclosure && error.message.contains("cell "))
                refused += 1
            }
        }
        #expect(refused > 10, "\(shape)")
    }

    @Test func `what is given up is what says least`() {
        // The smallest kecamatan that is not small, not the kabupaten.
        var builder = TableBuilder(limit: 5)
        let parts = [3, 40, 9, 70].map { builder.cell($0, rank: 1) }
        _ = builder.total(parts, rank: 2)
        let one = Suppression(builder.table)
        #expect(one.primary == [0] && one.complementary == [2])
        // Two small ones with room protect each other.
        var other = TableBuilder(limit: 5)
        _ = other.total([3, 4, 9, 70].map { other.cell($0, rank: 1) }, rank: 2)
        let two = Suppression(other.table)
        #expect(two.primary == [0, 1] && two.complementary.isEmpty)
        // Without small cells nothing is left out.
        var none = TableBuilder(limit: 5)
        _ = none.total([0, 5, 9, 70].map { none.cell($0, rank: 1) }, rank: 2)
        let kept = Suppression(none.table)
        #expect(kept.primary.isEmpty && kept.complementary.isEmpty)
    }

    @Test func `a limit of one or none leaves out nothing`() {
        for limit in [0, 1] {
            var builder = TableBuilder(limit: limit)
            _ = builder.total([1, 2, 3].map { builder.cell($0, rank: 1) }, rank: 2)
            let suppression = Suppression(builder.table)
            #expect(suppression.primary.isEmpty && suppression.complementary.isEmpty)
        }
    }

    @Test func `a row with two numbers goes as a whole`() {
        // A ratio of 3 of 40, and 40 in a row of its own: the ratio goes, the 40 stays.
        var table = DisclosureTable()
        let top = table.add(.init(value: 3, limit: 5, isPositive: true, rank: 1))
        let bottom = table.add(.init(value: 40, limit: 5, isPositive: true, rank: 1))
        table.rows = [[top, bottom], [bottom]]
        let suppression = Suppression(table)
        #expect(suppression.primary == [0] && suppression.complementary.isEmpty)
    }

    @Test func `without work to spend everything that hangs together goes, and that is safe`() throws {
        let table = Shape.sexes.table(5)
        let suppression = Suppression(table, workLimit: 1)
        try DisclosureCheck.verify(table, workLimit: 1, rows: suppression.isKept)
        #expect(table.rows.indices.allSatisfy { !suppression.isKept($0) })
        #expect(table.rows.indices.contains { Suppression(table).isKept($0) })
    }

    /// 15 kecamatan and 40 kecamatan, 100 indicators by sex: the work is counted, so the bound holds on any machine.
    @Test(arguments: [15, 40]) func `a kabupaten is done in bounded work`(_ areas: Int) throws {
        var dice = Dice(areas)
        var builder = TableBuilder(limit: 5)
        for _ in 0..<100 { builder.grid(areas: areas, kinds: 2, hasSums: true, &dice) }
        let suppression = Suppression(builder.table)
        let check = try DisclosureCheck.verify(builder.table, rows: suppression.isKept)
        #expect(suppression.work < 100_000 * areas && check < 100_000 * areas, "\(suppression.work) \(check)")
    }
}
