// An interface as data: filled bodies and paths, the table of answers, read-backs.
// SPDX-License-Identifier: Apache-2.0

import HTTPTransfer
import NodeConfiguration
import PluginKit
import Summaries
import Testing

@testable import Destinations

@Suite struct TemplateTests {
    static let template = HTTPTemplate(
        method: .post,
        path: "/r/{kodepemda}/{period}/{kind}",
        contentType: "application/json",
        escape: .json,
        body: #"{"revisi":{revision},"oleh":"{office}","baris":[{rows}],"n":{count}}"#,
        row: #"{"k":"{code}","w":"{area}","v":"{value}"}"#,
        ratioRow: #"{"k":"{code}","w":"{area}","v":"{value}","d":{denominator}}"#,
        separator: ",",
        rules: [
            .init(act: .put, statuses: 200...200, pointer: "/status", equals: "ok", kind: .ackFinal),
            .init(statuses: 200...202, pointer: "/status", equals: "wait", kind: .ackPending),
            .init(statuses: 200...200, pointer: "/a~1b/0", kind: .rejected), .init(statuses: 401...401, kind: .auth),
            .init(statuses: 500...599, kind: .retryLater),
            .init(statuses: 409...409, pointer: "/lama", equals: "true", kind: .stale),
        ],
        transaction: "/id",
        message: "/pesan",
        poll: "/t/{transaction}",
        readBack: .init(
            path: "/r/{period}?offset={offset}&limit={limit}",
            comparison: .rows(.init(shown: "/data", sent: "/baris", code: "/k", area: "/w", value: "/v", pageSize: 2))
        )
    )

    private func exporter(
        _ template: HTTPTemplate = template,
        _ change: (inout DestinationSettings) -> Void = { _ in }
    ) -> TemplateExporter {
        var settings = Fixtures.settings(baseURL: "https://t", kinds: [.indicators])
        settings.sendingOffice = "Dinas \"PMD\" {rows}"
        change(&settings)
        return TemplateExporter(settings: settings, template: template)
    }

    private func document(_ template: HTTPTemplate = template) throws -> OutboundDocument {
        try #require(try exporter(template).plan(Fixtures.snapshot(revision: 3), revisions: [:]).first)
    }

    @Test func `a body is filled, each value made safe, and no value is a placeholder`() throws {
        #expect(
            String(decoding: try document().bytes, as: UTF8.self)
                == #"{"revisi":3,"oleh":"Dinas \"PMD\" {rows}","baris":["#
                + #"{"k":"KESEHATAN.DITIMBANG","w":"33.25.01","v":"512"},"#
                + #"{"k":"SPM4.RTLH.TINDAKLANJUT","w":"33.25.01","v":"70.00","d":120}],"n":2}"#
        )
    }

    @Test func `the plan is a function of the snapshot's content`() throws {
        var shuffled = Fixtures.snapshot(revision: 3)
        shuffled.figures.reverse()
        #expect(
            try exporter().plan(shuffled, revisions: [:])
                == exporter().plan(Fixtures.snapshot(revision: 3), revisions: [:])
        )
        let parts = try exporter(Self.template) { $0.dialect.maximumRows = 1 }.plan(shuffled, revisions: [:])
        #expect(parts.map(\.kind.rawValue) == ["spm-posyandu", "spm-posyandu-2"])
    }

    @Test func `a body that is not JSON is refused`() {
        var template = Self.template
        template.body = "{\"a\":[{rows}}"
        #expect(throws: PlanError.self) { try document(template) }
    }

    @Test(arguments: [
        (HTTPTemplate.Escape.json, "a\"b\n", "a\\\"b\\n"), (.xml, "<a&b>", "&lt;a&amp;b&gt;"),
        (.csv, "a,\"b\"", "\"a,\"\"b\"\"\""),
        (.csv, "ab", "ab"), (.form, "a b&c", "a%20b%26c"), (.none, "a&b", "a&b"),
    ])
    func `a value is escaped for its place`(_ escape: HTTPTemplate.Escape, _ value: String, _ written: String) {
        #expect(TemplateText.escaped(value, escape) == written)
    }

    @Test func `every placeholder that a file may use is filled`() throws {
        var template = Self.template
        template.escape = .none
        func all(_ names: [String]) -> String { names.map { "{\($0)}" }.joined(separator: "|") }
        template.body = all(DestinationFile.Template.bodyPlaceholders)
        template.row = all(DestinationFile.Template.rowPlaceholders)
        template.ratioRow = all(DestinationFile.Template.ratioPlaceholders)
        template.path = "/" + all(DestinationFile.Template.pathPlaceholders)
        template.poll = "/" + all(DestinationFile.Template.pollPlaceholders)
        template.readBack?.path = "/" + all(DestinationFile.Template.readBackPlaceholders)
        let exporter = TemplateExporter(settings: Fixtures.settings(kinds: [.indicators]), template: template)
        let document = try #require(try exporter.plan(Fixtures.snapshot(), revisions: [:]).first)
        #expect(!String(decoding: document.bytes, as: UTF8.self).contains("{"))
        #expect(!exporter.request(document, nil).url.contains("{"))
        #expect(!exporter.poll("x", document, nil).url.contains("{"))
        #expect(!exporter.readBack(document, page: 1, nil).url.contains("{"))
    }

    @Test func `paths are filled and encoded`() throws {
        let document = try document()
        #expect(exporter().request(document, nil).url == "https://t/r/3325/2026-11/spm-posyandu")
        #expect(exporter().poll("a1", document, nil).url == "https://t/t/a1")
        #expect(exporter().readBack(document, page: 2, nil).url == "https://t/r/2026-11?offset=4&limit=2")
    }

    static let puts: [ClassifyCase] = [
        .init(name: "first rule", result: Fixtures.response(200, "{\"status\":\"ok\"}"), kind: .ackFinal),
        .init(
            name: "second rule",
            result: Fixtures.response(202, "{\"status\":\"wait\",\"id\":\"t-1\"}"),
            kind: .ackPending
        ),
        .init(
            name: "no id to poll",
            result: Fixtures.response(202, "{\"status\":\"wait\"}"),
            kind: .contractDrift,
            isUnknown: true
        ),
        .init(
            name: "a path as id",
            result: Fixtures.response(202, "{\"status\":\"wait\",\"id\":\"../x\"}"),
            kind: .contractDrift,
            isUnknown: true
        ),
        .init(name: "escaped pointer", result: Fixtures.response(200, "{\"a/b\":[1]}"), kind: .rejected),
        .init(name: "flag", result: Fixtures.response(409, "{\"lama\":true}"), kind: .stale),
        .init(
            name: "no rule, 409",
            result: Fixtures.response(409, "{\"lama\":false}"),
            kind: .contractDrift,
            isUnknown: true
        ),
        .init(
            name: "no rule, 200",
            result: Fixtures.response(200, "{\"status\":\"?\"}"),
            kind: .contractDrift,
            isUnknown: true
        ),
        .init(name: "not JSON", result: Fixtures.response(200, "<html>"), kind: .contractDrift, isUnknown: true),
        .init(name: "401", result: Fixtures.response(401), kind: .auth),
        .init(name: "503", result: Fixtures.response(503), kind: .retryLater),
        .init(name: "500", result: Fixtures.response(500), kind: .retryLater, isUnknown: true),
        .init(
            name: "transport",
            result: .failure(HTTPTransferError(curlCode: 7, phase: .beforeSend, message: "m")),
            kind: .retryLater
        ),
    ]

    @Test(arguments: puts)
    func `the first rule that fits decides`(_ one: ClassifyCase) {
        let outcome = exporter().classify(.put, one.result, Fixtures.document, transaction: nil)
        #expect(outcome.kind == one.kind && outcome.isUnknown == one.isUnknown)
    }

    @Test func `a rule of another question does not fit`() {
        let result = Fixtures.response(200, "{\"status\":\"ok\"}")
        #expect(exporter().classify(.poll, result, Fixtures.document, transaction: "t").kind == .contractDrift)
    }

    @Test func `pages of a read-back are compared by value`() throws {
        let document = try document()
        func page(_ rows: String) -> HTTPResult { Fixtures.response(200, "{\"data\":[\(rows)]}") }
        let ours = [
            #"{"k":"KESEHATAN.DITIMBANG","w":"33.25.01","v":512}"#,
            #"{"k":"SPM4.RTLH.TINDAKLANJUT","w":"33.25.01","v":"70.0"}"#,
        ]
        let other = #"{"k":"X","w":"33.25.01","v":"1"}"#
        #expect(exporter().reconcile([page(ours.joined(separator: ","))], document) == .same)
        #expect(exporter().reconcile([page([ours[0], other].joined(separator: ","))], document) == .more)
        #expect(
            exporter().reconcile([page([ours[0], other].joined(separator: ",")), page(ours[1])], document) == .same
        )
        #expect(exporter().reconcile([page(ours[0])], document) == .behind(revision: 0))
        #expect(exporter().reconcile([page("")], document) == .absent)
        #expect(exporter().reconcile([Fixtures.response(404, "{}")], document) == .absent)
        for result in [Fixtures.response(404, "<html>"), Fixtures.response(200, "{}"), Fixtures.response(500)] {
            guard case .unreadable = exporter().reconcile([result], document) else {
                Issue.record("taken for an answer")
                continue
            }
        }
    }

    @Test(arguments: [(3, ReadBackFinding.same), (2, .behind(revision: 2)), (4, .ahead(revision: 4))])
    func `a revision is compared`(_ held: Int, _ finding: ReadBackFinding) throws {
        var template = Self.template
        template.readBack = .init(path: "/r", comparison: .revision("/meta/revisi"))
        let result = Fixtures.response(200, "{\"meta\":{\"revisi\":\"\(held)\"}}")
        #expect(exporter(template).reconcile([result], try document()) == finding)
    }

    @Test func `without a read-back a person confirms`() throws {
        var template = Self.template
        template.readBack = nil
        #expect(!exporter(template).canReadBack)
        var row = PushRow(state: .verifying, nextAt: 0)
        row = PushStep(limits: PushLimits()).advance(row, .found(.notOffered), now: 1, random: 0).row
        #expect(row.state == .held && row.reason == "no-read-back")
        row = PushStep(limits: PushLimits()).advance(row, .acknowledgedByHand("surat 1"), now: 1, random: 0).row
        #expect(row.state == .acknowledged)
    }

    @Test func `a mapping is chosen by the last day of the period`() throws {
        let first = DatedMapping(
            from: nil,
            to: CivilDate("2026-11-29"),
            mapping: ExporterMapping(version: "a", nomenclature: "n")
        )
        let second = DatedMapping(
            from: CivilDate("2026-11-30"),
            to: nil,
            mapping: ExporterMapping(
                version: "b",
                nomenclature: "n",
                indicators: ["kesehatan.ditimbang": .init(code: "B")]
            )
        )
        let dated = exporter(Self.template) { $0.mappings = [first, second] }
        let document = try #require(try dated.plan(Fixtures.snapshot(), revisions: [:]).first)
        #expect(String(decoding: document.bytes, as: UTF8.self).contains("\"k\":\"B\""))
        #expect(throws: PlanError.self) {
            try exporter(Self.template) { $0.mappings = [first] }.plan(Fixtures.snapshot(), revisions: [:])
        }
    }
}
