// A document that a person carries: held from the first moment, never sent, acknowledged with a proof.
// SPDX-License-Identifier: Apache-2.0

import HTTPTransfer
import PostgresClient
import PostgresTesting
import Summaries
import Testing

@testable import Destinations

@Suite(.timeLimit(.minutes(25)))
struct ByHandTests {
    @Test func `a worksheet waits for a person, gives way to a newer one, and is acknowledged by hand`() async throws {
        let database = try await TestCluster.shared().makeDatabase(migrations: DestinationsSchema.migrations)
        let outbox = Outbox(pool: database.pool)
        let settings = EspmTests.settings()
        let exporter = EspmWorksheet(settings: settings)
        var newer = EspmTests.snapshot
        newer.revision = 3
        try await outbox.enqueue(EspmTests.snapshot, settings, exporter: exporter, now: 1)
        try await outbox.enqueue(newer, settings, exporter: exporter, now: 2)
        let documents = try await outbox.documents()
        #expect(documents.map(\.row.state) == [.held, .superseded])
        #expect(documents[0].row.reason == "by-hand" && documents[0].revision == 3)
        let id = documents[0].id
        #expect(try await outbox.claim(settings, owner: "t", room: 9, now: 1_000_000_000_000).isEmpty)
        _ = try await outbox.retry(id, now: 3)
        _ = try await outbox.release(id, now: 3)
        #expect(try await outbox.document(id)?.summary.row.state == .held)
        #expect(try await outbox.acknowledgeByHand(id, proof: "tangkapan layar 20 Januari", now: 4))
        let detail = try #require(try await outbox.document(id))
        #expect(detail.summary.row.state == .acknowledged)
        #expect(detail.receipts.map(\.proof) == ["tangkapan layar 20 Januari"])
        #expect(detail.bytes.prefix(2) == [0x50, 0x4B])
        // The same snapshot again changes nothing.
        #expect(try await outbox.enqueue(newer, settings, exporter: exporter, now: 5).planned.isEmpty)
        await database.drop()
    }

    @Test func `the pusher has no loop for it`() throws {
        #expect(Exporters.kinds.contains(EspmWorksheet.kind))
        let row = PushRow(state: .held, nextAt: 0)
        var byHand = row
        byHand.reason = PushRow.byHand
        let step = PushStep(limits: PushLimits())
        #expect(step.advance(byHand, .release, now: 1, random: 0).row.state == .held)
        #expect(step.advance(byHand, .retry, now: 1, random: 0).row.state == .held)
        #expect(step.advance(row, .release, now: 1, random: 0).row.state == .planned)
    }
}
