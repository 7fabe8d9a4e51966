// A snapshot, settings and a document for the tests of this room.
// SPDX-License-Identifier: Apache-2.0

import HTTPTransfer
import PluginKit
import Summaries

@testable import Destinations

enum Fixtures {
    static func snapshot(revision: Int = 1, figures: [SnapshotFigure] = figures) -> PeriodSnapshot {
        PeriodSnapshot(
            kabupaten: "33.25",
            period: "2026-11",
            start: CivilDate(year: 2026, month: 11, day: 1) ?? CivilDate(daysSince1970: 0),
            end: CivilDate(year: 2026, month: 11, day: 30) ?? CivilDate(daysSince1970: 0),
            revision: revision,
            regionVersion: "300.2.2-2138/2025",
            cutoff: 1_796_057_999_000_000,
            createdAt: 1_796_090_400_000_000,
            utcOffsetSeconds: 25_200,
            completeness: (registered: 1236, reported: 1180),
            figures: figures,
            registry: [
                AreaCounts(
                    area: "33.25.02",
                    posyandu: 84,
                    registered: 80,
                    cadresBySector: [.init(sector: "sosial", cadres: 85)]
                ),
                AreaCounts(
                    area: "33.25.01",
                    posyandu: 82,
                    registered: 82,
                    cadresBySector: [.init(sector: "sosial", cadres: 83), .init(sector: "lingkungan", cadres: 9)]
                ),
            ],
            cases: [
                CaseCounts(area: "33.25.01", sector: "perumahan_rakyat", state: "selesai", count: 12),
                CaseCounts(area: "33.25.01", sector: "perumahan_rakyat", state: "didata", count: 3),
            ]
        )
    }

    static let figures = [
        SnapshotFigure(
            indicator: "perumahan_rakyat.rtlh_tindaklanjut",
            sector: "perumahan_rakyat",
            kind: "ratio",
            unit: "persen",
            area: "33.25.01",
            numerator: "84",
            denominator: "120",
            status: .final
        ),
        SnapshotFigure(
            indicator: "kesehatan.ditimbang",
            sector: "kesehatan",
            kind: "distinct",
            unit: "anak",
            area: "33.25.02",
            numerator: nil,
            status: .noData
        ),
        SnapshotFigure(
            indicator: "kesehatan.ditimbang",
            sector: "kesehatan",
            kind: "distinct",
            unit: "anak",
            area: "33.25.01",
            numerator: "512",
            status: .provisional
        ),
        SnapshotFigure(
            indicator: "lingkungan.titik_sampah",
            sector: "lingkungan",
            kind: "count",
            unit: "titik",
            area: "33.25.01",
            numerator: "4",
            status: .final
        ),
    ]

    static func settings(
        baseURL: String = "http://127.0.0.1:1",
        authentication: DestinationSettings.Authentication = .none,
        unmapped: ExporterMapping.Unmapped = .passThrough,
        suppressBelow: Int = 0,
        kinds: Set<DocumentKind> = Set(DocumentKind.all),
        limits: PushLimits = PushLimits()
    ) -> DestinationSettings {
        DestinationSettings(
            name: "sipd",
            baseURL: baseURL,
            authentication: authentication,
            sendingOffice: "Dinas PMD",
            systemVersion: "0.1.0",
            mapping: ExporterMapping(
                version: "1",
                nomenclature: "900.1-2850/2025",
                indicators: [
                    "perumahan_rakyat.rtlh_tindaklanjut": .init(
                        code: "SPM4.RTLH.TINDAKLANJUT",
                        subkegiatan: ["1.04.02.2.01.0001"]
                    )
                ],
                unmapped: unmapped
            ),
            kinds: kinds,
            suppressBelow: suppressBelow,
            timeouts: HTTPTimeouts(connect: .seconds(300), total: .seconds(300)),
            allowHTTP: true,
            limits: limits
        )
    }

    static let exporter = SipdRekap(settings: settings())

    static let document = OutboundDocument(
        key: NaturalKey(kodepemda: "3325", period: "2026-11", kind: .indicators),
        revision: 3,
        bytes: Array("{}".utf8)
    )

    static func response(
        _ status: Int,
        _ body: String = "",
        type: String = "application/json",
        headers: [(name: String, value: String)] = [],
        retryAfter: Int? = nil
    ) -> HTTPResult {
        .success(
            HTTPResponse(
                status: status,
                headers: [("Content-Type", type)] + headers,
                body: Array(body.utf8),
                retryAfterSeconds: retryAfter
            )
        )
    }

    static func problem(_ status: Int, _ type: String) -> HTTPResult {
        response(
            status,
            "{\"type\":\"https://a.b/masalah/\(type)\",\"title\":\"T\",\"status\":\(status),\"detail\":\"D\"}",
            type: "application/problem+json"
        )
    }
}
