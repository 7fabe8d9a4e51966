// Who looks often at the invariant: one count for all, and a slow or failing one hides nothing.
// SPDX-License-Identifier: Apache-2.0
import PostgresClient
import Synchronization
import Testing

@testable import MessageLog

@Suite struct ConservationWatchTests {
    struct Away: Error {}

    /// Counts how often it was asked; fails or waits when told so.
    final class Counter: Sendable {
        struct State {
            var calls = 0
            var isAway = false
            var isSlow = false
        }

        let state = Mutex(State())

        var calls: Int { state.withLock { $0.calls } }

        func count() async throws -> Conservation {
            let call = state.withLock { state in
                state.calls += 1
                return (number: state.calls, isAway: state.isAway)
            }
            if call.isAway { throw Away() }
            while state.withLock({ $0.isSlow }) { try await Task.sleep(for: .milliseconds(1)) }
            var total = ConservationCounts()
            total.received = Int64(call.number)
            return Conservation(total: total, sources: [])
        }
    }

    @Test func `many that look at once share one count, and nobody counts again before it is due`() async throws {
        let counter = Counter()
        let watch = ConservationWatch(interval: .seconds(3_600)) { try await counter.count() }
        let seen = await withTaskGroup(of: Int64?.self) { group in
            for _ in 0..<50 {
                group.addTask { await watch.latest(patience: .seconds(600))?.total.received }
            }
            var seen: [Int64?] = []
            for await received in group { seen.append(received) }
            return seen
        }
        #expect(seen == [Int64?](repeating: 1, count: 50))
        #expect(counter.calls == 1)
    }

    @Test func `a count that fails leaves the one before`() async throws {
        let counter = Counter()
        let watch = ConservationWatch(interval: .zero) { try await counter.count() }
        #expect(await watch.latest(patience: .seconds(600))?.total.received == 1)
        counter.state.withLock { $0.isAway = true }
        #expect(await watch.latest(patience: .seconds(600))?.total.received == 1)
        #expect(counter.calls == 2)
        counter.state.withLock { $0.isAway = false }
        #expect(await watch.latest(patience: .seconds(600))?.total.received == 3)
    }

    @Test func `nobody waits for a slow count longer than they want to`() async throws {
        let counter = Counter()
        counter.state.withLock { $0.isSlow = true }
        let watch = ConservationWatch(interval: .seconds(3_600)) { try await counter.count() }
        for _ in 0..<3 {
            #expect(await watch.latest(patience: .zero)?.total.received == nil)
        }
        counter.state.withLock { $0.isSlow = false }
        #expect(await watch.latest(patience: .seconds(600))?.total.received == 1)
        #expect(counter.calls == 1)
    }

    @Test func `a source whose counts do not add up is seen`() async throws {
        let log = try await LogFixture()
        let sources = try await log.register(3)
        #expect(await ConservationWatch(pool: log.pool).latest(patience: .seconds(600))?.unbalanced == 0)
        let id = sources[1].id.value
        _ = try await log.pool.withConnection { c in
            try c.execute("update log.source set received = received + 2 where source_id = $1", [.int4(id)])
        }
        let reading = try #require(await ConservationWatch(pool: log.pool).latest(patience: .seconds(600)))
        #expect(reading.unbalanced == 1)
        #expect(reading.total.difference == 2)
    }
}
