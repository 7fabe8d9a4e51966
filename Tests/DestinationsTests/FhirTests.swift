// MeasureReport: golden bytes, requests, every class of answer, read-backs.
// SPDX-License-Identifier: Apache-2.0

import HTTPTransfer
import PluginKit
import Summaries
import Testing

@testable import Destinations

@Suite struct FhirTests {
    static func settings(_ change: (inout DestinationSettings) -> Void = { _ in }) -> DestinationSettings {
        var settings = Fixtures.settings(baseURL: "https://f/fhir", kinds: [.indicators])
        settings.kind = Fhir.kind
        change(&settings)
        return settings
    }

    /// Two kecamatan and the kabupaten of one ratio, and a sum with decimals.
    static let figures: [SnapshotFigure] = {
        var total = Fixtures.figures[0]
        total.area = "33.25"
        total.numerator = "90"
        total.denominator = "150"
        var weight = Fixtures.figures[0]
        weight.indicator = "perumahan_rakyat.biaya"
        weight.kind = "sum"
        weight.unit = "juta"
        weight.numerator = "12.5"
        weight.denominator = nil
        return Fixtures.figures + [total, weight]
    }()

    static let exporter = Fhir(settings: settings())
    static func documents(revision: Int = 1) -> [OutboundDocument] {
        (try? exporter.plan(Fixtures.snapshot(revision: revision, figures: figures), revisions: [:])) ?? []
    }
    static let document = documents(revision: 3).last ?? Fixtures.document

    @Test func `a report is these bytes`() throws {
        let documents = Self.documents()
        #expect(documents.map(\.kind.rawValue) == ["kesehatan", "perumahan_rakyat"])
        let system = "\"system\":\"http://terminology.hl7.org/CodeSystem/measure-population\""
        #expect(
            String(decoding: try #require(documents.last).bytes, as: UTF8.self) == """
                {"resourceType":"MeasureReport","id":"6spm-3325-2026-11-perumahan-rakyat",\
                "identifier":[{"system":"urn:posyandu6spm:rekap","value":"3325/2026-11/perumahan_rakyat/1"}],\
                "status":"complete","type":"summary","measure":"urn:posyandu6spm:measure:perumahan_rakyat",\
                "subject":{"type":"Location","identifier":{"system":"urn:posyandu6spm:wilayah","value":"33.25"}},\
                "date":"2026-12-01T09:00:00+07:00",\
                "reporter":{"type":"Organization","identifier":{"system":"urn:posyandu6spm:wilayah","value":"33.25"},\
                "display":"Dinas PMD"},"period":{"start":"2026-11-01","end":"2026-11-30"},"group":[\
                {"code":{"coding":[{"system":"urn:posyandu6spm:indikator","code":"PERUMAHAN_RAKYAT.BIAYA"}]},\
                "stratifier":[{"code":[{"coding":[{"system":"urn:posyandu6spm:wilayah","code":"kecamatan"}]}],\
                "stratum":[{"value":{"coding":[{"system":"urn:posyandu6spm:wilayah","code":"33.25.01"}]},\
                "measureScore":{"value":12.5,"unit":"juta"}}]}]},\
                {"code":{"coding":[{"system":"urn:posyandu6spm:indikator","code":"SPM4.RTLH.TINDAKLANJUT"}]},\
                "population":[{"code":{"coding":[{\(system),"code":"denominator"}]},"count":150},\
                {"code":{"coding":[{\(system),"code":"numerator"}]},"count":90}],\
                "measureScore":{"value":60.00,"unit":"%","system":"http://unitsofmeasure.org","code":"%"},\
                "stratifier":[{"code":[{"coding":[{"system":"urn:posyandu6spm:wilayah","code":"kecamatan"}]}],\
                "stratum":[{"value":{"coding":[{"system":"urn:posyandu6spm:wilayah","code":"33.25.01"}]},\
                "population":[{"code":{"coding":[{\(system),"code":"denominator"}]},"count":120},\
                {"code":{"coding":[{\(system),"code":"numerator"}]},"count":84}],\
                "measureScore":{"value":70.00,"unit":"%","system":"http://unitsofmeasure.org","code":"%"}}]}]}]}
                """
        )
    }

    @Test func `the plan is a function of the snapshot's content`() throws {
        var shuffled = Fixtures.snapshot(figures: Self.figures)
        shuffled.figures.reverse()
        #expect(try Self.exporter.plan(shuffled, revisions: [:]) == Self.documents())
    }

    @Test func `a revision given from outside is in the identifier`() throws {
        let kind = DocumentKind(rawValue: "kesehatan")
        let documents = try Self.exporter.plan(Fixtures.snapshot(), revisions: [kind: 9])
        #expect(documents.first?.revision == 9)
        #expect(String(decoding: documents[0].bytes, as: UTF8.self).contains("3325/2026-11/kesehatan/9\""))
    }

    @Test func `a PUT goes to the fixed id`() {
        let request = Self.exporter.request(Self.document, Credential(header: "Authorization", value: "Bearer x"))
        #expect(request.method == "PUT")
        #expect(request.url == "https://f/fhir/MeasureReport/6spm-3325-2026-11-perumahan-rakyat")
        #expect(request.headers.contains { $0 == ("Content-Type", "application/fhir+json") })
        #expect(Self.exporter.check(Self.document, nil)?.url == "https://f/fhir/MeasureReport/$validate")
        #expect(Self.exporter.readBack(Self.document, page: 0, nil).url == request.url)
    }

    @Test(
        arguments: [
            ("https://f/fhir/jobs/1?_format=json", "jobs/1?_format=json"), ("/fhir/jobs/1", "jobs/1"),
            ("https://evil/fhir/jobs/1", nil), ("https://f/other/1", nil), ("https://f/fhir/../admin", nil),
            ("https://f/fhir/a/./b", nil), ("//evil/fhir/x", nil), ("jobs/1", nil), ("https://f/fhir/", nil),
            ("https://f/fhir/a%2e%2e/b", nil), ("https://f/fhirx/jobs", nil), ("https://f@evil/fhir/x", nil),
            ("https://f/fhir/a#b", nil), ("http://f/fhir/a", nil), ("https://f/fhir//a", nil),
        ] as [(String, String?)]
    )
    func `a location is followed below our base URL only`(_ text: String, _ path: String?) {
        #expect(Self.exporter.location(text) == path)
    }

    // MARK: Answers

    private static func outcome(_ code: String, severity: String = "error", detail: String = "") -> String {
        """
        {"resourceType":"OperationOutcome","issue":[{"severity":"\(severity)","code":"\(code)",
         "details":{"coding":[{"code":"\(detail)"}],"text":"T"},"expression":["MeasureReport.group[1].population[0].count"]}]}
        """
    }

    private static func report(_ revision: Int) -> String {
        "{\"resourceType\":\"MeasureReport\",\"identifier\":[{\"system\":\"urn:posyandu6spm:rekap\","
            + "\"value\":\"3325/2026-11/perumahan_rakyat/\(revision)\"}]}"
    }

    static let puts: [ClassifyCase] = [
        .init(name: "200 empty", result: Fixtures.response(200), kind: .ackFinal),
        .init(name: "201 empty", result: Fixtures.response(201), kind: .ackFinal),
        .init(name: "204", result: Fixtures.response(204), kind: .ackFinal),
        .init(name: "200 the report", result: Fixtures.response(200, report(3)), kind: .ackFinal),
        .init(name: "200 a higher revision", result: Fixtures.response(200, report(4)), kind: .stale),
        .init(
            name: "200 a report without our identifier",
            result: Fixtures.response(200, "{\"resourceType\":\"MeasureReport\"}"),
            kind: .contractDrift,
            isUnknown: true
        ),
        .init(
            name: "200 information",
            result: Fixtures.response(200, outcome("informational", severity: "information")),
            kind: .ackFinal
        ),
        .init(name: "200 with an error", result: Fixtures.response(200, outcome("invalid")), kind: .rejected),
        .init(
            name: "200 other JSON",
            result: Fixtures.response(200, "{\"ok\":true}"),
            kind: .contractDrift,
            isUnknown: true
        ),
        .init(
            name: "200 truncated",
            result: Fixtures.response(200, "{\"resourceTy"),
            kind: .contractDrift,
            isUnknown: true
        ),
        .init(
            name: "200 HTML",
            result: Fixtures.response(200, "<html>", type: "text/html"),
            kind: .retryLater,
            isUnknown: true
        ),
        .init(name: "202 without a place", result: Fixtures.response(202), kind: .ackPending),
        .init(
            name: "202 with a place",
            result: Fixtures.response(202, headers: [("Location", "/fhir/jobs/7")]),
            kind: .ackPending
        ),
        .init(
            name: "202 to another host",
            result: Fixtures.response(202, headers: [("Location", "https://evil/fhir/jobs/7")]),
            kind: .contractDrift,
            isUnknown: true
        ),
        .init(
            name: "303 with a place",
            result: Fixtures.response(303, headers: [("Location", "https://f/fhir/MeasureReport/x")]),
            kind: .ackPending
        ),
        .init(name: "303 without a place", result: Fixtures.response(303), kind: .contractDrift, isUnknown: true),
        .init(
            name: "301",
            result: Fixtures.response(301, headers: [("Location", "/fhir/x")]),
            kind: .contractDrift,
            isUnknown: true
        ),
        .init(name: "400", result: Fixtures.response(400, outcome("structure")), kind: .rejected),
        .init(name: "401", result: Fixtures.response(401), kind: .auth),
        .init(name: "401 with words", result: Fixtures.response(401, outcome("login")), kind: .auth),
        .init(name: "403", result: Fixtures.response(403, outcome("forbidden")), kind: .auth),
        .init(name: "404", result: Fixtures.response(404, outcome("not-found")), kind: .rejected),
        .init(
            name: "404 HTML",
            result: Fixtures.response(404, "<html>", type: "text/html"),
            kind: .retryLater,
            isUnknown: true
        ),
        .init(name: "405", result: Fixtures.response(405), kind: .rejected),
        .init(name: "408", result: Fixtures.response(408), kind: .retryLater, isUnknown: true),
        .init(name: "409", result: Fixtures.response(409, outcome("conflict")), kind: .stale),
        .init(name: "409 empty", result: Fixtures.response(409), kind: .stale),
        .init(name: "410", result: Fixtures.response(410), kind: .rejected),
        .init(name: "409, a rule", result: Fixtures.response(409, outcome("business-rule")), kind: .rejected),
        .init(name: "412", result: Fixtures.response(412, outcome("business-rule")), kind: .stale),
        .init(name: "413", result: Fixtures.response(413), kind: .tooBig),
        .init(name: "415", result: Fixtures.response(415, outcome("not-supported")), kind: .rejected),
        .init(name: "422", result: Fixtures.response(422, outcome("invariant")), kind: .rejected),
        .init(
            name: "422 throttled",
            result: Fixtures.response(422, outcome("throttled")),
            kind: .retryLater,
            isUnknown: true
        ),
        .init(name: "429", result: Fixtures.response(429, retryAfter: 7), kind: .retryLater),
        .init(name: "429 with words", result: Fixtures.response(429, outcome("throttled")), kind: .retryLater),
        .init(name: "500", result: Fixtures.response(500, outcome("exception")), kind: .retryLater, isUnknown: true),
        .init(name: "503", result: Fixtures.response(503, outcome("transient")), kind: .retryLater),
        .init(name: "599", result: Fixtures.response(599), kind: .contractDrift, isUnknown: true),
        .init(
            name: "transport",
            result: .failure(HTTPTransferError(curlCode: 28, phase: .bytesSent, message: "m")),
            kind: .retryLater,
            isUnknown: true
        ),
    ]

    @Test(arguments: puts)
    func `an answer to a PUT`(_ one: ClassifyCase) {
        let outcome = Self.exporter.classify(.put, one.result, Self.document, transaction: nil)
        #expect(outcome.kind == one.kind && outcome.isUnknown == one.isUnknown)
    }

    @Test func `every status has a class, and none but 2xx and 303 is an acknowledgement`() {
        for act in PushAct.allCases {
            for status in 100...599 {
                for body in ["", "{}", "[]", "<html>", "{", Self.outcome("invalid"), Self.report(3)] {
                    let result = Fixtures.response(status, body)
                    let outcome = Self.exporter.classify(act, result, Self.document, transaction: nil)
                    if [.ackFinal, .ackPending].contains(outcome.kind) {
                        #expect([200, 201, 202, 204, 303].contains(status))
                    }
                    // What a lost poll asked about was sent: that alone is unknown where nothing was put.
                    if act != .put { #expect(!outcome.isUnknown || act == .poll && [404, 410].contains(status)) }
                }
            }
        }
    }

    @Test func `issues become errors of rows`() throws {
        let outcome = Self.exporter.classify(
            .put,
            Fixtures.response(422, Self.outcome("value", detail: "E1")),
            Self.document,
            transaction: nil
        )
        let error = try #require(outcome.errors.first)
        #expect(
            error == .init(index: 1, pointer: "MeasureReport.group[1].population[0].count", code: "E1", message: "T")
        )
    }

    @Test func `codes of the file mean a closed period`() {
        let exporter = Fhir(settings: Self.settings { $0.dialect.options["closed_codes"] = "TUTUP" })
        let result = Fixtures.response(422, Self.outcome("business-rule", detail: "TUTUP"))
        #expect(exporter.classify(.put, result, Self.document, transaction: nil).kind == .windowClosed)
    }

    @Test func `a poll ends with the report, and waits while it is not there`() {
        let own = Self.exporter.ownLocation(Self.document)
        func poll(_ result: HTTPResult, _ transaction: String) -> Outcome {
            Self.exporter.classify(.poll, result, Self.document, transaction: transaction)
        }
        #expect(poll(Fixtures.response(200, Self.report(3)), own).kind == .ackFinal)
        #expect(poll(Fixtures.response(200, Self.report(2)), own).kind == .ackPending)
        #expect(poll(Fixtures.response(404, Self.outcome("not-found")), own).kind == .ackPending)
        #expect(poll(Fixtures.response(404), own).transaction == own)
        for gone in [Fixtures.response(404, Self.outcome("not-found")), Fixtures.response(410)] {
            let lost = poll(gone, "jobs/7")
            #expect(lost.kind == .retryLater && lost.isUnknown && lost.code == "poll-lost")
        }
        #expect(!poll(Fixtures.response(404, "<html>"), "jobs/7").isUnknown)
        #expect(poll(Fixtures.response(202), "jobs/7").transaction == "jobs/7")
        #expect(poll(Fixtures.response(422, Self.outcome("invalid")), "jobs/7").kind == .rejected)
        #expect(Self.exporter.poll("jobs/7", Self.document, nil).url == "https://f/fhir/jobs/7")
        #expect(Self.exporter.poll("../x", Self.document, nil).url.hasSuffix(own))
    }

    // MARK: Read-back

    private func found(_ status: Int, _ body: String) -> ReadBackFinding {
        Self.exporter.reconcile([Fixtures.response(status, body)], Self.document)
    }

    @Test func `a read-back compares revision and numbers`() {
        let own = String(decoding: Self.document.bytes, as: UTF8.self)
        #expect(found(200, own) == .same)
        #expect(found(200, own.replacing("60.00", with: "60.0")) == .same)
        #expect(found(200, own.replacing("\"count\":90", with: "\"count\":91")) == .different(digest: "1 of 7 numbers"))
        #expect(found(200, own.replacing("rakyat/3\"", with: "rakyat/2\"")) == .behind(revision: 2))
        #expect(found(200, own.replacing("rakyat/3\"", with: "rakyat/10\"")) == .ahead(revision: 10))
        #expect(
            found(200, own.replacing("rakyat/3\"", with: "lain/3\"")) == .different(digest: "no identifier of ours")
        )
        #expect(found(404, Self.outcome("not-found")) == .absent)
        #expect(found(410, "") == .absent)
    }

    @Test(arguments: [
        (404, "<html>"), (200, ""), (200, "{}"), (200, "<html>"), (202, ""), (401, ""), (500, ""), (303, ""),
    ])
    func `what cannot be compared is unreadable`(_ status: Int, _ body: String) {
        guard case .unreadable(let outcome) = found(status, body) else {
            Issue.record("\(found(status, body))")
            return
        }
        #expect(![.ackFinal, .ackPending, .duplicateOK].contains(outcome.kind))
    }
}
