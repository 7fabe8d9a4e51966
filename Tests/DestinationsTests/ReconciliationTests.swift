// Acknowledged documents are read back: what was lost is sent again, what differs stops, and each night has one run.
// SPDX-License-Identifier: Apache-2.0

import HTTPTransfer
import PluginKit
import PostgresTesting
import Summaries
import Testing

@testable import Destinations

@Suite(.serialized, .timeLimit(.minutes(25))) struct ReconciliationTests {
    @Test func `a step from acknowledged follows the finding`() {
        let step = PushStep(limits: PushLimits())
        func after(_ finding: ReadBackFinding) -> PushRow {
            step.advance(PushRow(state: .acknowledged, nextAt: 0), .reconciled(finding), now: 5, random: 0).row
        }
        #expect(after(.same).state == .acknowledged)
        #expect(after(.unreadable(Outcome(.retryLater, code: "http-503"))).state == .acknowledged)
        #expect(after(.absent).state == .planned && after(.absent).nextAt == 5)
        #expect(after(.behind(revision: 1)).reason == "drift")
        #expect(after(.different(digest: "x")).state == .rejected)
        #expect(after(.ahead(revision: 9)).state == .stale && after(.ahead(revision: 9)).remoteRevision == 9)
        // Any other state is the push's own.
        let moving = PushRow(state: .verifying, nextAt: 0)
        #expect(step.advance(moving, .reconciled(.absent), now: 5, random: 0).row == moving)
    }

    @Test func `verdicts become a stage`() {
        #expect(Standing(custodian: nil, supervisor: nil, note: nil).stage == .stored)
        #expect(Standing(custodian: "-", supervisor: "-", note: "").stage == .stored)
        #expect(Standing(custodian: "Y", supervisor: "N", note: "").stage == .verified)
        #expect(Standing(custodian: "Y", supervisor: "Y", note: nil).stage == .final)
        #expect(Standing(custodian: "N", supervisor: nil, note: "periksa desa").note == "periksa desa")
    }

    @Test func `a night has one run, and what drifted is sent again or stops`() async throws {
        let endpoint = EndpointDouble()
        defer { endpoint.stop() }
        let database = try await TestCluster.shared().makeDatabase(migrations: DestinationsSchema.migrations)
        let limits = PushLimits(
            backOffBase: .milliseconds(5),
            backOffCap: .milliseconds(20),
            pollBase: .milliseconds(5),
            pollCap: .milliseconds(20),
            lease: .seconds(120)
        )
        let settings = Fixtures.settings(baseURL: endpoint.baseURL, limits: limits)
        let exporter = try Exporters.make(settings)
        let outbox = Outbox(pool: database.pool)
        let transfer = HTTPTransfer()
        try await outbox.enqueue(Fixtures.snapshot(), settings, exporter: exporter, now: WallClock.now())
        try await push(settings, database, transfer) { $0 == [.acknowledged: 4] }

        let reconciliation = Reconciliation(
            outbox: outbox,
            transfer: transfer,
            destinations: [(settings, exporter)],
            utcOffsetSeconds: 25_200
        )
        let night = CivilDate(daysSince1970: 20_780)
        #expect(try await outbox.requestReconciliation(settings.name, night: night, now: WallClock.now()))
        #expect(try await !outbox.requestReconciliation(settings.name, night: night, now: WallClock.now()))
        try await reconciliation.runRequested()
        var run = try #require(try await outbox.reconciliations(isOpen: false).first)
        #expect(run.checked == 4 && run.same == 4 && run.drifted == 0 && run.stopped == nil && run.finishedAt != nil)
        #expect(run.night == night)

        endpoint.forget("/v1/rekap/3325/2026-11/spm-posyandu")
        endpoint.store("/v1/rekap/3325/2026-11/kader", .init(revision: 1, digest: "sha-256:00"))
        #expect(try await outbox.requestReconciliation(settings.name, night: nil, now: WallClock.now()))
        try await reconciliation.runRequested()
        run = try #require(try await outbox.reconciliations(isOpen: false).first)
        #expect(run.checked == 4 && run.same == 2 && run.drifted == 2 && run.night == nil)
        let drifts = try await outbox.drifts()
        #expect(Set(drifts.map { "\($0.key.kind) \($0.finding)" }) == ["spm-posyandu ABSENT", "kader DIFFERENT"])

        // What was lost is there again; what differs waits for a person; a third run has nothing new to say.
        try await push(settings, database, transfer) { $0 == [.acknowledged: 3, .rejected: 1] }
        #expect(endpoint.stored["/v1/rekap/3325/2026-11/spm-posyandu"] != nil)
        #expect(try await outbox.requestReconciliation(settings.name, night: nil, now: WallClock.now()))
        try await reconciliation.runRequested()
        run = try #require(try await outbox.reconciliations(isOpen: false).first)
        #expect(run.checked == 3 && run.same == 3 && run.drifted == 0)
        transfer.shutdown()
        await database.drop()
    }

    @Test func `a run that cannot read ends with the reason, and changes nothing`() async throws {
        let endpoint = EndpointDouble()
        defer { endpoint.stop() }
        let database = try await TestCluster.shared().makeDatabase(migrations: DestinationsSchema.migrations)
        let limits = PushLimits(pollBase: .milliseconds(5), lease: .seconds(120))
        let settings = Fixtures.settings(baseURL: endpoint.baseURL, limits: limits)
        let exporter = try Exporters.make(settings)
        let outbox = Outbox(pool: database.pool)
        let transfer = HTTPTransfer()
        try await outbox.enqueue(Fixtures.snapshot(), settings, exporter: exporter, now: WallClock.now())
        try await push(settings, database, transfer) { $0 == [.acknowledged: 4] }
        endpoint.expect("GET", .status(503), .html, .status(500))
        #expect(try await outbox.requestReconciliation(settings.name, night: nil, now: WallClock.now()))
        try await Reconciliation(
            outbox: outbox,
            transfer: transfer,
            destinations: [(settings, exporter)],
            utcOffsetSeconds: 25_200
        ).runRequested()
        let run = try #require(try await outbox.reconciliations(isOpen: false).first)
        #expect(run.unreadable == 3 && run.drifted == 0 && run.finishedAt != nil)
        #expect(run.stopped == "http-500")
        #expect(try await outbox.documents().allSatisfy { $0.row.state == .acknowledged })
        transfer.shutdown()
        await database.drop()
    }

    /// Pushes until the documents stand in these states.
    private func push(
        _ settings: DestinationSettings,
        _ database: TestDatabase,
        _ transfer: HTTPTransfer,
        until done: ([DocumentState: Int]) -> Bool
    ) async throws {
        let pusher = try Pusher(
            pool: database.pool,
            destinations: [settings],
            owner: "test",
            idle: .milliseconds(10)
        )
        let outbox = Outbox(pool: database.pool)
        let pushing = Task { try await pusher.run() }
        var states: [DocumentState: Int] = [:]
        for _ in 0..<60_000 {
            states = Dictionary(grouping: try await outbox.documents(), by: \.row.state).mapValues(\.count)
            if done(states) { break }
            try await Task.sleep(for: .milliseconds(10))
        }
        pushing.cancel()
        _ = try? await pushing.value
        #expect(done(states), "\(states)")
    }
}
