// A replay of the log into an empty database gives the same snapshots, byte for byte.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginKit
import PostgresClient
import Registry
import Replay
import Summaries
import Testing

@testable import Apply

@Suite(.serialized) struct ReplayTests {
    private func replay(_ node: Node) async throws -> ReplayReport {
        let replay = Replay(
            pool: node.pool,
            conninfo: node.conninfo,
            migrations: Node.migrations,
            sealer: node.sealer,
            host: node.host,
            cipher: node.cipher,
            catalogue: { try await Node.register($0) },
            closer: { PeriodCloser(pool: $0, kabupaten: "33.25", utcOffsetSeconds: 25_200, regionVersion: "2025") },
            log: Node.quiet
        )
        return try await replay.run { _, _ in }
    }

    private func close(_ node: Node, _ period: String) async throws {
        let closer = PeriodCloser(pool: node.pool, kabupaten: "33.25", utcOffsetSeconds: 25_200, regionVersion: "2025")
        _ = try await closer.close(try #require(Period(period)), now: 1_793_491_200_000_000) { _, _ in }
    }

    @Test func `merged, parted and dead residents are found again`() async throws {
        try await withNode { node in
            let (post, kiosks) = try await node.addPost(1, devices: 2)
            let (other, others) = try await node.addPost(2, village: "33.25.02.2001")
            let office = Device(uuid: id(1, 0xC000), posyandu: nil)
            try await node.addDevices([office])
            let engine = try await node.engine(batch: 2)
            try await node.send(office, [.link(id(20), id(1, 1), id(1, 2), at: post)])
            try await node.send(others[0], [.weigh(id(2), id(1, 2), at: other, on: "2026-10-05", 6_500)])
            try await node.settle(engine)
            try await node.send(
                kiosks[0],
                [
                    .register(id(1), id(1, 1), at: post), .register(id(3), id(1, 2), at: post),
                    .register(id(4), id(1, 3), at: post), .weigh(id(5), id(1, 1), at: post, on: "2026-10-03", 6_200),
                    .weigh(id(6), id(1, 3), at: post, on: "2026-10-09", 6_900),
                ]
            )
            try await node.settle(engine)
            try await node.send(
                office,
                [
                    .link(id(21), id(1, 3), id(1, 1), at: post),
                    .link(id(22), id(1, 1), id(1, 2), at: post, isMerged: false),
                ]
            )
            try await node.send(kiosks[1], [.died(id(23), id(1, 3), at: post, on: "2026-10-05")])
            try await node.settle(engine)
            try await close(node, "2026-10")
            let report = try await replay(node)
            #expect(report.isIdentical, "\(report.snapshots)")
            #expect(report.snapshots.count == 1)
            #expect(
                try await node.texts("select state || ' ' || right(subject::text, 1) from registry.record order by id")
                    == [
                        "0 2", "0 3", "2 3",
                    ]
            )
        }
    }

    @Test func `late messages, dead letters, held ones and cases are found again`() async throws {
        let host = ToySector()
        try await withNode(host) { node in
            let (post, kiosks) = try await node.addPost(1, devices: 2)
            let (other, others) = try await node.addPost(2, village: "33.25.02.2001")
            let engine = try await node.engine(batch: 3)
            try await node.send(
                kiosks[0],
                [
                    .weigh(id(2), id(1, 1), at: post, on: "2026-10-05", 6_500),
                    .complain(id(3), at: post, "jalan rusak"),
                    .complain(id(4), at: post, "nol"), .complain(id(5), at: post, #"x","racun":"y"#),
                    .report(id(6), at: post, on: "2026-10-20", cadres: 5),
                    .moveCase(id(7), id(3), at: post, from: "didata", to: "verifikasi_kunjungan", by: "kader"),
                ]
            )
            try await node.send(
                kiosks[1],
                [.register(id(1), id(1, 1), at: post, nik: "3325014101250001"), .retract(id(8), id(6), at: post)]
            )
            try await node.settle(engine)
            host.set(available: false)
            try await node.send(others[0], [.weigh(id(9), id(1, 1), at: other, on: "2026-10-25", 6_900)])
            try await node.settle(engine, ready: [])
            host.set(available: true)
            try await node.settle(engine)
            try await close(node, "2026-10")
            // Something late, and a second revision of another period.
            try await node.send(kiosks[0], [.weigh(id(10), id(1, 1), at: post, on: "2026-11-05", 7_000)])
            try await node.settle(engine)
            try await close(node, "2026-11")
            try await node.send(kiosks[0], [.weigh(id(11), id(1, 1), at: post, on: "2026-10-06", 6_400)])
            try await node.settle(engine)
            let report = try await replay(node)
            #expect(report.entries == 11)
            #expect(report.snapshots.map(\.period) == ["2026-10", "2026-11"])
            #expect(report.isIdentical)
            #expect(report.snapshots.allSatisfy { $0.digest.count == 64 })
        }
    }

    @Test(arguments: [5, 6] as [UInt64])
    func `random histories replay to the same bytes`(seed: UInt64) async throws {
        try await withNode { node in
            var random = SplitMix(seed: seed)
            var queues: [(device: Device, texts: [Text])] = []
            for series in 0..<12 {
                let history = History(seed: random.next(), series: series)
                try await node.addPosyandu([
                    (history.posyandu(0), "33.25.01.2001"), (history.posyandu(1), "33.25.02.2001"),
                ])
                let devices = (0..<History.devices).map {
                    Device(uuid: history.device($0), posyandu: history.posyandu(History.post(of: $0)))
                }
                try await node.addDevices(devices)
                for (number, device) in devices.enumerated() {
                    queues.append((device, history.messages.filter { $0.device == number }.map(\.text)))
                }
            }
            while queues.contains(where: { !$0.texts.isEmpty }) {
                var sendings: [(device: Device, texts: [Text])] = []
                for place in queues.indices where random.chance(50) {
                    let count = min(queues[place].texts.count, 1 + random.next(6))
                    sendings.append((queues[place].device, Array(queues[place].texts.prefix(count))))
                    queues[place].texts.removeFirst(count)
                }
                try await node.send(sendings)
                try await node.settle(try await node.engine(batch: 1 + random.next(30)))
            }
            let periods = (3...7).map { "2026-0\($0)" } + ["2026"]
            for period in periods { try await close(node, period) }
            let report = try await replay(node)
            #expect(report.snapshots.count == 6)
            #expect(report.isIdentical)
        }
    }

    @Test func `a registry that says something else than its log is found out`() async throws {
        try await withNode { node in
            let (post, kiosks) = try await node.addPost(1)
            try await node.send(kiosks[0], [.report(id(6), at: post, on: "2026-10-20", cadres: 5)])
            try await node.settle(try await node.engine())
            try await node.pool.withConnection {
                try $0.run(script: #"update registry.contribution set "values" = array[6]::numeric[]"#)
            }
            try await close(node, "2026-10")
            let report = try await replay(node)
            #expect(report.snapshots.count == 1)
            #expect(!report.isIdentical)
        }
    }
}
