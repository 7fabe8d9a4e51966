// kill -9 while several documents are claimed, asked for and recorded in one transaction: each has one effect, none is forgotten.
// SPDX-License-Identifier: Apache-2.0

import PostgresClient
import PostgresTesting
import Testing

@testable import Destinations

@Suite(
    .serialized,
    .timeLimit(.minutes(25)),
    .enabled(if: StandinProcess.executable != nil, "sipd-standin is not built")
)
struct BatchKillTests {
    private static let documents = 5

    /// A way of pushing, and the stories that are lived in it.
    struct Push: Sendable, CustomTestStringConvertible {
        var dialect: FaultDialect
        var isInStep: Bool
        /// Requests at once when not in step.
        var concurrency = 2

        var hasLogin: Bool { dialect.kind == SipdRekap.kind }
        var testDescription: String { "\(dialect.name), \(isInStep ? "in step" : "as the pusher does")" }
    }

    /// With a login and polls, and with a dry run before each push.
    static let pushes = [
        Push(dialect: .rekap, isInStep: true), Push(dialect: .dhis2Checked, isInStep: true),
        Push(dialect: .rekap, isInStep: false),
    ]

    private static func stories(_ push: Push) throws -> [KillStory] {
        let dialect = push.dialect
        var stories: [KillStory] = []
        for point in KillStory.points.sorted() {
            let count = try KillStory.hits(point, dialect, hasLogin: push.hasLogin, documents: documents)
            // In step each hit of a transaction, and the first and the last request. A pusher makes of five documents as many transactions
            // as come; one of each round at least.
            let isTransaction = ["claim", "record"].contains { point.contains(".\($0)") }
            let hits: Set<Int> =
                isTransaction ? Set(1...(push.isInStep ? count : 2)) : count == 0 ? [] : [min(2, count), count]
            for nth in hits.sorted() {
                let room =
                    "\(dialect.name)-\(push.isInStep ? "step" : "free")-\(point.replacing(".", with: "-"))-\(nth)"
                stories.append(KillStory(room: room, lives: [.point(point, nth)]))
            }
        }
        guard push.isInStep else { return stories }
        let again = ["put-answered", "claimed", "read-back-before", "record-before-commit", "recorded"]
        stories.append(KillStory(room: "\(dialect.name)-step-again", lives: again.map { .point("push.\($0)", 1) }))
        let requests = documents * (dialect.dialect.checksFirst ? 2 : 1)
        stories.append(
            KillStory(room: "\(dialect.name)-step-asked", lives: [.moment(.asked)], script: "{put} at 3 hang")
        )
        stories.append(
            KillStory(
                room: "\(dialect.name)-step-acted",
                lives: [.moment(.acted(requests))],
                script: "{put} at \(requests) timeout-after-commit"
            )
        )
        return stories
    }

    @Test(arguments: pushes)
    func `ended at each step of a batch, every document is finished by the next process with one effect`(_ push: Push)
        async throws
    {
        let stories = try Self.stories(push)
        let standin = try await StandinProcess(["--poll-delay", "0", "--hang-seconds", "600"])
        defer { standin.stop() }
        let database = try await TestCluster.shared().makeDatabase(migrations: DestinationsSchema.migrations)
        var order = PushOrder(
            conninfo: database.configuration.conninfo,
            standin: standin.address,
            dialect: push.dialect.name,
            rooms: [],
            documents: Self.documents,
            concurrency: push.isInStep ? Self.documents : push.concurrency,
            isInStep: push.isInStep,
            hasLogin: push.hasLogin
        )
        var left: [String: Int] = [:]
        try await withThrowingTaskGroup(of: (String, Int).self) { group in
            for (index, story) in stories.enumerated() {
                if index >= 4, let (room, count) = try await group.next() { left[room] = count }
                try await standin.setFaults(story.room, push.dialect.script(story.script))
                group.addTask { [order] in
                    await story.live(order)
                    return (story.room, try await Self.unended(story.room, database.pool))
                }
            }
            for try await (room, count) in group { left[room] = count }
        }
        order.rooms = stories.map(\.room)
        order.hours = 100
        order.isInStep = false
        await #expect(processExitsWith: .exitCode(0)) { [order = order as PushOrder] in
            try await PushChild.run(order)
        }
        for story in stories {
            let unended = try #require(left[story.room])
            if push.isInStep {
                // A batch is written down as a whole or not at all.
                let batches = story.lives.count { $0.leavesAttempts }
                #expect(unended == batches * Self.documents, "\(story.room)")
            }
            #expect(try await Self.unended(story.room, database.pool) == unended, "\(story.room)")
            try await check(story, push.dialect, Outbox(pool: database.pool), standin)
        }
        let largest = try await Self.largestBatch(database.pool)
        #expect(largest <= Self.documents && (largest == Self.documents || !push.isInStep))
        await database.drop()
    }

    private func check(
        _ story: KillStory,
        _ dialect: FaultDialect,
        _ outbox: Outbox,
        _ standin: StandinProcess
    ) async throws {
        let documents = try await outbox.documents(destination: story.room)
        #expect(documents.count == Self.documents, "\(story.room)")
        var expected: [String: String] = [:]
        var attempts = 0
        for document in documents {
            let detail = try #require(try await outbox.document(document.id))
            let told: Comment = "\(story.room): \(detail.attempts.map { "\($0.act) \($0.outcome ?? "-")" })"
            #expect(document.row.state == .acknowledged && detail.receipts.last?.kind == "read_back", told)
            let outbound = OutboundDocument(key: document.key, revision: document.revision, bytes: detail.bytes)
            expected.merge(try dialect.rows(outbound)) { one, other in "\(one) and \(other)" }
            attempts += detail.attempts.count { $0.act == "put" }
            // Nothing is sent again before the destination was asked what came of a push that nobody ended.
            for (attempt, next) in zip(detail.attempts, detail.attempts.dropFirst())
            where attempt.act == "put" && attempt.finishedAt == nil {
                #expect(next.act == "read_back", told)
            }
        }
        let held = try await standin.held(story.room, dialect, expected: expected)
        #expect(held.differences == [] && held.mostEffects == 1 && held.mostRepeats == 0, "\(story.room) \(held)")
        let puts = StandinProcess.requests(try await standin.state(story.room), dialect.put)
        let most = dialect.dialect.checksFirst ? 2 : 1
        #expect(puts >= Self.documents * most && puts <= attempts * most, "\(story.room): \(puts) of \(attempts)")
    }

    /// Attempts of a destination that were begun and not ended.
    private static func unended(_ room: String, _ pool: PostgresPool) async throws -> Int {
        try await pool.withConnection { connection in
            try connection.query(
                """
                select count(*) from outbox.attempt join outbox.document using (document_id)
                  join outbox.destination t using (destination_id) where t.name = $1 and finished_at is null
                """,
                [.text(room)]
            )[0].int(0)
        }
    }

    /// The most attempts that were begun, or ended, in one transaction of one destination: they have its instant.
    private static func largestBatch(_ pool: PostgresPool) async throws -> Int {
        try await pool.withConnection { connection in
            try connection.query(
                """
                select least(max(begun), max(ended)) from (
                  select count(*) over (partition by destination_id, started_at) as begun,
                    case when finished_at is not null then count(*) over (partition by destination_id, finished_at) end as ended
                  from outbox.attempt join outbox.document using (document_id)) batches
                """
            )[0].int(0)
        }
    }
}
