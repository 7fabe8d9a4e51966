// Balances, prevalences and cohorts: their arithmetic, and what they read from contributions.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginKit
import PostgresClient
import Testing

@testable import Apply
@testable import Summaries

@Suite struct ViewTests {
    private static func kesehatan() throws -> Manifest {
        let parts = #filePath.split(separator: "/").dropLast(3)
        let path = "/\(parts.joined(separator: "/"))/Plugins/Kesehatan/sector.json"
        return try Manifest.parse(try FileReader.read(path, limit: 1 << 20), file: "sector.json").get()
    }

    @Test(arguments: [
        ("1", "3", "33.33"), ("2", "3", "66.67"), ("1", "8", "12.50"), ("0", "5", "0.00"), ("7", "7", "100.00"),
        ("12.5", "100", "12.50"), ("1", "2000", "0.05"), ("1", "20000", "0.01"), ("1", "20001", "0.00"),
    ])
    func `percentages are rounded half up to two decimals`(part: String, whole: String, text: String) throws {
        #expect(Percentage.text(try #require(ExactDecimal(part)), of: try #require(ExactDecimal(whole))) == text)
    }

    @Test func `there is no percentage of nothing`() {
        #expect(Percentage.text(0, of: 0) == nil)
        #expect(Percentage.text(3, of: 0) == nil)
    }

    /// Monthly totals of one desa in Lampung Timur, 960nata/sip-posyandu-ratujayatani: month, S, K, D and N of boys and girls.
    private static let sheet: [(month: Int, s: [Int], k: [Int], d: [Int], n: [Int], dPerS: String?, nPerD: String?)] = [
        (1, [128, 125], [128, 125], [125, 123], [111, 114], "98.02", "90.73"),
        (2, [128, 125], [128, 125], [117, 122], [109, 114], "94.47", "93.31"),
        (3, [128, 126], [128, 126], [121, 123], [115, 112], "96.06", "93.03"),
        (4, [130, 127], [130, 127], [119, 122], [110, 111], "93.77", "91.70"),
        (5, [131, 128], [], [], [], nil, nil),
    ]

    @Test func `a real village's sheet breaks no rule and has the percentages that it prints`() throws {
        let view = try #require(try Self.kesehatan().view("skdn"))
        for row in Self.sheet {
            var values: [String: ExactDecimal] = [:]
            for (name, parts) in [("S", row.s), ("K", row.k), ("D", row.d), ("N", row.n)] where !parts.isEmpty {
                values[name] = ExactDecimal(parts.reduce(0, +))
            }
            #expect(view.broken(values).isEmpty, "month \(row.month)")
            let percentages = view.percentages(values)
            #expect(percentages["D/S"] == row.dPerS, "month \(row.month)")
            #expect(percentages["N/D"] == row.nPerD, "month \(row.month)")
            #expect(percentages["K/S"] == (row.k.isEmpty ? nil : "100.00"))
        }
    }

    @Test func `every identity of the SKDN is a rule, and is named when it does not hold`() throws {
        let view = try #require(try Self.kesehatan().view("skdn"))
        let right: [String: ExactDecimal] = [
            "S": 10, "K": 9, "D": 8, "N": 4, "T": 2, "O": 1, "B": 1, "2T": 1, "BGM": 1, "R": 1,
        ]
        #expect(view.broken(right).isEmpty)
        #expect(view.percentages(right)["N/(D-O-B)"] == "66.67")
        for (column, value, rules) in [
            ("O", 2, ["D = N + T + O + B"]), ("S", 7, ["D <= S", "K <= S"]), ("K", 11, ["K <= S"]),
            ("BGM", 9, ["BGM <= D"]), ("2T", 3, ["2T <= T"]), ("N", 9, ["D = N + T + O + B", "N <= D"]),
        ] {
            var wrong = right
            wrong[column] = ExactDecimal(value)
            #expect(view.broken(wrong).map(\.rule) == rules, "\(column)")
        }
    }

    // MARK: From contributions

    private static let views = """
        "views": {
          "pendek": {"kind": "prevalence", "title": {"id": "Pendek"}, "bands": [0, 24, 60],
            "columns": [{"name": "pendek", "indicator": "tumbuh.berat_akhir"}]},
          "lahir": {"kind": "cohort", "title": {"id": "Lahir"}, "months": 2,
            "columns": [{"name": "datang", "indicator": "tumbuh.anak"},
              {"name": "pernah", "indicator": "tumbuh.anak", "ever": true},
              {"name": "diukur", "indicator": "tumbuh.berat_akhir", "counts": "present"},
              {"name": "risiko", "any": ["tumbuh.berat_akhir", "tumbuh.kunjungan"]}]}},
        """

    private func view(_ name: String, months: Int? = nil) throws -> Manifest.View {
        let parts = ToySector.manifest.split(separator: "\"workflow\"", maxSplits: 1)
        let text = parts.joined(separator: Self.views + "\"workflow\"")
        var view = try #require(try Manifest.parse(Array(text.utf8), file: "sector.json").get().view(name))
        view.months = months ?? view.months
        return view
    }

    private func prepare(_ node: Node, _ children: [(birth: String, died: String?)]) async throws {
        try await node.addPosyandu([(id(1, 0xA), "33.25.01.2001"), (id(2, 0xA), "33.25.01.2002")])
        try await node.pool.withConnection { connection in
            for (number, child) in children.enumerated() {
                try connection.execute(
                    """
                    insert into registry.resident(id, posyandu_id, birth_date, died, key_version, sex)
                    select $1, id, $2::date, $3::date, 1, $4 from registry.posyandu where uuid = $5
                    """,
                    [
                        .uuid(id(number)), .text(child.birth), child.died.map { .text($0) } ?? .null,
                        .text(number % 2 == 0 ? "L" : "P"), .uuid(id(1, 0xA)),
                    ]
                )
            }
        }
    }

    private func add(_ node: Node, _ child: Int, _ post: Int, _ date: String, _ indicator: String, _ value: Int)
        async throws
    {
        _ = try await node.pool.withConnection { connection in
            try connection.execute(
                """
                insert into registry.contribution(record_id, subject, lineage, posyandu_id, date, sector_id, period,
                  indicators, "values")
                select gen_random_uuid(), $1, 16, p.id, $3::date, i.sector_id, left($3, 7), array[i.id], array[$5::numeric]
                from registry.indicator i, registry.posyandu p where i.name = $4 and p.uuid = $2
                """,
                [.uuid(id(child)), .uuid(id(post, 0xA)), .text(date), .text(indicator), .int4(Int32(value))]
            )
        }
    }

    @Test func `a prevalence counts children once, at their latest measurement, where it was taken`() async throws {
        try await withNode { node in
            try await prepare(
                node,
                [
                    ("2025-01-10", nil), ("2025-01-10", nil), ("2023-05-10", nil), ("2025-01-10", "2026-11-10"),
                    ("2021-11-15", nil),
                ]
            )
            for (child, post, date, value) in [
                (0, 1, "2026-10-05", 1), (0, 1, "2026-11-05", 0), (1, 1, "2026-10-06", 1), (2, 1, "2026-11-03", 1),
                (2, 2, "2026-11-20", 0), (3, 1, "2026-10-05", 1), (4, 1, "2026-10-05", 1), (0, 1, "2026-12-05", 1),
            ] { try await add(node, child, post, date, "tumbuh.berat_akhir", value) }
            let november = try #require(Period("2026-11"))
            func read(_ months: Int) async throws -> (total: PrevalenceRow, rows: [PrevalenceRow]) {
                let view = try view("pendek", months: months)
                return try await node.pool.transaction(.init(readOnly: true)) {
                    try PrevalenceView.read($0, view, month: november, scope: .area("33.25"), level: .desa)
                }
            }
            let month = try await read(1)
            #expect(month.total.totals["pendek"] == Prevalence(measured: 2, affected: 0))
            #expect(month.rows.map { $0.totals["pendek"]?.measured } == [1, 1])
            // Two months: child 1 still counts; who died or turned five since does not.
            let window = try await read(2)
            #expect(window.total.totals["pendek"] == Prevalence(measured: 3, affected: 1))
            #expect(window.total.totals["pendek"]?.percentage == "33.33")
            #expect(window.total.cells[CellKey(sex: "P", band: 0)]?["pendek"] == Prevalence(measured: 1, affected: 1))
            #expect(window.total.cells[CellKey(sex: "L", band: 1)]?["pendek"] == Prevalence(measured: 1, affected: 0))
        }
    }

    @Test func `a cohort is who was born in a month, lives here and is alive`() async throws {
        try await withNode { node in
            try await prepare(
                node,
                [
                    ("2026-10-03", nil), ("2026-10-31", nil), ("2026-11-02", nil), ("2026-10-05", "2026-11-30"),
                    ("2026-09-30", nil),
                ]
            )
            for (child, post, date, indicator, value) in [
                (0, 1, "2026-11-05", "tumbuh.anak", 1), (0, 2, "2026-11-09", "tumbuh.anak", 1),
                (1, 2, "2026-10-31", "tumbuh.anak", 1), (1, 1, "2026-11-20", "tumbuh.berat_akhir", 0),
                (2, 1, "2026-11-20", "tumbuh.berat_akhir", 1), (2, 1, "2026-11-21", "tumbuh.kunjungan", 1),
                (2, 1, "2026-12-01", "tumbuh.anak", 1), (4, 1, "2026-11-05", "tumbuh.anak", 1),
            ] { try await add(node, child, post, date, indicator, value) }
            let view = try view("lahir")
            let november = try #require(Period("2026-11"))
            let (total, cohorts) = try await node.pool.transaction(.init(readOnly: true)) {
                try CohortView.read($0, view, month: november, scope: .area("33.25.01"))
            }
            #expect(cohorts.map { $0.born?.description } == ["2026-11", "2026-10"])
            #expect(cohorts.map(\.age) == [0, 1])
            #expect(cohorts.map(\.size) == [1, 2])
            #expect(cohorts[0].counts == ["datang": 0, "pernah": 0, "diukur": 1, "risiko": 1])
            #expect(cohorts[1].counts == ["datang": 1, "pernah": 2, "diukur": 1, "risiko": 0])
            #expect(cohorts[1].percentage("pernah") == "100.00")
            #expect(total.size == 3)
            #expect(total.counts == ["datang": 1, "pernah": 2, "diukur": 2, "risiko": 1])
        }
    }
}
