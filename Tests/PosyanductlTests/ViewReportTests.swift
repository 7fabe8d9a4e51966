// Tables and CSV of views, from fixed answers of the daemon.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginKit
import Testing

@testable import posyanductl

struct ViewReportTests {
    private static let skdn = """
        {"view":"skdn","kind":"balance","title":"SKDN","month":"2026-11","by":"posyandu","area":"33.25.01.2001",
         "columns":["S","K","D","N"],"ratios":["D/S","N/D"],"sector":"kesehatan",
         "total":{"posyandu":2,"reported":{"S":1,"K":1,"D":2,"N":2},"values":{"S":"10","K":"9","D":"12","N":"7"},
          "ratios":{"D/S":"120.00","N/D":"58.33"},
          "cells":[{"sex":"L","months":"0-5","values":{"S":null,"K":null,"D":"12","N":"7"},"ratios":{"D/S":null,"N/D":"58.33"}},
           {"sex":null,"months":"0-5","values":{"S":null,"K":null,"D":"12","N":"7"},"ratios":{"D/S":null,"N/D":"58.33"}},
           {"sex":"L","months":null,"values":{"S":"10","K":"9","D":"12","N":"7"},"ratios":{"D/S":"120.00","N/D":"58.33"}}]},
         "rows":[{"area":"33.25.01.2001","posyandu_id":"0190a0de-0000-7000-8000-00000000000b","name":"Melati, 1","posyandu":1,
           "reported":{"S":1,"K":1,"D":1,"N":1},"values":{"S":"10","K":"9","D":"11","N":"7"},
           "ratios":{"D/S":"110.00","N/D":"63.64"},"cells":[]},
          {"area":"33.25.01.2001","posyandu_id":"0190a0de-0000-7000-8000-00000000000c","name":"Mawar","posyandu":1,
           "reported":{"S":0,"K":0,"D":1,"N":1},"values":{"S":null,"K":null,"D":"1","N":"0"},
           "ratios":{"D/S":null,"N/D":"0.00"},"cells":[]}],
         "violations":[{"sex":"L","months":null,"posyandu":"0190a0de-0000-7000-8000-00000000000b","name":"Melati, 1",
           "rule":"D <= S","left":"11","right":"10"}]}
        """

    private static let stunting = """
        {"view":"stunting","kind":"prevalence","month":"2026-11","by":"desa","area":"33.25.01","months":3,
         "columns":["stunting","wasting"],
         "total":{"posyandu":9,"values":{"stunting":{"measured":80,"affected":"16","percent":"20.00"},
           "wasting":{"measured":0,"affected":"0","percent":null}},"cells":[{"sex":"P","months":"24-59",
           "values":{"stunting":{"measured":30,"affected":"9","percent":"30.00"},
            "wasting":{"measured":0,"affected":"0","percent":null}}}]},
         "rows":[{"area":"33.25.01.2001","name":"Sojomerto","posyandu":9,"cells":[],
           "values":{"stunting":{"measured":80,"affected":"16","percent":"20.00"},
           "wasting":{"measured":0,"affected":"0","percent":null}}}]}
        """

    private static let cohort = """
        {"view":"hpk","kind":"cohort","month":"2026-11","area":"33.25","months":2,"columns":["ditimbang","berisiko"],
         "total":{"born":null,"age_months":null,"size":40,"counts":{"ditimbang":36,"berisiko":4},
          "percent":{"ditimbang":"90.00","berisiko":"10.00"}},
         "cohorts":[{"born":"2026-11","age_months":0,"size":0,"counts":{"ditimbang":0,"berisiko":0},
          "percent":{"ditimbang":null,"berisiko":null}},
          {"born":"2026-10","age_months":1,"size":40,"counts":{"ditimbang":36,"berisiko":4},
          "percent":{"ditimbang":"90.00","berisiko":"10.00"}}]}
        """

    @Test func `tables`() throws {
        try expectGolden(SkdnCommand.report(try JSONParser.parse(Self.skdn), false), "reports/skdn")
        try expectGolden(StuntingCommand.report(try JSONParser.parse(Self.stunting), false), "reports/stunting")
        try expectGolden(HpkCommand.report(try JSONParser.parse(Self.cohort), false), "reports/hpk")
    }

    @Test func `CSV`() throws {
        func text(_ answer: String, _ lines: (JSONValue) -> [[String]]) throws -> String {
            String(CSVText.text(lines(try JSONParser.parse(answer))).dropLast())
        }
        try expectGolden(try text(Self.skdn, SkdnCommand.lines), "reports/skdn-csv")
        try expectGolden(try text(Self.stunting, StuntingCommand.lines), "reports/stunting-csv")
        try expectGolden(try text(Self.cohort, HpkCommand.lines), "reports/hpk-csv")
        #expect(CSVText.text([["a \"b\"", "c,d", "e"]]) == "\"a \"\"b\"\"\",\"c,d\",e\n")
    }

    @Test func `every line of a CSV has the cells of its heading`() throws {
        for (answer, lines) in [
            (Self.skdn, SkdnCommand.lines), (Self.stunting, StuntingCommand.lines), (Self.cohort, HpkCommand.lines),
        ] {
            let rows = lines(try JSONParser.parse(answer))
            #expect(Set(rows.map(\.count)).count == 1)
            #expect(rows.count > 2)
        }
    }

    @Test func `an answer of another form gives a sentence, not a crash`() {
        for answer in [JSONValue.null, [], "text", ["total": 3, "rows": [1], "columns": "x", "cohorts": [2]]] {
            _ = SkdnCommand.report(answer, false) + StuntingCommand.report(answer, false)
            _ = HpkCommand.report(answer, false)
            _ = SkdnCommand.lines(answer) + StuntingCommand.lines(answer) + HpkCommand.lines(answer)
        }
    }

    @Test(arguments: [
        ["skdn"], ["skdn", "--month", "2026"], ["skdn", "--month", "2026-11", "--json", "--csv"],
        ["stunting", "--month", "2026-11", "--area", "33.25", "--posyandu", "x"], ["hpk", "--month", "2026-Q4"],
    ])
    func `a wrong command line is refused with status 64`(_ arguments: [String]) {
        do {
            _ = try Posyanductl.parseAsRoot(arguments)
            Issue.record("was taken")
        } catch {
            #expect(Posyanductl.exitCode(for: error).rawValue == 64)
        }
    }
}
