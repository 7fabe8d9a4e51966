// Registration, epochs, tails, revocation and the spool against a real PostgreSQL.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PostgresClient
import Testing

@testable import MessageLog

@Suite struct LogSourcesTests {
    @Test
    func `a whole kabupaten is registered at once, spread over the shards of children, and again without a change`()
        async throws
    {
        let log = try await LogFixture()
        let new = (0..<1_236).map { number in
            NewSource(uuid: UUID(), posyandu: UUID(), name: "Posyandu \(number)", incarnation: UUID(), signKey: [1])
        }
        let first = try await log.pool.withConnection { c in try LogSources.register(c, new) }
        let again = try await log.pool.withConnection { c in try LogSources.register(c, new) }
        #expect(first == again)
        #expect(first.map(\.uuid) == new.map(\.uuid))
        #expect(Set(first.map(\.shard)) == Set(1...15))
        #expect(first.allSatisfy { $0.shard == Shards.choose(for: $0.uuid) && $0.epoch == 1 })
        let other = NewSource(uuid: new[5].uuid, incarnation: UUID(), signKey: [2])
        await #expect(throws: MessageLogError.self) {
            try await log.pool.withConnection { c in
                try LogSources.register(c, [NewSource(uuid: UUID(), incarnation: UUID(), signKey: [1]), other])
            }
        }
        #expect(try await log.count("select count(*) from log.source") == 1_236)
    }

    @Test func `a new epoch starts at zero, its repetition is the same epoch, and the tail of the old one is taken`()
        async throws
    {
        let log = try await LogFixture()
        let source = try await log.register()[0]
        let incarnation = UUID()
        try await log.withWriter(log.makeWriter()) { writer in
            _ = try await writer.ingest(batch(source.uuid, first: 1, ["a", "b"]))
            for _ in 0..<2 {
                let epoch = try await log.pool.withConnection { c in
                    try LogSources.openEpoch(c, source: source.uuid, incarnation: incarnation, signKey: [2])
                }
                #expect(epoch == 2)
            }
            let fresh = try await writer.ingest(batch(source.uuid, epoch: 2, first: 1, ["x"]))
            guard case .committed(let receipt) = fresh else {
                Issue.record("\(fresh)")
                return
            }
            #expect(receipt.mark.hwm == 1)
            let beyond = try await writer.ingest(batch(source.uuid, epoch: 1, first: 4, ["d"]))
            #expect(beyond == .staleEpoch)
            let tail = try await writer.ingest(batch(source.uuid, epoch: 1, first: 2, ["b", "c"]))
            guard case .committed(let late) = tail else {
                Issue.record("\(tail)")
                return
            }
            #expect(late.mark == Mark(epoch: 1, hwm: 3, head: sha256(Array("c".utf8))))
            #expect(late.duplicates == 1)
            let unknown = try await writer.ingest(batch(source.uuid, epoch: 3, first: 1, ["d"]))
            #expect(unknown == .unknownEpoch)
        }
        #expect(try await log.count("select closed_hwm from log.epoch where epoch = 1") == 3)
        #expect(try await log.count("select hwm from log.source") == 1)
        #expect(try await log.conservation().isBalanced)
    }

    @Test func `a new epoch lifts the block of a fork, whose epoch takes no tail`() async throws {
        let log = try await LogFixture()
        let source = try await log.register()[0]
        try await log.withWriter(log.makeWriter()) { writer in
            _ = try await writer.ingest(batch(source.uuid, first: 1, ["a"]))
            _ = try await writer.ingest(batch(source.uuid, first: 1, ["other"]))
            _ = try await log.pool.withConnection { c in
                try LogSources.openEpoch(c, source: source.uuid, incarnation: UUID(), signKey: [2])
            }
            let tail = try await writer.ingest(batch(source.uuid, epoch: 1, first: 2, ["b"]))
            #expect(tail == .staleEpoch)
            guard case .committed = try await writer.ingest(batch(source.uuid, epoch: 2, first: 1, ["a"])) else {
                Issue.record("the new epoch takes nothing")
                return
            }
        }
    }

    @Test func `a revoked source is not acknowledged, its batches wait for a person, and it cannot enrol again`()
        async throws
    {
        let log = try await LogFixture()
        let source = try await log.register()[0]
        try await log.pool.withConnection { c in try LogSources.revoke(c, source: source.uuid) }
        try await log.withWriter(log.makeWriter()) { writer in
            for _ in 0..<2 {
                let reply = try await writer.ingest(batch(source.uuid, first: 1, ["a"]))
                #expect(reply == .revoked)
            }
        }
        #expect(try await log.count("select count(*) from log.spool where reason = 'revoked'") == 1)
        #expect(try await log.count("select count(*) from log.entry") == 0)
        await #expect(throws: MessageLogError.self) {
            try await log.pool.withConnection { c in
                try LogSources.openEpoch(c, source: source.uuid, incarnation: UUID(), signKey: [2])
            }
        }
    }

    @Test func `a mark is durable only after the backup that holds it`() async throws {
        let log = try await LogFixture()
        let source = try await log.register()[0]
        try await log.withWriter(log.makeWriter()) { writer in
            _ = try await writer.ingest(batch(source.uuid, first: 1, ["a", "b"]))
            try await log.pool.withConnection { c in try LogSources.markForBackup(c) }
            _ = try await writer.ingest(batch(source.uuid, first: 3, ["c"]))
            try await log.pool.withConnection { c in try LogSources.backupIsSafe(c) }
            let reply = try await writer.ingest(batch(source.uuid, first: 4, ["d"]))
            guard case .committed(let receipt) = reply else {
                Issue.record("\(reply)")
                return
            }
            #expect(receipt.durable == 2)
        }
    }
}
