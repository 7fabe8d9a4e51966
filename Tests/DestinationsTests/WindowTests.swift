// Reporting windows: their import, their history, and how they stand at a moment in each zone.
// SPDX-License-Identifier: Apache-2.0

import CivilCalendar
import FoundationEssentials
import PluginKit
import PostgresClient
import Registry
import Summaries
import Testing

@testable import Destinations

@Suite struct WindowTests {
    /// The closings that press reports name (docs/interop.md §2); sources are invented.
    private static let seen = """
        tujuan,jenis,periode,buka,tutup,zona,status,sumber
        espm,spm-posyandu,2023-Q1,,2023-07-05,WIB,tutup,surat 1
        espm,spm-posyandu,2023-Q2,2023-07-06,2023-08-05,WIB,tutup,surat 2
        espm,spm-posyandu,2023-Q3,,2023-10-10,WIB,tutup,surat 3
        espm,spm-posyandu,2024-Q2,2024-07-01,2024-07-20,WIB,buka,surat 4
        espm,spm-posyandu,2024-Q3,2024-10-01,2024-10-20,WIB,buka,surat 5
        espm,spm-posyandu,2024-Q4,2025-01-02T08:00:00+07:00,2025-01-20T16:00:00+07:00,,buka,surat 6

        """

    @Test func `every planted error has its line, column and code`() async throws {
        let fixture = try await CalendarFixture.make()
        let csv = """
            tujuan,jenis,periode,buka,tutup,zona,status,sumber
            espm,spm-posyandu,2024-Q2,,2024-07-20,,buka,surat
            espm,spm-posyandu,2024-Q2,,2024-07-21,,buka,surat
            lapor,spm-posyandu,2024-Q2,,2024-07-20,,buka,surat
            espm,kader,2024-Q3,,2024-07-20,,buka,surat
            sipd,kader,2024-TW2,,2024-07-20,,buka,surat
            sipd,kader,2024-Q3,,20 Juli 2024,,buka,surat
            sipd,kader,2024-Q3,,2024-07-20T16:00:00,,buka,surat
            sipd,kader,2024-Q3,2024-10-20,2024-10-19,,buka,surat
            sipd,kader,2024-Q3,,2024-10-20,GMT,buka,surat
            sipd,kader,2024-Q3,,2024-10-20,,open,surat
            sipd,kader,2024-Q3,,2024-10-20,,buka,
            sipd,kader,2024-Q3,,,,buka,surat
            """
        let refused = try await fixture.load(csv)
        #expect(
            refused.complaints.map { "\($0.line) \($0.column ?? "-") \($0.code)" } == [
                "3 - window_twice", "4 tujuan choice", "5 jenis choice", "6 periode period_form", "7 tutup moment_form",
                "8 tutup moment_form", "9 tutup end_before_start", "10 zona choice", "11 status choice",
                "12 sumber empty", "13 tutup empty",
            ]
        )
        #expect(!refused.committed)
        #expect(refused.complaints.first { $0.line == 4 }?.fix == "Write one of: espm, sipd.")
        let kept = try await fixture.load(csv, .skipBad)
        #expect(kept.committed && kept.inserted == 1 && kept.rejected == 11)
        let rejects = try #require(kept.rejects?.reveal())
        #expect(rejects.split(separator: "\n").count == 12 && rejects.hasPrefix("baris_asal,alasan,tujuan"))
        let early = try await fixture.load(
            "tujuan,jenis,periode,tutup,status,sumber\nsipd,kader,2025-Q3,2024-10-20,buka,surat\n",
            .dryRun
        )
        #expect(early.warnings.map(\.code) == ["closes_early"] && !early.committed)
        await fixture.drop()
    }

    @Test func `a changed window keeps what it was, whoever changed it`() async throws {
        let fixture = try await CalendarFixture.make()
        #expect(try await fixture.load(Self.seen).inserted == 6)
        #expect(try await fixture.load(Self.seen).unchanged == 6)
        let longer =
            "tujuan,jenis,periode,tutup,status,sumber\n"
            + "espm,spm-posyandu,2024-Q3,2024-10-31,diperpanjang,surat 7\n"
        #expect(try await fixture.load(longer).updated == 1)
        #expect(try await fixture.load(longer).unchanged == 1)
        try await fixture.pool.withConnection { connection in
            try connection.execute("update outbox.reporting_window set state = 'tutup' where period = '2024-Q3'")
            try connection.execute("update outbox.reporting_window set state = state")
        }
        let calendar = CalendarFixture.calendar()
        var query = ReportingCalendar.Query()
        query.period = Period("2024-Q3")
        let now = try CalendarFixture.moment("2024-10-05T10:00:00+07:00")
        let entry = try #require(try await fixture.entries(calendar, now, query).first)
        #expect(entry.window.revision == 3 && entry.window.state == .closed && entry.standing == .late)
        let opened = try CalendarFixture.moment("2024-10-01T00:00:00+07:00")
        #expect(entry.window.opensAt == opened)
        let window = entry.window
        let history = try await fixture.pool.withConnection { try calendar.history($0, window) }
        #expect(history.map(\.source) == ["surat 7", "surat 5"] && history.map(\.state) == [.extended, .open])
        let closings = try ["2024-11-01T00:00:00+07:00", "2024-10-21T00:00:00+07:00"].map(CalendarFixture.moment)
        #expect(history.map(\.closesAt) == closings)
        await fixture.drop()
    }

    @Test(arguments: [
        // A day ends at its last second in the zone of the letter; the office counts in its own.
        ("WIB", CivilZone.wib, "2024-07-20", "2024-07-20T23:59:59+07:00"),
        ("WIB", .wita, "2024-07-21", "2024-07-21T00:59:59+08:00"),
        ("WIB", .wit, "2024-07-21", "2024-07-21T01:59:59+09:00"),
        ("WIT", .wib, "2024-07-20", "2024-07-20T21:59:59+07:00"),
        ("", .wita, "2024-07-20", "2024-07-20T23:59:59+08:00"),
    ])
    func `a window is open up to its last second`(
        _ written: String,
        _ zone: CivilZone,
        _ day: String,
        _ last: String
    ) async throws {
        let fixture = try await CalendarFixture.make()
        _ = try await fixture.load(
            "tujuan,jenis,periode,tutup,zona,status,sumber\nespm,spm-posyandu,2024-Q2,2024-07-20,\(written),buka,s\n",
            zone: zone
        )
        let calendar = CalendarFixture.calendar(zone)
        let moment = try CalendarFixture.moment(last)
        let open = try #require(try await fixture.entries(calendar, moment).first)
        #expect(open.standing == .open && open.window.closingDay(in: zone) == CivilDate(day) && open.workdaysLeft == 0)
        let late = try #require(try await fixture.entries(calendar, moment + 1_000_000).first)
        #expect(late.standing == .late && late.workdaysLeft == nil)
        await fixture.drop()
    }

    @Test func `working days left run over weekends, holidays and the turn of the year`() async throws {
        let fixture = try await CalendarFixture.make()
        _ = try await fixture.load(Self.seen)
        let calendar = CalendarFixture.calendar(holidays: ["2024-12-25", "2024-12-26", "2025-01-01"])
        var query = ReportingCalendar.Query()
        query.period = Period("2024-Q4")
        // 20 January 2025 is a Monday: 21 weekdays after 20 December, less three holidays.
        for (day, left) in [
            ("2024-12-20T09:00:00+07:00", 18), ("2025-01-17T23:59:59+07:00", 1), ("2025-01-18T09:00:00+07:00", 1),
            ("2025-01-20T15:59:59+07:00", 0),
        ] {
            let entry = try #require(try await fixture.entries(calendar, CalendarFixture.moment(day), query).first)
            #expect(entry.workdaysLeft == left, "\(day)")
        }
        let before = try CalendarFixture.moment("2025-01-02T07:59:59+07:00")
        #expect(try await fixture.entries(calendar, before, query).first?.standing == .notYet)
        #expect(try await fixture.entries(calendar, before + 1_000_000, query).first?.standing == .open)
        // On 5 August 2024: what is not over, and what came too late within 366 days, by its closing.
        let now = try CalendarFixture.moment("2024-08-05T10:00:00+07:00")
        let shown = try await fixture.entries(calendar, now)
        #expect(
            shown.map { "\($0.window.period) \($0.standing.rawValue)" } == [
                "2023-Q2 TERLAMBAT", "2023-Q3 TERLAMBAT", "2024-Q2 TERLAMBAT", "2024-Q3 BELUM_BUKA",
                "2024-Q4 BELUM_BUKA",
            ]
        )
        query = ReportingCalendar.Query()
        query.year = 2023
        #expect(try await fixture.entries(calendar, now, query).map(\.window.period.number) == [1, 2, 3])
        query.destination = "sipd"
        #expect(try await fixture.entries(calendar, now, query).isEmpty)
        await fixture.drop()
    }

    @Test
    func `a worksheet is planned in its window, stands in the calendar, and is not made anew when the window moves`()
        async throws
    {
        let fixture = try await CalendarFixture.make()
        let csv = "tujuan,jenis,periode,tutup,status,sumber\nespm,spm-posyandu,2026-Q4"
        #expect(try await fixture.load("\(csv),2027-01-25,buka,surat 1\n").inserted == 1)
        var settings = EspmTests.settings()
        settings.name = "espm"
        let exporter = EspmWorksheet(settings: settings)
        let outbox = Outbox(pool: fixture.pool)
        let now = try CalendarFixture.moment("2027-01-05T10:00:00+07:00")
        func plan(_ revision: Int) async throws -> EnqueueReport {
            var snapshot = EspmTests.snapshot
            snapshot.revision = revision
            return try await outbox.enqueue(snapshot, settings, exporter: exporter, now: now)
        }
        func window() async throws -> ReportingWindow {
            let windows = try await fixture.pool.withConnection {
                try ReportingWindow.read($0, of: "espm", EspmTests.snapshot)
            }
            return try #require(windows[.indicators])
        }
        func expected(_ revision: Int, _ window: ReportingWindow) throws -> [OutboundDocument] {
            var snapshot = EspmTests.snapshot
            snapshot.revision = revision
            return try exporter.planning(within: [.indicators: window]).plan(snapshot, revisions: [:])
        }
        let first = try await window()
        let planned = try await plan(2).planned
        #expect(try planned == expected(2, first))
        let calendar = CalendarFixture.calendar()
        let entry = try #require(try await fixture.entries(calendar, now).first)
        let id = try #require(entry.document?.id)
        #expect(entry.standing == .open && entry.remedy?.contains("push export --document \(id)") == true)

        #expect(try await fixture.load("\(csv),2027-01-31,diperpanjang,surat 2\n").updated == 1)
        let report = try await plan(2)
        #expect(report.planned.isEmpty && report.unchanged == [.indicators])
        #expect(try await outbox.document(id)?.bytes == planned.first?.bytes)
        let moved = try await window()
        #expect(moved.source == "surat 2")
        let second = try await plan(3).planned
        #expect(try second == expected(3, moved) && second != expected(3, first))

        let late = try CalendarFixture.moment("2027-02-01T00:00:00+07:00")
        let closed = try #require(try await fixture.entries(calendar, late).first)
        let newest = try #require(closed.document?.id)
        #expect(newest != id && closed.standing == .late)
        #expect(closed.remedy?.contains("posyanductl push ack-by-hand \(newest)") == true)
        #expect(try await outbox.acknowledgeByHand(newest, proof: "tanda terima", now: late))
        var all = ReportingCalendar.Query()
        all.all = true
        #expect(try await fixture.entries(calendar, late, all).first?.standing == .done)
        await fixture.drop()
    }

    @Test func `an entry says which document stands for it, its cut-off, and what to do`() async throws {
        let fixture = try await CalendarFixture.make()
        _ = try await fixture.load(
            """
            tujuan,jenis,periode,tutup,status,sumber
            sipd,spm-posyandu,2026-11,2026-12-10,buka,surat
            sipd,kader,2026-11,2026-12-10,buka,surat

            """
        )
        let calendar = CalendarFixture.calendar()
        let open = try CalendarFixture.moment("2026-12-02T10:00:00+07:00")
        let late = try CalendarFixture.moment("2026-12-11T10:00:00+07:00")
        func entry(_ now: Int64) async throws -> CalendarEntry {
            try #require(try await fixture.entries(calendar, now).last)
        }
        #expect(try await entry(open).remedy?.contains("posyanductl summaries close 2026-11") == true)
        #expect(try await entry(late).remedy?.contains("nothing was planned") == true)
        let settings = Fixtures.settings(kinds: [.indicators])
        _ = try await Outbox(pool: fixture.pool).enqueue(
            Fixtures.snapshot(),
            settings,
            exporter: SipdRekap(settings: settings),
            now: open
        )
        try await fixture.pool.withConnection { connection in
            for (revision, cutoff) in [(1, "2026-12-01 00:00+07"), (2, "2026-12-02 00:00+07")] {
                try connection.execute(
                    """
                    insert into summary.snapshot(kabupaten, period, revision, cutoff, journal_id, region_version,
                      content_digest, digest, bytes)
                    values ('33.25', '2026-11', $1, $2::text::timestamptz, 0, 'v', '', '', '')
                    """,
                    [.int4(Int32(revision)), .text(cutoff)]
                )
            }
        }
        let planned = try await entry(open)
        #expect(planned.window.kind == .indicators && planned.document?.state == .planned && planned.remedy == nil)
        let cutoffs = try ["2026-12-01T00:00:00+07:00", "2026-12-02T00:00:00+07:00"].map(CalendarFixture.moment)
        #expect(planned.cutoff == cutoffs[0])
        // Without a document the newest freezing tells how far the data reach.
        let without = try #require(try await fixture.entries(calendar, open).first)
        #expect(without.document == nil && without.cutoff == cutoffs[1])
        let id = try #require(planned.document?.id)
        func stand(_ state: String, _ now: Int64) async throws -> CalendarEntry {
            try await fixture.pool.withConnection {
                _ = try $0.execute("update outbox.document set state = $1", [.text(state)])
            }
            return try await entry(now)
        }
        #expect(try await stand("window_closed", late).standing == .late)
        let worksheet = try await entry(late).remedy ?? ""
        #expect(worksheet.contains("posyanductl push show \(id) --body") && worksheet.contains("ack-by-hand \(id)"))
        #expect(try await entry(open).remedy == "The window is open again: posyanductl push retry \(id).")
        #expect(try await stand("rejected", open).remedy?.contains("posyanductl push show \(id)") == true)
        #expect(try await stand("held", open).remedy?.contains("push release \(id)") == true)
        let done = try await stand("acknowledged", open)
        #expect(done.standing == .done && done.remedy == nil)
        // What is done and closed is shown when asked for.
        #expect(try await fixture.entries(calendar, late).map(\.window.kind) == [.cadres])
        var all = ReportingCalendar.Query()
        all.all = true
        #expect(try await fixture.entries(calendar, late, all).count == 2)
        await fixture.drop()
    }
}
