// A thousand random histories, through the health sector's worker and PostgreSQL, give the SKDN of their final truth.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginHost
import PluginKit
import PostgresClient
import Summaries
import Testing

@testable import Apply

@Suite(.serialized) struct SkdnHistoryTests {
    private static let histories = 1_000
    private static let kabupaten = ViewScope.area("33.25")

    /// Another seed for another thousand: `POSYANDU_SEED=7 swift test --filter SkdnHistoryTests`.
    private static var seed: UInt64 {
        ProcessInfo.processInfo.environment["POSYANDU_SEED"].flatMap { UInt64($0) } ?? 2026
    }

    private func view() throws -> Manifest.View {
        let parts = #filePath.split(separator: "/").dropLast(3)
        let bytes = try FileReader.read(
            "/\(parts.joined(separator: "/"))/Plugins/Kesehatan/sector.json",
            limit: 1 << 20
        )
        return try #require(try Manifest.parse(bytes, file: "sector.json").get().view("skdn"))
    }

    @Test func `order, batches, repeats, corrections, retractions and moves come to the SKDN of the final truth`()
        async throws
    {
        try await withHealthSector { node, workers, catalogue in
            var random = SplitMix(seed: Self.seed)
            let view = try view()
            var histories = (0..<Self.histories).map { SkdnHistory($0, &random) }
            let kiosks = try await enrol(histories, node)
            try await deliver(histories, kiosks, node, workers, catalogue, &random)
            try await node.expectBalance()
            #expect(try await node.count("select count(*) from registry.rejection") == 0)
            #expect(try await node.texts("select distinct state || ' ' || reason from log.dead") == [])
            while try await Recomputation.step(node.pool) > 0 {}
            let truth = Self.truth(histories)
            try await expect(truth, view, node)

            // One change of an old weighing in each history changes the cells in which the truth changes, and no other.
            try await node.pool.withConnection {
                try $0.run(script: "create table public.figure_before as select * from summary.figure")
            }
            for place in histories.indices {
                histories[place].clearQueues()
                histories[place].changeWeighing(among: nil, &random)
            }
            try await deliver(histories, kiosks, node, workers, catalogue, &random)
            try await expectMarks(truth, histories, node)
            while try await Recomputation.step(node.pool) > 0 {}
            let after = Self.truth(histories)
            try await expectChanges(truth, after, node)
            try await expect(after, view, node)
        }
    }

    // MARK: Delivery

    private func enrol(_ histories: [SkdnHistory], _ node: Node) async throws -> [[Device]] {
        try await node.addPosyandu(
            histories.flatMap { history in (0..<2).map { (history.posyandu($0), history.village($0)) } }
        )
        let kiosks = histories.map { history in
            (0..<SkdnHistory.devices).map {
                Device(uuid: history.device($0), posyandu: history.posyandu(SkdnHistory.post(of: $0)))
            }
        }
        try await node.addDevices(kiosks.flatMap { $0 })
        return kiosks
    }

    /// Devices come in any order with any part of what they have, some twice; engines of any batch size come and go.
    private func deliver(
        _ histories: [SkdnHistory],
        _ kiosks: [[Device]],
        _ node: Node,
        _ workers: Workers,
        _ catalogue: ApplyCatalogue,
        _ random: inout SplitMix
    ) async throws {
        var left = histories.map(\.queues)
        while left.contains(where: { $0.contains { !$0.isEmpty } }) {
            var sendings: [(device: Device, texts: [Text])] = []
            var again: [(device: Device, first: Int64, texts: [Text])] = []
            for place in left.indices {
                for device in left[place].indices where !left[place][device].isEmpty && random.chance(40) {
                    let count = min(left[place][device].count, 1 + random.next(12))
                    let texts = Array(left[place][device].prefix(count))
                    let kiosk = kiosks[place][device]
                    sendings.append((kiosk, texts))
                    if random.chance(8) { again.append((kiosk, kiosk.next, texts)) }
                    left[place][device].removeFirst(count)
                }
            }
            sendings.shuffle(using: &random)
            try await node.send(sendings)
            for repeated in again { repeated.device.next = repeated.first }
            try await node.send(again.map { ($0.device, $0.texts) })
            if random.chance(60) { try await settle(node, workers, catalogue, 50 + random.next(900)) }
        }
        try await settle(node, workers, catalogue, 1_000)
    }

    private func settle(_ node: Node, _ workers: Workers, _ catalogue: ApplyCatalogue, _ batch: Int) async throws {
        let engine = try await node.engine(batch: batch, sectors: (workers.host, catalogue))
        try await node.settle(engine, ready: workers.host.readySectors)
    }

    // MARK: Truth

    private static func truth(_ histories: [SkdnHistory]) -> [String: Int] {
        histories.reduce(into: [:]) { counts, history in
            counts.merge(SkdnTruth.counts(history.children, history.weighings, history.returns)) { $0 + $1 }
        }
    }

    private func expect(_ truth: [String: Int], _ view: Manifest.View, _ node: Node) async throws {
        var found: [String: Int] = [:]
        var violations: Set<String> = []
        for number in 1...6 {
            let month = try #require(Period("2026-0\(number)"))
            for level in ViewLevel.allCases {
                let balance = try await node.pool.transaction(.init(readOnly: true)) {
                    try BalanceView.read($0, view, month: month, scope: Self.kabupaten, level: level)
                }
                if level == .posyandu {
                    for row in balance.rows { add(row, "\(row.place?.key ?? "") \(month)", view, to: &found) }
                    for item in balance.violations {
                        violations.insert("\(item.posyandu) \(month) \(item.cell.sex ?? "-") \(item.rule)")
                    }
                }
                expectSums(balance, truth, month, level, node)
            }
        }
        let differing = Set(truth.keys).union(found.keys).filter { truth[$0] ?? 0 != found[$0] ?? 0 }.sorted()
        #expect(differing.isEmpty, "seed \(Self.seed): \(differing.prefix(5)), \(differing.count) in all")
        #expect(truth.count > 20 * Self.histories)
        expectViolations(violations, truth)
    }

    private func add(_ row: BalanceRow, _ place: String, _ view: Manifest.View, to found: inout [String: Int]) {
        for (cell, values) in row.cells {
            for (column, value) in values {
                let isStock = column == "S" || column == "K"
                // Sums over sex or over age alone are not part of the truth: they follow from the cells.
                guard isStock || (cell.sex == nil) == (cell.band == nil), isStock || value != 0 else { continue }
                found["\(place) \(cell.sex ?? "-") \(cell.band.map { String($0) } ?? "-") \(column)"] = value.integer
            }
        }
    }

    /// Every level adds up to the same, and its parts to it.
    private func expectSums(
        _ balance: Balance,
        _ truth: [String: Int],
        _ month: Period,
        _ level: ViewLevel,
        _ node: Node
    ) {
        for column in ["S", "K", "D", "N", "T", "O", "B", "2T", "BGM", "R"] {
            let all = truth.filter { $0.key.hasSuffix(" \(month) - - \(column)") }.reduce(0) { $0 + $1.value }
            #expect(balance.total.totals[column]?.integer ?? 0 == all, "\(month) \(level) \(column)")
            let parts = balance.rows.reduce(0) { $0 + ($1.totals[column]?.integer ?? 0) }
            #expect(parts == all, "\(month) \(level) \(column)")
        }
    }

    /// Only what a posyandu returned can contradict what it counted: D > S is named, with the sex where it is so.
    private func expectViolations(_ violations: Set<String>, _ truth: [String: Int]) {
        var expected: Set<String> = []
        for (key, stock) in truth where key.hasSuffix(" S") {
            let parts = key.split(separator: " ")
            let (place, sex) = ("\(parts[0]) \(parts[1])", parts[2])
            let weighed =
                sex == "-"
                ? truth["\(place) - - D"] ?? 0 : (0..<4).reduce(0) { $0 + (truth["\(place) \(sex) \($1) D"] ?? 0) }
            if weighed > stock { expected.insert("\(place) \(sex) D <= S") }
        }
        #expect(violations == expected)
        #expect(expected.count > 100)
    }

    // MARK: What a change touches

    /// Marked are the months of the changed weighing, before and after, and later months of the children; none before.
    private func expectMarks(_ truth: [String: Int], _ histories: [SkdnHistory], _ node: Node) async throws {
        let marked = try await node.texts(
            """
            select distinct p.uuid || ' ' || d.period from summary.dirty d join registry.posyandu p on p.id = d.posyandu_id
            where length(d.period) = 7
            """
        )
        let changed = Set(Self.cells(truth, Self.truth(histories)))
        #expect(changed.subtracting(marked).isEmpty)
        var first: [String: String] = [:]
        for history in histories {
            for post in 0..<2 { first[history.posyandu(post).text] = history.changedFrom?.period ?? "9999-12" }
        }
        let tooEarly = marked.filter { cell in
            let parts = cell.split(separator: " ").map(String.init)
            return parts[1] < first[parts[0]] ?? ""
        }
        #expect(tooEarly.isEmpty)
    }

    private static func cells(_ before: [String: Int], _ after: [String: Int]) -> [String] {
        Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }.map {
            $0.split(separator: " ").prefix(2).joined(separator: " ")
        }
    }

    /// Figures that are not what they were, against the truth that is not what it was.
    private func expectChanges(_ before: [String: Int], _ after: [String: Int], _ node: Node) async throws {
        let columns = ["D", "N", "T", "O", "B", "2T", "BGM", "R", "S", "K"]
        let indicators = ["d", "n", "t", "o", "b", "dua_t", "bgm", "r", "s", "k"].map { "kesehatan.\($0)" }
        let found = try await node.texts(
            """
            select p.uuid || ' ' || c.period || ' - - ' || ($2::text[])[array_position($1::text[], i.name)]
            from (
              (select posyandu_id, period, indicator_id, value from summary.figure
                except select posyandu_id, period, indicator_id, value from public.figure_before)
              union
              (select posyandu_id, period, indicator_id, value from public.figure_before
                except select posyandu_id, period, indicator_id, value from summary.figure)) c
            join registry.posyandu p on p.id = c.posyandu_id join registry.indicator i on i.id = c.indicator_id
            where i.name = any($1)
            """,
            [.textArray(indicators), .textArray(columns)]
        )
        let expected = Set(before.keys).union(after.keys).filter { key in
            key.contains(" - - ") && before[key] ?? 0 != after[key] ?? 0
        }
        let difference = Set(found).symmetricDifference(expected).sorted()
        #expect(difference.isEmpty, "seed \(Self.seed): \(difference.prefix(5)), \(difference.count) in all")
        #expect(expected.count > Self.histories / 2)
    }
}
