// Deadlines of whole cases: priority, pauses, reopening, holidays added later, midnight, LAPOR's limits.
// SPDX-License-Identifier: Apache-2.0
import Cases
import Testing

@testable import PluginKit

@Suite struct CaseDeadlineTests {
    private func day(_ text: String) throws -> CivilDate { try #require(CivilDate(text)) }

    private func timeline(
        _ steps: [(CaseTimeline.Kind, String, String)],
        priority: Priority = .medium
    ) throws -> CaseTimeline {
        CaseTimeline(priority: priority, steps: try steps.map { .init($0.0, to: $0.1, on: try day($0.2)) })
    }

    private func due(
        _ timeline: CaseTimeline,
        today: String,
        holidays: [String] = [],
        flow: Manifest.Workflow = .standard
    ) throws -> [String: String] {
        let calendar = WorkCalendar(holidays: Set(try holidays.map(day)))
        let running = flow.running(timeline, parameters: Fields(), calendar: calendar, today: try day(today))
        return Dictionary(uniqueKeysWithValues: running.map { ($0.name, $0.due?.description ?? "paused") })
    }

    @Test func `the service is due five working days after the report, the next move three after the last`() throws {
        let case1 = try timeline([(.open, "didata", "2026-11-23"), (.move, "verifikasi_kunjungan", "2026-11-25")])
        #expect(try due(case1, today: "2026-11-25") == ["pelayanan": "2026-11-30", "macet": "2026-11-30"])
        let ended = try timeline([(.open, "didata", "2026-11-23"), (.move, "ditolak", "2026-11-25")])
        #expect(try due(ended, today: "2026-12-25").isEmpty)
    }

    @Test func `a holiday added later moves every due day`() throws {
        let opened = try timeline([(.open, "didata", "2026-12-21")])
        #expect(try due(opened, today: "2026-12-22") == ["pelayanan": "2026-12-28", "macet": "2026-12-24"])
        let holidays = ["2026-12-24", "2026-12-25"]
        #expect(
            try due(opened, today: "2026-12-22", holidays: holidays) == [
                "pelayanan": "2026-12-30", "macet": "2026-12-28",
            ]
        )
    }

    @Test func `days depend on the priority`() throws {
        var flow = Manifest.Workflow.standard
        flow.deadlines = [
            .init(
                name: "pelayanan",
                end: .between(from: "didata", until: nil),
                workdays: .byPriority([.emergency: .fixed(1), .high: .parameter("segera")], others: .fixed(5)),
                escalates: false
            )
        ]
        var values = Fields()
        values["segera"] = .integer(3)
        for (priority, expected) in [(Priority.emergency, 1), (.high, 3), (.medium, 5), (.low, 5)] {
            let opened = try timeline([(.open, "didata", "2026-11-23")], priority: priority)
            let running = flow.running(
                opened,
                parameters: values,
                calendar: WorkCalendar(),
                today: try day("2026-11-23")
            )
            #expect(running.map(\.workdays) == [expected])
            #expect(running.first?.due == WorkCalendar().date(after: expected, from: try day("2026-11-23")))
        }
    }

    @Test func `while a case is paused nothing is due and nothing passes`() throws {
        let paused = try timeline([(.open, "didata", "2026-11-23"), (.pause, "didata", "2026-11-25")])
        #expect(try due(paused, today: "2027-03-01") == ["pelayanan": "paused", "macet": "paused"])
        let flow = Manifest.Workflow.standard
        let later = flow.running(paused, parameters: Fields(), calendar: WorkCalendar(), today: try day("2027-03-01"))
        #expect(later.allSatisfy { $0.passed == 0 })
        #expect(flow.escalation(of: later, told: []) == nil)
        let resumed = try timeline([
            (.open, "didata", "2026-11-23"), (.pause, "didata", "2026-11-25"), (.resume, "didata", "2026-12-02"),
        ])
        // One day before the pause, four after it: 2, 3, 4 and 7 December.
        #expect(try due(resumed, today: "2026-12-02") == ["pelayanan": "2026-12-07", "macet": "2026-12-03"])
    }

    @Test func `a reopened case has all its days again`() throws {
        let again = try timeline([(.reopen, "verifikasi_kunjungan", "2026-12-01")])
        #expect(try due(again, today: "2026-12-01") == ["pelayanan": "2026-12-08", "macet": "2026-12-04"])
    }

    @Test func `LAPOR has three days to verify, five to answer, ten to close`() throws {
        let flow = Manifest.Workflow.lapor
        let opened = try timeline([(.open, "didata", "2026-11-23")])
        #expect(try due(opened, today: "2026-11-23", flow: flow) == ["verifikasi": "2026-11-26"])
        let given = try timeline([
            (.open, "didata", "2026-11-23"), (.move, "verifikasi_kunjungan", "2026-11-24"),
            (.move, "diajukan_pemdes", "2026-11-24"), (.move, "disposisi_opd", "2026-11-25"),
        ])
        #expect(
            try due(given, today: "2026-11-25", flow: flow) == [
                "tanggapan": "2026-12-02", "penyelesaian": "2026-12-09",
            ]
        )
        var answered = given
        answered.steps.append(.init(.move, to: "ditanggapi_opd", on: try day("2026-11-27")))
        #expect(try due(answered, today: "2026-11-27", flow: flow) == ["penyelesaian": "2026-12-09"])
    }

    @Test func `roles are told lowest first, one for each time that a limit has passed`() throws {
        let flow = Manifest.Workflow.standard
        let opened = try timeline([(.open, "didata", "2026-11-23")])
        func next(_ today: String, told: [String]) throws -> String? {
            let running = flow.running(opened, parameters: Fields(), calendar: WorkCalendar(), today: try day(today))
            return flow.escalation(of: running, told: told)?.role.rawValue
        }
        #expect(try next("2026-11-26", told: []) == nil)
        #expect(try next("2026-11-27", told: []) == "pemdes")
        #expect(try next("2026-11-27", told: ["pemdes"]) == nil)
        #expect(try next("2026-12-02", told: ["pemdes"]) == "kecamatan")
        #expect(try next("2026-12-07", told: ["pemdes", "kecamatan"]) == "tp_posyandu")
        #expect(try next("2027-12-07", told: ["pemdes", "kecamatan", "tp_posyandu"]) == nil)
    }

    @Test func `midnight of a step is that of the kabupaten`() throws {
        // 23 November 2026, 16:30 UTC: 23:30 in WIB, past midnight in WITA and WIT.
        let moment: Int64 = 1_795_451_400_000_000
        let days = [25_200, 28_800, 32_400].map { CaseTime(utcOffset: $0).day(of: moment).description }
        #expect(days == ["2026-11-23", "2026-11-24", "2026-11-24"])
        #expect(CaseTime(utcOffset: 25_200).day(of: -25_200_000_001).description == "1969-12-31")
    }
}
