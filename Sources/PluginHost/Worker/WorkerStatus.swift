// What a worker is doing, for status, metrics and the decision to hold records.
// SPDX-License-Identifier: Apache-2.0

/// The life of a sector (`docs/plugins.md` §7).
package enum SectorState: String, Sendable, CaseIterable {
    /// Found and verified, its worker not started yet.
    case discovered
    /// Its folder or its worker cannot be used until an operator does something; the reason says what.
    case refused
    case starting
    case ready
    /// Its worker failed too often and is tried again later.
    case backingOff = "backing_off"
    case disabled
}

/// Counters of one worker since the daemon started.
package struct WorkerCounters: Sendable, Hashable {
    package var starts = 0
    package var batches = 0
    package var records = 0
    package var failedBatches = 0
    /// Peak resident memory of its processes, in KiB, as last measured: once a second at most, and before they end.
    package var peakKiB = 0
    /// Time spent in batches, in microseconds.
    package var busyMicroseconds = 0

    static func + (left: WorkerCounters, right: WorkerCounters) -> WorkerCounters {
        WorkerCounters(
            starts: left.starts + right.starts,
            batches: left.batches + right.batches,
            records: left.records + right.records,
            failedBatches: left.failedBatches + right.failedBatches,
            peakKiB: max(left.peakKiB, right.peakKiB),
            busyMicroseconds: left.busyMicroseconds + right.busyMicroseconds
        )
    }
}
