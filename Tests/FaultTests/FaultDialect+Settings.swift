// The settings of a destination at the stand-in, the snapshot that is sent there, and its fault script.
// SPDX-License-Identifier: Apache-2.0

import HTTPTransfer
import PluginKit
import Summaries
import Testing

@testable import Destinations

extension FaultDialect {
    /// - Parameter isSilent: a request under this fault gets no answer, or an endless one: it has to end, but not before a busy machine has
    ///   answered the others. Any other may take as long as a busy machine makes it.
    func settings(
        _ name: String,
        _ standin: StandinAddress,
        limits: PushLimits,
        hasLogin: Bool = false,
        isSilent: Bool = false
    ) -> DestinationSettings {
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
                indicators: codes.mapValues { .init(code: $0) },
                unmapped: .skip
            ),
            kinds: documentKinds,
            timeouts: HTTPTimeouts(connect: .seconds(300), total: .seconds(isSilent ? 20 : 300)),
            allowHTTP: true,
            maxResponseBytes: 64 << 10,
            limits: limits,
            dialect: dialect
        )
    }

    /// So many periods, the dialect's own and those after it.
    func periods(_ count: Int) -> [String] {
        var periods: [String] = []
        var next = Period(period)
        while let period = next, periods.count < count {
            periods.append(period.description)
            next = period.next
        }
        return periods
    }

    /// Two indicators in two kecamatan; the numbers follow the revision.
    func snapshot(revision: Int, period: String? = nil) throws -> PeriodSnapshot {
        let period = try #require(Period(period ?? self.period))
        let figures = ["33.25.01", "33.25.02"].flatMap { area in
            codes.keys.sorted().map { indicator in
                SnapshotFigure(
                    indicator: indicator,
                    sector: String(indicator.prefix { $0 != "." }),
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

    /// A script for this dialect's routes; an empty one is a destination without faults.
    func script(_ text: String) -> String {
        text.replacing("{put}", with: put).replacing("{get}", with: get).replacing("{poll}", with: poll ?? "{poll}")
            .split(separator: "\n").filter { !$0.contains("{poll}") }.joined(separator: "\n") + "\n" + base
    }
}
