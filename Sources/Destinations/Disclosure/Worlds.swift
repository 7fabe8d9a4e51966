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
        while true {
            var gain = Array(repeating: 0, count: width)
            for (row, variable) in zip(rows, basis) where variable < 0 && row[width] > 0 {
                for column in 0..<width { gain[column] = try Self.sum(gain[column], row[column]) }
            }
            work += rows.count * width
            guard rows.indices.contains(where: { basis[$0] < 0 && rows[$0][width] > 0 }) else { break }
            guard let entering = gain.firstIndex(where: { $0 > 0 }), let row = leaving(entering) else {
                throw Stop.empty
            }
            try pivot(row, entering)
        }
        // Artificial variables at zero: out by any entry of their row, or the row says nothing new.
        var index = 0
        while index < rows.count {
            if basis[index] >= 0 {
                index += 1
            } else if let column = (0..<width).first(where: { rows[index][$0] != 0 }) {
                if rows[index][column] < 0 { for entry in 0...width { rows[index][entry].negate() } }
                try pivot(index, column)
                index += 1
            } else {
                rows.remove(at: index)
                basis.remove(at: index)
            }
        }
    }

    private mutating func pivot(_ row: Int, _ column: Int) throws(Stop) {
        let pivotRow = rows[row]
        let factor = pivotRow[column]
        let used = pivotRow.indices.filter { pivotRow[$0] != 0 }
        for index in rows.indices where index != row {
            let head = rows[index][column]
            if factor == denominator {
                guard head != 0 else { continue }
                work += used.count
                // The denominator stays, and so does what stands over a zero of the pivot row.
                for entry in used {
                    let change = try Self.product(head, pivotRow[entry]) / denominator
                    rows[index][entry] = try Self.sum(rows[index][entry], -change)
                }
            } else {
                work += width
                for entry in 0...width {
                    let kept = try Self.product(rows[index][entry], factor)
                    let change = try Self.product(head, pivotRow[entry])
                    let difference = kept.subtractingReportingOverflow(change)
                    guard !difference.overflow else { throw Stop.tooLarge }
                    rows[index][entry] = difference.partialValue / denominator
                }
            }
        }
        denominator = factor
        basis[row] = column
        work += 1
        if work > limit { throw Stop.tooLong }
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
