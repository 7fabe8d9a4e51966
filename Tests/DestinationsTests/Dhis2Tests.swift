// DHIS2 data value sets: golden bytes, ImportSummaries of several versions, jobs, locks, read-back.
// SPDX-License-Identifier: Apache-2.0

import HTTPTransfer
import PluginKit
import Summaries
import Testing

@testable import Destinations

@Suite struct Dhis2Tests {
    private static func exporter(_ options: [String: String] = [:]) -> Dhis2 {
        var settings = Fixtures.settings(baseURL: "https://dhis2.example/api", unmapped: .skip)
        settings.kinds = [.indicators]
        settings.mapping.indicators = [
            "perumahan_rakyat.rtlh_tindaklanjut": .init(
                code: "P6S_RTLH",
                numerator: "P6S_RTLH_NUM",
                denominator: "P6S_RTLH_DEN"
            ),
            "kesehatan.ditimbang": .init(code: "P6S_D", option: "BALITA"),
        ]
        settings.dialect = DialectSettings(
            orgUnits: .init(overrides: ["33.25.01": "BTG01"]),
            options: ["data_set": "P6S"].merging(options) { $1 }
        )
        return Dhis2(settings: settings)
    }

    private static func document() throws -> OutboundDocument {
        try #require(try exporter().plan(Fixtures.snapshot(), revisions: [:]).first)
    }

    @Test func `a month becomes one data value set with codes`() throws {
        let document = try Self.document()
        #expect(
            String(decoding: document.bytes, as: UTF8.self) == """
                {"dataSet":"P6S","dataValues":[\
                {"dataElement":"P6S_D","period":"202611","orgUnit":"BTG01","categoryOptionCombo":"BALITA","value":"512"},\
                {"dataElement":"P6S_RTLH_DEN","period":"202611","orgUnit":"BTG01","value":"120"},\
                {"dataElement":"P6S_RTLH_NUM","period":"202611","orgUnit":"BTG01","value":"84"}]}
                """
        )
        #expect(document.key.kind.rawValue == "data-value-set")
    }

    @Test func `periods are written as DHIS2 has them`() throws {
        for (text, expected) in [("2026-01", "202601"), ("2026-Q4", "2026Q4"), ("2026", "2026")] {
            #expect(Dhis2.period(try #require(Period(text)), Self.exporter().settings) == expected)
        }
        #expect(
            DialectSettings(periodFormat: "{start}/P1M").text(try #require(Period("2026-02")), usual: "")
                == "2026-02-01/P1M"
        )
    }

    @Test func `a check stores nothing, a push may run as a job`() throws {
        let document = try Self.document()
        let check = try #require(Self.exporter().check(document, nil))
        #expect(check.url.contains("&dryRun=true") && check.method == "POST")
        let push = Self.exporter(["async": "true"]).request(document, nil)
        #expect(push.url.contains("&async=true") && !push.url.contains("dryRun"))
        let poll = Self.exporter().poll("abc123", document, nil)
        #expect(poll.url == "https://dhis2.example/api/system/taskSummaries/DATAVALUE_IMPORT/abc123")
    }

    private static func summary(_ status: String, _ counts: String, _ rest: String = "") -> String {
        #"{"responseType":"ImportSummary","status":"\#(status)","importCount":{\#(counts)}\#(rest)}"#
    }

    private static let locked =
        #","conflicts":[{"object":"x","value":"expired","errorCode":"E7640","indexes":[2]}],"rejectedIndexes":[2]"#
    private static let unknown =
        #","conflicts":[{"object":"x","value":"no such element","errorCode":"E7610"}],"rejectedIndexes":[0]"#

    @Test func `the import summary decides, bare or in an envelope`() throws {
        let document = try Self.document()
        func kind(_ status: Int, _ body: String, _ act: PushAct = .put) -> OutcomeClass {
            Self.exporter().classify(act, Fixtures.response(status, body), document, transaction: "t").kind
        }
        let clean = Self.summary("SUCCESS", #""imported":3,"updated":0,"ignored":0,"deleted":0"#)
        #expect(kind(200, clean) == .ackFinal)
        #expect(kind(200, #"{"httpStatus":"OK","status":"OK","response":\#(clean)}"#) == .ackFinal)
        #expect(kind(200, Self.summary("SUCCESS", #""imported":0,"updated":0,"ignored":3"#)) == .ackFinal)
        #expect(kind(409, Self.summary("WARNING", #""imported":2,"ignored":1"#, Self.unknown)) == .partial)
        #expect(kind(409, Self.summary("ERROR", #""imported":0,"ignored":3"#, Self.unknown)) == .rejected)
        #expect(kind(409, Self.summary("WARNING", #""imported":0,"ignored":3"#, Self.locked)) == .windowClosed)
        #expect(kind(200, Self.summary("MAYBE", #""imported":3"#)) == .contractDrift)
        #expect(kind(200, #"{"status":"OK"}"#) == .contractDrift)
        #expect(kind(200, "") == .contractDrift)
        #expect(kind(409, #"{"message":"x","status":"ERROR"}"#) == .contractDrift)
        #expect(kind(401, "{}") == .auth)
        #expect(kind(415, "{}") == .rejected)
        #expect(kind(503, "") == .retryLater)
        #expect(kind(200, "<html>login</html>") == .retryLater)
    }

    /// Each in the envelope or bare; one group that was refused makes the whole a partial one.
    @Test(arguments: [true, false])
    func `a list of import summaries is as good as its worst`(_ hasEnvelope: Bool) throws {
        let document = try Self.document()
        func outcome(_ summaries: String...) -> Outcome {
            let list = #"{"responseType":"ImportSummaries","importSummaries":[\#(summaries.joined(separator: ","))]}"#
            let body = hasEnvelope ? #"{"httpStatus":"OK","response":\#(list)}"# : list
            return Self.exporter().classify(.put, Fixtures.response(200, body), document, transaction: nil)
        }
        let good = Self.summary("SUCCESS", #""imported":2,"updated":1,"ignored":0"#)
        let same = Self.summary("OK", #""imported":0,"updated":0,"ignored":3"#)
        let refused = Self.summary("ERROR", #""imported":0,"ignored":3"#)
        let closed = Self.summary("WARNING", #""imported":0,"ignored":3"#, Self.locked)
        let all = outcome(good, same)
        #expect(all.kind == .ackFinal && all.code == "import-success")
        #expect(all.rows == .init(saved: 2, changed: 1, same: 3, refused: 0))
        #expect(outcome(good).kind == .ackFinal)
        #expect(outcome(good, refused).kind == .partial)
        #expect(outcome(good, Self.summary("WARNING", #""imported":1"#, Self.unknown)).errors.map(\.code) == ["E7610"])
        #expect(outcome(refused, refused).kind == .rejected)
        #expect(outcome(closed, closed).kind == .windowClosed)
        #expect(outcome(good, Self.summary("MAYBE", #""imported":1"#)).kind == .contractDrift)
        #expect(outcome(good, #"{"status":"SUCCESS"}"#).kind == .contractDrift)
        #expect(outcome().kind == .contractDrift)
    }

    @Test func `a job is polled until its summary is there`() throws {
        let document = try Self.document()
        let started = #"{"response":{"id":"YR1UxOUXmzT","jobType":"DATAVALUE_IMPORT"}}"#
        let exporter = Self.exporter()
        let first = exporter.classify(.put, Fixtures.response(200, started), document, transaction: nil)
        #expect(first.kind == .ackPending && first.transaction == "YR1UxOUXmzT")
        for body in ["", "null", "{}"] {
            let again = exporter.classify(.poll, Fixtures.response(200, body), document, transaction: "YR1UxOUXmzT")
            #expect(again.kind == .ackPending && again.transaction == "YR1UxOUXmzT")
        }
        for status in [404, 410] {
            let lost = exporter.classify(.poll, Fixtures.response(status, "{}"), document, transaction: "YR1UxOUXmzT")
            #expect(lost.kind == .retryLater && lost.isUnknown && lost.code == "job-lost")
        }
        let page = exporter.classify(.poll, Fixtures.response(404, "<html>"), document, transaction: "YR1UxOUXmzT")
        #expect(page.kind == .retryLater && !page.isUnknown)
        let done = Self.summary("SUCCESS", #""imported":3"#)
        let last = exporter.classify(.poll, Fixtures.response(200, done), document, transaction: "YR1UxOUXmzT")
        #expect(last.kind == .ackFinal && last.rows?.saved == 3)
    }

    @Test func `what is read back is compared value by value`() throws {
        let document = try Self.document()
        func shown(_ values: [(String, String, String)]) -> HTTPResult {
            let list = values.map {
                #"{"dataElement":"\#($0.0)","period":"202611","orgUnit":"BTG01",\#($0.1)"value":"\#($0.2)"}"#
            }
            return Fixtures.response(200, #"{"dataValues":[\#(list.joined(separator: ","))]}"#)
        }
        let option = #""categoryOptionCombo":"BALITA","#
        let other = #""categoryOptionCombo":"default","#
        let all = [("P6S_D", option, "512"), ("P6S_RTLH_DEN", other, "120.0"), ("P6S_RTLH_NUM", other, "84")]
        let exporter = Self.exporter()
        #expect(exporter.reconcile([shown(all)], document) == .same)
        #expect(exporter.reconcile([shown(Array(all.dropLast()))], document) == .behind(revision: 0))
        #expect(exporter.reconcile([shown([("P6S_D", other, "512")])], document) == .absent)
        #expect(exporter.reconcile([Fixtures.response(200, "{}")], document) == .absent)
        guard case .unreadable = exporter.reconcile([Fixtures.response(200, "<html>")], document) else {
            Issue.record("a page was read as values")
            return
        }
    }
}
