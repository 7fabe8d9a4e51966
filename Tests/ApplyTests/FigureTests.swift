// Figures recomputed by PostgreSQL against an independent computation in Swift, and snapshots that are the same bytes.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginKit
import PostgresClient
import Testing

@testable import Apply
@testable import Summaries

/// One row of `registry.contribution`, one indicator.
private struct Fact {
    var posyandu: Int
    var record: UUID
    var subject: UUID?
    var day: Int
    var indicator: String
    var milli: Int
}

/// The figures of a set of facts, by hand.
private enum ByHand {
    static let kinds = [
        "tumbuh.ditimbang": "count", "tumbuh.naik": "count", "tumbuh.anak": "distinct", "tumbuh.berat": "sum",
        "tumbuh.berat_akhir": "stock", "tumbuh.kader": "stock", "tumbuh.kunjungan": "distinct",
    ]

    static func figures(_ facts: [Fact]) -> [String: Int] {
        var figures: [String: Int] = [:]
        for (indicator, own) in Dictionary(grouping: facts, by: \.indicator) {
            switch kinds[indicator] {
            case "count": figures[indicator] = own.count * 1_000
            case "distinct": figures[indicator] = Set(own.compactMap(\.subject)).count * 1_000
            case "sum": figures[indicator] = own.reduce(0) { $0 + $1.milli }
            default: figures[indicator] = stock(own)
            }
        }
        return figures
    }

    /// The last value of each subject, or of each posyandu where there is none.
    private static func stock(_ facts: [Fact]) -> Int {
        last(facts).reduce(0) { $0 + $1.milli }
    }

    static func last(_ facts: [Fact]) -> [Fact] {
        var last: [String: Fact] = [:]
        for fact in facts {
            let key = fact.indicator + (fact.subject?.text ?? "posyandu \(fact.posyandu)")
            guard let other = last[key] else {
                last[key] = fact
                continue
            }
            if (fact.day, fact.record.text, fact.milli) > (other.day, other.record.text, other.milli) {
                last[key] = fact
            }
        }
        return Array(last.values)
    }
}

@Suite struct FigureTests {
    private static let villages = ["33.25.01.2001", "33.25.01.2002", "33.25.02.2001", "33.26.01.2001"]

    private func facts(_ random: inout SplitMix, _ count: Int) -> [Fact] {
        let indicators = ByHand.kinds.keys.sorted()
        return (0..<count).map { number in
            let indicator = indicators[random.next(indicators.count)]
            let needsSubject = ["distinct", "stock"].contains(ByHand.kinds[indicator]) && indicator != "tumbuh.kader"
            return Fact(
                posyandu: random.next(6),
                record: id(random.next(60), number),
                subject: needsSubject ? id(random.next(15)) : nil,
                day: random.next(30),
                indicator: indicator,
                milli: ByHand.kinds[indicator] == "sum" || indicator == "tumbuh.berat_akhir"
                    ? random.next(20_000) - 3_000 : 1_000 * random.next(9)
            )
        }
    }

    private func prepare(_ node: Node) async throws {
        try await node.addPosyandu((0..<6).map { (id(10 + $0, 0xA000), Self.villages[min($0 / 2 + $0 % 2, 3)]) })
    }

    /// Writes facts as apply does, with the marks.
    private func write(_ facts: [Fact], _ node: Node) async throws {
        try await node.pool.transaction { connection in
            for fact in facts {
                try connection.execute(
                    """
                    insert into registry.contribution(record_id, subject, lineage, posyandu_id, date, sector_id, period,
                      indicators, "values")
                    select $1, $2, 16, p.id, date '2026-11-01' + $4::int, i.sector_id, '2026-11', array[i.id],
                      array[$5::bigint / 1000.0]
                    from registry.indicator i, registry.posyandu p where i.name = $6 and p.uuid = $3
                    """,
                    [
                        .uuid(fact.record), fact.subject.map { .uuid($0) } ?? .null,
                        .uuid(id(10 + fact.posyandu, 0xA000)),
                        .int4(Int32(fact.day)), .int8(Int64(fact.milli)), .text(fact.indicator),
                    ]
                )
            }
            try connection.execute(
                """
                insert into summary.dirty(posyandu_id, sector_id, period)
                select posyandu_id, sector_id, period from registry.contribution
                """
            )
        }
        while try await Recomputation.step(node.pool) > 0 {}
    }

    private func milli(_ text: String) -> Int {
        guard let value = ExactDecimal(text) else { return .min }
        var mantissa = Int(value.mantissa)
        for _ in value.scale..<3 { mantissa *= 10 }
        return mantissa
    }

    private func posyanduFigures(_ node: Node, _ number: Int) async throws -> [String: Int] {
        let rows = try await node.pool.withConnection { connection in
            try connection.query(
                """
                select i.name, trim_scale(f.value)::text from summary.figure f join registry.indicator i on i.id = f.indicator_id
                join registry.posyandu p on p.id = f.posyandu_id where p.uuid = $1
                """,
                [.uuid(id(10 + number, 0xA000))]
            ).map { (try $0.string(0), try $0.string(1)) }
        }
        return Dictionary(uniqueKeysWithValues: rows.map { ($0.0, milli($0.1)) })
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func `figures of posyandu, kecamatan and kabupaten are those computed by hand`(seed: UInt64) async throws {
        try await withNode { node in
            try await prepare(node)
            var random = SplitMix(seed: seed)
            let facts = facts(&random, 40 + random.next(200))
            try await write(facts, node)
            for number in 0..<6 {
                let byHand = ByHand.figures(facts.filter { $0.posyandu == number })
                #expect(try await posyanduFigures(node, number) == byHand)
            }
            let villages = (0..<6).map { Self.villages[min($0 / 2 + $0 % 2, 3)] }
            let inside = facts.filter { villages[$0.posyandu].hasPrefix("33.25.") }
            var expected: [String: [String: Int]] = ["33.25": ByHand.figures(inside)]
            // A resident's stock belongs to the kecamatan of her last value, so that kecamatan add up to the kabupaten.
            let lastRecords = Set(ByHand.last(inside.filter { ByHand.kinds[$0.indicator] == "stock" }).map { "\($0)" })
            for kecamatan in Set(villages.map { String($0.prefix(8)) }) where kecamatan.hasPrefix("33.25.") {
                let own = inside.filter { fact in
                    villages[fact.posyandu].hasPrefix(kecamatan)
                        && (ByHand.kinds[fact.indicator] != "stock" || lastRecords.contains("\(fact)"))
                }
                expected[kecamatan] = ByHand.figures(own)
            }
            let read = try await node.pool.withConnection {
                try AreaFigures.read($0, kabupaten: "33.25", period: try #require(Period("2026-11")))
            }
            var found: [String: [String: Int]] = [:]
            for figure in read { found[figure.area, default: [:]][figure.indicator] = milli(figure.value) }
            #expect(found == expected)
        }
    }

    @Test func `figures vanish with their last contribution`() async throws {
        try await withNode { node in
            try await prepare(node)
            var random = SplitMix(seed: 9)
            try await write(facts(&random, 50), node)
            try await node.pool.withConnection { connection in
                try connection.run(
                    script: """
                        insert into summary.dirty(posyandu_id, sector_id, period)
                        select posyandu_id, sector_id, period from registry.contribution;
                        delete from registry.contribution;
                        """
                )
            }
            while try await Recomputation.step(node.pool) > 0 {}
            #expect(try await node.count("select count(*) from summary.figure") == 0)
            #expect(try await node.count("select count(*) from summary.dirty") == 0)
        }
    }

    @Test func `the same content gives the same bytes whatever the order of writing`() async throws {
        var bytes: Set<[UInt8]> = []
        for order in 0..<3 {
            try await withNode { node in
                try await prepare(node)
                var random = SplitMix(seed: 21)
                var facts = facts(&random, 150)
                var shuffling = SplitMix(seed: UInt64(order))
                facts.shuffle(using: &shuffling)
                for part in 0..<3 { try await write(Array(facts[(part * 50)..<(part * 50 + 50)]), node) }
                let closer = PeriodCloser(
                    pool: node.pool,
                    kabupaten: "33.25",
                    utcOffsetSeconds: 25_200,
                    regionVersion: "2025"
                )
                bytes.insert(
                    try await closer.render(try #require(Period("2026-11")), revision: 1, cutoff: 5, createdAt: 6)
                )
            }
        }
        #expect(bytes.count == 1)
    }

    @Test func `a period is frozen anew only when something changed`() async throws {
        try await withNode { node in
            try await prepare(node)
            var random = SplitMix(seed: 33)
            try await write(facts(&random, 80), node)
            let closer = PeriodCloser(
                pool: node.pool,
                kabupaten: "33.25",
                utcOffsetSeconds: 25_200,
                regionVersion: "2025"
            )
            let period = try #require(Period("2026-11"))
            func close(_ now: Int64) async throws -> FrozenPeriod {
                try await closer.close(period, now: now) { _, _ in }
            }
            let first = try await close(1_000_000)
            let again = try await close(2_000_000)
            #expect(first.isNew && !again.isNew)
            #expect(again.digest == first.digest && again.snapshot.canonicalBytes == first.snapshot.canonicalBytes)
            try await node.pool.withConnection { connection in
                try connection.run(
                    script: """
                        insert into summary.dirty(posyandu_id, sector_id, period)
                        select posyandu_id, sector_id, period from registry.contribution;
                        """
                )
            }
            #expect(try await !close(3_000_000).isNew)
            var fact = facts(&random, 1)[0]
            fact.posyandu = 0
            try await write([fact], node)
            let second = try await close(4_000_000)
            #expect(second.isNew && second.snapshot.revision == 2)
            #expect(try await node.count("select count(*) from summary.snapshot") == 2)
            await #expect(throws: PostgresError.self) {
                try await node.pool.withConnection { try $0.run(script: "update summary.snapshot set revision = 9") }
            }
        }
    }

    @Test func `closing the same period side by side makes one revision`() async throws {
        try await withNode { node in
            try await prepare(node)
            var random = SplitMix(seed: 34)
            try await write(facts(&random, 80), node)
            let pool = node.pool
            let period = try #require(Period("2026-11"))
            let new = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        let closer = PeriodCloser(
                            pool: pool,
                            kabupaten: "33.25",
                            utcOffsetSeconds: 25_200,
                            regionVersion: "2025"
                        )
                        return try await closer.close(period, now: 7) { _, _ in }.isNew
                    }
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(new == 1)
            #expect(try await node.count("select count(*) from summary.snapshot") == 1)
        }
    }
}
