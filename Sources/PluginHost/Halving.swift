// Finds the record that ends a worker: halves a failed batch until the bad record is alone, the others proceed.
// SPDX-License-Identifier: Apache-2.0

/// Which part of a batch to ask next, after the batch as a whole or a part of it has failed.
///
/// Pure: it asks nobody and knows no clock. Whoever drives it asks the worker for the range of ``next()``, then reports
/// ``completed()`` or ``failed()``. Ranges come in ascending order, so the order of a source's records is kept. When the
/// worker becomes unavailable the driver simply stops, holds ``remaining`` and starts a new one later.
package struct Halving: Sendable {
    /// What to do now.
    package enum Step: Equatable, Sendable {
        /// Ask the worker for these records of the batch, as a batch of their own.
        case ask(Range<Int>)
        /// This record failed alone as often as is allowed: it becomes a dead letter. Call ``next()`` again.
        case isolated(Int)
        /// Every record was completed or isolated.
        case done
    }

    /// How often a record may fail alone before it is given up.
    package let mostFailuresAlone: Int
    /// Failures alone, by index in the batch; what was known before counts too.
    package private(set) var failuresAlone: [Int]
    /// Ranges not asked yet, the next one last.
    private var pending: [Range<Int>]
    private var asked: Range<Int>?

    /// - Parameters:
    ///   - count: records in the batch.
    ///   - earlierFailures: failures alone that are already on record, by index; missing ones are 0.
    ///   - splitAtOnce: start with records alone, for a batch that has already brought down the daemon.
    package init(count: Int, earlierFailures: [Int] = [], mostFailuresAlone: Int = 3, splitAtOnce: Bool = false) {
        precondition(count >= 0 && mostFailuresAlone > 0 && earlierFailures.count <= count)
        self.mostFailuresAlone = mostFailuresAlone
        failuresAlone = earlierFailures + Array(repeating: 0, count: count - earlierFailures.count)
        if splitAtOnce {
            pending = (0..<count).reversed().map { $0..<($0 + 1) }
        } else {
            pending = count == 0 ? [] : [0..<count]
        }
    }

    /// Indices neither completed nor isolated, ascending.
    package var remaining: [Int] {
        (asked.map { [$0] } ?? []).flatMap { $0 } + pending.reversed().flatMap { $0 }
    }

    /// What to do now. Calling it again before reporting gives the same range.
    package mutating func next() -> Step {
        if let asked { return .ask(asked) }
        guard let range = pending.popLast() else { return .done }
        if range.count == 1, failuresAlone[range.lowerBound] >= mostFailuresAlone { return .isolated(range.lowerBound) }
        asked = range
        return .ask(range)
    }

    /// The asked range was answered.
    package mutating func completed() {
        precondition(asked != nil, "completed() without a range in hand")
        asked = nil
    }

    /// The asked range failed: it is split, or, being one record, counted.
    package mutating func failed() {
        guard let range = asked else { preconditionFailure("failed() without a range in hand") }
        asked = nil
        if range.count == 1 {
            failuresAlone[range.lowerBound] += 1
            pending.append(range)
        } else {
            let middle = range.lowerBound + range.count / 2
            pending.append(middle..<range.upperBound)
            pending.append(range.lowerBound..<middle)
        }
    }
}
