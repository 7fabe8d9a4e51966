// Who has not reported, beside a naive model; reminders once, and none after the report came.
// SPDX-License-Identifier: Apache-2.0

import CivilCalendar
import FoundationEssentials
import PluginKit
import PostgresClient
import Registry
import Testing

@testable import Destinations

@Suite struct ReminderTests {
    private struct Dice {
        var state: UInt64 = 99
        mutating func roll(_ sides: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(sides))
        }
    }

    private struct Post {
        var name: String
        var village: String
        var from: Int
        var to: Int?
        var reported: Set<Int>
    }

    /// Months are counted from 2026-01 as 0.
    private static func month(_ number: Int) -> String {
        "\(2026 + number / 12)-\(number % 12 < 9 ? "0" : "")\(number % 12 + 1)"
    }

    @Test func `who reported a quarter is what the naive model says`() async throws {
        let fixture = try await CalendarFixture.make()
        var dice = Dice()
        var posts: [Post] = []
        for number in 0..<60 {
            let from = dice.roll(3) == 0 ? dice.roll(12) : -12
            let to = dice.roll(4) == 0 ? max(from, dice.roll(12)) : nil
            let reported = Set((0..<12).filter { _ in dice.roll(3) > 0 })
            let village = "33.25.0\(1 + dice.roll(3)).200\(1 + dice.roll(2))"
            posts.append(Post(name: "P\(number)", village: village, from: from, to: to, reported: reported))
        }
        for post in posts {
            let from = post.from < 0 ? "2020-01-01" : "\(Self.month(post.from))-15"
            try await fixture.post(post.name, post.village, from: from, to: post.to.map { "\(Self.month($0))-20" })
            for month in post.reported { try await fixture.report(post.name, Self.month(month)) }
        }
        try await fixture.post("Elsewhere", "33.26.01.2001")
        let year = Period("2026-Q3")!
        // In the middle of August, September has not begun; afterwards all three months are due.
        for (today, months) in [("2026-06-30", []), ("2026-08-15", [6, 7]), ("2026-10-05", [6, 7, 8])] {
            for area in ["33.25", "33.25.02", "33.25.02.2001"] {
                let found = try await fixture.pool.withConnection { connection in
                    try PostReports.read(connection, area: area, period: year, today: CivilDate(today)!)
                }
                var tally = ReportTally()
                for post in found { tally.add(post) }
                var expected = ReportTally()
                var lacking: Set<String> = []
                for post in posts where post.village.hasPrefix(area) {
                    let due = months.filter { $0 >= post.from && $0 <= post.to ?? 99 }
                    let done = due.filter { post.reported.contains($0) }
                    if due.isEmpty { continue }
                    expected.active += 1
                    if done.isEmpty {
                        expected.missing += 1
                    } else if done.count < due.count {
                        expected.partial += 1
                    } else {
                        expected.complete += 1
                    }
                    if done.count < due.count { lacking.insert(post.name) }
                }
                #expect(tally == expected, "\(today) \(area)")
                #expect(Set(found.filter { !$0.isComplete }.map(\.name)) == lacking, "\(today) \(area)")
            }
        }
        await fixture.drop()
    }

    /// Three posyandu in two kecamatan, one of which has reported; a window that closes on Friday 2026-10-30.
    private static func lateQuarter() async throws -> (CalendarFixture, [String]) {
        let fixture = try await CalendarFixture.make()
        let ids = [
            try await fixture.post("Melati", "33.25.01.2001"), try await fixture.post("Mawar", "33.25.01.2002"),
            try await fixture.post("Kenanga", "33.25.02.2001"),
        ]
        try await fixture.report("Melati", "2026-07", "2026-08", "2026-09")
        try await fixture.report("Mawar", "2026-07")
        let report = try await fixture.load(
            """
            tujuan,jenis,periode,buka,tutup,status,sumber
            espm,spm-posyandu,2026-Q3,2026-10-01,2026-10-30,buka,surat
            sipd,spm-posyandu,2026-Q3,2026-10-26,2026-10-30,buka,surat
            sipd,kader,2026-Q3,2026-10-01,2026-11-30,buka,surat
            """
        )
        try #require(report.committed)
        return (fixture, ids)
    }

    @Test func `a reminder is raised once under concurrent runs, so many working days before the closing`() async throws
    {
        let (fixture, ids) = try await Self.lateQuarter()
        let calendar = CalendarFixture.calendar(holidays: ["2026-10-28"], remind: 5)
        // Thursday 22 October: six weekdays are left, one of them a holiday.
        let early = try CalendarFixture.moment("2026-10-21T23:59:59+07:00")
        #expect(try await fixture.remind(calendar, early) == 0)
        #expect(try await fixture.remind(CalendarFixture.calendar(remind: 0), early + 86_400_000_000) == 0)
        let now = early + 1_000_000
        let raised = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 { group.addTask { try await fixture.remind(calendar, now) } }
            return try await group.reduce(0, +)
        }
        // espm only: sipd opens later for one kind and closes later for the other.
        #expect(raised == 4)
        #expect(try await fixture.remind(calendar, now + 3_600_000_000) == 0)
        let open = try await fixture.reminders(calendar, now)
        #expect(open.map(\.owner) == ["33.25.01", ids[1], "33.25.02", ids[2]])
        #expect(open.allSatisfy { $0.standing == .open && $0.due == CivilDate("2026-10-30") && $0.workdaysLeft == 5 })
        #expect(
            open.map(\.lacking) == [1, 2, 1, 3] && open.map(\.level) == [.kecamatan, .posyandu, .kecamatan, .posyandu]
        )
        #expect(open[1].reason == "Laporan 2026-Q3: 2 bulan belum dilaporkan, sisa 5 hari kerja")
        #expect(open[0].reason == "Laporan 2026-Q3: 1 posyandu belum melapor lengkap, sisa 5 hari kerja")
        // Its own window of the other destination, when it is open, is another one.
        #expect(try await fixture.remind(calendar, CalendarFixture.moment("2026-10-26T00:00:00+07:00")) == 4)
        var query = ReportingCalendar.ReminderQuery()
        query.area = "33.25.02"
        query.due = CivilDate("2026-10-30")
        #expect(try await fixture.reminders(calendar, now, query).count == 4)
        query.due = CivilDate("2026-10-29")
        #expect(try await fixture.reminders(calendar, now, query).isEmpty)
        query = .init()
        query.posyandu = ids[1]
        query.limit = 1
        #expect(try await fixture.reminders(calendar, now, query).map(\.name) == ["Mawar"])
        await fixture.drop()
    }

    @Test func `the report answers a reminder, a late one stays, an extension raises none again`() async throws {
        let (fixture, ids) = try await Self.lateQuarter()
        let calendar = CalendarFixture.calendar()
        let now = try CalendarFixture.moment("2026-10-23T09:00:00+07:00")
        #expect(try await fixture.remind(calendar, now) == 4)
        try await fixture.report("Mawar", "2026-08", "2026-09")
        #expect(try await fixture.reminders(calendar, now).map(\.owner) == ["33.25.02", ids[2]])
        var all = ReportingCalendar.ReminderQuery()
        all.all = true
        let answered = try await fixture.reminders(calendar, now, all).filter { $0.standing == .answered }
        #expect(Set(answered.map(\.owner)) == ["33.25.01", ids[1]])
        #expect(answered.allSatisfy { $0.reason == "Laporan 2026-Q3 sudah lengkap" })

        let after = try CalendarFixture.moment("2026-10-31T00:00:00+07:00")
        #expect(try await fixture.reminders(calendar, after).isEmpty)
        let late = try await fixture.reminders(calendar, after, all).filter { $0.standing == .late }
        #expect(late.map(\.owner) == ["33.25.02", ids[2]] && late[1].reason.hasSuffix("TERLAMBAT"))

        _ = try await fixture.load(
            "tujuan,jenis,periode,tutup,status,sumber\nespm,spm-posyandu,2026-Q3,2026-11-06,diperpanjang,surat 2\n"
        )
        let extended = try await fixture.reminders(calendar, after)
        #expect(extended.map(\.owner) == ["33.25.02", ids[2]] && extended[0].due == CivilDate("2026-11-06"))
        #expect(try await fixture.remind(calendar, after) == 0)
        // A posyandu that reported nothing before it ended is not asked for months after its end.
        try await fixture.pool.withConnection {
            _ = try $0.execute("update registry.posyandu set active_to = '2026-06-30' where name = 'Kenanga'")
        }
        #expect(try await fixture.reminders(calendar, after).isEmpty)
        await fixture.drop()
    }
}
