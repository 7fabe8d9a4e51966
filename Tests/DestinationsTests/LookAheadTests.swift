// Claims that wait for a free connection: how many there may be, and that they go back unsent when their destination closes.
// SPDX-License-Identifier: Apache-2.0

import PluginKit
import PostgresClient
import PostgresTesting
import Summaries
import Testing

@testable import Destinations

@Suite(.serialized, .timeLimit(.minutes(25)))
struct LookAheadTests {
    private static let limits = PushLimits(
        concurrency: 2,
        backOffBase: .milliseconds(5),
        backOffCap: .milliseconds(20),
        pollBase: .milliseconds(5),
        pollCap: .milliseconds(20),
        lease: .seconds(120)
    )

    /// A database with four documents of each of some months.
    private func database(_ settings: DestinationSettings, months: ClosedRange<Int>) async throws -> TestDatabase {
        let database = try await TestCluster.shared().makeDatabase(migrations: DestinationsSchema.migrations)
        for month in months {
            var snapshot = Fixtures.snapshot()
            let period = try #require(Period("2026-\(month < 10 ? "0" : "")\(month)"))
            (snapshot.period, snapshot.start, snapshot.end) = (period.description, period.first, period.last)
            try await Outbox(pool: database.pool).enqueue(
                snapshot,
                settings,
                exporter: SipdRekap(settings: settings),
                now: WallClock.now()
            )
        }
        return database
    }

    @Test func `claims run ahead of the concurrency only without a rate, with a closed breaker, and alone`()
        async throws
    {
        var settings = Fixtures.settings(limits: Self.limits)
        let database = try await database(settings, months: 1...4)
        let outbox = Outbox(pool: database.pool)
        func claim(_ owner: String, ahead: Int) async throws -> [Claim] {
            try await outbox.claim(settings, owner: owner, room: 16, ahead: ahead, now: WallClock.now())
        }
        settings.limits.requestsPerSecond = 1000
        settings.limits.burst = 16
        var claims = try await claim("a", ahead: 5)
        #expect(claims.count == 2)
        settings.limits.requestsPerSecond = nil
        #expect(try await claim("b", ahead: 5).isEmpty)
        claims += try await claim("a", ahead: 5)
        #expect(claims.count == 7)
        #expect(try await claim("b", ahead: 5).isEmpty)
        #expect(Set(claims.map(\.document)).count == 7)

        // All but one go back: the documents stand as if they had never been claimed.
        let back = try await outbox.record(
            claims.dropFirst().map(\.withdrawn),
            limits: settings.limits,
            now: WallClock.now(),
            random: claims.map { _ in 0 }
        )
        #expect(back.decisions.count == 6 && !back.isClosed)
        let documents = try await outbox.documents()
        #expect(documents.filter { $0.row.state == .planned && $0.row.attempts == 0 }.count == 15)
        #expect(try await claim("b", ahead: 5).count == 1)
        #expect(try await claim("a", ahead: 5).isEmpty)
        try await database.pool.withConnection { connection in
            try connection.run(script: "update outbox.document set lease_until = null, owner = null")
            try connection.run(script: "update outbox.destination set breaker_open_until = now() - interval '1 second'")
        }
        #expect(try await claim("a", ahead: 5).count == 1)
        await database.drop()
    }

    @Test func `a batch is recorded in its order, with the claims that were taken over left out`() async throws {
        let settings = Fixtures.settings(limits: Self.limits)
        let database = try await database(settings, months: 1...1)
        let outbox = Outbox(pool: database.pool)
        let claims = try await outbox.claim(settings, owner: "a", room: 4, ahead: 2, now: WallClock.now())
        #expect(claims.map(\.action) == [.send, .send, .send, .send])
        var stale = claims[2]
        stale.fence -= 1
        let outcomes = [
            Outcome(.ackPending, code: "DITERIMA", transaction: "t-1"), Outcome(.rejected, code: "validasi"),
            Outcome(.ackFinal, code: "SELESAI"), Outcome(.auth, code: "http-401"),
        ]
        let answers = zip([claims[0], claims[1], stale, claims[3]], outcomes).map { claim, outcome in
            claim.answer(.answered(outcome), outcome.evidence(Fixtures.response(200), []))
        }
        let recording = try await outbox.record(
            Array(answers.reversed()),
            limits: settings.limits,
            now: WallClock.now(),
            random: [0, 0, 0, 0]
        )
        #expect(
            recording.decisions.reversed().map { $0?.row.state } == [.pending, .rejected, nil, .planned]
        )
        let states = try await outbox.documents().reversed().map(\.row.state)
        #expect(states == [.pending, .rejected, .sending, .planned])
        let first = try #require(try await outbox.document(claims[0].document))
        #expect(first.attempts.map(\.code) == ["DITERIMA"] && first.receipts.map(\.transaction) == ["t-1"])
        #expect(try await outbox.document(claims[2].document)?.attempts.map(\.finishedAt) == [nil])
        await database.drop()
    }

    @Test func `a fast peer never has more requests at once than it may, and gets each document once`() async throws {
        let endpoint = EndpointDouble()
        let settings = Fixtures.settings(baseURL: endpoint.baseURL, limits: Self.limits)
        let database = try await database(settings, months: 1...12)
        let outbox = Outbox(pool: database.pool)
        try await push(database, settings) {
            try await outbox.documents().allSatisfy { $0.row.state == .acknowledged }
        }
        #expect(endpoint.stored.count == 48 && endpoint.stored.values.allSatisfy { $0.effects == 1 })
        #expect(endpoint.log.filter { $0.hasPrefix("PUT") }.count == 48)
        #expect(endpoint.mostAtOnce <= 2)
        endpoint.stop()
        await database.drop()
    }

    @Test func `what waits when the destination is paused is not sent, and is sent when it runs again`() async throws {
        let endpoint = EndpointDouble()
        let settings = Fixtures.settings(baseURL: endpoint.baseURL, limits: Self.limits)
        let database = try await database(settings, months: 1...12)
        let outbox = Outbox(pool: database.pool)
        endpoint.expect("poll", .status(200))  // without a word of the contract
        func count(_ sql: String) async throws -> Int {
            try await database.pool.withConnection { try $0.query(sql).first?.int(0) ?? -1 }
        }
        try await push(database, settings) {
            let leased = try await count("select count(*) from outbox.document where lease_until is not null")
            return try await outbox.status().first?.paused != nil && leased == 0
        }
        #expect(try await outbox.status().first?.count(.sending) == 0)
        #expect(try await count("select count(*) from outbox.attempt where finished_at is null") == 0)
        let answered = try await count("select count(*) from outbox.attempt where http_status is not null")
        #expect(answered == endpoint.log.count)
        let others = try await count(
            "select count(*) from outbox.attempt where http_status is null and outcome is distinct from 'NOT_SENT'"
        )
        #expect(others == 0)

        #expect(try await outbox.resume("sipd"))
        try await push(database, settings) {
            try await outbox.documents().allSatisfy { $0.row.state == .acknowledged }
        }
        #expect(endpoint.stored.count == 48 && endpoint.stored.values.allSatisfy { $0.effects == 1 })
        #expect(endpoint.log.filter { $0.hasPrefix("PUT") }.count == 48)
        endpoint.stop()
        await database.drop()
    }

    private func push(
        _ database: TestDatabase,
        _ settings: DestinationSettings,
        until isDone: () async throws -> Bool
    ) async throws {
        let pusher = try Pusher(
            pool: database.pool,
            destinations: [settings],
            owner: "test",
            idle: .milliseconds(10)
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pusher.run() }
            var done = false
            for _ in 0..<60_000 where !done {
                done = try await isDone()
                if !done { try await Task.sleep(for: .milliseconds(10)) }
            }
            #expect(done)
            group.cancelAll()
            try? await group.waitForAll()
        }
    }
}
