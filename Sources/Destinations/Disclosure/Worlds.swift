// Exact integer linear programming on one block of hidden cells: what values are still possible.
// SPDX-License-Identifier: Apache-2.0

/// All vectors y ≥ 0 with A·y = b, walked from vertex to vertex. Arithmetic is exact: integers over one common denominator
/// (Edmonds' integer-preserving elimination), and a number that does not fit ends the walk with ``Stop/tooLarge``.
/// Bland's rule: it always ends. The work is counted in entries touched.
struct Worlds {
    enum Stop: Error, Hashable {
        case tooLarge
        /// The given amount of work is used up.
        case tooLong
        /// No vector fits: the relations contradict each other.
        case empty
    }

    /// How far one value can go.
    enum Reach: Hashable {
        /// The extreme; a whole number or not.
        case bound
        case unbounded
        /// The caller had seen enough.
        case enough
    }

    private var rows: [[Int]]
    private var basis: [Int]
    private let width: Int
    private var denominator = 1
    private(set) var work = 0
    private let limit: Int

    /// - Parameters:
    ///   - coefficients: a row a relation, an entry a variable.
    ///   - sums: the right-hand sides.
    ///   - workLimit: entries that may be touched in all.
    init(_ coefficients: [[Int]], _ sums: [Int], variables: Int, workLimit: Int) throws(Stop) {
        width = variables
        limit = workLimit
        rows = []
        for (row, sum) in zip(coefficients, sums) {
            rows.append((sum < 0 ? row.map { -$0 } : row) + [sum < 0 ? -sum : sum])
        }
        // -1: an artificial variable, which has no column and never comes back.
        basis = Array(repeating: -1, count: rows.count)
        try findVertex()
    }

    // MARK: Reading

    /// Whether every variable is whole at the present vertex.
    var isWhole: Bool { denominator == 1 || rows.allSatisfy { $0[width] % denominator == 0 } }

    /// The values at the present vertex; only of use when ``isWhole``.
    var values: [Int] {
        var values = Array(repeating: 0, count: width)
        for (row, variable) in zip(rows, basis) { values[variable] = row[width] / denominator }
        return values
    }

    // MARK: Walking

    /// Walks towards the largest or the smallest value of a variable. `see` looks at each vertex on the way and ends the walk with `true`.
    mutating func walk(_ variable: Int, up: Bool, see: (borrowing Worlds) -> Bool) throws(Stop) -> Reach {
        if see(self) { return .enough }
        while true {
            let entering: Int
            if let row = basis.firstIndex(of: variable) {
                guard
                    let next = (0..<width).first(where: {
                        $0 != variable && (up ? rows[row][$0] < 0 : rows[row][$0] > 0)
                    })
                else { return .bound }
                entering = next
            } else if up {
                entering = variable
            } else {
                return .bound
            }
            guard let leaving = leaving(entering) else { return .unbounded }
            try pivot(leaving, entering)
            if see(self) { return .enough }
        }
    }

    /// The row that limits an entering variable: the smallest ratio, of equal ones the lowest variable.
    private func leaving(_ column: Int) -> Int? {
        var best: Int?
        for index in rows.indices where rows[index][column] > 0 {
            guard let current = best else {
                best = index
                continue
            }
            let mine = rows[index][width].multipliedFullWidth(by: rows[current][column])
            let theirs = rows[current][width].multipliedFullWidth(by: rows[index][column])
            let isSame = mine.high == theirs.high && mine.low == theirs.low
            let isLess = (mine.high, mine.low) < (theirs.high, theirs.low)
            if isLess || (isSame && basis[index] < basis[current]) { best = index }
        }
        return best
    }

    private mutating func findVertex() throws(Stop) {
        // What the artificial variables add up to, as a row of its own that follows every pivot.
        var goal = Array(repeating: 0, count: width + 1)
        for row in rows {
            for entry in 0...width { goal[entry] = try Self.sum(goal[entry], row[entry]) }
        }
        work += rows.count * width
        while goal[width] > 0 {
            guard let entering = goal.dropLast().firstIndex(where: { $0 > 0 }), let row = leaving(entering) else {
                throw Stop.empty
            }
            try pivot(row, entering, &goal)
        }
        // Artificial variables at zero: out by any entry of their row, or the row says nothing new.
        var index = 0
        while index < rows.count {
            if basis[index] >= 0 {
                index += 1
            } else if let column = (0..<width).first(where: { rows[index][$0] != 0 }) {
                if rows[index][column] < 0 { for entry in 0...width { rows[index][entry].negate() } }
                try pivot(index, column, &goal)
                index += 1
            } else {
                rows.remove(at: index)
                basis.remove(at: index)
            }
        }
    }

    private mutating func pivot(_ row: Int, _ column: Int) throws(Stop) {
        var none: [Int] = []
        try pivot(row, column, &none)
    }

    private mutating func pivot(_ row: Int, _ column: Int, _ goal: inout [Int]) throws(Stop) {
        let pivotRow = rows[row]
        let used = pivotRow.indices.filter { pivotRow[$0] != 0 }
        for index in rows.indices where index != row {
            work += try Self.eliminate(&rows[index], pivotRow, used, column, denominator)
        }
        if !goal.isEmpty { work += try Self.eliminate(&goal, pivotRow, used, column, denominator) }
        denominator = pivotRow[column]
        basis[row] = column
        work += 1
        if work > limit { throw Stop.tooLong }
    }

    /// One row after a pivot: (entry × pivot − head × entry of the pivot row) / denominator, which leaves no remainder.
    /// - Returns: how many entries it touched.
    private static func eliminate(
        _ target: inout [Int],
        _ pivotRow: [Int],
        _ used: [Int],
        _ column: Int,
        _ denominator: Int
    ) throws(Stop) -> Int {
        let head = target[column]
        let factor = pivotRow[column]
        if factor == denominator {
            guard head != 0 else { return 0 }
            // The denominator stays, and so does what stands over a zero of the pivot row.
            for entry in used {
                target[entry] = try sum(target[entry], -(try product(head, pivotRow[entry]) / denominator))
            }
            return used.count
        }
        for entry in target.indices {
            let kept = try product(target[entry], factor)
            target[entry] = try sum(kept, -(try product(head, pivotRow[entry]))) / denominator
        }
        return target.count
    }

    private static func product(_ one: Int, _ other: Int) throws(Stop) -> Int {
        let result = one.multipliedReportingOverflow(by: other)
        guard !result.overflow, result.partialValue != Int.min else { throw Stop.tooLarge }
        return result.partialValue
    }

    private static func sum(_ one: Int, _ other: Int) throws(Stop) -> Int {
        let result = one.addingReportingOverflow(other)
        guard !result.overflow, result.partialValue != Int.min else { throw Stop.tooLarge }
        return result.partialValue
    }
}
