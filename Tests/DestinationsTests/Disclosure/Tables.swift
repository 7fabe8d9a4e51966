// Random tables for disclosure control: areas by kinds, three levels of areas, revisions. The same seed gives the same tables.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

@testable import Destinations

/// SplitMix64.
struct Dice {
    private var state: UInt64

    init(_ seed: Int) { state = UInt64(truncatingIfNeeded: seed) &* 0x9E37_79B9_7F4A_7C15 }

    mutating func next(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((z ^ (z >> 31)) % UInt64(bound))
    }

    /// Often nothing, often small, sometimes not.
    mutating func count(_ limit: Int) -> Int {
        switch next(10) {
        case 0...1: 0
        case 2...4: 1 + next(limit)
        case 5...7: limit + next(3 * limit)
        default: next(40 * limit)
        }
    }
}

/// Builds tables in which every cell has a row of its own.
struct TableBuilder {
    var table = DisclosureTable()
    let limit: Int

    init(limit: Int) { self.limit = limit }

    mutating func cell(_ value: Int, rank: Int, isShown: Bool = true) -> Int {
        let cell = table.add(
            DisclosureTable.Cell(
                value: ExactDecimal(value),
                limit: limit,
                isPositive: isShown,
                rank: rank,
                name: "cell \(table.cells.count)"
            )
        )
        if isShown { table.rows.append([cell]) }
        return cell
    }

    /// A vector of cells whose sum is another cell.
    mutating func total(_ parts: [Int], rank: Int, isShown: Bool = true) -> Int {
        let sum = parts.reduce(0) { $0 + (table.cells[$1].value.integer ?? 0) }
        let whole = cell(sum, rank: rank, isShown: isShown)
        table.relate(whole, parts)
        return whole
    }

    /// Areas by kinds (sex, state), with the sums of both where they are given.
    /// - Parameter hasSums: whether the kinds of an area add up to a figure that goes out, as for sexes, not for states.
    mutating func grid(areas: Int, kinds: Int, hasSums: Bool, _ dice: inout Dice) {
        let cells = (0..<areas).map { _ in (0..<kinds).map { _ in cell(dice.count(limit), rank: 1) } }
        let columns = (0..<kinds).map { kind in total(cells.map { $0[kind] }, rank: 2) }
        guard hasSums else { return }
        let sums = cells.map { total($0, rank: 1) }
        let all = total(columns, rank: 2)
        table.relate(all, sums)
    }

    /// Villages in kecamatan in a kabupaten, by sex.
    mutating func levels(kecamatan: Int, villages: Int, _ dice: inout Dice) {
        var upper: [[Int]] = []
        for _ in 0..<kecamatan {
            let lowest = (0..<villages).map { _ -> [Int] in
                let pair = [cell(dice.count(limit), rank: 0), cell(dice.count(limit), rank: 0)]
                return pair + [total(pair, rank: 0)]
            }
            let sums = (0..<3).map { part in total(lowest.map { $0[part] }, rank: 1) }
            table.relate(sums[2], [sums[0], sums[1]])
            upper.append(sums)
        }
        let top = (0..<3).map { part in total(upper.map { $0[part] }, rank: 2) }
        table.relate(top[2], [top[0], top[1]])
    }
}

/// The shapes that the properties run over.
enum Shape: CaseIterable, Sendable {
    case sexes, states, levels, line, revisions, narrow

    func table(_ seed: Int) -> DisclosureTable {
        var dice = Dice(seed * 31 + 7)
        var builder = TableBuilder(limit: 2 + dice.next(9))
        switch self {
        case .sexes: builder.grid(areas: 2 + dice.next(6), kinds: 2, hasSums: true, &dice)
        case .states: builder.grid(areas: 2 + dice.next(6), kinds: 2 + dice.next(5), hasSums: false, &dice)
        case .levels: builder.levels(kecamatan: 1 + dice.next(3), villages: 1 + dice.next(4), &dice)
        case .line: builder.grid(areas: 1 + dice.next(12), kinds: 1, hasSums: false, &dice)
        case .narrow:
            // Little but ones: bounds give away what sums do not.
            builder = TableBuilder(limit: 3)
            let cells = (0..<(2 + dice.next(4))).map { _ in builder.cell(dice.next(3), rank: 1) }
            _ = builder.total(cells, rank: 2)
        case .revisions: return Self.revised(&dice)
        }
        return builder.table
    }

    /// A grid that went out, and its next revision, in which a few cells are others.
    private static func revised(_ dice: inout Dice) -> DisclosureTable {
        var builder = TableBuilder(limit: 2 + dice.next(6))
        let (areas, kinds) = (2 + dice.next(4), 2)
        var values = (0..<areas).map { _ in (0..<kinds).map { _ in dice.count(builder.limit) } }
        var known: [[Int]: Int] = [:]
        // Cells are one where place and number are; the row and column after the last are the sums.
        func add(_ builder: inout TableBuilder) -> [[Int]] {
            let full =
                values.map { $0 + [$0.reduce(0, +)] }
                + [(0...kinds).map { kind in values.reduce(0) { $0 + (kind < kinds ? $1[kind] : $1.reduce(0, +)) } }]
            let cells = full.enumerated().map { area, line in
                line.enumerated().map { kind, value in
                    if let cell = known[[area, kind, value]] { return cell }
                    let cell = builder.cell(value, rank: area == areas ? 2 : 1, isShown: false)
                    builder.table.cells[cell].isPositive = true
                    known[[area, kind, value]] = cell
                    return cell
                }
            }
            for line in cells { builder.table.relate(line[kinds], Array(line[..<kinds])) }
            for kind in 0...kinds { builder.table.relate(cells[areas][kind], cells[..<areas].map { $0[kind] }) }
            return cells
        }
        builder.table.rows = add(&builder).flatMap { line in line.map { [$0] } }
        let first = Suppression(builder.table)
        for (index, row) in builder.table.rows.enumerated() where first.isKept(index) {
            builder.table.cells[row[0]].wasShown = true
        }
        for _ in 0..<(1 + dice.next(3)) {
            let (area, kind) = (dice.next(areas), dice.next(kinds))
            values[area][kind] = max(0, values[area][kind] + dice.next(5) - 2)
        }
        builder.table.rows = add(&builder).flatMap { line in line.map { [$0] } }
        return builder.table
    }
}
