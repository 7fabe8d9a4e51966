// Random histories with residents merged and parted give what the messages of their final persons give.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginKit
import PostgresClient
import Summaries
import Testing

@testable import Apply

/// Some weeks of two posyandu in one kecamatan where four residents may be one person or several.
private struct Story {
    static let residents = 4
    /// Messages of the two kiosks and the office, in the order of their making, by device.
    var queues: [[Text]] = [[], [], []]
    let series: Int

    func post(_ number: Int) -> UUID { id(10 + number, 0xA0_0000 + series) }
    func device(_ number: Int) -> UUID { id(50 + number, 0xB0_0000 + series) }
    func resident(_ number: Int) -> UUID { id(900 + number, series) }

    /// - Parameter isFinal: nobody is merged; each message names the person whom it counts for in the end.
    init(seed: UInt64, series: Int, isFinal: Bool) {
        self.series = series
        var random = SplitMix(seed: seed)
        var made: [[Text]] = [[], []]
        var words: [(Int, Int, Bool)] = []
        var time = 1_000
        for number in 0..<Self.residents {
            let device = number % 2
            time += 1
            queues[device].append(
                .register(
                    id(time, series),
                    resident(number),
                    at: post(device),
                    birth: "2025-0\(1 + random.next(9))-15",
                    sex: random.chance(50) ? "L" : "P",
                    date: "2026-01-05"
                )
            )
        }
        for _ in 0..<(12 + random.next(14)) {
            time += 1
            let device = random.next(2)
            let child = resident(random.next(Self.residents))
            let date = "2026-0\(3 + random.next(4))-\(10 + random.next(3) * 9)"
            let weight = 400 + 100 * (1 + random.next(60))
            switch random.next(100) {
            case ..<40:
                let text = Text.weigh(id(time, series), child, at: post(device), on: date, weight)
                made[device].append(text)
                queues[device].append(text)
            case ..<52:
                let number = 1 + random.next(3)
                queues[device].append(
                    .visit(id(time, series), child, at: post(device), on: date, time * 10 + number, "jawab")
                )
            case ..<62 where !made[device].isEmpty:
                let target = made[device][random.next(made[device].count)]
                queues[device].append(
                    .weigh(id(time, series), child, at: post(device), on: date, weight, corrects: target.id)
                )
            case ..<68 where !made[device].isEmpty:
                let target = made[device][random.next(made[device].count)]
                queues[device].append(.retract(id(time, series), target.id, at: post(device)))
            default:
                let kept = random.next(Self.residents)
                let other = (kept + 1 + random.next(Self.residents - 1)) % Self.residents
                let isMerged = random.chance(65)
                words.append((kept, other, isMerged))
                queues[2].append(
                    .link(id(time, series), resident(kept), resident(other), at: post(0), isMerged: isMerged)
                )
            }
        }
        guard isFinal else { return }
        queues[2] = []
        let persons = Self.persons(words)
        for device in 0..<2 {
            for place in queues[device].indices where queues[device][place].type != "warga.terdaftar" {
                guard let subject = queues[device][place].subject,
                    let number = (0..<Self.residents).first(where: { resident($0) == subject })
                else { continue }
                queues[device][place].subject = resident(persons[number])
            }
        }
    }

    /// The person of each resident after all words, by the rules of the decision and none of the program's code: the last
    /// word on a pair counts; who hangs together is one; she is who was never given up, else the lowest number.
    private static func persons(_ words: [(Int, Int, Bool)]) -> [Int] {
        var last: [[Int]: (kept: Int, other: Int, isMerged: Bool)] = [:]
        for (kept, other, isMerged) in words { last[[kept, other].sorted()] = (kept, other, isMerged) }
        let standing = last.values.filter(\.isMerged)
        var group = Array(0..<residents)
        for _ in 0..<residents {
            for word in standing {
                let low = min(group[word.kept], group[word.other])
                (group[word.kept], group[word.other]) = (low, low)
            }
        }
        let given = Set(standing.map(\.other))
        return group.map { own in
            let members = (0..<residents).filter { group[$0] == own }
            return members.first { !given.contains($0) } ?? members[0]
        }
    }
}

@Suite(.serialized) struct MergeHistoryTests {
    private static let histories = 40

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `merging in any order gives what the final persons give`(seed: UInt64) async throws {
        try await withNode { node in
            var random = SplitMix(seed: seed &* 104_729)
            let seeds = (0..<Self.histories).map { _ in random.next() as UInt64 }
            var merged: [Story] = []
            var final: [Story] = []
            for (number, seed) in seeds.enumerated() {
                merged.append(Story(seed: seed, series: number * 2, isFinal: false))
                final.append(Story(seed: seed, series: number * 2 + 1, isFinal: true))
            }
            var waiting: [(device: Device, texts: [Text])] = []
            for story in merged + final {
                let district = story.series < 99 ? "33.25.\(story.series / 10)\(story.series % 10)" : "33.25.99"
                try await node.addPosyandu([(story.post(0), "\(district).2001"), (story.post(1), "\(district).2002")])
                let devices = (0..<3).map {
                    Device(uuid: story.device($0), posyandu: $0 == 2 ? nil : story.post($0))
                }
                try await node.addDevices(devices)
                waiting += zip(devices, story.queues).map { ($0, $1) }
            }
            while !waiting.isEmpty {
                var sendings: [(device: Device, texts: [Text])] = []
                for place in waiting.indices where random.chance(45) {
                    let count = min(waiting[place].texts.count, 1 + random.next(9))
                    sendings.append((waiting[place].device, Array(waiting[place].texts.prefix(count))))
                    waiting[place].texts.removeFirst(count)
                }
                waiting.removeAll { $0.texts.isEmpty }
                try await node.send(sendings)
                if random.chance(75) { try await node.settle(try await node.engine(batch: 1 + random.next(80))) }
            }
            try await node.settle(try await node.engine())
            #expect(try await node.texts("select distinct state || ' ' || reason from log.dead") == [])
            try await node.expectBalance()
            while try await Recomputation.step(node.pool) > 0 {}
            let areas = try await node.pool.transaction {
                try AreaFigures.read($0, kabupaten: "33.25", period: try #require(Period("2026-04")))
            }
            var differing = 0
            var joined = 0
            for (left, right) in zip(merged, final) {
                let (one, other) = (try await content(node, left, areas), try await content(node, right, areas))
                joined += try await node.count(
                    "select count(*) from registry.resident_person where resident_id = any($1::uuid[])",
                    [.uuidArray((0..<Story.residents).map(left.resident))]
                )
                if one == other { continue }
                differing += 1
                if differing < 3 { Issue.record("\(Set(one).symmetricDifference(other).sorted())") }
            }
            #expect(differing == 0)
            #expect(joined > Self.histories)
        }
    }

    /// What the registry says of a story, without what depends on the series.
    private func content(_ node: Node, _ story: Story, _ areas: [AreaFigure]) async throws -> [String] {
        let posts: [PostgresValue] = [.uuidArray([story.post(0), story.post(1)])]
        let records = try await node.texts(
            """
            select left(r.id::text, 13) || ' ' || left(r.subject::text, 13) || ' ' || r.date || ' ' || r.state
              || case when r.state = 0 then r.body else '' end
            from registry.record r join registry.posyandu p on p.id = r.posyandu_id where p.uuid = any($1::uuid[])
              and r.state <> 1
            """,
            posts
        )
        let contributions = try await node.texts(
            """
            select left(k.record_id::text, 13) || ' ' || coalesce(left(k.subject::text, 13), '-') || ' ' || k.period || ' '
              || k.indicators::text || k."values"::text
            from registry.contribution k join registry.posyandu p on p.id = k.posyandu_id where p.uuid = any($1::uuid[])
            """,
            posts
        )
        let tasks = try await node.texts(
            """
            select 'task ' || left(t.record_id::text, 13) || ' ' || left(t.subject::text, 13) || ' ' || t.is_open || ' '
              || coalesce(left(t.answered_by::text, 13), '-')
            from registry.task_state t join registry.posyandu p on p.id = t.posyandu_id where p.uuid = any($1::uuid[])
            """,
            posts
        )
        let district = story.series < 99 ? "33.25.\(story.series / 10)\(story.series % 10)" : "33.25.99"
        let figures = areas.filter { $0.area == district }.map { "\($0.indicator) \($0.value)" }
        return (records + contributions + tasks + figures).sorted()
    }
}
