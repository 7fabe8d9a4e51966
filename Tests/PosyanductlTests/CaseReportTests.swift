// What the commands around receipts and case registers print, and what they refuse.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginKit
import Testing

@testable import posyanductl

struct CaseReportTests {
    @Test func `a receipt is told in its sentences, without what would steer the terminal`() throws {
        let answer = try JSONParser.parse(
            #"{"code":"7K2M-4QXD-W","sentences":["Keadaan: sudah diteruskan kepada dinas.","Ditangani oleh \u001b[2JDinas."]}"#
        )
        let text = CaseReceipt.report(answer)
        #expect(text.hasPrefix("7K2M-4QXD-W\nKeadaan: sudah diteruskan kepada dinas.\nDitangani oleh "))
        #expect(!text.contains("\u{1B}"))
    }

    @Test func `a register has its corrections below it`() throws {
        let answer = try JSONParser.parse(
            #"""
            {"title":"Register bulanan","head":[],"columns":[{"heading":["No"]},{"heading":["Keterangan TL/BTL"]}],
             "rows":[{"cells":[1,"TL"]}],"total":null,"notes":[],
             "lists":[{"title":"Koreksi","columns":["No","Alasan"],"rows":[[1,"salah tulis"],[2,null]]},
                      {"title":"Kosong","columns":["No"],"rows":[]}]}
            """#
        )
        let text = SheetOptions.report(answer, false)
        #expect(text.contains("Register bulanan") && text.contains("TL"))
        #expect(text.contains("\n\nKoreksi\n") && text.contains("salah tulis") && !text.contains("Kosong"))
    }

    @Test func `closed months and sources`() throws {
        let closed = try JSONParser.parse(
            #"{"month":"2026-10","closed_at":"2026-11-02T08:00:00+07:00","registers":31,"digest":"ab12","new":true}"#
        )
        #expect(CaseClose.report(closed) == "2026-10 closed: 31 registers, digest ab12.")
        var known = closed.object ?? [:]
        known["new"] = false
        #expect(CaseClose.report(.object(known)).contains("was closed before, 2026-11-02T08:00:00+07:00"))
        #expect(CaseMonths.report(["months": .array([closed])], false).contains("2026-10"))
        #expect(CaseMonths.report(["months": []], false) == "No month is closed.")
        let source = try JSONParser.parse(#"{"range":17,"uuid":"u","name":"kiosk","state":"open","received":3}"#)
        #expect(SourceList.report(["sources": .array([source])], false).contains("17"))
        #expect(SourceList.report(["sources": []], false) == "No source is registered.")
    }

    @Test(arguments: [
        ["case", "register", "--month", "2026-11"],
        ["case", "register", "--sector", "sosial", "--month", "2026-11", "--persons", "arsip"],
        ["case", "register", "--sector", "sosial", "--month", "2026-11", "--csv", "-", "--persons", ""],
        ["case", "register", "--sector", "sosial", "--month", "2026-11", "--as-of", "yesterday"],
        ["case", "recap", "--month", "2026-11", "--csv", "a", "--json"], ["case", "recap", "--month", "2026"],
        ["case", "recap", "--month", "2026-11", "--xlsx", "-"],
        ["case", "ageing", "--month", "2026-11", "--as-of", "closed"],
        ["case", "close", "2026"], ["case", "receipt"], ["case", "slip"],
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
