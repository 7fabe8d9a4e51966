// Old attempts are thinned out; what proves a figure stays.
// SPDX-License-Identifier: Apache-2.0

import PostgresClient
import PostgresTesting
import Summaries
import Testing

@testable import Destinations

@Suite(.timeLimit(.minutes(25)))
struct RetentionTests {
    private static let day: Int64 = 86_400_000_000

    /// One attempt a day from day 1: two PUTs, ten polls, twenty read-backs.
    private static func tryOften(_ database: TestDatabase, _ document: Int64) async throws {
        let acts = ["put", "put"] + Array(repeating: "poll", count: 10) + Array(repeating: "read_back", count: 20)
        try await database.pool.withConnection { connection in
            for (place, act) in acts.enumerated() {
                let at = Int64(place + 1) * day
                try connection.execute(
                    """
                    insert into outbox.attempt(document_id, act, fence, started_at, finished_at) values ($1, $2, 1, $3, $3)
                    """,
                    [.int8(document), .text(act), .timestamptz(at)]
                )
            }
            try connection.execute(
                "insert into outbox.receipt(document_id, kind, at) values ($1, 'read_back', $2)",
                [.int8(document), .timestamptz(day)]
            )
        }
    }

    @Test func `of a document that is done with, the first and the last of each act stay, and young ones`() async throws
    {
        let database = try await TestCluster.shared().makeDatabase(migrations: DestinationsSchema.migrations)
        let outbox = Outbox(pool: database.pool)
        let settings = Fixtures.settings()
        try await outbox.enqueue(Fixtures.snapshot(), settings, exporter: Fixtures.exporter, now: 1)
        let ids = try await outbox.documents().map(\.id).sorted()
        let (done, open) = (try #require(ids.first), try #require(ids.last))
        #expect(done != open)
        for id in [done, open] { try await Self.tryOften(database, id) }
        #expect(try await outbox.acknowledgeByHand(done, proof: "surat", now: 2))

        // Read-backs are on the days 13 to 32. Of those before day 30 the first stays, of the later ones all.
        let instant = 30 * Self.day
        #expect(try await outbox.thinAttempts(before: instant, most: 10) == 10)
        #expect(try await outbox.thinAttempts(before: instant, most: 10) == 10)
        #expect(try await outbox.thinAttempts(before: instant, most: 10) == 4)
        #expect(try await outbox.thinAttempts(before: instant, most: 10) == 0)
        let detail = try #require(try await outbox.document(done))
        let days = detail.attempts.map { "\($0.act) \($0.startedAt / Self.day)" }
        #expect(
            days == [
                "put 1", "put 2", "poll 3", "poll 12", "read_back 13", "read_back 30", "read_back 31", "read_back 32",
            ]
        )
        #expect(detail.receipts.map(\.kind) == ["read_back", "by_hand"])
        #expect(try await outbox.document(open)?.attempts.count == 32)
        await database.drop()
    }

    @Test func `every stop has a remedy that names a command or the next revision`() {
        for state in DocumentState.allCases {
            for reason in [
                nil, "by-hand", "no-read-back", "announced-not-stored", "stale-not-shown", "http-413", "http-404",
                "apa saja",
            ] {
                var row = PushRow(state: state, nextAt: 0)
                row.reason = reason
                let words = Remedy.words(document: 7, row: row)
                #expect((words != nil) == state.isStopped)
                if let words { #expect(words.contains("posyanductl push") || words.contains("revision"), "\(words)") }
                row.failures = 3
                let failing = Remedy.words(document: 7, row: row)
                #expect((failing != nil) == !state.isFinal)
                if !state.isFinal, !state.isStopped { #expect(failing?.contains("posyanductl push show 7") == true) }
            }
        }
        var page = PushRow(state: .uncertain, nextAt: 0)
        (page.reason, page.failures) = ("html", 4)
        #expect(Remedy.words(document: 7, row: page)?.contains("client certificate") == true)
        #expect(Remedy.words(destination: "sipd", failures: 9).contains("posyanductl destination resume sipd"))
        #expect(Remedy.words(destination: "sipd", paused: "html-400").contains("client_cert"))
        let paused = Remedy.words(destination: "sipd", paused: "pemeliharaan (siti)")
        #expect(paused == "A person paused it. When the reason is gone: posyanductl destination resume sipd.")
        for code in ["http-401", "html-400", "curl-60", "curl-77", "curl-3", "http-302", "dialect"] {
            #expect(Remedy.words(destination: "sipd", paused: code).contains("posyanductl destination resume sipd"))
        }
    }
}
