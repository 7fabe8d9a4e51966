// Three other attackers, each written on its own: trial of every number, elimination, and bounds that tighten each other.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

@testable import Destinations

/// A table as plain numbers.
private struct Plain {
    var values: [Int]
    var least: [Int]
    var relations: [[DisclosureTable.Term]]

    init(_ table: DisclosureTable) {
        values = table.cells.map { $0.value.integer ?? 0 }
        least = table.cells.map { $0.isPositive && $0.value > 0 ? 1 : 0 }
        relations = table.relations
    }

    /// What the hidden cells of a relation add up to, with their signs.
    func open(_ relation: [DisclosureTable.Term], _ shown: [Bool]) -> (terms: [DisclosureTable.Term], sum: Int) {
        let terms = relation.filter { !shown[$0.cell] }
        return (terms, terms.reduce(0) { $0 + $1.sign * values[$1.cell] })
    }
}

/// Tries every number for every hidden cell: slow, and right.
enum Trial {
    /// The small cells that cannot reach their limit or have too little room; nil when there are too many hidden cells to try.
    static func exposed(_ table: DisclosureTable, _ shown: [Bool]) -> Set<Int>? {
        let plain = Plain(table)
        let hidden = shown.indices.filter { !shown[$0] }
        guard hidden.count <= 6 else { return nil }
        let sums = plain.relations.map { plain.open($0, shown) }.filter { !$0.terms.isEmpty }
        let limit = table.cells.map(\.limit).max() ?? 0
        let top = (hidden.map { plain.values[$0] }.max() ?? 0) + 2 * limit
        guard top <= 16 else { return nil }
        let small = Set(hidden.filter { table.cells[$0].isSmall })
        var low = plain.values
        var high = plain.values
        func isSafe(_ cell: Int) -> Bool {
            let limit = table.cells[cell].limit
            return high[cell] >= limit && high[cell] - low[cell] >= limit - 1
        }
        var trial = plain.values
        func go(_ place: Int) {
            if small.allSatisfy(isSafe) { return }
            guard place < hidden.count else {
                for cell in small {
                    low[cell] = min(low[cell], trial[cell])
                    high[cell] = max(high[cell], trial[cell])
                }
                return
            }
            let settled = Set(hidden[...place])
            for value in plain.least[hidden[place]]...top {
                trial[hidden[place]] = value
                let fits = sums.allSatisfy { terms, sum in
                    guard terms.contains(where: { $0.cell == hidden[place] }),
                        terms.allSatisfy({ settled.contains($0.cell) })
                    else { return true }
                    return terms.reduce(0) { $0 + $1.sign * trial[$1.cell] } == sum
                }
                if fits { go(place + 1) }
            }
        }
        go(0)
        return small.filter { !isSafe($0) }
    }
}

/// Gauss–Jordan over a prime field: which hidden cells the sums alone determine.
enum Elimination {
    private static let prime = 2_147_483_647

    static func determined(_ table: DisclosureTable, _ shown: [Bool]) -> Set<Int> {
        let plain = Plain(table)
        let hidden = shown.indices.filter { !shown[$0] }
        let columns = Dictionary(uniqueKeysWithValues: hidden.enumerated().map { ($1, $0) })
        var rows = plain.relations.map { relation in
            var row = Array(repeating: 0, count: hidden.count)
            for term in relation {
                if let column = columns[term.cell] { row[column] = (row[column] + term.sign + prime) % prime }
            }
            return row
        }
        var rank = 0
        for column in hidden.indices {
            guard let pivot = (rank..<rows.count).first(where: { rows[$0][column] != 0 }) else { continue }
            rows.swapAt(rank, pivot)
            let inverse = power(rows[rank][column], prime - 2)
            rows[rank] = rows[rank].map { $0 * inverse % prime }
            for other in rows.indices where other != rank && rows[other][column] != 0 {
                let factor = rows[other][column]
                for entry in hidden.indices {
                    rows[other][entry] = (rows[other][entry] + (prime - factor) * rows[rank][entry]) % prime
                }
            }
            rank += 1
        }
        var found: Set<Int> = []
        for row in rows {
            let entries = row.indices.filter { row[$0] != 0 }
            if entries.count == 1 { found.insert(hidden[entries[0]]) }
        }
        return found
    }

    private static func power(_ base: Int, _ exponent: Int) -> Int {
        var (result, base, exponent) = (1, base, exponent)
        while exponent > 0 {
            if exponent & 1 == 1 { result = result * base % prime }
            base = base * base % prime
            exponent >>= 1
        }
        return result
    }
}

/// Bounds of each hidden cell, tightened by every sum until nothing moves.
enum Bounds {
    static func exposed(_ table: DisclosureTable, _ shown: [Bool]) -> Set<Int> {
        let plain = Plain(table)
        let far = 1 << 40
        var low = plain.least
        var high = Array(repeating: far, count: low.count)
        let sums = plain.relations.map { plain.open($0, shown) }
        for _ in 0..<200 {
            var moved = false
            for (terms, sum) in sums {
                for term in terms {
                    // sign·x = sum − the others
                    var (least, most) = (sum, sum)
                    for other in terms where other.cell != term.cell {
                        least -= other.sign > 0 ? high[other.cell] : -low[other.cell]
                        most -= other.sign > 0 ? low[other.cell] : -high[other.cell]
                    }
                    let bounds = term.sign > 0 ? (least, most) : (-most, -least)
                    if bounds.0 > low[term.cell] { (low[term.cell], moved) = (bounds.0, true) }
                    if bounds.1 < high[term.cell] { (high[term.cell], moved) = (bounds.1, true) }
                }
            }
            if !moved { break }
        }
        return Set(
            table.cells.indices.filter {
                let limit = table.cells[$0].limit
                return !shown[$0] && table.cells[$0].isSmall && (high[$0] < limit || high[$0] - low[$0] < limit - 1)
            }
        )
    }
}
