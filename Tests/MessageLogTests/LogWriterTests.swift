// The writer against a real PostgreSQL: what is acknowledged, what is refused, what is counted.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import Glibc
import PostgresClient
import PostgresTesting
import Synchronization
import Testing

@testable import MessageLog

@Suite struct LogWriterTests {
    struct Crash: Error {}

    func receipt(_ reply: IngestReply) throws -> IngestReceipt {
        guard case .committed(let receipt) = reply else {
            Issue.record("not committed: \(reply)")
            throw Crash()
        }
        return receipt
    }

    @Test func `a batch is acknowledged with mark and head, and a repeat is a duplicate`() async throws {
        let log = try await LogFixture()
        let source = try await log.register()[0]
        try await log.withWriter(log.makeWriter()) { writer in
            let one = try receipt(try await writer.ingest(batch(source.uuid, first: 1, ["a", "b", "c"])))
            #expect(one.mark == Mark(epoch: 1, hwm: 3, head: sha256(Array("c".utf8))))
            #expect(one.duplicates == 0)
            let again = try receipt(try await writer.ingest(batch(source.uuid, first: 2, ["b", "c", "d"])))
            #expect(again.mark == Mark(epoch: 1, hwm: 4, head: sha256(Array("d".utf8))))
            #expect(again.duplicates == 2)
            let gap = try await writer.ingest(batch(source.uuid, first: 9, ["x"]))
            #expect(gap == .gap(Mark(epoch: 1, hwm: 4, head: sha256(Array("d".utf8)))))
        }
        let entries = try await log.pool.withConnection { c in
            try LogReader(sealer: nil).read(c, shard: source.shard, after: 0, limit: 100).entries
        }
        #expect(entries.map { String(decoding: $0.payload, as: UTF8.self) } == ["a", "b", "c", "d"])
        #expect(entries.map(\.seq) == [1, 2, 3, 4])
        let counts = try await log.conservation()
        #expect(counts.isBalanced)
        #expect(counts.total.received == 6)
        #expect(counts.total.duplicate == 2)
        #expect(counts.total.waiting == 4)
    }

    @Test func `other bytes under a known number block the source and both versions are kept`() async throws {
        let log = try await LogFixture()
        let source = try await log.register()[0]
        try await log.withWriter(log.makeWriter()) { writer in
            _ = try await writer.ingest(batch(source.uuid, first: 1, ["a", "b"]))
            let reply = try await writer.ingest(batch(source.uuid, first: 2, ["other"]))
            #expect(reply == .fork(Mark(epoch: 1, hwm: 2, head: sha256(Array("b".utf8)))))
            #expect(try await writer.ingest(batch(source.uuid, first: 3, ["c"])) == .blocked)
        }
        #expect(try await log.count("select count(*) from log.spool where reason = 'fork'") == 1)
        #expect(try await log.conservation().isBalanced)
        #expect(try await log.conservation().total.conflict == 1)
    }

    @Test func `a refused message consumes its number and is named in the answer`() async throws {
        let log = try await LogFixture()
        let source = try await log.register()[0]
        try await log.withWriter(log.makeWriter()) { writer in
            let reply = try receipt(
                try await writer.ingest(batch(source.uuid, first: 1, ["a", "bad", "c"], refused: [1]))
            )
            #expect(reply.mark.hwm == 3)
            #expect(reply.rejected == [Rejection(seq: 2, code: "json", advice: "fix")])
        }
        let counts = try await log.conservation()
        #expect(counts.isBalanced)
        #expect(counts.total.refused == 1)
        #expect(counts.total.waiting == 2)
    }

    @Test func `a personal payload is sealed in the table and plain to the reader and to the comparison`() async throws
    {
        let log = try await LogFixture()
        let source = try await log.register()[0]
        try await log.withWriter(log.makeWriter()) { writer in
            let first = batch(source.uuid, first: 1, ["nama Siti", "b"], personal: [0])
            _ = try await writer.ingest(first)
            #expect(try receipt(try await writer.ingest(first)).duplicates == 2)
        }
        let stored = try await log.pool.withConnection { c in
            try c.query("select payload, kind from log.entry order by pos").map {
                (try $0.bytes(0), try $0.int(1))
            }
        }
        #expect(stored[0].0 != Array("nama Siti".utf8))
        #expect(stored.map(\.1) == [2, 0])
        let sealer = log.sealer
        let opened = try await log.pool.withConnection { c in
            try LogReader(sealer: sealer).entries(c, at: [LogPosition(shard: source.shard, pos: 1)])
        }
        #expect(opened[0]?.payload == Array("nama Siti".utf8))
        await #expect(throws: MessageLogError.self) {
            try await log.pool.withConnection { c in
                try LogReader(sealer: nil).read(c, shard: source.shard, after: 0, limit: 10)
            }
        }
    }

    @Test func `a crash before COMMIT keeps nothing, one after it keeps everything once`() async throws {
        let log = try await LogFixture()
        let source = try await log.register()[0]
        let armed = Mutex<IngestStage?>(nil)
        let writer = log.makeWriter {
            $0.fault = { stage in
                let isArmed = armed.withLock { armed in
                    guard armed == stage else { return false }
                    armed = nil
                    return true
                }
                if isArmed { throw Crash() }
            }
        }
        try await log.withWriter(writer) { writer in
            armed.withLock { $0 = .beforeCommit }
            await #expect(throws: Crash.self) { try await writer.ingest(batch(source.uuid, first: 1, ["a"])) }
            let kept = try await log.count("select count(*) from log.entry")
            #expect(kept == 0)
            armed.withLock { $0 = .afterCommit }
            await #expect(throws: Crash.self) { try await writer.ingest(batch(source.uuid, first: 1, ["a"])) }
            let again = try receipt(try await writer.ingest(batch(source.uuid, first: 1, ["a"])))
            #expect(again.duplicates == 1)
            let entries = try await log.count("select count(*) from log.entry")
            #expect(entries == 1)
        }
    }

    @Test func `many sources at once share transactions and each gets its own mark`() async throws {
        let log = try await LogFixture()
        let sources = try await log.register(300)
        // A transaction of the start waits, on its connection's thread, until every upload is on its way.
        let received = Mutex(0)
        let writer = log.makeWriter {
            $0.connections = 3
            $0.fault = { stage in
                if stage == .received { received.withLock { $0 += 1 } }
                while stage == .beforeCommit, received.withLock({ $0 }) < sources.count { usleep(1_000) }
            }
        }
        try await log.withWriter(writer) { writer in
            try await withThrowingTaskGroup(of: (UUID, IngestReply).self) { group in
                for source in sources {
                    group.addTask {
                        let texts = (0..<10).map { "\(source.uuid) \($0)" }
                        return (source.uuid, try await writer.ingest(batch(source.uuid, first: 1, texts)))
                    }
                }
                for try await (uuid, reply) in group {
                    let head = sha256(Array("\(uuid) 9".utf8))
                    #expect(try receipt(reply).mark == Mark(epoch: 1, hwm: 10, head: head))
                }
            }
        }
        let transactions = try await log.count("select count(distinct xmin::text) from log.entry")
        #expect(transactions < 60)
        #expect(try await log.count("select count(*) from log.entry") == 3_000)
        #expect(try await log.count("select count(*) from log.run") == 300)
        #expect(try await log.conservation().isBalanced)
    }

    @Test func `the node's own messages get dense numbers, and positions that follow from them`() async throws {
        let log = try await LogFixture()
        let own = NewSource(uuid: UUID(), incarnation: UUID(), signKey: [1])
        _ = try await log.pool.withConnection { c in try LogSources.register(c, [own], shard: Shards.own) }
        try await log.withWriter(log.makeWriter()) { writer in
            for round in 0..<3 {
                let message = LocalMessage(bytes: Array("m\(round)".utf8), claimed: log.clock.now, isPersonal: false)
                let receipt = try await writer.append([message, message], to: own.uuid)
                #expect(receipt == LocalReceipt(epoch: 1, first: Int64(round * 2 + 1), last: Int64(round * 2 + 2)))
            }
        }
        let wrong = try await log.count("select count(*) from log.entry where shard <> 0 or pos <> seq")
        #expect(wrong == 0)
        #expect(try await log.count("select count(*) from log.entry") == 6)
        #expect(try await log.conservation().isBalanced)
    }

    @Test func `a writer whose shard was taken is fenced and acknowledges nothing`() async throws {
        let log = try await LogFixture()
        let source = try await log.register()[0]
        try await log.withWriter(log.makeWriter()) { writer in
            _ = try await writer.ingest(batch(source.uuid, first: 1, ["a"]))
            _ = try await log.pool.withConnection { c in
                try c.execute("update log.shard set fence = fence + 1, owner = 'other'")
            }
            #expect(
                try await writer.ingest(batch(source.uuid, first: 2, ["b"])) == .overloaded(retryAfterSeconds: 5)
            )
        }
        #expect(try await log.count("select count(*) from log.entry") == 1)
    }

    @Test func `nothing is acknowledged while PostgreSQL does not promise to keep it`() async throws {
        let log = try await LogFixture()
        let source = try await log.register()[0]
        // The shared test cluster runs with fsync off.
        try await log.withWriter(log.makeWriter { $0.requiresDurability = true }) { writer in
            await #expect(throws: MessageLogError.self) {
                try await writer.ingest(batch(source.uuid, first: 1, ["a"]))
            }
            #expect(!writer.health.isDurable)
        }
        #expect(try await log.count("select count(*) from log.entry") == 0)
    }

    @Test func `a full queue is answered with overloaded`() async throws {
        let log = try await LogFixture()
        let sources = try await log.register(2)
        let gate = Mutex(true)
        let arrived = Mutex(false)
        let writer = log.makeWriter {
            $0.maximumWaitingBytes = 10
            $0.connections = 1
            $0.fault = { stage in
                guard stage == .read else { return }
                arrived.withLock { $0 = true }
                while gate.withLock({ $0 }) { usleep(500) }
            }
        }
        try await log.withWriter(writer) { writer in
            async let first = writer.ingest(batch(sources[0].uuid, first: 1, ["a"]))
            while !arrived.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(1)) }
            async let second = writer.ingest(batch(sources[1].uuid, first: 1, ["123456789"]))
            while writer.waiting.uploads != 1 { try await Task.sleep(for: .milliseconds(1)) }
            let third = try await writer.ingest(batch(sources[1].uuid, first: 1, ["123456789"]))
            #expect(third == .overloaded(retryAfterSeconds: 5))
            gate.withLock { $0 = false }
            _ = try receipt(try await first)
            _ = try receipt(try await second)
        }
    }
}
