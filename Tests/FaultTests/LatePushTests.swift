// A push that somebody between held back arrives after a newer one: reconciliation finds it, and the newer one is sent again.
// SPDX-License-Identifier: Apache-2.0

import HTTPTransfer
import PostgresTesting
import Testing

@testable import Destinations

@Suite(.timeLimit(.minutes(25)), .enabled(if: StandinProcess.executable != nil, "sipd-standin is not built"))
struct LatePushTests {
    @Test(arguments: FaultDialect.all.filter { !$0.onlyPolls })
    func `an older push that arrives late does not stay`(_ dialect: FaultDialect) async throws {
        let standin = try await StandinProcess(["--poll-delay", "0"])
        defer { standin.stop() }
        let database = try await TestCluster.shared().makeDatabase(migrations: DestinationsSchema.migrations)
        let settings = dialect.settings("late", standin.address, limits: FaultRun.limits)
        let exporter = try Exporters.make(settings)
        let outbox = Outbox(pool: database.pool)
        for revision in 1...2 {
            try await outbox.enqueue(
                dialect.snapshot(revision: revision),
                settings,
                exporter: exporter,
                now: WallClock.now()
            )
            try await push(settings, database, revision)
        }
        func document(_ revision: Int) async throws -> OutboundDocument {
            let summary = try #require(try await outbox.documents().first { $0.revision == revision })
            let detail = try #require(try await outbox.document(summary.id))
            return OutboundDocument(key: summary.key, revision: revision, bytes: detail.bytes)
        }
        let newer = try dialect.rows(try await document(2))
        #expect(try await standin.held("late", dialect, expected: newer).differences == [])

        let credential = Credential(
            header: "Authorization",
            value: dialect.credential.replacing("{secret}", with: "rahasia")
        )
        let transfer = HTTPTransfer()
        _ = try await transfer.send(exporter.request(try await document(1), credential))
        // Only a destination that knows revisions refuses it by itself.
        let isRefused = dialect.kind == SipdRekap.kind
        #expect(try await standin.held("late", dialect, expected: newer).differences.isEmpty == isRefused)

        let night = Reconciliation(
            outbox: outbox,
            transfer: transfer,
            destinations: [(settings, exporter)],
            utcOffsetSeconds: 25_200
        )
        #expect(try await outbox.requestReconciliation(settings.name, night: nil, now: WallClock.now()))
        try await night.runRequested()
        let run = try #require(try await outbox.reconciliations(isOpen: false).first)
        #expect(run.drifted == (isRefused ? 0 : 1))
        try await push(settings, database, 2)
        #expect(try await standin.held("late", dialect, expected: newer).differences == [])
        await database.drop()
    }

    /// Runs a pusher until the document of this revision is acknowledged.
    private func push(_ settings: DestinationSettings, _ database: TestDatabase, _ revision: Int) async throws {
        let outbox = Outbox(pool: database.pool)
        let pusher = try Pusher(
            pool: database.pool,
            destinations: [settings],
            owner: "late",
            idle: .milliseconds(10)
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pusher.run() }
            var isDone = false
            for _ in 0..<60_000 where !isDone {
                isDone = try await outbox.documents().contains {
                    $0.revision == revision && $0.row.state == .acknowledged
                }
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(isDone)
            group.cancelAll()
            try? await group.waitForAll()
        }
    }
}
