// Recaps from paper beside records: whatever comes first, paper counts only where no record of the family does.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PostgresClient
import Summaries
import Testing

@testable import Apply

@Suite struct PaperFigureTests {
    /// One contribution: a record's, or a recap's.
    private struct Fact: Hashable {
        var record: UUID
        var isPaper: Bool
        var indicator: String
        var day: Int
        var subject: UUID?
        var value: Int
    }

    private struct Figure: Hashable {
        var value: Int
        var origin: Int
    }

    private static let kinds = [
        "tumbuh.ditimbang": "count", "tumbuh.anak": "distinct", "tumbuh.naik": "count", "tumbuh.berat": "sum",
        "tumbuh.kader": "stock",
    ]
    private static let families = ["tumbuh.ditimbang": "timbang", "tumbuh.anak": "timbang", "tumbuh.naik": "timbang"]

    private static func family(_ indicator: String) -> String { families[indicator] ?? indicator }

    /// What the figures must be, by rules that share no code with the SQL.
    private func truth(_ facts: Set<Fact>) -> [String: Figure] {
        let records = facts.filter { !$0.isPaper }
        let recorded = Set(records.map { Self.family($0.indicator) })
        var figures: [String: Figure] = [:]
        for (name, kind) in Self.kinds {
            let mine = records.filter { $0.indicator == name }
            let last = { (facts: Set<Fact>) in
                facts.max { ($0.day, $0.record.uuidString, $0.value) < ($1.day, $1.record.uuidString, $1.value) }
            }
            let paper = last(facts.filter { $0.isPaper && $0.indicator == name })
            if !mine.isEmpty {
                let value =
                    switch kind {
                    case "count": mine.count
                    case "distinct": Set(mine.compactMap(\.subject)).count
                    case "sum": mine.reduce(0) { $0 + $1.value }
                    default: last(mine)?.value ?? 0
                    }
                figures[name] = Figure(value: value, origin: paper == nil ? 0 : 2)
            } else if let paper, !recorded.contains(Self.family(name)) {
                figures[name] = Figure(value: paper.value, origin: 1)
            }
        }
        return figures
    }

    private func write(_ facts: [Fact], _ node: Node) async throws {
        try await node.pool.transaction { connection in
            for fact in facts {
                try connection.execute(
                    """
                    insert into registry.contribution(record_id, subject, lineage, posyandu_id, date, sector_id, period,
                      indicators, "values")
                    select $1, $2, 16, p.id, date '2026-11-01' + $3::int, i.sector_id, '2026-11',
                      array[case when $4 then -i.id else i.id end], array[$5::bigint]
                    from registry.indicator i, registry.posyandu p where i.name = $6
                    """,
                    [
                        .uuid(fact.record), fact.subject.map { .uuid($0) } ?? .null, .int4(Int32(fact.day)),
                        .bool(fact.isPaper), .int8(Int64(fact.value)), .text(fact.indicator),
                    ]
                )
            }
            try mark(connection)
        }
    }

    private func mark(_ connection: isolated PostgresConnection) throws {
        try connection.execute(
            """
            insert into summary.dirty(posyandu_id, sector_id, period)
            select p.id, s.id, '2026-11' from registry.posyandu p, registry.sector s where s.code = 'tumbuh'
            """
        )
    }

    private func figures(_ node: Node) async throws -> [String: Figure] {
        while try await Recomputation.step(node.pool) > 0 {}
        let rows = try await node.pool.withConnection { connection in
            try connection.query(
                """
                select i.name, f.value::bigint, f.origin from summary.figure f
                join registry.indicator i on i.id = f.indicator_id
                """
            ).map { (try $0.string(0), Figure(value: try $0.int(1), origin: try $0.int(2))) }
        }
        return Dictionary(uniqueKeysWithValues: rows)
    }

    @Test func `in any order, step by step or at once, with records taken back`() async throws {
        try await withNode { node in
            _ = try await node.addPost(1)
            _ = try await node.pool.withConnection { connection in
                for (indicator, family) in Self.families {
                    try connection.execute(
                        "update registry.indicator set family = $2 where name = $1",
                        [.text(indicator), .text(family)]
                    )
                }
            }
            var random = SplitMix(seed: 16)
            let names = Self.kinds.keys.sorted()
            for round in 0..<25 {
                var facts: Set<Fact> = []
                for number in 0..<(1 + random.next(9)) {
                    let name = names[random.next(names.count)]
                    let isPaper = random.next(2) == 0
                    let isOfSubject = !isPaper && Self.kinds[name] == "distinct"
                    facts.insert(
                        Fact(
                            record: id(round * 100 + number, 0x77),
                            isPaper: isPaper,
                            indicator: name,
                            day: random.next(3),
                            subject: isOfSubject ? id(random.next(3), 0x78) : nil,
                            value: random.next(40)
                        )
                    )
                }
                let shuffled = facts.sorted { $0.record.uuidString < $1.record.uuidString }.shuffled(using: &random)
                let cut = random.next(shuffled.count)
                try await write(Array(shuffled.prefix(cut)), node)
                #expect(try await figures(node) == truth(Set(shuffled.prefix(cut))))
                try await write(Array(shuffled.suffix(from: cut)), node)
                #expect(try await figures(node) == truth(facts))
                // Without the records the paper counts again; without anything nothing is left.
                try await remove("k.indicators[1] > 0", node)
                #expect(try await figures(node) == truth(facts.filter(\.isPaper)))
                try await remove("true", node)
                #expect(try await figures(node).isEmpty)
            }
        }
    }

    private func remove(_ condition: String, _ node: Node) async throws {
        try await node.pool.transaction { connection in
            try connection.execute("delete from registry.contribution k where \(condition)")
            try mark(connection)
        }
    }
}
