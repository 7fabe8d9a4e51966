// Recaps of cases on random histories, against a model that looks at every single day.
// SPDX-License-Identifier: Apache-2.0
import Cases
import FoundationEssentials
import PluginKit
import Testing

@testable import Registers

private struct Chance {
    var state: UInt64
    mutating func next(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % bound
    }
}

/// A case lived day by day, with what was true at the end of each.
private struct LivedCase {
    struct Day {
        var state = "didata"
        var isPaused = false
        /// Working days on which the clock of the episode ran.
        var ran = 0
        /// What it had run when the day began on which it ended.
        var ranAtEnd = 0
        var officeActed = false
        var wasReopened = false
        var isClosed: Bool { ["selesai", "ditolak"].contains(state) }
    }

    let story: CaseStory
    let opened: CivilDate
    private var days: [Day] = []

    init(last: CivilDate, _ calendar: WorkCalendar, _ chance: inout Chance) {
        opened = last.adding(days: -1 - chance.next(150))
        var steps = [CaseStory.Step(kind: "open", from: nil, to: "didata", by: "kader", day: opened)]
        var now = Day()
        var day = opened
        while day <= last {
            var ranBefore = now.ran
            now.wasReopened = false
            for _ in 0..<3 where chance.next(9) == 0 {
                func step(_ kind: String, _ to: String, _ by: String) {
                    steps.append(CaseStory.Step(kind: kind, from: now.state, to: to, by: by, day: day))
                }
                let choice = chance.next(5)
                if now.isClosed {
                    guard choice == 0 else { continue }
                    step("reopen", "didata", "pemdes")
                    now = Day(wasReopened: true)
                    ranBefore = 0
                } else if choice == 0 {
                    step(now.isPaused ? "resume" : "pause", now.state, "opd")
                    now.isPaused.toggle()
                } else if choice == 1 {
                    step("escalate", now.state, "node")
                } else if choice == 2, now.state == "disposisi_opd" {
                    step("move", now.state, "opd")
                    now.officeActed = true
                } else {
                    let ways = Manifest.Workflow.standard.moves.filter { $0.from == now.state }
                    let way = ways[chance.next(ways.count)]
                    step("move", way.to, "pemdes")
                    now.state = way.to
                    now.isPaused = false
                    now.officeActed = false
                    if now.isClosed { now.ranAtEnd = ranBefore }
                }
            }
            let isLater = day > opened && !now.wasReopened
            if isLater, calendar.isWorkday(day), !now.isPaused, !now.isClosed { now.ran += 1 }
            days.append(now)
            day = day.adding(days: 1)
        }
        story = CaseStory(id: UUID(), posyandu: 1, type: "sosial.keluhan", opened: opened, steps: steps)
    }

    func at(_ day: CivilDate) -> Day? {
        let place = Int(day.daysSince1970 - opened.daysSince1970)
        return days.indices.contains(place) ? days[place] : nil
    }

    /// Adds the case to what a month counts, by looking at its days.
    func count(_ counts: inout CaseCounts, month: Period, limit: Int) {
        guard let now = at(month.last) else { return }
        var reopened = false
        var day = month.first
        while day <= month.last {
            reopened = reopened || at(day)?.wasReopened ?? false
            day = day.adding(days: 1)
        }
        switch at(month.first.adding(days: -1)) {
        case nil: counts.received += 1
        case .some(let before) where !before.isClosed: counts.carried += 1
        case .some where reopened: counts.reopened += 1
        default: return
        }
        switch now.state {
        case "selesai": counts.done += 1
        case "ditolak": counts.refused += 1
        case "disposisi_opd": if now.officeActed { counts.done += 1 } else { counts.handedOn += 1 }
        default: counts.waiting += 1
        }
        if now.isClosed { counts.closed += 1 } else { counts.open += 1 }
        let isLate = (now.isClosed ? now.ranAtEnd : now.ran) >= limit
        if isLate { counts.late += 1 }
        guard now.isClosed else { return }
        counts.closedWithLimit += 1
        if !isLate { counts.closedInTime += 1 }
    }
}

struct CaseCountsTests {
    static func sector() throws -> CaseSector {
        let text = #"""
            {"manifest": 1, "id": "uji", "version": "1.0.0", "protocol": 1, "form": "program", "scope": "local",
             "stability": "development", "name": {"id": "Uji"},
             "parameters": {"tenggat": {"type": "integer", "default": 5}},
             "records": {"uji.keluhan": {"version": 1, "title": {"id": "Keluhan"}, "subject": "none",
               "fields": {"jenis": {"type": "text", "required": true}}}},
             "workflow": {"use": "standar", "deadlines": [
               {"name": "pelayanan", "from": "didata", "until": "final", "workdays": {"parameter": "tenggat"}}]},
             "indicators": {}}
            """#
        let manifest = try Manifest.parse(Array(text.utf8), file: "sector.json").get()
        let words: [String: CaseClass] = ["ditolak": .refused]
        return try #require(CaseSector(manifest, words: words, parameters: manifest.parameterDefaults))
    }

    private static func day(_ text: String) throws -> CivilDate { try #require(CivilDate(text)) }

    @Test func `a recap is what every single day says, and it adds up`() throws {
        let sector = try Self.sector()
        let last = try Self.day("2026-11-30")
        let holidays = Set(try ["2026-08-17", "2026-10-01", "2026-11-11"].map(Self.day))
        let calendar = WorkCalendar(holidays: holidays)
        var chance = Chance(state: 11)
        let cases = (0..<3_000).map { _ in LivedCase(last: last, calendar, &chance) }
        var workdays = WorkdayCounter(calendar)
        var before: CaseCounts?
        for name in ["2026-07", "2026-08", "2026-09", "2026-10", "2026-11"] {
            let month = try #require(Period(name))
            var counts = CaseCounts()
            var wanted = CaseCounts()
            for lived in cases {
                counts.add(lived.story, sector, month: month, endOf: month.last, &workdays)
                lived.count(&wanted, month: month, limit: 5)
            }
            #expect(counts == wanted, "\(name)")
            #expect(counts.isBalanced && counts.received > 100 && counts.late > 0)
            if let before { #expect(counts.carried == before.open) }
            before = counts
            // As of a later day the same cases are counted, wherever they have come to.
            var later = CaseCounts()
            for lived in cases { later.add(lived.story, sector, month: month, endOf: last, &workdays) }
            #expect(later.isBalanced)
            #expect(
                [later.carried, later.received, later.reopened] == [counts.carried, counts.received, counts.reopened]
            )
            #expect(CaseCounts(values: counts.values) == counts)
        }
        #expect(before.map { $0.reopened > 0 && $0.handedOn > 0 && $0.refused > 0 } == true)
    }

    @Test func `percentiles are those of a naive model`() {
        var chance = Chance(state: 3)
        #expect(DaySpread([]).median == nil && DaySpread([]).percentile(90) == nil)
        for _ in 0..<500 {
            let days = (0..<(1 + chance.next(40))).map { _ in chance.next(12) }
            let spread = DaySpread(days)
            for percent in [1, 10, 50, 90, 100] {
                let wanted = (0...12).first { value in days.count { $0 <= value } * 100 >= percent * days.count }
                #expect(spread.percentile(percent) == wanted)
            }
            #expect(spread.longest == days.max() && spread.count == days.count)
        }
        #expect(DaySpread([1, 2, 3, 4]).median == 2)
        #expect(DaySpread([5, 1, 9]).median == 5)
        #expect(DaySpread(Array(1...10)).percentile(90) == 9)
    }

    /// Monday 2 November 2026 to Friday 13 November; the pause is from Thursday to Monday.
    @Test func `steps and ages in working days, without pauses`() throws {
        let sector = try Self.sector()
        func step(
            _ kind: String,
            _ from: String?,
            _ to: String,
            _ day: String,
            _ by: String = "pemdes",
            office: String? = nil
        )
            throws -> CaseStory.Step
        { CaseStory.Step(kind: kind, from: from, to: to, by: by, day: try Self.day("2026-11-\(day)"), office: office) }
        let steps = [
            try step("open", nil, "didata", "02", "kader"), try step("move", "didata", "verifikasi_kunjungan", "03"),
            try step("move", "verifikasi_kunjungan", "diajukan_pemdes", "03"),
            try step("move", "diajukan_pemdes", "disposisi_opd", "04", office: "pu"),
            try step("pause", "disposisi_opd", "disposisi_opd", "05", "opd"),
            try step("escalate", "disposisi_opd", "disposisi_opd", "06", "node", office: "kecamatan"),
            try step("resume", "disposisi_opd", "disposisi_opd", "09", "opd"),
            try step("move", "disposisi_opd", "selesai", "13", "opd"),
        ]
        let story = CaseStory(
            id: UUID(),
            posyandu: 1,
            type: "uji.keluhan",
            opened: try Self.day("2026-11-02"),
            office: "pu",
            steps: steps
        )
        let month = try #require(Period("2026-11"))
        var workdays = WorkdayCounter(WorkCalendar())
        var ageing = CaseAgeing()
        ageing.add(story, sector, month: month, endOf: month.last, &workdays)
        #expect(ageing.spread(state: "didata", of: "uji").median == 1)
        #expect(ageing.spread(state: "verifikasi_kunjungan", of: "uji").median == 0)
        #expect(ageing.spread(state: "diajukan_pemdes", of: "uji").median == 1)
        // 4 to 13 November are 7 working days, less Thursday 5 and Friday 6.
        #expect(ageing.spread(state: "disposisi_opd", of: "uji").median == 5)
        #expect(ageing.spread(office: "pu", of: "uji") == DaySpread([5]))
        #expect(ageing.spread(office: "kecamatan", of: "uji").count == 0)
        #expect(ageing.open.isEmpty)

        var then = CaseAgeing()
        then.add(story, sector, month: month, endOf: try Self.day("2026-11-12"), &workdays)
        // 3, 4, 9, 10, 11 and 12 November.
        #expect(then.open["uji"] == [0, 0, 1, 0, 0])
        #expect(then.classes == ["0-3", "4-5", "6-10", "11-20", "> 20"])
        let standing = try #require(story.standing(endOf: try Self.day("2026-11-06"), sector))
        #expect(standing.isPaused && standing.office == "pu" && sector.word(standing) == .handedOn)
        #expect(story.standing(endOf: try Self.day("2026-11-01"), sector) == nil)
    }

    @Test func `a state that the table does not know has the class of its place in the flow`() throws {
        let sector = try Self.sector()
        #expect(["didata", "diajukan_pemdes"].map { sector.word($0) } == [.waiting, .waiting])
        #expect(sector.word("disposisi_opd") == .handedOn)
        #expect(sector.word("selesai") == .done && sector.word("ditolak") == .refused)
    }
}
