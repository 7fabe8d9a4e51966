// Windows are named by kinds of documents; several dialects send all kinds in one document, or one in several: they have windows too.
// SPDX-License-Identifier: Apache-2.0

import PluginKit
import PostgresClient
import PostgresTesting
import Summaries
import Testing

@testable import Destinations

@Suite(.timeLimit(.minutes(25)))
struct WindowKindTests {
    private static let now: Int64 = 1_796_200_000_000_000
    private static let day: Int64 = 86_400_000_000

    private static func settings() -> DestinationSettings {
        var settings = Fixtures.settings(kinds: [.indicators, .cases])
        settings.name = "dhis2"
        settings.kind = Dhis2.kind
        settings.dialect.options = ["data_set": "P6S"]
        return settings
    }

    private static func enqueue(_ outbox: Outbox, _ settings: DestinationSettings, _ periods: String...) async throws {
        for text in periods {
            var snapshot = Fixtures.snapshot()
            let period = try #require(Period(text))
            (snapshot.period, snapshot.start, snapshot.end) = (text, period.first, period.last)
            try await outbox.enqueue(snapshot, settings, exporter: try Exporters.make(settings), now: now)
        }
    }

    /// Windows by period, kind and the days until they close.
    private static func open(_ pool: PostgresPool, _ windows: [(String, String, Int64)]) async throws {
        try await pool.withConnection { connection in
            for (period, kind, days) in windows {
                try connection.execute(
                    """
                    insert into outbox.reporting_window(destination_id, kodepemda, period, kind, closes_at, state, source)
                    select destination_id, '3325', $1, $2, $3, 'buka', 'surat' from outbox.destination where name = 'dhis2'
                    """,
                    [.text(period), .text(kind), .timestamptz(now + days * day)]
                )
            }
        }
    }

    @Test func `a document of one kind is in the windows of that kind, one of all kinds in every window`() async throws
    {
        let database = try await TestCluster.shared().makeDatabase(migrations: DestinationsSchema.migrations)
        for (document, window, isIn) in [
            ("spm-posyandu", "spm-posyandu", true), ("spm-posyandu", "kader", false),
            ("spm-posyandu-2", "spm-posyandu", true), ("spm-posyandu-12", "kader", false),
            ("data-value-set", "spm-posyandu", true), ("data-value-set-2", "kader", true),
            ("dssd", "keluhan-spm", true), ("perumahan_rakyat", "spm-posyandu", true), ("kader", "kader", true),
        ] {
            let found = try await database.pool.withConnection {
                try $0.query("select outbox.is_in_window($1, $2)", [.text(document), .text(window)])[0].bool(0)
            }
            #expect(found == isIn, "\(document) in \(window)")
        }
        await database.drop()
    }

    @Test
    func `documents of all kinds are pushed in the order of their windows, once, and not after the first has closed`()
        async throws
    {
        let database = try await TestCluster.shared().makeDatabase(migrations: DestinationsSchema.migrations)
        let outbox = Outbox(pool: database.pool)
        var settings = Self.settings()
        settings.limits.concurrency = 9
        try await Self.enqueue(outbox, settings, "2026-08", "2026-09", "2026-10", "2026-11")
        try await Self.open(
            database.pool,
            [
                ("2026-11", "spm-posyandu", 9), ("2026-11", "keluhan-spm", 3), ("2026-10", "spm-posyandu", 5),
                ("2026-09", "spm-posyandu", 9), ("2026-09", "keluhan-spm", -1),
            ]
        )
        let claims = try await outbox.claim(settings, owner: "t", room: 9, now: Self.now)
        #expect(claims.map(\.outbound.period) == ["2026-11", "2026-10", "2026-08"])
        #expect(Set(claims.map(\.attempt)).count == 3)
        let late = try await outbox.documents().filter { $0.row.state == .windowClosed }
        #expect(late.map(\.key.period) == ["2026-09"] && late.first?.row.reason == "window-missed")
        await database.drop()
    }

    @Test func `a window is done when the newest of each of its documents is acknowledged`() async throws {
        let fixture = try await CalendarFixture.make()
        let outbox = Outbox(pool: fixture.pool)
        var settings = Self.settings()
        settings.kinds = [.indicators]
        settings.dialect.maximumRows = 1
        try await Self.enqueue(outbox, settings, "2026-11")
        try await Self.open(fixture.pool, [("2026-11", "spm-posyandu", 9)])
        let documents = try await outbox.documents()
        #expect(documents.map(\.key.kind.rawValue).sorted() == ["data-value-set", "data-value-set-2"])
        let calendar = CalendarFixture.calendar()
        var all = ReportingCalendar.Query()
        all.all = true
        for (place, document) in documents.enumerated() {
            let entry = try #require(try await fixture.entries(calendar, Self.now, all).first)
            #expect(entry.standing == .open && entry.document?.state == .planned, "\(place)")
            #expect(try await outbox.acknowledgeByHand(document.id, proof: "surat", now: Self.now))
        }
        let done = try await fixture.entries(calendar, Self.now, all)
        #expect(done.map(\.standing) == [.done])
        await fixture.drop()
    }
}
