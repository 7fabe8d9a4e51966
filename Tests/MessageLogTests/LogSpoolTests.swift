// What is put aside when there is room and when there is none, against a real PostgreSQL.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PostgresClient
import Testing

@testable import MessageLog

@Suite struct LogSpoolTests {
    let start = Mark(epoch: 1, hwm: 0, head: nil)

    func counts(_ log: LogFixture) async throws -> [LogSpool.Reason: Int] {
        try await log.pool.withConnection { c in try LogSpool.counts(c) }
    }

    @Test func `a full spool keeps no other batch and says so; what it holds counts as kept`() async throws {
        let log = try await LogFixture()
        let sources = try await log.register(2)
        try await log.withWriter(log.makeWriter { $0.spoolBytesPerSource = 8 }) { writer in
            let early = batch(sources[0].uuid, first: 4, ["12345"], via: .file)
            let other = batch(sources[0].uuid, first: 5, ["6789"], via: .file)
            let first = try await writer.ingest(early)
            #expect(first == .waiting(start))
            #expect(try await writer.ingest(other) == .spoolFull(start))
            #expect(try await writer.ingest(early) == .waiting(start))
            #expect(try await counts(log) == [.early: 1])
            // Each source has room of its own.
            let foreign = batch(sources[1].uuid, first: 4, ["12345678"], via: .file)
            #expect(try await writer.ingest(foreign) == .waiting(start))
        }
        #expect(try await counts(log) == [.early: 2])
        #expect(try await log.conservation().isBalanced)
    }

    @Test func `a fork is kept however full the spool is, once`() async throws {
        let log = try await LogFixture()
        let source = try await log.register()[0]
        try await log.withWriter(log.makeWriter { $0.spoolBytesPerSource = 8 }) { writer in
            _ = try await writer.ingest(batch(source.uuid, first: 4, ["12345678"], via: .file))
            _ = try await writer.ingest(batch(source.uuid, first: 1, ["a", "b"]))
            guard case .fork = try await writer.ingest(batch(source.uuid, first: 1, ["other"])) else {
                Issue.record("no fork")
                return
            }
            #expect(try await writer.ingest(batch(source.uuid, first: 1, ["a third"])) == .blocked)
        }
        #expect(try await counts(log) == [.early: 1, .fork: 1])
        #expect(try await log.conservation().isBalanced)
    }

    @Test func `an early batch that turns out to be a fork changes its reason in a full spool too`() async throws {
        let log = try await LogFixture()
        let source = try await log.register()[0]
        try await log.withWriter(log.makeWriter { $0.spoolBytesPerSource = 8 }) { writer in
            let early = batch(source.uuid, first: 3, ["12345678"], via: .file)
            #expect(try await writer.ingest(early) == .waiting(start))
            _ = try await writer.ingest(batch(source.uuid, first: 1, ["a", "b", "c"]))
            guard case .fork = try await writer.ingest(early) else {
                Issue.record("no fork")
                return
            }
        }
        #expect(try await counts(log) == [.fork: 1])
    }

    @Test func `batches of a revoked key are kept while there is room, and the answer is the same`() async throws {
        let log = try await LogFixture()
        let source = try await log.register()[0]
        try await log.pool.withConnection { c in try LogSources.revoke(c, source: source.uuid) }
        try await log.withWriter(log.makeWriter { $0.spoolBytesPerSource = 8 }) { writer in
            for text in ["12345", "12345", "6789"] {
                let answer = try await writer.ingest(batch(source.uuid, first: 1, [text]))
                #expect(answer == .revoked)
            }
        }
        #expect(try await counts(log) == [.revoked: 1])
    }
}
