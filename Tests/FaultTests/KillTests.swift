// kill -9 at every step of a push, for every dialect: one effect at the destination, and a ledger without a gap.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import PluginKit
import PostgresClient
import PostgresTesting
import Testing

@testable import Destinations

@Suite(
    .serialized,
    .timeLimit(.minutes(25)),
    .enabled(if: StandinProcess.executable != nil, "sipd-standin is not built")
)
struct KillTests {
    private static func stories(_ dialect: FaultDialect, hasLogin: Bool) throws -> [KillStory] {
        var stories: [KillStory] = []
        for point in KillStory.points.sorted() {
            let count = try KillStory.hits(point, dialect, hasLogin: hasLogin)
            let room = "\(dialect.name)-\(point.replacing(".", with: "-"))"
            for nth in 0..<count {
                stories.append(KillStory(room: "\(room)-\(nth + 1)", lives: [.point(point, nth + 1)]))
            }
            guard ["sipd-rekap", "sipd-serv"].contains(dialect.name) else { continue }
            stories.append(KillStory(room: "\(room)-beyond", lives: [.beyond(point, count + 1)]))
        }
        let again = [
            "put-answered", "claimed", "read-back-before", "read-back-answered", "record-before",
            "record-before-commit",
        ]
        stories.append(KillStory(room: "\(dialect.name)-again", lives: again.map { .point("push.\($0)", 1) }))
        // A check goes the way of a push, before it.
        let put = dialect.dialect.checksFirst ? 2 : 1
        var inFlight: [(String, PushOrder.Moment, String)] = [
            ("put-asked", .asked, "{put} at \(put) hang"),
            ("put-acted", .acted(put), "{put} at \(put) timeout-after-commit"),
            ("get-asked", .asked, "{get} first 1 hang"),
        ]
        if put > 1 {
            inFlight += [
                ("check-asked", .asked, "{put} first 1 hang"),
                ("check-answered", .acted(1), "{put} first 1 timeout-after-commit"),
            ]
        }
        if dialect.poll != nil { inFlight.append(("poll-asked", .asked, "{poll} first 1 hang")) }
        for (name, moment, script) in inFlight {
            stories.append(KillStory(room: "\(dialect.name)-\(name)", lives: [.moment(moment)], script: script))
        }
        return stories
    }

    @Test(arguments: FaultDialect.all + [.dhis2Checked])
    func `ended at each step, a push is finished by the next process with one effect`(_ dialect: FaultDialect)
        async throws
    {
        let hasLogin = dialect.kind == SipdRekap.kind
        let stories = try Self.stories(dialect, hasLogin: hasLogin)
        let standin = try await StandinProcess(["--poll-delay", "0", "--hang-seconds", "600"])
        defer { standin.stop() }
        let database = try await TestCluster.shared().makeDatabase(migrations: DestinationsSchema.migrations)
        var order = PushOrder(
            conninfo: database.configuration.conninfo,
            standin: standin.address,
            dialect: dialect.name,
            rooms: [],
            hasLogin: hasLogin
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, story) in stories.enumerated() {
                if index >= 4 { try await group.next() }
                try await standin.setFaults(story.room, dialect.script(story.script))
                group.addTask { [order] in await story.live(order) }
            }
            try await group.waitForAll()
        }
        order.rooms = stories.map(\.room)
        order.hours = 100
        await #expect(processExitsWith: .exitCode(0)) { [order = order as PushOrder] in
            try await PushChild.run(order)
        }
        let outbox = Outbox(pool: database.pool)
        let documents = try await outbox.documents()
        #expect(documents.count == stories.count)
        for story in stories {
            let document = try #require(documents.first { $0.destination == story.room })
            let detail = try #require(try await outbox.document(document.id))
            try await check(story, dialect, detail, standin)
        }
        await database.drop()
    }

    private func check(
        _ story: KillStory,
        _ dialect: FaultDialect,
        _ detail: DocumentDetail,
        _ standin: StandinProcess
    ) async throws {
        let told: Comment = "\(story.room): \(detail.attempts.map { "\($0.act) \($0.outcome ?? "-")" })"
        let summary = detail.summary
        #expect(summary.row.state == .acknowledged, told)
        #expect(detail.receipts.last?.kind == "read_back", told)
        let document = OutboundDocument(key: summary.key, revision: summary.revision, bytes: detail.bytes)
        let held = try await standin.held(story.room, dialect, expected: try dialect.rows(document))
        #expect(held.differences == [], told)
        #expect(held.mostEffects == 1 && held.mostRepeats == 0, told)
        #expect(detail.attempts.count { $0.finishedAt == nil } == story.lives.count { $0.leavesAttempts }, told)
        // Whatever the destination saw of a push was written down before it went out.
        let puts = StandinProcess.requests(try await standin.state(story.room), dialect.put)
        let most = dialect.dialect.checksFirst ? 2 : 1
        #expect((most...2 * most).contains(puts), told)
        #expect(detail.attempts.count { $0.act == "put" } * most >= puts, told)
    }
}
