// ADX: golden bytes, back from our own bytes, answers and read-backs.
// SPDX-License-Identifier: Apache-2.0

import HTTPTransfer
import PluginKit
import Summaries
import Testing

@testable import Destinations

@Suite struct AdxTests {
    private func settings(_ change: (inout DestinationSettings) -> Void = { _ in }) -> DestinationSettings {
        var settings = Fixtures.settings(baseURL: "https://d/api", unmapped: .skip, kinds: [.indicators])
        settings.kind = Adx.kind
        settings.mapping.indicators = [
            "perumahan_rakyat.rtlh_tindaklanjut": .init(code: "RTLH", numerator: "RTLH_N", denominator: "RTLH_D"),
            "kesehatan.ditimbang": .init(code: "D&<\"'>", option: "F"),
        ]
        settings.dialect.options = ["data_set": "P6\"SPM", "category.F": "GENDER=F AGE=0_4"]
        change(&settings)
        return settings
    }

    private func plan(_ settings: DestinationSettings, _ snapshot: PeriodSnapshot = Fixtures.snapshot()) throws
        -> [OutboundDocument]
    {
        try Adx(settings: settings).plan(snapshot, revisions: [:])
    }

    @Test func `a document is these bytes`() throws {
        let document = try #require(try plan(settings()).first)
        #expect(
            String(decoding: document.bytes, as: UTF8.self) == """
                <?xml version="1.0" encoding="UTF-8"?>
                <adx xmlns="urn:ihe:qrph:adx:2015" exported="2026-12-01T09:00:00+07:00">
                <group orgUnit="33.25.01" dataSet="P6&quot;SPM" period="2026-11-01/P1M">
                <dataValue dataElement="D&amp;&lt;&quot;&apos;&gt;" value="512" AGE="0_4" GENDER="F"/>
                <dataValue dataElement="RTLH_D" value="120"/>
                <dataValue dataElement="RTLH_N" value="84"/>
                </group>
                </adx>

                """
        )
        #expect(document.key == NaturalKey(kodepemda: "3325", period: "2026-11", kind: .init(rawValue: "adx")))
    }

    @Test func `the plan is a function of the snapshot's content`() throws {
        var shuffled = Fixtures.snapshot()
        shuffled.figures.reverse()
        #expect(try plan(settings()) == plan(settings(), shuffled))
    }

    @Test func `areas are groups, parts have at most so many values`() throws {
        let wide = settings {
            $0.kinds = [.registry]
            $0.mapping.unmapped = .passThrough
            $0.dialect.orgUnits = .init(scheme: .plain, overrides: ["33.25.02": "BTG02"])
            $0.dialect.maximumRows = 3
        }
        let documents = try plan(wide)
        #expect(documents.map(\.kind.rawValue) == ["adx", "adx-2"])
        let text = documents.map { String(decoding: $0.bytes, as: UTF8.self) }
        #expect(text[0].contains("orgUnit=\"332501\"") && text[0].contains("orgUnit=\"BTG02\""))
        #expect(!text[1].contains("orgUnit=\"332501\""))
    }

    @Test func `the values come back from our own bytes`() throws {
        let settings = settings()
        let document = try #require(try plan(settings).first)
        #expect(
            AdxText(settings).values(document.bytes) == [
                ValueRow(code: "D&<\"'>", area: "33.25.01", option: "F", value: "512"),
                ValueRow(code: "RTLH_D", area: "33.25.01", value: "120"),
                ValueRow(code: "RTLH_N", area: "33.25.01", value: "84"),
            ]
        )
        #expect(AdxText(settings).values(Array("<adx/>".utf8)) == nil)
        #expect(AdxText(self.settings { $0.dialect.options = [:] }).values(document.bytes) == nil)
    }

    @Test func `a disaggregation without attributes, and a control character, are refused`() {
        #expect(throws: PlanError.self) { try plan(settings { $0.dialect.options["category.F"] = nil }) }
        #expect(throws: PlanError.self) { try plan(settings { $0.dialect.options["category.F"] = "value=1" }) }
        #expect(throws: PlanError.self) { try plan(settings { $0.dialect.options["data_set"] = "a\u{1}" }) }
    }

    @Test func `a period of another length is not for this destination`() throws {
        #expect(try plan(settings { $0.dialect.periods = [.quarter] }).isEmpty)
    }

    @Test func `requests name their type, and no secret is in a URL`() throws {
        let exporter = Adx(settings: settings())
        let document = try #require(try plan(settings()).first)
        let request = exporter.request(document, Credential(header: "Authorization", value: "ApiToken s3cret"))
        #expect(request.method == "POST" && request.body == document.bytes)
        #expect(request.headers.contains { $0 == ("Content-Type", "application/adx+xml") })
        #expect(!request.url.contains("s3cret") && !request.url.contains("dryRun"))
        #expect(exporter.check(document, nil)?.url.hasSuffix("&dryRun=true") == true)
        let readBack = exporter.readBack(document, page: 0, nil)
        #expect(readBack.method == "GET" && readBack.url.contains("period=202611&orgUnit=33.25&children=true"))
    }

    @Test(arguments: [
        (
            200, "{\"status\":\"SUCCESS\",\"importCount\":{\"imported\":3,\"updated\":0,\"ignored\":0,\"deleted\":0}}",
            OutcomeClass.ackFinal
        ),
        (
            409,
            """
            {"status":"WARNING","importCount":{"imported":2,"updated":0,"ignored":1,"deleted":0},
             "conflicts":[{"object":"x","value":"not found","errorCode":"E7610","indexes":[1]}],"rejectedIndexes":[1]}
            """, .partial
        ),
        (503, "", .retryLater), (200, "<html>", .retryLater), (401, "{}", .auth), (415, "{}", .rejected),
        (200, "{}", .contractDrift),
    ])
    func `answers are those of DHIS2`(_ status: Int, _ body: String, _ kind: OutcomeClass) throws {
        let document = try #require(try plan(settings()).first)
        let exporter = Adx(settings: settings())
        #expect(exporter.classify(.put, Fixtures.response(status, body), document, transaction: nil).kind == kind)
    }

    @Test func `a read-back is compared by value`() throws {
        let document = try #require(try plan(settings()).first)
        let exporter = Adx(settings: settings())
        func shown(_ numerator: String, _ option: String = "F") -> ReadBackFinding {
            let body = """
                {"dataValues":[
                 {"dataElement":"D&<\\"'>","orgUnit":"33.25.01","categoryOptionCombo":"\(option)","value":"512"},
                 {"dataElement":"RTLH_D","orgUnit":"33.25.01","categoryOptionCombo":"default","value":"120.0"},
                 {"dataElement":"RTLH_N","orgUnit":"33.25.01","categoryOptionCombo":"default","value":"\(numerator)"}]}
                """
            return exporter.reconcile([Fixtures.response(200, body)], document)
        }
        #expect(shown("84") == .same)
        #expect(shown("83") == .behind(revision: 0))
        #expect(shown("84", "M") == .behind(revision: 0))
        #expect(exporter.reconcile([Fixtures.response(200, "{}")], document) == .absent)
    }
}
