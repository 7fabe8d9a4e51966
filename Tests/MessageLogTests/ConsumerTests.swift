// Cursors, dead letters, held records, outcomes and the downlink against a real PostgreSQL.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PostgresClient
import Testing

@testable import MessageLog

@Suite struct ConsumerTests {
    /// A log with four messages of one source, and the cursor of its shard.
    func prepare() async throws -> (LogFixture, RegisteredSource, CursorState) {
        let log = try await LogFixture()
        let source = try await log.register()[0]
        try await log.withWriter(log.makeWriter()) { writer in
            _ = try await writer.ingest(batch(source.uuid, first: 1, ["a", "b", "c", "d"], personal: [1]))
        }
        let cursors = try await log.pool.withConnection { c in
            try LogCursor.take(c, consumer: "apply", owner: "me", seconds: 3_600)
        }
        return (log, source, cursors[source.shard])
    }

    @Test func `tries are counted per batch and forgotten when the cursor moves`() async throws {
        let (log, source, cursor) = try await prepare()
        let shard = source.shard
        let tries = try await log.pool.withConnection { c in
            var tries: [Int] = []
            for (from, to) in [(0, 4), (0, 4), (0, 2), (0, 2), (2, 4)] as [(Int64, Int64)] {
                if from == 2 {
                    try c.transaction {
                        try LogCursor.advance(c, consumer: "apply", shard: shard, from: 0, to: 2, fence: cursor.fence)
                    }
                }
                tries.append(
                    try LogCursor.countTry(c, consumer: "apply", shard: shard, from: from, to: to, fence: cursor.fence)
                )
            }
            return tries
        }
        #expect(tries == [1, 2, 1, 2, 1])
        let lag = try await log.pool.withConnection { c in try LogLag.read(c) }
        #expect(lag[source.shard].entries == 2)
        #expect(lag[source.shard].oldest != nil)
        #expect(lag.reduce(0) { $0 + $1.entries } == 2)
    }

    @Test func `a holder that lost its lease moves nothing`() async throws {
        let (log, source, cursor) = try await prepare()
        let (stolen, renewed) = try await log.pool.withConnection { c in
            let busy = try LogCursor.take(c, consumer: "apply", owner: "other", seconds: 60)
            _ = try c.execute("update log.cursor set lease_until = '-infinity'")
            let stolen = try LogCursor.take(c, consumer: "apply", owner: "other", seconds: 60)
            let renewed = try LogCursor.renew(c, [cursor], owner: "me", seconds: 3_600)
            return ((busy.count, stolen.count), renewed.count)
        }
        #expect(stolen == (0, 16))
        #expect(renewed == 0)
        await #expect(throws: MessageLogError.self) {
            try await log.pool.withConnection { c in
                try LogCursor.advance(c, consumer: "apply", shard: source.shard, from: 0, to: 1, fence: cursor.fence)
            }
        }
    }

    @Test func `held messages come back in order, sealed ones opened, and the counts follow them`() async throws {
        let (log, source, cursor) = try await prepare()
        let shard = source.shard
        let sealer = log.sealer
        try await log.pool.withConnection { c in
            try c.transaction {
                try SetAside.put(
                    c,
                    consumer: "apply",
                    (1...3).map {
                        SetAsideMessage(
                            position: LogPosition(shard: shard, pos: $0),
                            state: .held,
                            reason: "sector",
                            waitsFor: "kesehatan"
                        )
                    }
                )
                try MessageOutcomes.add(c, [source.id: OutcomeCounts(applied: 1, held: 3)])
                try LogCursor.advance(c, consumer: "apply", shard: shard, from: 0, to: 4, fence: cursor.fence)
            }
        }
        #expect(try await log.conservation().isBalanced)
        let held = try await log.pool.withConnection { c in
            try SetAside.held(c, consumer: "apply", waitsFor: "kesehatan", limit: 10, sealer: sealer)
        }
        #expect(held.map { String(decoding: $0.entry.payload, as: UTF8.self) } == ["a", "b", "c"])
        let awaited = try await log.pool.withConnection { c in
            try SetAside.awaited(c, consumer: "apply", among: ["sosial", "kesehatan"])
        }
        #expect(awaited == ["kesehatan"])
        try await log.pool.withConnection { c in
            try c.transaction {
                try SetAside.drained(c, consumer: "apply", held.prefix(2).map { ($0.entry.position, true) })
                let third = SetAsideMessage(position: held[2].entry.position, state: .dead, reason: "data", tries: 3)
                try SetAside.put(c, consumer: "apply", [third])
                try MessageOutcomes.add(c, [source.id: OutcomeCounts(applied: 2, held: -3, dead: 1)])
            }
        }
        let counts = try await log.conservation()
        #expect(counts.isBalanced)
        #expect(counts.total.applied == 3)
        #expect(counts.total.dead == 1)
    }

    @Test func `a dead letter is shown, retried and dropped with who and why`() async throws {
        let (log, source, cursor) = try await prepare()
        let position = LogPosition(shard: source.shard, pos: 2)
        let sealer = log.sealer
        try await log.pool.withConnection { c in
            try c.transaction {
                try SetAside.put(
                    c,
                    consumer: "apply",
                    [SetAsideMessage(position: position, state: .dead, reason: "data")]
                )
                try MessageOutcomes.add(c, [source.id: OutcomeCounts(applied: 3, dead: 1)])
                try LogCursor.advance(c, consumer: "apply", shard: source.shard, from: 0, to: 4, fence: cursor.fence)
            }
        }
        let shown = try await log.pool.withConnection { c in
            try DeadLetters.show(c, consumer: "apply", at: position, sealer: sealer)
        }
        #expect(shown?.entry.payload == Array("b".utf8))
        #expect(shown?.letter.seq == 2)
        try await log.pool.withConnection { c in
            try DeadLetters.retry(c, consumer: "apply", at: position, by: "budi", why: "diperbaiki")
        }
        #expect(try await log.conservation().isBalanced)
        await #expect(throws: MessageLogError.self) {
            try await log.pool.withConnection { c in
                try DeadLetters.drop(c, consumer: "apply", at: position, by: "budi", why: "x")
            }
        }
        try await log.pool.withConnection { c in
            try c.transaction {
                try SetAside.put(
                    c,
                    consumer: "apply",
                    [SetAsideMessage(position: position, state: .dead, reason: "data")]
                )
                try MessageOutcomes.add(c, [source.id: OutcomeCounts(held: -1, dead: 1)])
            }
            try DeadLetters.drop(c, consumer: "apply", at: position, by: "budi", why: "salah ketik")
        }
        let letters = try await log.pool.withConnection { c in
            try DeadLetters.list(c, consumer: "apply", states: ["dead", "resolved"])
        }
        #expect(letters.map(\.resolution) == ["dropped"])
        #expect(letters.map(\.resolvedWhy) == ["salah ketik"])
        #expect(try await log.conservation().isBalanced)
        #expect(try await log.conservation().total.dead == 1)
    }

    @Test func `a node's stream is dense over transactions and rollbacks`() async throws {
        let log = try await LogFixture()
        let source = try await log.register()[0]
        struct Rollback: Error {}
        let bucket = LogBuckets.bucket(of: log.clock.now)
        let read = try await log.pool.withConnection { c in
            try LogBuckets.ensure(c, from: bucket)
            let node = try Downlink.register(c, source: source.id, stream: UUID())
            try c.transaction { try Downlink.append(c, bucket: bucket, [(node, [1]), (node, [2])]) }
            do {
                try c.transaction {
                    try Downlink.append(c, bucket: bucket, [(node, [9])])
                    throw Rollback()
                }
            } catch is Rollback {}
            try c.transaction { try Downlink.append(c, bucket: bucket + 1, [(node, [3])]) }
            try Downlink.acknowledge(c, node: node, through: 2)
            try Downlink.acknowledge(c, node: node, through: 99)
            return try Downlink.read(c, node: node, epoch: 1, after: 0, limit: 10).map { [UInt8($0.seq)] + $0.payload }
        }
        #expect(read == [[1, 1], [2, 2], [3, 3]])
        let state = try await log.pool.withConnection { c in try Downlink.state(c, source: source.uuid) }
        #expect(state?.next == 4)
        #expect(state?.acknowledged == 2)
    }
}
