// How long to wait before a worker that failed is started again.
// SPDX-License-Identifier: Apache-2.0

/// Counts failures of one worker since its last completed batch, and says how long to wait.
///
/// A worker that does not come up gets three tries at once, then one after 1, 2, 4 … 60 seconds. One that comes up and
/// then fails in a batch is started at once, because a batch with one bad record needs up to ten failures in a row to be
/// halved down to it and three more alone; only more than that many without one completed batch is a broken worker.
package struct BackOff: Sendable {
    /// The limits, for tests to shorten.
    package struct Limits: Sendable {
        /// Starts that may fail before the first wait.
        package var triesAtOnce = 3
        /// Batches that may fail in a row, on a worker that starts, before the first wait.
        package var batchesAtOnce = 16
        package var first = Duration.seconds(1)
        package var longest = Duration.seconds(60)

        package init() {}
    }

    private let limits: Limits
    private(set) package var failedStarts = 0
    private(set) package var failedBatches = 0

    package init(_ limits: Limits = Limits()) {
        self.limits = limits
    }

    /// A start failed, or the worker ended while it had nothing to do.
    package mutating func startFailed() { failedStarts += 1 }

    /// A batch failed.
    package mutating func batchFailed() { failedBatches += 1 }

    /// A batch was completed: what was before no longer counts.
    package mutating func batchCompleted() {
        failedStarts = 0
        failedBatches = 0
    }

    /// How long to wait before the next try, without jitter; zero for at once.
    package var delay: Duration {
        let beyond = max(failedStarts - limits.triesAtOnce, failedBatches - limits.batchesAtOnce) + 1
        guard beyond > 0 else { return .zero }
        return beyond > 16 ? limits.longest : min(limits.longest, limits.first * (1 << (beyond - 1)))
    }

    /// The same with jitter, so that workers which failed together do not return together.
    /// - Parameter fraction: a random number in 0..<1; the delay becomes 75 % to 125 % of itself.
    package func delay(jitter fraction: Double) -> Duration {
        let percent = 75 + Int(fraction * 51)
        return delay * percent / 100
    }
}
