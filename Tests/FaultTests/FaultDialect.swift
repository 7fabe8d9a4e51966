// What a fault suite has to know of an exporter: its routes at the stand-in, its settings, what must be held in the end.
// SPDX-License-Identifier: Apache-2.0

import HTTPTransfer
import PluginKit
import Summaries
import Testing

@testable import Destinations

/// One exporter kind under faults. A new exporter is one more value in ``all``.
struct FaultDialect: Sendable, CustomTestStringConvertible {
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
    let dialect: DialectSettings
    /// The rows that a document is at the destination: key and content.
    let rows: @Sendable (OutboundDocument) throws -> [String: String]
    /// The content of an entry of the stand-in's state.
    let content: @Sendable (JSONValue) -> String

    var testDescription: String { kind }

    static let all = [rekap, serv, dhis2]

    static let rekap = FaultDialect(
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
        rows: { document in
            try values(document, "data", ["kodepemda", "kodeindikator", "tahun", "kodekec"], value: "data")
        },
        content: { $0["isi"]?["data"]?.string ?? "" }
    )

    static let dhis2 = FaultDialect(
        kind: "dhis2-dvs",
        put: "dhis2.push",
        get: "dhis2.get",
        poll: nil,
        section: "dhis2",
        path: "/api",
        credential: "ApiToken d2pat_{secret}",
        documentKinds: [.indicators],
        period: "2026-11",
        dialect: DialectSettings(options: ["data_set": "P6S"]),
        rows: { document in
            let rows = try values(document, "dataValues", ["dataElement", "period", "orgUnit"], value: "value")
            return Dictionary(uniqueKeysWithValues: rows.map { ("\($0.key)/HllvX50cXC0/HllvX50cXC0", $0.value) })
        },
        content: { $0["isi"]?["value"]?.string ?? "" }
    )

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

    // MARK: Settings and snapshot

    func settings(_ name: String, _ standin: StandinProcess, limits: PushLimits, hasLogin: Bool = false)
        -> DestinationSettings
    {
        DestinationSettings(
            name: name,
            kind: kind,
            baseURL: standin.baseURL(name) + path,
            authentication: hasLogin
                ? .clientCredentials(tokenPath: "/auth/token", clientID: "posyandud", secretFile: standin.secretFile)
                : .header(name: "Authorization", format: credential, secretFile: standin.secretFile),
            sendingOffice: "Dinas PMD",
            systemVersion: "0.1.0",
            mapping: ExporterMapping(
                version: "1",
                nomenclature: "900.1-2850/2025",
                indicators: [
                    "perumahan_rakyat.rtlh": .init(code: section == "serv" ? "1.04.000123" : "SPM4.RTLH"),
                    "kesehatan.ditimbang": .init(code: section == "serv" ? "1.02.000474" : "SPM2.DITIMBANG"),
                ],
                unmapped: .skip
            ),
            kinds: documentKinds,
            timeouts: HTTPTimeouts(connect: .seconds(2), total: .milliseconds(900)),
            allowHTTP: true,
            maxResponseBytes: 64 << 10,
            limits: limits,
            dialect: dialect
        )
    }

    /// Two indicators in two kecamatan; the numbers follow the revision.
    func snapshot(revision: Int) throws -> PeriodSnapshot {
        let period = try #require(Period(self.period))
        let figures = ["33.25.01", "33.25.02"].flatMap { area in
            [("perumahan_rakyat", "rtlh"), ("kesehatan", "ditimbang")].map { sector, name in
                SnapshotFigure(
                    indicator: "\(sector).\(name)",
                    sector: sector,
                    kind: "count",
                    unit: "unit",
                    area: area,
                    numerator: "\(80 + revision)",
                    status: .final
                )
            }
        }
        return PeriodSnapshot(
            kabupaten: "33.25",
            period: period.description,
            start: period.first,
            end: period.last,
            revision: revision,
            regionVersion: "300.2.2-2138/2025",
            cutoff: 1_796_057_999_000_000,
            createdAt: 1_796_090_400_000_000,
            utcOffsetSeconds: 25_200,
            completeness: (registered: 1236, reported: 1180),
            figures: figures,
            registry: [],
            cases: []
        )
    }

    func script(_ text: String) -> String {
        text.replacing("{put}", with: put).replacing("{get}", with: get).replacing("{poll}", with: poll ?? "{poll}")
            .split(separator: "\n").filter { !$0.contains("{poll}") }.joined(separator: "\n")
    }
}
