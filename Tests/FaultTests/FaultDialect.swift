// What a fault suite has to know of an exporter: its routes at the stand-in, its settings, what must be held in the end.
// SPDX-License-Identifier: Apache-2.0

import PluginKit
import Testing

@testable import Destinations

/// One exporter under faults, in one way of answering. A new exporter is one more value in ``all``.
struct FaultDialect: Sendable, CustomTestStringConvertible {
    /// The exporter's kind, with `-async` when the destination lets itself be polled although it need not.
    let name: String
    let kind: String
    /// The stand-in's names of the routes that take the place of `{put}`, `{get}` and `{poll}` in a script.
    let put: String
    let get: String
    let poll: String?
    /// What is held in the stand-in's state.
    let section: String
    /// The path behind the room.
    let path: String
    /// The value of the header, around `{secret}`.
    let credential: String
    let documentKinds: Set<DocumentKind>
    /// `2026-11`, `2026`: e-Walidata takes years alone.
    let period: String
    var dialect: DialectSettings
    /// Indicators of the snapshot with the destination's codes for them.
    var codes = ["perumahan_rakyat.rtlh": "SPM4.RTLH", "kesehatan.ditimbang": "SPM2.DITIMBANG"]
    /// Lines below every script: how the destination behaves where no fault is named, before and after it is healed.
    var base = ""
    /// Only what concerns polls is run: the rest is the same as without them.
    var onlyPolls = false
    /// The rows that a document is at the destination: key and content.
    let rows: @Sendable (OutboundDocument) throws -> [String: String]
    /// The content of an entry of the stand-in's state.
    let content: @Sendable (JSONValue) -> String

    var testDescription: String { name }

    static let all = [rekap, serv, dhis2, dhis2Async, adx, fhir, fhirAsync, template]

    static let rekap = FaultDialect(
        name: "sipd-rekap",
        kind: "sipd-rekap",
        put: "rekap.put",
        get: "rekap.get",
        poll: "rekap.poll",
        section: "rekap",
        path: "",
        credential: "Bearer {secret}",
        documentKinds: [.indicators],
        period: "2026-11",
        dialect: DialectSettings(),
        rows: { document in
            let key = document.key
            return ["\(key.kodepemda)/\(key.period)/\(key.kind)": SipdRekap.digestText(document)]
        },
        content: { $0["digest"]?.string ?? "" }
    )

    static let serv = FaultDialect(
        name: "sipd-serv",
        kind: "sipd-serv",
        put: "serv.push",
        get: "serv.get",
        poll: nil,
        section: "serv",
        path: "/serv",
        credential: "Bearer {secret}",
        documentKinds: [.indicators],
        period: "2026",
        dialect: DialectSettings(orgUnits: .init(scheme: .plain)),
        codes: servCodes,
        rows: servRows,
        content: { $0["isi"]?["data"]?.string ?? "" }
    )

    private static let servCodes = ["perumahan_rakyat.rtlh": "1.04.000123", "kesehatan.ditimbang": "1.02.000474"]
    private static let servRows: @Sendable (OutboundDocument) throws -> [String: String] = { document in
        try values(document, "data", ["kodepemda", "kodeindikator", "tahun", "kodekec"], value: "data")
    }

    static let dhis2 = dhis2(name: "dhis2-dvs", poll: nil, options: [:])
    /// Has each document checked by a dry run before it is sent.
    static let dhis2Checked = {
        var checked = dhis2(name: "dhis2-dvs-checked", poll: nil, options: [:])
        checked.dialect.checksFirst = true
        return checked
    }()
    static let dhis2Async = dhis2(name: "dhis2-dvs-async", poll: "dhis2.summary", options: ["async": "true"])

    private static func dhis2(name: String, poll: String?, options: [String: String]) -> FaultDialect {
        FaultDialect(
            name: name,
            kind: "dhis2-dvs",
            put: "dhis2.push",
            get: "dhis2.get",
            poll: poll,
            section: "dhis2",
            path: "/api",
            credential: "ApiToken d2pat_{secret}",
            documentKinds: [.indicators],
            period: "2026-11",
            dialect: DialectSettings(options: ["data_set": "P6S"].merging(options) { $1 }),
            onlyPolls: poll != nil,
            rows: { document in
                let rows = try values(document, "dataValues", ["dataElement", "period", "orgUnit"], value: "value")
                return Dictionary(uniqueKeysWithValues: rows.map { ("\($0.key)/\(defaultCombos)", $0.value) })
            },
            content: { $0["isi"]?["value"]?.string ?? "" }
        )
    }

    private static let defaultCombos = "HllvX50cXC0/HllvX50cXC0"

    static let adx = FaultDialect(
        name: "adx-xml",
        kind: "adx-xml",
        put: "dhis2.push",
        get: "dhis2.get",
        poll: nil,
        section: "dhis2",
        path: "/api",
        credential: "ApiToken d2pat_{secret}",
        documentKinds: [.indicators],
        period: "2026-11",
        dialect: DialectSettings(options: ["data_set": "P6S"]),
        rows: adxRows,
        content: { $0["isi"]?["value"]?.string ?? "" }
    )

    static let fhir = fhir(name: "fhir-measurereport", poll: nil, base: "")
    static let fhirAsync = fhir(
        name: "fhir-measurereport-async",
        poll: "fhir.async",
        base: "fhir.put always accepted"
    )

    /// One report a sector: here of one sector alone, so that there is one document as with the others.
    private static func fhir(name: String, poll: String?, base: String) -> FaultDialect {
        FaultDialect(
            name: name,
            kind: "fhir-measurereport",
            put: "fhir.put",
            get: "fhir.get",
            poll: poll,
            section: "fhir",
            path: "/fhir",
            credential: "Bearer {secret}",
            documentKinds: [.indicators],
            period: "2026-11",
            dialect: DialectSettings(),
            codes: ["kesehatan.hadir": "SPM2.HADIR", "kesehatan.ditimbang": "SPM2.DITIMBANG"],
            base: base,
            onlyPolls: poll != nil,
            rows: { ["6spm-3325-\($0.period)-kesehatan": SipdRekap.digestText($0)] },
            content: { $0["isi"]?["digest"]?.string ?? "" }
        )
    }

    /// The template of a file that somebody wrote for the endpoint of `sipd-serv`, which it then knows by its table alone.
    static let template: FaultDialect = {
        var dialect = DialectSettings(orgUnits: .init(scheme: .plain))
        dialect.template = HTTPTemplate(
            method: .post,
            path: "/push_dssd?kodepemda={kodepemda}",
            contentType: "application/json",
            escape: .json,
            body: #"{"data":[{rows}]}"#,
            row: #"{"kodepemda":"3325","kodeindikator":"{code}","tahun":"2026","kodekec":"{area}","data":"{value}"}"#,
            separator: ",",
            rules: [
                .init(act: .put, statuses: 200...200, pointer: "/log", kind: .ackFinal),
                .init(statuses: 401...403, kind: .auth),
                .init(statuses: 408...408, kind: .retryLater), .init(statuses: 425...429, kind: .retryLater),
                .init(statuses: 400...499, kind: .rejected), .init(statuses: 500...500, kind: .retryLater),
                .init(statuses: 502...504, kind: .retryLater), .init(statuses: 507...507, kind: .retryLater),
                .init(statuses: 520...527, kind: .retryLater),
            ],
            message: "/msg",
            readBack: .init(
                path: "/get_dssd?kodepemda={kodepemda}&tahun={year}&limit={limit}&offset={offset}",
                comparison: .rows(
                    .init(
                        shown: "/data",
                        sent: "/data",
                        code: "/kodeindikator",
                        area: "/kodekec",
                        value: "/data",
                        pageSize: 100
                    )
                )
            )
        )
        return FaultDialect(
            name: "http-template",
            kind: "http-template",
            put: "serv.push",
            get: "serv.get",
            poll: nil,
            section: "serv",
            path: "/serv",
            credential: "Bearer {secret}",
            documentKinds: [.indicators],
            period: "2026",
            dialect: dialect,
            codes: servCodes,
            rows: servRows,
            content: { $0["isi"]?["data"]?.string ?? "" }
        )
    }()

    /// The entries of a list in the document's bytes, as key and value.
    private static func values(
        _ document: OutboundDocument,
        _ list: String,
        _ key: [String],
        value: String
    ) throws -> [String: String] {
        var rows: [String: String] = [:]
        for entry in try JSONParser.parse(document.bytes)[list]?.array ?? [] {
            rows[key.map { entry[$0]?.string ?? "" }.joined(separator: "/")] = entry[value]?.string
        }
        return rows
    }

    /// The values of an ADX document, read here without the code that wrote them.
    private static let adxRows: @Sendable (OutboundDocument) throws -> [String: String] = { document in
        func attribute(_ name: String, _ line: Substring) -> String? {
            let parts = line.split(separator: " \(name)=\"", maxSplits: 1)
            return parts.count == 2 ? String(parts[1].prefix { $0 != "\"" }) : nil
        }
        var rows: [String: String] = [:]
        var area = ""
        for line in String(decoding: document.bytes, as: UTF8.self).split(separator: "\n") {
            area = attribute("orgUnit", line) ?? area
            guard let element = attribute("dataElement", line) else { continue }
            rows["\(element)/202611/\(area)/\(defaultCombos)"] = attribute("value", line)
        }
        return rows
    }
}
