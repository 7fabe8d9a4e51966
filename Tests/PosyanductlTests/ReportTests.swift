// The tables that people see, from fixed answers of the daemon.
// SPDX-License-Identifier: Apache-2.0

import PluginKit
import Testing

@testable import posyanductl

struct ReportTests {
    @Test func `status`() throws {
        let answer = try JSONParser.parse(Answers.status)
        try expectGolden(StatusCommand.report(answer, false), "reports/status")
        var troubled = answer.object ?? [:]
        troubled["ready"] = false
        troubled["reasons"] = ["the database is not durable", "3 sectors are not ready"]
        troubled["database"] = ["durable": false]
        troubled["apply"] = ["trouble": "connection lost\u{1B}[2J"]
        troubled["summaries"] = ["cells": 812, "dirty": 4, "failures": 3, "trouble": "canceling\nstatement"]
        troubled["sectors"] = ["ready": 5, "total": 6, "disabled": 1]
        try expectGolden(StatusCommand.report(.object(troubled), true), "reports/status-troubled")
    }

    @Test func `log, dead letters and rejections`() throws {
        try expectGolden(LogShow.report(try JSONParser.parse(Answers.log), false), "reports/log")
        let dead = try JSONParser.parse(Answers.dead)
        try expectGolden(DeadList.report(dead, .dead, false), "reports/dead")
        try expectGolden(DeadList.report(dead, .resolved, false), "reports/dead-resolved")
        #expect(DeadList.report(["letters": []], .held, false) == "No message is held.")
        try expectGolden(DeadShow.report(try JSONParser.parse(Answers.letter), false), "reports/dead-show")
        try expectGolden(
            RejectionsCommand.report(try JSONParser.parse(Answers.rejections), false),
            "reports/rejections"
        )
    }

    @Test func `sectors`() throws {
        try expectGolden(SectorList.report(try JSONParser.parse(Answers.sectors), false), "reports/sectors")
    }

    @Test func `summaries, figures and the records behind them`() throws {
        try expectGolden(SummariesList.report(try JSONParser.parse(Answers.summaries), false), "reports/summaries")
        try expectGolden(SummariesClose.report(try JSONParser.parse(Answers.closed), false), "reports/summaries-close")
        try expectGolden(SummariesShow.report(try JSONParser.parse(Answers.snapshot), false), "reports/summaries-show")
        try expectGolden(FiguresCommand.report(try JSONParser.parse(Answers.figures), false), "reports/figures")
        try expectGolden(CountsCommand.report(try JSONParser.parse(Answers.counts), false), "reports/counts")
        let trace = try JSONParser.parse(Answers.trace)
        try expectGolden(TraceCommand.report(trace, 2, false), "reports/trace")
        #expect(TraceCommand.report(["records": []], 2, false) == "No record adds to this figure.")
    }

    @Test func `registers`() throws {
        try expectGolden(
            RegisterListCommand.report(try JSONParser.parse(Answers.registers), false),
            "reports/registers"
        )
        try expectGolden(RegisterShowCommand.report(try JSONParser.parse(Answers.register), false), "reports/register")
        #expect(RegisterListCommand.report(["registers": []], false) == "No sector has a register.")
    }

    @Test func `figures of one area and sector keep the rest of the answer`() throws {
        let answer = try JSONParser.parse(Answers.figures)
        #expect(FiguresCommand.chosen(answer, nil, nil) == answer)
        let chosen = FiguresCommand.chosen(answer, "33.25.01", "kesehatan")
        #expect(chosen["figures"]?.array?.count == 1)
        #expect(chosen["period"] == "2026-11")
    }

    @Test func `push`() throws {
        let push = try JSONParser.parse(Answers.push)
        try expectGolden(PushStatus.report(push, false), "reports/push-status")
        try expectGolden(PushList.report(push, false), "reports/push-list")
        try expectGolden(PushShow.report(try JSONParser.parse(Answers.document), false), "reports/push-show")
        let partial = try JSONParser.parse(Answers.partialDocument)
        try expectGolden(PushShow.report(partial, false), "reports/push-show-partial")
    }

    @Test func `a destination tried out`() throws {
        let tried = try JSONParser.parse(Answers.triedOut)
        try expectGolden(DestinationTest.report(tried, false), "reports/destination-test")
        #expect(
            DestinationTest.problem(tried)?.message == "the destination answered check with REJECTED (import-error)"
        )
        var refused = tried.object ?? [:]
        refused["refusal"] = "indicator x has no rule"
        #expect(DestinationTest.problem(.object(refused))?.message.contains("indicator x") == true)
        refused["refusal"] = .null
        refused["answers"] = []
        #expect(DestinationTest.problem(.object(refused)) == nil)
    }

    @Test func `replay and conservation`() throws {
        try expectGolden(ReplayCommand.report(try JSONParser.parse(Answers.replay), false), "reports/replay")
        try expectGolden(AuditConserve.report(try JSONParser.parse(Answers.balanced), false), "reports/conserve")
        try expectGolden(
            AuditConserve.report(try JSONParser.parse(Answers.unbalanced), false),
            "reports/conserve-unbalanced"
        )
    }

    @Test func `import and ingest`() throws {
        let report = try JSONParser.parse(Answers.importReport)
        try expectGolden(ImportCommand.report(report, file: "kader.csv", rejects: nil), "reports/import")
        let tallies = [
            ("a.batches", try JSONParser.parse(Answers.tally)), ("stdin", try JSONParser.parse(Answers.damagedTally)),
        ]
        try expectGolden(IngestCommand.report(tallies.map { (name: $0.0, answer: $0.1) }, false), "reports/ingest")
    }

    @Test func `a file that a full spool did not keep whole is to be kept`() throws {
        let tally = try JSONParser.parse(
            """
            {"batches":3,"taken":0,"duplicates":0,"rejected":0,"waiting":2,"refused":{"spool-full":1},"damaged":[],
             "clean":false}
            """
        )
        let notes = IngestCommand.report([(name: "stick", answer: tally)], false).split(separator: "\n").dropFirst(2)
        #expect(
            notes.map { String($0) } == [
                "stick: 1 batches refused: spool-full",
                "stick: keep this file: what came too early was not kept. Take in what is missing, then it again.",
            ]
        )
    }

    @Test func `an answer of another form gives dashes, not a crash`() {
        for answer in [JSONValue.null, [], "text", ["letters": 3, "sectors": [1], "destinations": "x"]] {
            _ = StatusCommand.report(answer, false) + LogShow.report(answer, false)
            _ = DeadList.report(answer, .dead, false) + DeadShow.report(answer, false)
            _ = SectorList.report(answer, false) + SummariesList.report(answer, false)
            _ = SummariesClose.report(answer, false) + SummariesShow.report(answer, false)
            _ = PushStatus.report(answer, false) + PushShow.report(answer, false) + PushList.report(answer, false)
            _ = ReplayCommand.report(answer, false) + AuditConserve.report(answer, false)
            _ = ImportCommand.report(answer, file: "a", rejects: nil) + TraceCommand.report(answer, 1, false)
            _ = CountsCommand.report(answer, false) + RejectionsCommand.report(answer, false)
        }
    }
}
