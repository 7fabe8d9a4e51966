// The whole push against PostgreSQL and an endpoint that fails on cue.
// SPDX-License-Identifier: Apache-2.0

import FailPoints
import FoundationEssentials
import HTTPTransfer
import PostgresClient
import PostgresTesting
import Testing

@testable import Destinations

@Suite(.serialized, .timeLimit(.minutes(25)))
struct PusherTests {
    /// Waits of milliseconds, so that a test sees in a second what takes a night; leases that no busy machine lets run out.
    private static let quick = PushLimits(
        backOffBase: .milliseconds(5),
        backOffCap: .milliseconds(20),
        pollBase: .milliseconds(5),
        pollCap: .milliseconds(20),
        lease: .seconds(120)
    )
    private func settings(
        _ endpoint: EndpointDouble,
        kinds: Set<DocumentKind> = [.indicators],
        secretFile: String? = nil,
        limits: PushLimits = quick
    ) -> DestinationSettings {
        Fixtures.settings(
            baseURL: endpoint.baseURL,
            authentication: secretFile.map {
                .clientCredentials(tokenPath: "/auth/token", clientID: "posyandud", secretFile: $0)
            } ?? .none,
            kinds: kinds,
            limits: limits
        )
    }

    /// Runs a pusher until `done` says so; not for ever.
    private func push(
        _ database: TestDatabase,
        _ settings: DestinationSettings,
        clock: @escaping Pusher.Clock = { WallClock.now() },
        until done: @escaping @Sendable ([DocumentSummary]) -> Bool
    ) async throws -> [DocumentSummary] {
        let pusher = try Pusher(
            pool: database.pool,
            destinations: [settings],
            owner: "test",
            idle: .milliseconds(10),
            clock: clock
        )
        let outbox = Outbox(pool: database.pool)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pusher.run() }
            var documents: [DocumentSummary] = []
            for _ in 0..<60_000 {
                documents = try await outbox.documents()
                if done(documents) { break }
                try await Task.sleep(for: .milliseconds(10))
            }
            group.cancelAll()
            try? await group.waitForAll()
            return documents
        }
    }

    private static let allAcknowledged: @Sendable ([DocumentSummary]) -> Bool = { documents in
        documents.allSatisfy { $0.row.state == .acknowledged }
    }

    private let path = "/v1/rekap/3325/2026-11/spm-posyandu"

    private func enqueue(
        _ database: TestDatabase,
        _ settings: DestinationSettings,
        revision: Int = 1
    ) async throws -> EnqueueReport {
        try await Outbox(pool: database.pool).enqueue(
            Fixtures.snapshot(revision: revision),
            settings,
            exporter: SipdRekap(settings: settings),
            now: WallClock.now()
        )
    }

    @Test func `four documents are sent, polled, read back and acknowledged`() async throws {
        let database = try await TestCluster.shared().makeDatabase(migrations: DestinationsSchema.migrations)
        let endpoint = EndpointDouble()
        let settings = settings(endpoint, kinds: Set(DocumentKind.all))
        let report = try await enqueue(database, settings)
        #expect(report.planned.count == 4)
        #expect(try await enqueue(database, settings).unchanged.count == 4)
        let documents = try await push(database, settings, until: Self.allAcknowledged)
        #expect(documents.map(\.row.state) == Array(repeating: .acknowledged, count: 4))
        #expect(endpoint.stored.count == 4)
        #expect(endpoint.log.filter { $0.hasPrefix("PUT") }.count == 4)
        for document in documents {
            let detail = try #require(try await Outbox(pool: database.pool).document(document.id))
            #expect(detail.attempts.allSatisfy { $0.finishedAt != nil })
            #expect(detail.receipts.map(\.kind).last == "read_back")
            let held = endpoint.stored["/v1/rekap/3325/2026-11/\(document.key.kind)"]
            #expect(
                held?.digest
                    == SipdRekap.digestText(report.planned.first { $0.kind == document.key.kind } ?? Fixtures.document)
            )
        }
        #expect(try await Outbox(pool: database.pool).status().first?.count(.acknowledged) == 4)
        endpoint.stop()
        await database.drop()
    }

    @Test(arguments: [
        [EndpointDouble.Fault.status(503)], [.status(429), .status(500)], [.reset, .reset], [.html],
        [.resetAfterCommit], [.silent], [.resetAfterCommit, .status(502), .reset],
    ])
    func `a PUT that fails ends in one effect`(_ faults: [EndpointDouble.Fault]) async throws {
        let database = try await TestCluster.shared().makeDatabase(migrations: DestinationsSchema.migrations)
        let endpoint = EndpointDouble()
        for fault in faults { endpoint.expect("PUT", fault) }
        var settings = settings(endpoint)
        if faults.contains(.silent) { settings.timeouts.total = .seconds(20) }
        try await _ = enqueue(database, settings)
        let documents = try await push(database, settings, until: Self.allAcknowledged)
        #expect(documents.map(\.row.state) == [.acknowledged])
        #expect(endpoint.stored[path]?.effects == 1)
        let sent = endpoint.log.filter { $0.hasPrefix("PUT") }.count
        #expect(sent <= faults.count + 1)
        if faults.contains(.resetAfterCommit) || faults.contains(.silent) {
            // Between an unknown outcome and the next PUT there is a read-back.
            let kinds = endpoint.log.map { $0.prefix(3) }
            let second = kinds.dropFirst().firstIndex(of: "PUT") ?? kinds.endIndex
            #expect(kinds[..<second].contains("GET"))
        }
        endpoint.stop()
        await database.drop()
    }

    @Test func `whichever libcurl call of a push fails, the document is acknowledged`() async throws {
        let database = try await TestCluster.shared().makeDatabase(migrations: DestinationsSchema.migrations)
        let endpoint = EndpointDouble()
        let settings = settings(endpoint)
        // The first call makes the engine: without one nothing is sent at all (HTTPTransferTests).
        var n = 1
        while true {
            n += 1
            let revision = n - 1
            try await _ = enqueue(database, settings, revision: revision)
            let plan = CallFault.Plan(.libcurl, nth: n)
            let documents = try await CallFault.$plan.withValue(plan) {
                try await push(
                    database,
                    settings,
                    until: { $0.first?.revision == revision && $0.first?.row.state == .acknowledged }
                )
            }
            #expect(documents.first?.row.state == .acknowledged, "the call that failed: \(n)")
            #expect(endpoint.stored[path]?.revision == revision, "the call that failed: \(n)")
            if !plan.hasStruck { break }
        }
        // PUT, polls and read-back, each with its options; a document was sent twice at most.
        #expect(n > 100)
        #expect(endpoint.log.filter { $0.hasPrefix("PUT") }.count <= 2 * n)
        endpoint.stop()
        await database.drop()
    }

    @Test func `a failing poll and a failing read-back are asked again, and nothing is sent twice`() async throws {
        let database = try await TestCluster.shared().makeDatabase(migrations: DestinationsSchema.migrations)
        let endpoint = EndpointDouble()
        endpoint.expect("poll", .status(503), .reset)
        endpoint.expect("GET", .status(500), .html)
        let settings = settings(endpoint)
        try await _ = enqueue(database, settings)
        let documents = try await push(database, settings, until: Self.allAcknowledged)
        #expect(documents.map(\.row.state) == [.acknowledged])
        #expect(endpoint.log.filter { $0.hasPrefix("PUT") }.count == 1)
        endpoint.stop()
        await database.drop()
    }

    @Test func `a newer revision takes the place of one that waits, and the bytes of a revision never change`()
        async throws
    {
        let database = try await TestCluster.shared().makeDatabase(migrations: DestinationsSchema.migrations)
        let endpoint = EndpointDouble()
        let settings = settings(endpoint)
        try await _ = enqueue(database, settings, revision: 1)
        let second = try await enqueue(database, settings, revision: 2)
        #expect(second.superseded == 1)
        #expect(try await enqueue(database, settings, revision: 1).unchanged == [.indicators])
        let documents = try await push(database, settings) { $0.first?.row.state == .acknowledged }
        #expect(documents.map(\.row.state) == [.acknowledged, .superseded])
        #expect(endpoint.stored[path]?.revision == 2)
        #expect(endpoint.log.filter { $0.hasPrefix("PUT") }.count == 1)
        await #expect(throws: PostgresError.self) {
            try await database.pool.withConnection { try $0.execute("update outbox.document set bytes = 'x'") }
        }
        endpoint.stop()
        await database.drop()
    }

    @Test func `a token that is no longer good is renewed once, and a second refusal pauses the destination`()
        async throws
    {
        let database = try await TestCluster.shared().makeDatabase(migrations: DestinationsSchema.migrations)
        let endpoint = EndpointDouble()
        let file = "/tmp/posyandud-secret-\(ProcessInfo.processInfo.processIdentifier)"
        try Data("rahasia\n".utf8).write(to: URL(filePath: file))
        let settings = settings(endpoint, secretFile: file)
        try await _ = enqueue(database, settings)
        endpoint.expect("PUT", .status(401))
        let documents = try await push(database, settings, until: Self.allAcknowledged)
        #expect(documents.map(\.row.state) == [.acknowledged])
        #expect(endpoint.logins == 2)

        endpoint.expect("PUT", .status(401), .status(401))
        try await _ = enqueue(database, settings, revision: 2)
        _ = try await push(database, settings) { $0.first?.row.state == .planned && $0.first?.row.attempts == 2 }
        let status = try #require(try await Outbox(pool: database.pool).status().first)
        #expect(status.paused == "http-401")
        #expect(status.count(.planned) == 1)
        #expect(try await Outbox(pool: database.pool).resume("sipd"))
        _ = try await push(database, settings) { $0.first?.row.state == .acknowledged }
        #expect(endpoint.stored[path]?.revision == 2)
        let attempts = try await database.pool.withConnection { connection in
            try connection.query("select coalesce(string_agg(reply, ''), '') from outbox.attempt").first?.string(0)
                ?? ""
        }
        #expect(!attempts.contains("rahasia") && !attempts.contains("token-"))
        endpoint.stop()
        await database.drop()
    }

    @Test func `a document left in the middle is read back by the next run`() async throws {
        let database = try await TestCluster.shared().makeDatabase(migrations: DestinationsSchema.migrations)
        let endpoint = EndpointDouble()
        let settings = settings(endpoint)
        let report = try await enqueue(database, settings)
        let outbox = Outbox(pool: database.pool)
        // A process that claimed, sent, and ended before it wrote the answer.
        let claims = try await outbox.claim(settings, owner: "dead", room: 2, now: WallClock.now())
        #expect(claims.map(\.action) == [.send])
        endpoint.store(path, .init(revision: 1, digest: SipdRekap.digestText(report.planned[0])))
        #expect(try await outbox.claim(settings, owner: "other", room: 2, now: WallClock.now()).isEmpty)
        let later: Pusher.Clock = { WallClock.now() + 2 * Self.quick.lease.wholeMicroseconds }
        let documents = try await push(database, settings, clock: later, until: Self.allAcknowledged)
        #expect(documents.map(\.row.state) == [.acknowledged])
        #expect(endpoint.log.allSatisfy { $0.hasPrefix("GET") })
        // The dead one wakes up and finds its fence passed.
        let late = try await outbox.record(
            [
                Answer(
                    claim: claims[0],
                    event: .answered(Outcome(.rejected, code: "late")),
                    evidence: AttemptEvidence(
                        Fixtures.response(422),
                        outcome: "REJECTED",
                        code: "late",
                        detail: "",
                        secrets: []
                    )
                )
            ],
            limits: Self.quick,
            now: WallClock.now(),
            random: [0]
        )
        #expect(late.decisions == [nil])
        #expect(try await outbox.documents().map(\.row.state) == [.acknowledged])
        endpoint.stop()
        await database.drop()
    }

    @Test func `a higher revision at the destination stops ours, and the next plan goes above it`() async throws {
        let database = try await TestCluster.shared().makeDatabase(migrations: DestinationsSchema.migrations)
        let endpoint = EndpointDouble()
        endpoint.store(path, .init(revision: 7, digest: "sha-256:00"))
        let settings = settings(endpoint)
        try await _ = enqueue(database, settings)
        let documents = try await push(database, settings) { $0.first?.row.state == .stale }
        #expect(documents.first?.row.remoteRevision == 7)
        let rebased = try await enqueue(database, settings)
        #expect(rebased.planned.map(\.revision) == [8])
        _ = try await push(database, settings) { $0.first?.row.state == .acknowledged }
        #expect(endpoint.stored[path]?.revision == 8)
        endpoint.stop()
        await database.drop()
    }

    @Test func `what a person holds stays, what he releases goes, what he pauses rests`() async throws {
        let database = try await TestCluster.shared().makeDatabase(migrations: DestinationsSchema.migrations)
        let endpoint = EndpointDouble()
        let settings = settings(endpoint)
        try await _ = enqueue(database, settings)
        let outbox = Outbox(pool: database.pool)
        let id = try #require(try await outbox.documents().first?.id)
        #expect(try await outbox.hold(id, reason: "periksa", now: WallClock.now()))
        #expect(try await outbox.claim(settings, owner: "o", room: 2, now: WallClock.now()).isEmpty)
        #expect(try await outbox.release(id, now: WallClock.now()))
        #expect(try await outbox.pause("sipd", reason: "libur", now: WallClock.now()))
        #expect(try await outbox.claim(settings, owner: "o", room: 2, now: WallClock.now()).isEmpty)
        #expect(try await outbox.resume("sipd"))
        _ = try await push(database, settings, until: Self.allAcknowledged)
        #expect(try await !outbox.retry(id, now: WallClock.now()))
        #expect(endpoint.stored[path]?.effects == 1)
        endpoint.stop()
        await database.drop()
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `two pushers under random faults and revisions leave one effect each and nothing open`(_ seed: UInt64)
        async throws
    {
        let database = try await TestCluster.shared().makeDatabase(migrations: DestinationsSchema.migrations)
        let endpoint = EndpointDouble()
        var generator = SplitMix(seed)
        let faults: [EndpointDouble.Fault] = [.status(503), .reset, .resetAfterCommit, .status(500), .html]
        for kind in ["PUT", "poll", "GET"] {
            for _ in 0..<12 { endpoint.expect(kind, faults[generator.below(faults.count)]) }
        }
        var limits = Self.quick
        limits.lease = .milliseconds(400)  // runs out at times: the other pusher takes over
        let settings = settings(endpoint, kinds: Set(DocumentKind.all), limits: limits)
        let pool = database.pool
        let pushers = try (1...2).map { number in
            try Pusher(
                pool: pool,
                destinations: [settings],
                owner: "p\(number)",
                idle: .milliseconds(10)
            )
        }
        let documents = try await withThrowingTaskGroup(of: Void.self) { group in
            for pusher in pushers { group.addTask { try await pusher.run() } }
            var documents: [DocumentSummary] = []
            for revision in 1...4 {
                _ = try await enqueue(database, settings, revision: revision)
                try await Task.sleep(for: .milliseconds(generator.below(80)))
            }
            for _ in 0..<60_000 {
                documents = try await Outbox(pool: pool).documents()
                if documents.allSatisfy(\.row.state.isFinal) { break }
                try await Task.sleep(for: .milliseconds(10))
            }
            group.cancelAll()
            try? await group.waitForAll()
            return documents
        }
        #expect(documents.allSatisfy { $0.row.state.isFinal })
        #expect(endpoint.stored.count == 4)
        for held in endpoint.stored.values { #expect(held == .init(revision: 4, digest: held.digest)) }
        #expect(documents.filter { $0.revision == 4 }.allSatisfy { $0.row.state == .acknowledged })
        endpoint.stop()
        await database.drop()
    }
}
