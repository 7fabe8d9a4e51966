// Disclosure control with what the outbox keeps: a second revision is planned with the bytes of the first.
// SPDX-License-Identifier: Apache-2.0

import PostgresClient
import PostgresTesting
import Summaries
import Testing

@testable import Destinations

@Suite(.serialized, .timeLimit(.minutes(25)))
struct DisclosureOutboxTests {
    @Test func `a revision is planned with what the destination was sent, and not with what never left`() async throws {
        let fixture = try await CalendarFixture.make()
        let settings = Fixtures.settings(suppressBelow: 5, kinds: [.indicators])
        let exporter = SipdRekap(settings: settings)
        let outbox = Outbox(pool: fixture.pool)
        func close(_ values: [Int], revision: Int) async throws -> Set<String> {
            let snapshot = DisclosurePlanTests.snapshot(DisclosurePlanTests.line("d", values), revision: revision)
            _ = try await fixture.pool.withConnection { connection in
                try connection.execute(
                    """
                    insert into summary.snapshot(kabupaten, period, revision, cutoff, journal_id, region_version,
                      content_digest, digest, bytes) values ('33.25', '2026-11', $1, now(), 0, 'v', '', '', $2)
                    """,
                    [.int4(Int32(revision)), .bytea(snapshot.canonicalBytes)]
                )
            }
            let report = try await outbox.enqueue(snapshot, settings, exporter: exporter, now: 1_796_090_400_000_000)
            let document = try #require(report.planned.first)
            // Once more changes nothing, although the document is its own predecessor now.
            let again = try await outbox.enqueue(snapshot, settings, exporter: exporter, now: 1_796_090_400_000_000)
            #expect(again.planned.isEmpty && again.unchanged == [.indicators])
            return Set(try #require(exporter.shows(document)).map(\.area))
        }
        #expect(try await close([40, 9, 20], revision: 1).count == 4)
        // The first revision gave way before it was sent: nobody has seen it.
        try await fixture.pool.withConnection { try $0.run(script: "update outbox.document set state = 'superseded'") }
        #expect(try await close([40, 4, 20], revision: 2) == ["33.25", "33.25.01"])
        try await fixture.pool.withConnection { try $0.run(script: "update outbox.document set attempts = 1") }
        // Now both went out: 40 and 20 are known, so the sum is all there is to give up.
        #expect(try await close([40, 3, 20], revision: 3) == ["33.25.01"])
        let other = Fixtures.settings(suppressBelow: 0)
        let none = try await fixture.pool.withConnection {
            try Outbox.earlierSnapshots(Fixtures.snapshot(), other, on: $0).count
        }
        #expect(none == 0)
        await fixture.drop()
    }
}
