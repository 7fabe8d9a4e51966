// The documents of the push benchmark: one indicator document each for many kabupaten and months, some 9 kB.
// SPDX-License-Identifier: Apache-2.0

import Destinations
import HTTPTransfer
import PluginKit
import PostgresClient
import Summaries

enum BenchDocuments {
    /// As an operator's file gives them, but for what the command line of the push says.
    static func settings(_ name: String) -> DestinationSettings {
        DestinationSettings(
            name: name,
            baseURL: "http://127.0.0.1",
            authentication: .none,
            sendingOffice: "Dinas PMD",
            systemVersion: "0.1.0",
            mapping: ExporterMapping(version: "1", nomenclature: "900.1-2850/2025", unmapped: .passThrough),
            kinds: [.indicators],
            timeouts: HTTPTimeouts(connect: .seconds(5), total: .seconds(30)),
            allowHTTP: true
        )
    }

    /// Plans and stores `count` documents with the product's own exporter, a thousand in one transaction.
    static func freeze(_ count: Int, _ settings: DestinationSettings, in pool: PostgresPool) async throws {
        let exporter = try Exporters.make(settings)
        for start in stride(from: 0, to: count, by: 1000) {
            let snapshots = try (start..<min(start + 1000, count)).map(snapshot)
            try await pool.transaction { connection in
                for snapshot in snapshots {
                    try Outbox.enqueue(snapshot, settings, exporter: exporter, now: WallClock.now(), on: connection)
                }
            }
        }
    }

    private static let months = 24
    private static let indicators = [
        ("kesehatan", "ditimbang"), ("kesehatan", "imunisasi_lengkap"), ("perumahan_rakyat", "rtlh"),
    ]

    /// The `index`-th snapshot: a month of a kabupaten with 15 kecamatan.
    private static func snapshot(_ index: Int) throws -> PeriodSnapshot {
        let kabupaten = "\(11 + index / months % 80).\(padded(1 + index / months / 80))"
        guard let period = Period("\(2025 + index % months / 12)-\(padded(1 + index % 12))") else {
            throw PostgresError(.configuration, "a month of the benchmark cannot be read")
        }
        let areas = [kabupaten] + (1...15).map { "\(kabupaten).\(padded($0))" }
        return PeriodSnapshot(
            kabupaten: kabupaten,
            period: period.description,
            start: period.first,
            end: period.last,
            revision: 1,
            regionVersion: "300.2.2-2138/2025",
            cutoff: 1_796_057_999_000_000,
            createdAt: 1_796_090_400_000_000,
            utcOffsetSeconds: 25_200,
            completeness: (registered: 1236, reported: 1180),
            figures: areas.enumerated().flatMap { place, area in
                indicators.map { sector, name in
                    SnapshotFigure(
                        indicator: "\(sector).\(name)",
                        sector: sector,
                        kind: "count",
                        unit: "orang",
                        area: area,
                        numerator: "\(100 + index % 900 + place)",
                        status: .final
                    )
                }
            },
            registry: [],
            cases: []
        )
    }

    private static func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
