// Working days of a case across weekends, holidays, pauses, zones; against a plain day-by-day model.
// SPDX-License-Identifier: Apache-2.0
import Cases
import CivilCalendar
import PluginKit
import Testing

@Suite struct CaseClockTests {
    private func day(_ text: String) throws -> CivilDate { try #require(CivilDate(text)) }

    private func clock(
        _ start: String,
        _ pauses: [(String, String?)] = [],
        holidays: [String] = []
    ) throws -> CaseClock {
        CaseClock(
            start: try day(start),
            pauses: try pauses.map { try .init(from: day($0.0), until: $0.1.map { try day($0) }) },
            calendar: WorkCalendar(holidays: Set(try holidays.map { try day($0) }))
        )
    }

    @Test func `the day of the report does not count, Saturday and Sunday do not`() throws {
        // 2026-11-23 is a Monday.
        #expect(try clock("2026-11-23").due(after: 5) == day("2026-11-30"))
        #expect(try clock("2026-11-27").due(after: 1) == day("2026-11-30"))
        #expect(try clock("2026-11-28").due(after: 1) == day("2026-11-30"))
        #expect(try clock("2026-11-23").due(after: 0) == day("2026-11-23"))
    }

    @Test func `a holiday and joint leave do not count, also when they are added later`() throws {
        #expect(try clock("2026-12-23").due(after: 2) == day("2026-12-25"))
        #expect(try clock("2026-12-23", holidays: ["2026-12-25"]).due(after: 2) == day("2026-12-28"))
        #expect(try clock("2026-12-23", holidays: ["2026-12-24", "2026-12-25"]).due(after: 2) == day("2026-12-29"))
    }

    @Test func `the day of a pause does not count, the day on which it goes on does`() throws {
        // Due on Monday 30th. Paused on Wednesday, on again on Friday: two days later.
        #expect(try clock("2026-11-23", [("2026-11-25", "2026-11-27")]).due(after: 5) == day("2026-12-02"))
        // Within one day it costs nothing.
        #expect(try clock("2026-11-23", [("2026-11-25", "2026-11-25")]).due(after: 5) == day("2026-11-30"))
        // Paused on the due day, it does not pass while the pause lasts; it is due on the day it goes on.
        let paused = try clock("2026-11-23", [("2026-11-30", nil)])
        #expect(paused.due(after: 5) == nil)
        #expect(try paused.timesPassed(5, today: day("2027-06-01")) == 0)
        #expect(try clock("2026-11-23", [("2026-11-30", "2026-12-10")]).due(after: 5) == day("2026-12-10"))
        // Passed before the pause, it stays passed.
        #expect(try clock("2026-11-23", [("2026-12-01", nil)]).timesPassed(5, today: day("2026-12-01")) == 1)
    }

    @Test func `a limit has passed on the day after the due day, and again after as many days more`() throws {
        let clock = try clock("2026-11-23")
        #expect(try clock.timesPassed(3, today: day("2026-11-26")) == 0)
        #expect(try clock.timesPassed(3, today: day("2026-11-27")) == 1)
        #expect(try clock.timesPassed(3, today: day("2026-12-01")) == 1)
        #expect(try clock.timesPassed(3, today: day("2026-12-02")) == 2)
    }

    @Test(arguments: ["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"])
    func `midnight is that of the zone`(zone: String) throws {
        let zone = try #require(CivilZone(zone))
        let midnight = Int(try day("2026-11-24").daysSince1970) * 86_400 - zone.offset
        let before = CaseClock(start: Instant(seconds: midnight - 1).date(in: zone), calendar: WorkCalendar())
        let after = CaseClock(start: Instant(seconds: midnight).date(in: zone), calendar: WorkCalendar())
        #expect(try before.due(after: 5) == day("2026-11-30"))
        #expect(try after.due(after: 5) == day("2026-12-01"))
    }

    @Test func `random clocks count as a plain model does, and never a day that ended in a pause`() throws {
        var random = SystemRandomNumberGenerator()
        let first = try day("2026-01-01")
        for _ in 0..<300 {
            let holidays = Set((0..<20).map { _ in first.adding(days: Int.random(in: 0..<200, using: &random)) })
            let start = first.adding(days: Int.random(in: 0..<60, using: &random))
            var pauses: [CaseClock.Pause] = []
            var pausedAtEnd: Set<CivilDate> = []
            var next = start
            for _ in 0..<Int.random(in: 0..<4, using: &random) {
                let from = next.adding(days: Int.random(in: 0..<9, using: &random))
                let until = from.adding(days: Int.random(in: 0..<9, using: &random))
                let lasts = Bool.random(using: &random) && Bool.random(using: &random)
                pauses.append(.init(from: from, until: lasts ? nil : until))
                var day = from
                while day < (lasts ? start.adding(days: 400) : until) {
                    pausedAtEnd.insert(day)
                    day = day.adding(days: 1)
                }
                if lasts { break }
                next = until
            }
            let clock = CaseClock(start: start, pauses: pauses, calendar: WorkCalendar(holidays: holidays))
            var ran = 0
            for offset in 1..<120 {
                let day = start.adding(days: offset)
                if day.weekday <= 5, !holidays.contains(day), !pausedAtEnd.contains(day) {
                    ran += 1
                    #expect(clock.due(after: ran) == day)
                }
                #expect(clock.elapsed(through: day) == ran)
                #expect(clock.timesPassed(3, today: day.adding(days: 1)) == ran / 3)
            }
        }
    }
}
