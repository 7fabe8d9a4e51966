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
    .timeLimit(.minutes(10)),
    .enabled(if: StandinProcess.executable != nil, "sipd-standin is not built")
)
struct KillTests {
    /// One document, and the lives that end before the one that finishes it.
    private struct Story: Sendable {
        var room: String
        /// What each life is ended at; the last may end by itself.
        var lives: [Life]
        var script = ""

        /// Attempts that were begun and never finished.
        var unfinished: Int { lives.count { $0.leavesAttempt } }
    }

    private enum Life: Sendable {
        /// The nth hit of a point.
        case point(String, Int)
        case moment(PushOrder.Moment)
        /// This hit does not come: the process ends by itself, with the document acknowledged. So the hits before it are all.
        case beyond(String, Int)

        var leavesAttempt: Bool {
            switch self {
            case .point(let name, _):
                !["outbox.enqueue-before-commit", "push.claim-before-commit", "push.recorded"].contains(name)
            case .moment: true
            case .beyond: false
            }
        }
    }

    /// Every fail point of the push, read from its sources: one that is added later has to be met too.
    private static let points: Set<String> = {
        let sources = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/Destinations").standardizedFileURL
        let files = FileManager.default.enumerator(atPath: sources.path())
        var points: Set<String> = []
        while let file = files?.nextObject() as? String {
            guard file.hasSuffix(".swift"),
                let text = try? String(contentsOf: sources.appending(path: file), encoding: .utf8)
            else { continue }
            for part in text.components(separatedBy: "FailPoint.hit(\"").dropFirst() {
                points.insert(String(part.prefix { $0 != "\"" }))
            }
        }
        return points
    }()

    /// How often a push without faults comes past a point: it sends, polls where it is told to, and reads back.
    private static func hits(_ point: String, _ dialect: FaultDialect, hasLogin: Bool) throws -> Int {
        let name = point.split(separator: ".").last ?? ""
        if point.hasPrefix("outbox.enqueue-") { return 1 }
        for (prefix, count) in [
            ("claim", dialect.poll == nil ? 2 : 3), ("record", dialect.poll == nil ? 2 : 3), ("put-", 1),
            ("read-back-", 1), ("poll-", dialect.poll == nil ? 0 : 1), ("login-", hasLogin ? 1 : 0),
        ] where name.hasPrefix(prefix) {
            return count
        }
        throw StandinProcess.Refused(description: "nobody said how often \(point) is met")
    }

    private static func stories(_ dialect: FaultDialect, hasLogin: Bool) throws -> [Story] {
        var stories: [Story] = []
        for point in points.sorted() {
            let count = try hits(point, dialect, hasLogin: hasLogin)
            let room = "\(dialect.name)-\(point.replacing(".", with: "-"))"
            for nth in 0..<count {
                stories.append(Story(room: "\(room)-\(nth + 1)", lives: [.point(point, nth + 1)]))
            }
            guard ["sipd-rekap", "sipd-serv"].contains(dialect.name) else { continue }
            stories.append(Story(room: "\(room)-beyond", lives: [.beyond(point, count + 1)]))
        }
        let again = [
            "put-answered", "claimed", "read-back-before", "read-back-answered", "record-before",
            "record-before-commit",
        ]
        stories.append(Story(room: "\(dialect.name)-again", lives: again.map { .point("push.\($0)", 1) }))
        var inFlight: [(String, PushOrder.Moment, String)] = [
            ("put-asked", .asked, "{put} first 1 hang"), ("put-acted", .acted, "{put} first 1 timeout-after-commit"),
            ("get-asked", .asked, "{get} first 1 hang"),
        ]
        if dialect.poll != nil { inFlight.append(("poll-asked", .asked, "{poll} first 1 hang")) }
        for (name, moment, script) in inFlight {
            stories.append(Story(room: "\(dialect.name)-\(name)", lives: [.moment(moment)], script: script))
        }
        return stories
    }

    @Test(arguments: FaultDialect.all)
    func `ended at each step, a push is finished by the next process with one effect`(_ dialect: FaultDialect)
        async throws
    {
        let hasLogin = dialect.kind == SipdRekap.kind
        let stories = try Self.stories(dialect, hasLogin: hasLogin)
        let standin = try await StandinProcess(["--poll-delay", "0", "--hang-seconds", "60"])
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
                group.addTask { [order] in await Self.live(story, order) }
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

    /// All lives of a story but the last, one after the other.
    private static func live(_ story: Story, _ order: PushOrder) async {
        for (number, life) in story.lives.enumerated() {
            var order = order
            order.rooms = [story.room]
            order.hours = number
            var condition = ExitTest.Condition.signal(SIGKILL)
            switch life {
            case .point(let name, let nth): order.point = "\(name):\(nth)"
            case .moment(let moment): order.moment = moment
            case .beyond(let name, let nth):
                order.point = "\(name):\(nth)"
                condition = .exitCode(0)
            }
            await #expect(processExitsWith: condition, "\(story.room), \(life)") { [order = order as PushOrder] in
                try await PushChild.run(order)
            }
        }
    }

    private func check(
        _ story: Story,
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
        #expect(detail.attempts.count { $0.finishedAt == nil } == story.unfinished, told)
        // Whatever the destination saw of a push was written down before it went out.
        let seen = try await standin.state(story.room)["permintaan"]?.object?.members ?? []
        let puts = seen.filter { $0.name.hasPrefix("\(dialect.put) ") }.reduce(0) { $0 + ($1.value.integer ?? 0) }
        #expect((1...2).contains(puts), told)
        #expect(detail.attempts.count { $0.act == "put" } >= puts, told)
    }
}
