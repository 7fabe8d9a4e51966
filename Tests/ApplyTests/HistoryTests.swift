// Random histories in random order of arrival, with crashes in between, give what the order of their making gives.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PostgresClient
import PostgresTesting
import Summaries
import Testing

@testable import Apply

@Suite(.serialized) struct HistoryTests {
    /// Histories of one test case.
    private static let histories = 55

    /// One way of bringing a history to the hub.
    private final class Delivery {
        let history: History
        let kiosks: [Device]
        var queues: [[Text]]

        init(_ history: History) {
            self.history = history
            kiosks = (0..<History.devices).map {
                Device(uuid: history.device($0), posyandu: history.posyandu(History.post(of: $0)))
            }
            queues = (0..<History.devices).map { device in
                history.messages.filter { $0.device == device }.map(\.text)
            }
        }
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `figures and records do not depend on the order of arrival, batch sizes or crashes`(seed: UInt64) async throws
    {
        try await withNode { node in
            var random = SplitMix(seed: seed &* 7_919)
            let seeds = (0..<Self.histories).map { _ in random.next() as UInt64 }
            let canonical = seeds.enumerated().map { Delivery(History(seed: $1, series: $0 * 2)) }
            let shuffled = seeds.enumerated().map { Delivery(History(seed: $1, series: $0 * 2 + 1)) }
            for delivery in canonical + shuffled { try await enrol(delivery, node) }
            try await deliverInOrder(canonical, node)
            try await node.expectBalance()
            try await deliverAtRandom(shuffled, node, &random)
            try await node.expectBalance()
            #expect(try await node.texts("select distinct state || ' ' || reason from log.dead") == [])
            while try await Recomputation.step(node.pool) > 0 {}
            var differing = 0
            for (number, pair) in zip(canonical, shuffled).enumerated() {
                let (left, right) = (try await content(pair.0.history, node), try await content(pair.1.history, node))
                if left != right {
                    differing += 1
                    if differing < 3 {
                        Issue.record("history \(seeds[number]): \(Set(left).symmetricDifference(right).sorted())")
                    }
                }
                #expect(left.count > 3)
            }
            #expect(differing == 0)
        }
    }

    private func enrol(_ delivery: Delivery, _ node: Node) async throws {
        try await node.addPosyandu([
            (delivery.history.posyandu(0), "33.25.01.2001"), (delivery.history.posyandu(1), "33.25.02.2001"),
        ])
        try await node.addDevices(delivery.kiosks)
    }

    /// Every message is applied before the next one of its history is sent.
    private func deliverInOrder(_ deliveries: [Delivery], _ node: Node) async throws {
        let engine = try await node.engine()
        let longest = deliveries.map(\.history.messages.count).max() ?? 0
        for step in 0..<longest {
            try await node.send(
                deliveries.compactMap { delivery in
                    guard step < delivery.history.messages.count else { return nil }
                    let (device, text) = delivery.history.messages[step]
                    return (delivery.kiosks[device], [text])
                }
            )
            try await node.settle(engine)
        }
    }

    /// Devices come in any order with any part of what they have; engines come and go, some with their connections cut.
    private func deliverAtRandom(_ deliveries: [Delivery], _ node: Node, _ random: inout SplitMix) async throws {
        while deliveries.contains(where: { $0.queues.contains { !$0.isEmpty } }) {
            var sendings: [(device: Device, texts: [Text])] = []
            for delivery in deliveries {
                for place in delivery.queues.indices where random.chance(35) {
                    let count = min(delivery.queues[place].count, 1 + random.next(12))
                    sendings.append((delivery.kiosks[place], Array(delivery.queues[place].prefix(count))))
                    delivery.queues[place].removeFirst(count)
                }
            }
            try await node.send(sendings)
            if random.chance(40) { try await crash(node, &random) }
            if random.chance(80) { try await node.settle(try await node.engine(batch: 1 + random.next(60))) }
        }
        try await node.settle(try await node.engine(batch: 1 + random.next(300)))
    }

    /// Runs an engine whose connections are cut while it works.
    private func crash(_ node: Node, _ random: inout SplitMix) async throws {
        var doomed = node.database.configuration
        doomed.applicationName = "doomed"
        let pool = PostgresPool(doomed, size: 3, log: Node.quiet)
        let engine = try await node.engine(batch: 5 + random.next(40), pool: pool)
        let delay = random.next(60)
        let admin = node.pool
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                _ = try? await engine.pass()
                _ = try? await engine.drain(readySectors: ["tumbuh"])
            }
            group.addTask {
                for _ in 0..<3 {
                    try? await Task.sleep(for: .milliseconds(delay))
                    _ = try? await admin.withConnection {
                        try $0.query(
                            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'doomed'"
                        )
                    }
                }
            }
        }
        await pool.close()
    }

    /// What the registry says of a history, without what depends on the series or on which of two equal keys came first.
    private func content(_ history: History, _ node: Node) async throws -> [String] {
        let posts: [PostgresValue] = [.uuidArray([history.posyandu(0), history.posyandu(1)])]
        let names = "left(p.uuid::text, 13)"
        let records = try await node.texts(
            """
            select 'record ' || t.name || ' ' || \(names) || ' ' || coalesce(left(r.subject::text, 13), '-') || ' ' || r.date
              || ' ' || r.state || ' ' || r.body
              || case when t.name = 'tumbuh.timbang' then ' ' || left(r.id::text, 13) else '' end
            from registry.record r join registry.record_type t on t.id = r.type_id
            join registry.posyandu p on p.id = r.posyandu_id where p.uuid = any($1::uuid[]) and r.state <> 1
            """,
            posts
        )
        let retracted = try await node.texts(
            """
            select 'retracted ' || t.name || ' ' || count(*) from registry.record r join registry.record_type t on t.id = r.type_id
            join registry.posyandu p on p.id = r.posyandu_id where p.uuid = any($1::uuid[]) and r.state = 1 group by t.name
            """,
            posts
        )
        let figures = try await node.texts(
            """
            select 'figure ' || i.name || ' ' || f.period || ' ' || \(names) || ' ' || trim_scale(f.value)
            from summary.figure f join registry.indicator i on i.id = f.indicator_id
            join registry.posyandu p on p.id = f.posyandu_id where p.uuid = any($1::uuid[])
            """,
            posts
        )
        let residents = try await node.texts(
            """
            select 'resident ' || left(r.id::text, 13) || ' ' || \(names) || ' ' || r.birth_date || ' ' || r.sex
            from registry.resident r join registry.posyandu p on p.id = r.posyandu_id where p.uuid = any($1::uuid[])
            """,
            posts
        )
        return (records + retracted + figures + residents).sorted()
    }
}
