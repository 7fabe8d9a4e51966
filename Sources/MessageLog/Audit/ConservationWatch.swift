// Keeps the last count of the invariant for whoever looks often: counted at most once a minute, by one at a time.
// SPDX-License-Identifier: Apache-2.0
package import PostgresClient
import Synchronization

/// ``Conservation`` for probes and pages. Its price grows with the lag, and they must not pay it at every look:
/// `posyanductl audit conserve` counts anew, this remembers.
package final class ConservationWatch: Sendable {
    /// What was counted, and when.
    package struct Reading: Sendable {
        package let total: ConservationCounts
        /// How many sources do not balance; 0, or something is wrong.
        package let unbalanced: Int
        package let at: ContinuousClock.Instant

        /// Whole seconds since it was counted.
        package var ageSeconds: Int { Int(at.duration(to: .now).components.seconds) }
    }

    private struct State {
        var last: Reading?
        var isCounting = false
        /// Not before this the next count begins.
        var due = ContinuousClock.now
    }

    private let interval: Duration
    private let count: @Sendable () async throws -> Conservation
    private let state = Mutex(State())

    /// - Parameter pool: lends one connection at a time for a count.
    package convenience init(pool: PostgresPool) {
        self.init(interval: .seconds(60)) {
            try await pool.withConnection { c in try Conservation.read(c) }
        }
    }

    /// - Parameter interval: how long after the end of a count, failed ones too, the next may begin.
    init(interval: Duration, count: @escaping @Sendable () async throws -> Conservation) {
        self.interval = interval
        self.count = count
    }

    /// The newest count; begins another one when it is due. A count that fails or takes longer than `patience` leaves
    /// the one before, whose age tells.
    ///
    /// - Returns: nil until a count has succeeded.
    package func latest(patience: Duration = .seconds(1)) async -> Reading? {
        let begins = state.withLock { state in
            guard !state.isCounting, state.due <= .now else { return false }
            state.isCounting = true
            return true
        }
        if begins { Task { await self.countNow() } }
        let deadline = ContinuousClock.now + patience
        var pause = Duration.milliseconds(2)
        while state.withLock({ $0.isCounting }), ContinuousClock.now < deadline, !Task.isCancelled {
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(50))
        }
        return state.withLock { $0.last }
    }

    private func countNow() async {
        let conservation = try? await count()
        let now = ContinuousClock.now
        state.withLock { state in
            if let conservation {
                state.last = Reading(total: conservation.total, unbalanced: conservation.unbalanced.count, at: now)
            }
            state.isCounting = false
            state.due = now + interval
        }
    }
}
