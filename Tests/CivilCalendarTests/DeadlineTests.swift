// Working days across weekends, holidays, joint leave, and midnight in the three zones.
// SPDX-License-Identifier: Apache-2.0
import CivilCalendar
import PluginKit
import Testing

@Suite struct DeadlineTests {
    func due(_ from: String, _ days: Int, _ zone: CivilZone = .wib, holidays: Set<String> = []) throws -> String {
        let start = try #require(Instant(from)).date(in: zone)
        let calendar = WorkCalendar(holidays: Set(holidays.compactMap { CivilDate($0) }))
        return calendar.date(after: days, from: start).description
    }

    @Test func `the day of the report does not count and a weekend is passed over`() throws {
        #expect(try due("2026-11-23T06:30:00+07:00", 5) == "2026-11-30")
        #expect(try due("2026-11-20T23:59:59+07:00", 1) == "2026-11-23")
        #expect(try due("2026-11-21T10:00:00+07:00", 1) == "2026-11-23")
        #expect(try due("2026-11-22T10:00:00+07:00", 0) == "2026-11-22")
    }

    @Test func `any time of the day gives the same deadline`() throws {
        for hour in 0..<24 {
            let clock = hour < 10 ? "0\(hour)" : "\(hour)"
            #expect(try due("2026-11-23T\(clock):00:00+07:00", 5) == "2026-11-30")
            #expect(try due("2026-11-23T\(clock):59:59.999+07:00", 5) == "2026-11-30")
        }
    }

    @Test func `midnight is that of the zone`() throws {
        let moment = "2026-11-23T16:30:00Z"
        #expect(try due(moment, 1, .wib) == "2026-11-24")
        #expect(try due(moment, 1, .wita) == "2026-11-25")
        #expect(try due(moment, 1, .wit) == "2026-11-25")
        #expect(try due("2026-11-23T15:30:00Z", 1, .wita) == "2026-11-24")
        #expect(try due("2026-11-23T15:30:00Z", 1, .wit) == "2026-11-25")
    }

    @Test func `holidays and joint leave lengthen it, a holiday on a weekend does not`() throws {
        #expect(try due("2026-12-23T09:00:00+07:00", 3, holidays: ["2026-12-24", "2026-12-25"]) == "2026-12-30")
        #expect(try due("2026-12-23T09:00:00+07:00", 3, holidays: ["2026-12-26"]) == "2026-12-28")
    }

    @Test func `a calendar of nothing but holidays ends all the same`() throws {
        let day = try #require(CivilDate("2026-01-01"))
        let all = Set((0..<4_000).map { day.adding(days: $0) })
        #expect(WorkCalendar(holidays: all).date(after: 5, from: day) > day)
    }

    @Test(arguments: [
        "2026-11-23", "2026-11-23T06:30:00", "2026-11-31T06:30:00Z", "2026-11-23T24:00:00Z", "2026-11-23T06:60:00Z",
        "2026-11-23T06:30:00.Z", "2026-11-23T06:30:00+7", "2026-11-23 06:30:00Z", "",
    ])
    func `a moment that could be two is none`(_ text: String) {
        #expect(Instant(text) == nil)
    }

    @Test func `zones are known by their names and no other is guessed`() {
        #expect(CivilZone("Asia/Jakarta") == .wib)
        #expect(CivilZone("Asia/Makassar") == .wita)
        #expect(CivilZone("WIT") == .wit)
        #expect(CivilZone("Europe/Amsterdam") == nil)
    }

    @Test func `a list is read by its column, whatever stands beside it`() throws {
        let list = try HolidayList(
            csv: "\u{FEFF}nama,tanggal\r\n\"Proklamasi, 17 Agustus\",2026-08-17\r\n\r\nNatal, 2026-12-25 \r\n"
        )
        #expect(list.days.map(\.description).sorted() == ["2026-08-17", "2026-12-25"])
    }

    @Test func `every line that cannot be read is named`() {
        #expect {
            try HolidayList(csv: "date,name\n17-08-2026,Proklamasi\n2026-12-25,Natal\n,Tahun baru\n")
        } throws: { error in
            (error as? HolidayList.Problem)?.findings.map(\.line) == [2, 4]
        }
        #expect {
            try HolidayList(csv: "hari\n2026-12-25\n")
        } throws: { error in
            (error as? HolidayList.Problem)?.findings.first?.message.contains("date or tanggal") == true
        }
    }
}
