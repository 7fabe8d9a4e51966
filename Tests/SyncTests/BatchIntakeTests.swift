// From bytes to answers against a real PostgreSQL.
// SPDX-License-Identifier: Apache-2.0
import Crypto
import FoundationEssentials
import Logging
import MessageLog
import PostgresClient
import PostgresTesting
import Sync
import Testing

@Suite struct BatchIntakeTests {
    let server = SyncResponse.Server(id: "6f1c", timeline: 1, now: "2026-11-03T08:15:00+07:00")

    /// Runs `body` with an intake over a fresh database where the fixture's source is registered. fsync is on, as in
    /// production.
    func withIntake(
        _ fixture: CodecFixture,
        spoolBytes: Int64 = LogSpool.bytesPerSource,
        _ body: (BatchIntake, PostgresPool) async throws -> Void
    ) async throws {
        let cluster = try await TestCluster.create(fsync: true)
        let database = try await cluster.makeDatabase(migrations: MessageLogSchema.migrations)
        let pool = database.pool
        let new = NewSource(uuid: fixture.source, incarnation: UUID(), signKey: fixture.signKey)
        _ = try await pool.withConnection { c in try LogSources.register(c, [new]) }
        let log = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        var configuration = LogWriter.Configuration(owner: "test")
        configuration.spoolBytesPerSource = spoolBytes
        let writer = LogWriter(pool: pool, configuration: configuration, sealer: nil, log: log)
        let running = Task { try await writer.run() }
        while writer.health.shards == 0 { try await Task.sleep(for: .milliseconds(1)) }
        let intake = BatchIntake(writer: writer, directory: SourceDirectory(pool: pool), pool: pool, log: log)
        do { try await body(intake, pool) } catch { Issue.record("\(error)") }
        writer.stop()
        try await running.value
        await database.drop()
    }

    func post(_ intake: BatchIntake, _ fixture: CodecFixture, _ bytes: [UInt8], epoch: Int32 = 1) async -> SyncResponse
    {
        await intake.receive(
            body: bytes,
            contentEncoding: nil,
            sentAt: nil,
            source: fixture.source,
            epoch: epoch,
            server: server
        )
    }

    @Test func `every kind of request gets its documented answer`() async throws {
        let fixture = CodecFixture()
        try await withIntake(fixture) { intake, pool in
            let messages = (0..<6).map { _ in CodecFixture.message() }
            let good = try fixture.batch(Array(messages[0..<3]))
            #expect(await post(intake, fixture, good).status == 200)
            let again = await post(intake, fixture, good)
            #expect(again.status == 200)
            #expect(String(decoding: again.body, as: UTF8.self).contains(#""duplicates":3"#))
            #expect(await post(intake, fixture, try fixture.batch(first: 6, [messages[5]])).status == 409)
            #expect(await post(intake, fixture, Array(good.dropLast())).status == 400)
            #expect(await post(intake, fixture, good, epoch: 2).status == 400)
            let foreign = try BatchCodec.encode(
                source: fixture.source,
                epoch: 1,
                first: 4,
                messages: [messages[3]],
                key: Curve25519.Signing.PrivateKey()
            )
            #expect(await post(intake, fixture, foreign).status == 401)
            let bad = try fixture.batch(first: 4, [Array("{".utf8), messages[4]])
            let answer = await post(intake, fixture, bad)
            #expect(answer.status == 200)
            #expect(String(decoding: answer.body, as: UTF8.self).contains(#"{"seq":4,"code":"json","advice":"fix"}"#))
            let fork = await post(intake, fixture, try fixture.batch(first: 1, [CodecFixture.message()]))
            #expect(fork.status == 409)
            #expect(await post(intake, fixture, good).status == 423)
            #expect(await intake.mark(of: fixture.source, server: server).status == 423)
            #expect(await intake.mark(of: UUID(), server: server).status == 404)
            try await pool.withConnection { c in try LogSources.revoke(c, source: fixture.source) }
            #expect(await post(intake, fixture, good).status == 403)
        }
    }

    @Test func `a file in any order is taken whole, and a second time as duplicates`() async throws {
        let fixture = CodecFixture()
        try await withIntake(fixture) { intake, pool in
            let batches = try (0..<5).map { round in
                try fixture.batch(first: Int64(round * 2 + 1), [CodecFixture.message(), CodecFixture.message()])
            }
            let file = [4, 2, 0, 3, 1].flatMap { batches[$0] }
            let tally = try await intake.receive(file: file)
            #expect(tally.batches == 5)
            #expect(tally.isClean)
            #expect(tally.taken + tally.duplicates + tally.waiting * 2 == 10)
            let mark = try await SourceDirectory(pool: pool).status(of: fixture.source)?.mark
            #expect(mark?.hwm == 10)
            let left = try await pool.withConnection { c in try LogSpool.counts(c) }
            #expect(left.isEmpty)
            let again = try await intake.receive(file: file)
            #expect(again.duplicates == 10)
            #expect(try await pool.withConnection { c in try Conservation.read(c).isBalanced })
        }
    }

    @Test func `what a full spool does not keep is refused, and is taken when the file comes again`() async throws {
        let fixture = CodecFixture()
        let batches = try (0..<3).map { round in
            try fixture.batch(first: Int64(round * 2 + 1), [CodecFixture.message(), CodecFixture.message()])
        }
        try await withIntake(fixture, spoolBytes: Int64(batches[1].count + 1)) { intake, pool in
            let early = try await intake.receive(file: batches[1] + batches[2])
            #expect(early.waiting == 1)
            #expect(early.refused == ["spool-full": 1])
            #expect(!early.isClean)
            let whole = try await intake.receive(file: batches[0] + batches[1] + batches[2])
            #expect(whole.isClean)
            #expect(whole.waiting == 0)
            #expect(try await SourceDirectory(pool: pool).status(of: fixture.source)?.mark.hwm == 6)
            #expect(try await pool.withConnection { c in try LogSpool.counts(c) }.isEmpty)
        }
    }
}
