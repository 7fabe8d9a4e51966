// What the tests of this room send: settings, a snapshot that makes all four kinds, and a pusher that runs until it is done.
// SPDX-License-Identifier: Apache-2.0

import HTTPTransfer
import PluginKit
import PostgresTesting
import Summaries
import Testing

@testable import Destinations

enum PeerDocuments {
    static func settings(
        _ name: String,
        _ baseURL: String,
        _ authentication: DestinationSettings.Authentication,
        kinds: Set<DocumentKind> = Set(DocumentKind.all)
    ) -> DestinationSettings {
        DestinationSettings(
            name: name,
            baseURL: baseURL,
            authentication: authentication,
            sendingOffice: "Dinas PMD",
            systemVersion: "0.1.0",
            mapping: ExporterMapping(
                version: "1",
                nomenclature: "900.1-2850/2025",
                indicators: ["perumahan_rakyat.rtlh": .init(code: "SPM4.RTLH", subkegiatan: ["1.04.02.2.01.0001"])],
                unmapped: .passThrough
            ),
            kinds: kinds,
            timeouts: HTTPTimeouts(connect: .seconds(300), total: .seconds(300)),
            allowHTTP: true,
            limits: PushLimits(
                backOffBase: .milliseconds(10),
                backOffCap: .milliseconds(100),
                pollBase: .milliseconds(10),
                pollCap: .milliseconds(50),
                breakerThreshold: 1000,
                lease: .seconds(120)
            )
        )
    }

    /// A month with a ratio, a count, a figure with decimals and one that nobody reported.
    static func snapshot(month: Int = 11, revision: Int = 1) throws -> PeriodSnapshot {
        let period = try #require(Period("2026-\(month < 10 ? "0" : "")\(month)"))
        func figure(_ sector: String, _ name: String, _ kind: String, _ above: String?, _ below: String? = nil)
            -> SnapshotFigure
        {
            SnapshotFigure(
                indicator: "\(sector).\(name)",
                sector: sector,
                kind: kind,
                unit: "unit",
                area: "33.25.01",
                numerator: above,
                denominator: below,
                status: above == nil ? .noData : .final
            )
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
            figures: [
                figure("perumahan_rakyat", "rtlh", "ratio", "\(80 + revision)", "120"),
                figure("kesehatan", "ditimbang", "count", "512"),
                figure("pekerjaan_umum", "air", "sum", "12.5"),
                figure("sosial", "kie", "count", nil),
            ],
            registry: [
                AreaCounts(
                    area: "33.25.01",
                    posyandu: 82,
                    registered: 80 + revision,
                    cadresBySector: [.init(sector: "sosial", cadres: 80 + revision)]
                )
            ],
            cases: [CaseCounts(area: "33.25.01", sector: "perumahan_rakyat", state: "selesai", count: 10 + revision)]
        )
    }

    static func enqueue(
        _ snapshot: PeriodSnapshot,
        _ settings: DestinationSettings,
        _ outbox: Outbox
    ) async throws {
        try await outbox.enqueue(snapshot, settings, exporter: Exporters.make(settings), now: WallClock.now())
    }

    /// Runs a pusher until `isDone` says so; false when ten minutes were not enough.
    static func push(
        _ database: TestDatabase,
        _ settings: [DestinationSettings],
        until isDone: @Sendable () async throws -> Bool
    ) async throws -> Bool {
        let pusher = try Pusher(
            pool: database.pool,
            destinations: settings,
            owner: "peer",
            idle: .milliseconds(20)
        )
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pusher.run() }
            var done = false
            for _ in 0..<30_000 where !done {
                done = try await isDone()
                if !done { try await Task.sleep(for: .milliseconds(20)) }
            }
            group.cancelAll()
            try? await group.waitForAll()
            return done
        }
    }
}
