// Needs without a programme and programmes without a need, beside a naive model.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginKit
import PostgresClient
import Registry
import Testing

@Suite struct ProgrammeGapsTests {
    private static let sources = [
        NeedSource(
            type: "perumahan_rakyat.rtlh",
            sector: "perumahan_rakyat",
            workItem: "perumahan_rakyat.rtlh",
            service: 26,
            condition: .named(field: "layanan_spm"),
            office: "perumahan_rakyat",
            finalStates: ["selesai", "ditolak"]
        ),
        NeedSource(
            type: "perumahan_rakyat.rtlh",
            sector: "perumahan_rakyat",
            workItem: "perumahan_rakyat.rtlh",
            service: 27,
            condition: .named(field: "layanan_spm"),
            office: "perumahan_rakyat",
            finalStates: ["selesai", "ditolak"]
        ),
        NeedSource(
            type: "perumahan_rakyat.rtlh",
            sector: "perumahan_rakyat",
            workItem: "perumahan_rakyat.rtlh",
            service: nil,
            condition: .unnamed(field: "layanan_spm"),
            office: "perumahan_rakyat",
            finalStates: ["selesai", "ditolak"]
        ),
        NeedSource(
            type: "kesehatan.dewasa",
            sector: "kesehatan",
            workItem: "kesehatan.usia_produktif",
            service: 17,
            office: "kesehatan"
        ),
        NeedSource(
            type: "kesehatan.dewasa",
            sector: "kesehatan",
            workItem: "kesehatan.usia_produktif",
            service: 19,
            condition: .equal([
                .init(field: "td", json: "\"tinggi\""), .init(field: "gejala", json: "\"pusing\""),
            ]),
            office: "kesehatan"
        ),
        NeedSource(
            type: "pekerjaan_umum.jalan",
            sector: "pekerjaan_umum",
            workItem: "pekerjaan_umum.jalan",
            service: nil,
            office: nil
        ),
    ]

    /// One report of a village, as the model knows it.
    private struct Report {
        var id: UUID
        var village: String
        var type: String
        var day: CivilDate
        var state: Int
        var services: [Int]
        var hasFinding: Bool
        var openedCase: String?

        var body: String {
            let named = services.map { String($0) }.joined(separator: " ")
            let spm = services.isEmpty ? "" : "\"layanan_spm\":\"\(named)\","
            return "{\(spm)\(hasFinding ? "\"gejala\":[\"lelah\",\"pusing\"]" : "\"td\":\"normal\"")}"
        }

        func concerns(_ source: NeedSource) -> Bool {
            guard type == source.type else { return false }
            switch source.condition {
            case .always: return true
            case .named: return source.service.map(services.contains) ?? false
            case .unnamed: return services.isEmpty
            case .equal: return hasFinding
            }
        }
    }

    private struct Dice {
        var state: UInt64 = 20_260_722
        mutating func roll(_ sides: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(sides))
        }
    }

    private static let villages = [
        "33.25.01.2001", "33.25.01.2002", "33.25.02.2001", "33.25.06.2015", "33.25.10.2025",
    ]

    private static func reports() -> [Report] {
        var dice = Dice()
        return (0..<400).map { number in
            let type = ["perumahan_rakyat.rtlh", "kesehatan.dewasa", "pekerjaan_umum.jalan"][dice.roll(3)]
            let isHouse = type.hasPrefix("perumahan")
            // Service 27 is asked for in one village only, roads nowhere outside of another.
            let services = isHouse ? [[], [26], [26, 27]][dice.roll(3)] : []
            var village = villages[dice.roll(villages.count)]
            if services.contains(27) { village = villages[3] }
            if type.hasPrefix("pekerjaan") { village = villages[2] }
            return Report(
                id: UUID(uuidString: "0192f0c1-0000-7000-8000-\(String(1_000_000 + number).paddedTo12)") ?? UUID(),
                village: village,
                type: type,
                day: CivilDate(daysSince1970: CivilDate("2025-06-01")!.daysSince1970 + Int32(dice.roll(200))),
                state: dice.roll(10) == 0 ? 1 : 0,
                services: services,
                hasFinding: dice.roll(3) == 0,
                openedCase: isHouse && dice.roll(4) == 0 ? ["didata", "selesai"][dice.roll(2)] : nil
            )
        }
    }

    private static func fill(_ fixture: RegistryFixture, _ reports: [Report]) async throws {
        try await fixture.pool.transaction { connection in
            for village in villages {
                try connection.execute(
                    "insert into registry.posyandu(uuid, name, village_code, active_from) values (gen_random_uuid(), 'A', $1, '2020-01-01')",
                    [.text(village)]
                )
            }
            for type in Set(sources.map(\.type)) {
                try connection.execute("insert into registry.record_type(name) values ($1)", [.text(type)])
            }
            for report in reports {
                let post = "(select min(id) from registry.posyandu where village_code = $2)"
                let type = "(select id from registry.record_type where name = $3)"
                try connection.execute(
                    """
                    insert into registry.record(id, lineage, posyandu_id, date, type_id, state, version, body)
                    values ($1, 0, \(post), $4, \(type), $5, 1, $6)
                    """,
                    [
                        .uuid(report.id), .text(report.village), .text(report.type), .date(report.day.daysSince1970),
                        .int2(Int16(report.state)), .text(report.body),
                    ]
                )
                guard let state = report.openedCase else { continue }
                try connection.execute(
                    """
                    insert into registry.case(id, moved, lineage, posyandu_id, opened, type_id, state, reason)
                    values ($1, now(), 0, \(post), $4, \(type), $5, 'rtlh')
                    """,
                    [
                        .uuid(report.id), .text(report.village), .text(report.type), .date(report.day.daysSince1970),
                        .text(state),
                    ]
                )
            }
        }
    }

    /// Needs counted one report at a time: (work item, service, area) to records, open cases, and those not covered.
    private static func model(
        _ reports: [Report],
        _ programmes: [Programme],
        period: Period,
        area: String,
        digits: Int
    ) -> [String: [Int]] {
        var rows: [String: [Int]] = [:]
        for report in reports where report.village.hasPrefix(area) {
            for source in sources where report.concerns(source) {
                let records = report.state == 0 && period.contains(report.day) ? 1 : 0
                let isOpen = report.openedCase.map { !source.finalStates.contains($0) } ?? false
                let cases = isOpen && report.day <= period.last ? 1 : 0
                guard records + cases > 0 else { continue }
                var isCovered = false
                for programme in programmes {
                    for tag in programme.tags where tag.withdrawnOn == nil {
                        let names = tag.service != nil ? tag.service == source.service : tag.workItem == source.workItem
                        if names, report.village.hasPrefix(tag.area ?? "33.25") { isCovered = true }
                    }
                }
                let key = "\(source.workItem) \(source.service ?? 0) \(report.village.prefix(digits))"
                var row = rows[key] ?? [0, 0, 0, 0]
                row[0] += records
                row[1] += cases
                if !isCovered { (row[2], row[3]) = (row[2] + records, row[3] + cases) }
                rows[key] = row
            }
        }
        return rows
    }

    @Test func `needs and unused programmes are those of the naive model`() async throws {
        let fixture = try await RegistryFixture.planning()
        let reports = Self.reports()
        try await Self.fill(fixture, reports)
        let loaded = try await fixture.load(
            programmes: """
                tahun,opd,sub_kegiatan,spm,pekerjaan,wilayah,pagu,ditandai_oleh,ditandai_tanggal,bukti,dicabut
                2025,perkim,1.04.02.2.01.0001,26,,33.25.01,1,Bappeda,2025-01-01,s,
                2025,perkim,1.04.02.2.01.0002,27,,33.25.02,1,Bappeda,2025-01-01,s,
                2025,dinkes,1.04.02.2.01.0001,17,,,1,Bappeda,2025-01-01,s,
                2025,dinkes,1.04.02.2.01.0002,19,,,1,Bappeda,2025-01-01,s,2025-02-01
                2025,pmd,2.13.05.2.01.0003,,pekerjaan_umum.jalan,33.25.06,1,Bappeda,2025-01-01,s,
                2025,pmd,2.13.05.2.01.0003,33,,,1,Bappeda,2025-01-01,s,
                2025,pmd,1.04.02.2.01.0001,,,,1,,,,
                """
        )
        try #require(loaded.committed)
        let programmes = try await fixture.programmes(2025)
        let quarter = try #require(Period("2025-Q3"))
        for (area, period) in [("33.25", quarter), ("33.25.01", quarter), ("33.25", Period("2025-11")!)] {
            let gaps = try await fixture.pool.withConnection { connection in
                try ProgrammeGaps.read(
                    connection,
                    Self.sources,
                    year: 2025,
                    period: period,
                    area: area,
                    today: RegistryFixture.today
                )
            }
            for (level, digits) in [(ProgrammeGaps.Level.kabupaten, 5), (.kecamatan, 8)] {
                let expected = Self.model(reports, programmes, period: period, area: area, digits: digits)
                var found: [String: [Int]] = [:]
                for need in gaps.needs(by: level, all: true) {
                    found["\(need.workItem) \(need.service ?? 0) \(need.area)"] = [
                        need.records, need.openCases, need.untaggedRecords, need.untaggedCases,
                    ]
                }
                #expect(found == expected, "\(area) \(period) \(level)")
                let open = Set(gaps.needs(by: level).map { "\($0.workItem) \($0.service ?? 0) \($0.area)" })
                #expect(open == Set(expected.filter { $0.value[2] + $0.value[3] > 0 }.keys))
            }
        }
        let gaps = try await fixture.pool.withConnection { connection in
            try ProgrammeGaps.read(
                connection,
                Self.sources,
                year: 2025,
                period: quarter,
                area: "33.25",
                today: RegistryFixture.today
            )
        }
        // 27 is tagged for the wrong kecamatan, roads and 33 are reported nowhere they are tagged, 19 is withdrawn, one is untagged.
        #expect(gaps.unused().map(\.code) == ["1.04.02.2.01.0002", "2.13.05.2.01.0003"])
        #expect(gaps.unused().map(\.office) == ["perkim", "pmd"])
        #expect(gaps.unused(office: "dinkes").isEmpty)
        #expect(Set(gaps.needs(by: .kabupaten, role: "kesehatan").map(\.service)) == [19])
        #expect(Set(gaps.needs(by: .kecamatan, role: "perumahan_rakyat").map(\.area)).contains("33.25.06"))
        await fixture.drop()
    }

    @Test(arguments: [
        "Pendidikan", "Kesehatan", "PekerjaanUmum", "PerumahanRakyat", "Trantibumlinmas", "Sosial",
    ])
    func `what counts as a need follows from the manifest`(_ folder: String) throws {
        let path = "\(RegistryFixture.reference)/../../Plugins/\(folder)/sector.json"
        let manifest = try Manifest.parse(try RegistryFixture.bytes(of: path), file: path).get()
        let sources = NeedSource.all(of: [manifest])
        for record in manifest.records {
            let own = sources.filter { $0.type == record.type }
            if record.aggregate != nil {
                #expect(own.isEmpty)
                continue
            }
            let listed = manifest.spm.first { $0.workItem == record.workItem }?.services ?? []
            #expect(Set(own.compactMap(\.service)) == Set(listed), "\(record.type)")
            let service = manifest.service(of: record)
            for source in own {
                let conditions = source.service.flatMap { service?.conditions[$0] } ?? []
                switch source.condition {
                case .always: #expect(service?.field == nil && conditions.isEmpty)
                case .named(let field): #expect(field == service?.field && source.service != nil)
                case .unnamed(let field): #expect(field == service?.field && source.service == nil)
                case .equal(let list): #expect(!list.isEmpty && list.map(\.field) == conditions.map(\.field))
                }
            }
            let counts = record.workItem != nil || manifest.office(for: record.type) != nil
            #expect(own.isEmpty == !counts, "\(record.type)")
            if let office = manifest.office(for: record.type) { #expect(own.allSatisfy { $0.office == office }) }
        }
        #expect(sources.allSatisfy { $0.workItem.hasPrefix(manifest.id + ".") })
    }
}

extension String {
    fileprivate var paddedTo12: String { String(repeating: "0", count: 12 - count) + self }
}
