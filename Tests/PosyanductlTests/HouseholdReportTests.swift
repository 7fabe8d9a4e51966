// What an operator reads of services and scores: not reported is not 0, hidden is not unknown, unknown is not no.
// SPDX-License-Identifier: Apache-2.0

import PluginKit
import Testing

@testable import posyanductl

@Suite struct HouseholdReportTests {
    private let services: JSONValue = [
        "area": "33.25.01.2001", "period": "2026-11",
        "services": [
            [
                "service": 24, "sector": "pekerjaan_umum", "name": "air minum", "reported": true, "records": 3,
                "people": 0,
                "households": 2, "opened": 1, "answered": 0, "open": 1, "hidden": [], "hide_below": 0,
            ],
            [
                "service": 33, "sector": "sosial", "name": "disabilitas", "reported": true, "records": .null,
                "people": .null,
                "households": 0, "opened": 0, "answered": 0, "open": 0, "hidden": ["records", "people"],
                "hide_below": 5,
            ],
            [
                "service": 35, "sector": "sosial", "name": "lansia", "reported": true, "records": .null,
                "people": .null,
                "households": .null, "opened": 0, "answered": 0, "open": 7, "hidden": [], "hide_below": 5,
            ],
            [
                "service": 36, "sector": "sosial", "name": "tuna sosial", "reported": false, "records": .null,
                "people": .null, "households": .null, "opened": .null, "answered": .null, "open": .null, "hidden": [],
                "hide_below": 5,
            ],
        ],
    ]

    @Test func `services are shown as counted, hidden or not reported`() {
        let lines = SpmCommand.report(services, false).split(separator: "\n").map { $0.split(separator: " ") }
        #expect(lines[2].suffix(6) == ["3", "0", "2", "1", "0", "1"])
        #expect(lines[3].suffix(6) == ["<5", "<5", "0", "0", "0", "0"])
        #expect(lines[4].suffix(6) == ["-", "-", "-", "0", "0", "7"])
        #expect(lines[5].suffix(2) == ["not", "reported"])
    }

    @Test func `in CSV nothing reported is an empty cell`() {
        #expect(
            SpmCommand.lines(services).map { $0.dropFirst(2).joined(separator: ",") } == [
                "service,sector,name,records,people,households,opened,answered,open",
                "24,pekerjaan_umum,air minum,3,0,2,1,0,1", "33,sosial,disabilitas,<5,<5,0,0,0,0",
                "35,sosial,lansia,,,,0,0,7", "36,sosial,tuna sosial,,,,,,",
            ]
        )
    }

    @Test func `a score says what is not known`() {
        let answer: JSONValue = [
            "household": "h", "date": "2026-11-20", "score": 40, "unknown": 15, "class": "waspada",
            "highest_class": "bahaya",
            "formula": ["version": "1", "source": "desa"],
            "components": [
                ["title": "Miskin", "points": 25, "holds": true, "record": "r", "date": "2026-10-05"],
                ["title": "Industri", "points": 15, "holds": .null, "record": .null, "date": .null],
                ["title": "Stunting", "points": 20, "holds": false, "record": .null, "date": .null],
            ],
        ]
        let lines = HouseholdScoreCommand.report(answer, false).split(separator: "\n").map { String($0) }
        #expect(lines[0] == "Score 40 of 100: waspada; not known: 15 points, at most bahaya")
        #expect(lines[2].contains("yes") && lines[2].contains("2026-10-05"))
        #expect(lines[3].contains("not known") && lines[4].contains("  no"))
    }
}
