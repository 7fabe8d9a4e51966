// The task table: one row a key, leases with fences, newer versions run again.
// SPDX-License-Identifier: Apache-2.0
import PostgresClient
import Testing

@testable import MessageLog

@Suite struct TaskQueueTests {
    let queue = TaskQueue("push")

    @Test func `a key enqueued often runs once, and once more when it changed while it ran`() async throws {
        let log = try await LogFixture()
        let bucket = LogBuckets.bucket(of: log.clock.now)
        let queue = self.queue
        let outcome = try await log.pool.withConnection { c in
            try LogBuckets.ensure(c, from: bucket)
            for _ in 0..<5 { try queue.enqueue(c, key: "kesehatan/2026-11") }
            let first = try queue.claim(c, limit: 10, leaseSeconds: 3_600)
            let nothing = try queue.claim(c, limit: 10, leaseSeconds: 3_600)
            try queue.enqueue(c, key: "kesehatan/2026-11")
            let again = try queue.done(c, first[0], bucket: bucket)
            let second = try queue.claim(c, limit: 10, leaseSeconds: 3_600)
            let finished = try queue.done(c, second[0], bucket: bucket)
            let lost = try queue.done(c, second[0], bucket: bucket)
            return ([first.count, nothing.count, second.count, second[0].attempt], again, finished, lost)
        }
        #expect(outcome.0 == [1, 0, 1, 1])
        #expect(outcome.1 == .again)
        #expect(outcome.2 == .finished)
        #expect(outcome.3 == .lost)
        #expect(try await log.count("select count(*) from log.task_history") == 1)
    }

    @Test func `a lost lease cannot end a task, and a failed one waits`() async throws {
        let log = try await LogFixture()
        let queue = self.queue
        let bucket = LogBuckets.bucket(of: log.clock.now)
        let counts = try await log.pool.withConnection { c in
            try LogBuckets.ensure(c, from: bucket)
            try queue.enqueue(c, key: "a")
            let slow = try queue.claim(c, limit: 1, leaseSeconds: 0)[0]
            let fast = try queue.claim(c, limit: 1, leaseSeconds: 3_600)[0]
            #expect(try queue.done(c, slow, bucket: bucket) == .lost)
            #expect(try !queue.prolong(c, slow, leaseSeconds: 3_600))
            #expect(try queue.prolong(c, fast, leaseSeconds: 3_600))
            try queue.fail(c, fast, error: "503", delaySeconds: 600)
            return try queue.counts(c)
        }
        #expect(counts == (0, 0, 1))
    }

    @Test func `a bucket gives no more tokens than it has, and one caller wins a schedule`() async throws {
        let log = try await LogFixture()
        let now = log.clock.now
        let (taken, wins) = try await log.pool.withConnection { c in
            try RateBucket.define(c, name: "sipd", rate: 0.0001, burst: 3)
            let taken = try (0..<5).map { _ in try RateBucket.take(c, name: "sipd") }
            try Schedule.define(c, name: "nightly", first: 1_577_836_800_000_000)
            let wins = try (0..<3).map { _ in try Schedule.win(c, name: "nightly", next: now + 10_000_000_000_000) }
            return (taken, wins)
        }
        #expect(taken == [true, true, true, false, false])
        #expect(wins == [true, false, false])
    }

    @Test func `the delay before a retry grows, is random and respects what was asked for`() {
        var random = ModelRandom(seed: 7)
        for attempt in 0...30 {
            let delay = RetryDelay.seconds(attempt: attempt, using: &random)
            #expect(delay >= 0)
            #expect(delay <= 3_600)
            #expect(RetryDelay.seconds(attempt: attempt, retryAfter: 4_000, using: &random) == 4_000)
        }
        #expect(RetryDelay.isOver(attempt: 12, ageSeconds: 0))
        #expect(RetryDelay.isOver(attempt: 1, ageSeconds: 300_000))
        #expect(!RetryDelay.isOver(attempt: 11, ageSeconds: 1))
    }
}
