// Figures of quarters and years from those of months, records and paper mixed, against a reading of the rules in plain Swift.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginKit
import PostgresClient
import Testing

@testable import Apply
@testable import Summaries

@Suite struct LongerPeriodTests {
    private struct Fact {
        var posyandu: Int
        var record: UUID
        var subject: UUID?
        /// Days since 1 October 2026; three months.
        var day: Int
        var indicator: String
        var value: Int
        var isPaper: Bool

        var date: CivilDate { Self.start.adding(days: day) }
        var month: Int { date.month }
        private static let start = CivilDate(daysSince1970: 20_727)
    }

    private static let kinds = [
        "tumbuh.ditimbang": "count", "tumbuh.anak": "distinct", "tumbuh.berat": "sum", "tumbuh.berat_akhir": "stock",
        "tumbuh.kader": "stock",
    ]
    private static let villages = [
        "33.25.01.2001", "33.25.01.2001", "33.25.01.2002", "33.25.02.2001", "33.25.02.2001",
    ]

    private func facts(_ random: inout SplitMix, _ count: Int) -> [Fact] {
        let indicators = Self.kinds.keys.sorted()
        return (0..<count).map { number in
            let indicator = indicators[random.next(indicators.count)]
            let isPaper = random.next(3) == 0
            let hasSubject = !isPaper && ["tumbuh.anak", "tumbuh.berat_akhir"].contains(indicator)
            return Fact(
                posyandu: random.next(5),
                record: id(random.next(60), number),
                subject: hasSubject ? id(random.next(12)) : nil,
                day: random.next(92),
                indicator: indicator,
                value: isPaper ? random.next(9) : (Self.kinds[indicator] == "distinct" ? 1 : random.next(40)),
                isPaper: isPaper
            )
        }
    }

    // MARK: The rules again

    /// A month of a posyandu and indicator: its records, or where there are none what the last paper says.
    private enum Month {
        case records([Fact])
        case paper(Int)
    }

    private func last(_ facts: [Fact]) -> Fact? {
        facts.max { ($0.day, $0.record.text, $0.value) < ($1.day, $1.record.text, $1.value) }
    }

    private func months(_ facts: [Fact]) -> [Int: Month] {
        Dictionary(grouping: facts, by: \.month).mapValues { facts in
            let records = facts.filter { !$0.isPaper }
            return records.isEmpty ? .paper(last(facts)?.value ?? 0) : .records(records)
        }
    }

    /// The figure of an area, nil where nothing was said of it.
    private func quarter(_ facts: [Fact], _ kind: String, area: String) -> Int? {
        let inside = facts.filter { Self.villages[$0.posyandu].hasPrefix(area) }
        guard !inside.isEmpty else { return nil }
        var records: [Fact] = []
        var paper = 0
        for posyandu in 0..<5 {
            let months = months(facts.filter { $0.posyandu == posyandu })
            var own: [Fact] = []
            var papers: [Int] = []
            for month in months.values {
                switch month {
                case .records(let facts): own += facts
                case .paper(let value): papers.append(value)
                }
            }
            let isInside = Self.villages[posyandu].hasPrefix(area)
            switch kind {
            case "distinct":
                if isInside { paper += max(0, (papers.max() ?? 0) - Set(own.compactMap(\.subject)).count) }
            case "stock":
                if let end = months.keys.max(), case .paper(let value)? = months[end] {
                    if isInside { paper += value }
                    own = []
                }
            default: if isInside { paper += papers.reduce(0, +) }
            }
            if isInside || kind == "stock" { records += own }
        }
        switch kind {
        case "count": return records.count + paper
        case "sum": return records.reduce(paper) { $0 + $1.value }
        case "distinct": return Set(records.compactMap(\.subject)).count + paper
        default:
            // A subject's stock belongs where its last value was said.
            let bySubject = Dictionary(grouping: records) { $0.subject?.text ?? "\($0.posyandu)" }
            let lasts = bySubject.values.compactMap { last($0) }
            return lasts.filter { Self.villages[$0.posyandu].hasPrefix(area) }.reduce(paper) { $0 + $1.value }
        }
    }

    // MARK: PostgreSQL

    private func write(_ facts: [Fact], _ node: Node) async throws {
        try await node.addPosyandu((0..<5).map { (id(10 + $0, 0xA000), Self.villages[$0]) })
        try await node.pool.transaction { connection in
            for fact in facts {
                try connection.execute(
                    """
                    insert into registry.contribution(record_id, subject, lineage, posyandu_id, date, sector_id, period,
                      indicators, "values")
                    select $1, $2, 16, p.id, $4, i.sector_id, to_char($4::date, 'YYYY-MM'),
                      array[case when $7 then -i.id else i.id end], array[$5::numeric]
                    from registry.indicator i, registry.posyandu p where i.name = $6 and p.uuid = $3
                    """,
                    [
                        .uuid(fact.record), fact.subject.map { .uuid($0) } ?? .null,
                        .uuid(id(10 + fact.posyandu, 0xA000)), .date(fact.date.daysSince1970), .int8(Int64(fact.value)),
                        .text(fact.indicator), .bool(fact.isPaper),
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

    private func read(_ node: Node, _ period: String) async throws -> [AreaFigure] {
        let period = try #require(Period(period))
        return try await node.pool.withConnection { try AreaFigures.read($0, kabupaten: "33.25", period: period) }
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64])
    func `a quarter and its year are what the rules make of the months`(seed: UInt64) async throws {
        try await withNode { node in
            var random = SplitMix(seed: seed)
            let facts = facts(&random, 30 + random.next(150))
            try await write(facts, node)
            let figures = try await read(node, "2026-Q4")
            for area in ["33.25", "33.25.01", "33.25.02"] {
                for (indicator, kind) in Self.kinds {
                    let own = facts.filter { $0.indicator == indicator }
                    let found = figures.first { $0.area == area && $0.indicator == indicator }
                    let expected = quarter(own, kind, area: area)
                    // A stock may have moved out of the area with its subjects: nothing is left to say, which is no zero.
                    if expected == 0, found == nil, kind == "stock" { continue }
                    #expect(found.flatMap { Int($0.value) } == expected, "\(indicator) of \(area)")
                    let onPaper = Set(own.filter { Self.villages[$0.posyandu].hasPrefix(area) }.map(\.posyandu)).filter
                    {
                        posyandu in
                        months(own.filter { $0.posyandu == posyandu }).values.contains {
                            if case .paper = $0 { true } else { false }
                        }
                    }
                    #expect(found?.fromPaper ?? onPaper.count == onPaper.count)
                }
            }
            #expect(try await read(node, "2026") == figures)
            #expect(try await read(node, "2026-Q3").isEmpty)
        }
    }

    @Test
    func `what does not roll up has no figure in a quarter, and a posyandu has reported when every month has one`()
        async throws
    {
        try await withNode { node in
            var facts: [Fact] = []
            for (posyandu, days) in [(0, [1, 40, 80]), (1, [1, 2, 80]), (2, [40])] {
                facts += days.map {
                    Fact(
                        posyandu: posyandu,
                        record: id(facts.count, $0),
                        day: $0,
                        indicator: "tumbuh.ditimbang",
                        value: 1,
                        isPaper: false
                    )
                }
                facts += days.map {
                    Fact(
                        posyandu: posyandu,
                        record: id(50 + facts.count, $0),
                        day: $0,
                        indicator: "tumbuh.naik",
                        value: 1,
                        isPaper: false
                    )
                }
            }
            try await write(facts, node)
            let closer = PeriodCloser(
                pool: node.pool,
                kabupaten: "33.25",
                utcOffsetSeconds: 25_200,
                regionVersion: "2025"
            )
            func close(_ period: String) async throws -> PeriodSnapshot {
                try await closer.close(try #require(Period(period)), now: 1_000_000) { _, _ in }.snapshot
            }
            func values(_ snapshot: PeriodSnapshot) -> [String] {
                snapshot.figures.filter { $0.area == "33.25" }.map {
                    "\($0.indicator) \($0.numerator ?? "-")/\($0.denominator ?? "-")"
                }
            }
            let quarter = try await close("2026-Q4")
            #expect(
                values(quarter).sorted() == [
                    "tumbuh.ditimbang 7/-", "tumbuh.naik 7/-", "tumbuh.persen_naik 7/7",
                ]
            )
            #expect(quarter.completeness.reported == 1)
            #expect(try await close("2026-11").completeness.reported == 2)
            _ = try await node.texts(
                "update registry.indicator set rolls_up = false where name in ('tumbuh.naik', 'tumbuh.persen_naik') returning ''"
            )
            #expect(values(try await close("2026-Q4")) == ["tumbuh.ditimbang 7/-"])
            #expect(values(try await close("2026-11")).count == 3)
        }
    }
}
