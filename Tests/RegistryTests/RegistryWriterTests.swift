// Core messages into residents, the catalogue, reference data, the access log and the constraints.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginKit
import PostgresClient
import Registry
import Testing

@Suite struct RegistryWriterTests {
    private func id(_ number: UInt8) -> UUID {
        UUID(uuid: (1, 0x92, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, number))
    }

    private func registration(_ number: UInt8, _ lineage: Int64, nik: String? = nil, name: String = "Siti") throws
        -> ResidentRegistration
    {
        ResidentRegistration(
            id: id(number),
            posyanduID: 1,
            sex: "P",
            birthDate: 7_000,
            nik: try nik.map { try NIK($0) },
            person: Redacted(Array(#"{"nama":"\#(name)"}"#.utf8)),
            lineage: lineage
        )
    }

    @Test func `registrations insert, revise with the predecessor kept, and ignore replays`() async throws {
        let fixture = try await RegistryFixture.batang()
        try await fixture.loadPosyandu()
        let writer = RegistryWriter(cipher: fixture.cipher)
        let rows = [
            try registration(1, 16, nik: "3325064107900003"), try registration(2, 32),
            try registration(2, 48, name: "Siti A"), try registration(2, 64, name: "Siti A"),
            try registration(3, 80, nik: "3325064107900003"), try registration(1, 96, nik: "3325064107900004"),
            try registration(3, 112, nik: "3325064107900003"),
        ]
        let first = try await fixture.pool.transaction { try writer.register($0, rows) }
        #expect(first == [.inserted, .inserted, .revised, .unchanged, .nikHeld, .revised, .inserted])
        let again = try await fixture.pool.transaction { try writer.register($0, rows) }
        #expect(again == [.unchanged, .unchanged, .unchanged, .unchanged, .unchanged, .unchanged, .unchanged])
        #expect(try await fixture.count("select count(*) from registry.resident") == 3)
        let chain = """
            select string_agg(revision || ':' || lineage || '>' || replaced_by, ' ' order by id)
            from registry.resident_revision
            """
        #expect(try await fixture.text(chain) == "1:16>96 1:32>48")
        let subjects = try await fixture.pool.withConnection { [id] in
            try SubjectStore.subjects($0, ids: [id(1), id(2), UUID()])
        }
        #expect(subjects.count == 2)
        #expect(subjects[id(1)] == SubjectRow(posyanduID: 1, sex: "P", birthDate: 7_000, died: nil))
        await fixture.drop()
    }

    @Test func `moves keep where a resident was; unknown ones are told`() async throws {
        let fixture = try await RegistryFixture.batang()
        try await fixture.loadPosyandu()
        let writer = RegistryWriter(cipher: fixture.cipher)
        let row = try registration(1, 16)
        _ = try await fixture.pool.transaction { try writer.register($0, [row]) }
        let moves = [
            ResidentMove(id: id(1), posyanduID: 2, lineage: 32), ResidentMove(id: id(9), posyanduID: 2, lineage: 33),
            ResidentMove(id: id(1), posyanduID: 1, lineage: 48), ResidentMove(id: id(1), posyanduID: 1, lineage: 64),
        ]
        let outcomes = try await fixture.pool.transaction { try writer.move($0, moves) }
        #expect(outcomes == [.revised, .unknown, .revised, .unchanged])
        let again = try await fixture.pool.transaction { try writer.move($0, moves) }
        #expect(again == [.unchanged, .unknown, .unchanged, .unchanged])
        let past = """
            select string_agg(posyandu_id || ':' || replaced_by, ' ' order by revision) from registry.resident_revision
            """
        #expect(try await fixture.text(past) == "1:32 2:48")
        #expect(try await fixture.pool.withConnection { try RegistryFigures.residents($0) } == [1: 1])
        await fixture.drop()
    }

    @Test func `looking for a NIK leaves a trail that cannot be changed and holds no NIK`() async throws {
        let fixture = try await RegistryFixture.batang()
        try await fixture.loadPosyandu()
        let row = try registration(1, 16, nik: "3325064107900003")
        let writer = RegistryWriter(cipher: fixture.cipher)
        _ = try await fixture.pool.transaction { try writer.register($0, [row]) }
        let search = ResidentSearch(cipher: fixture.cipher)
        let reason = AccessReason(actor: "petugas.1", purpose: "pendaftaran")
        let (found, missing) = try await fixture.pool.transaction { connection in
            (
                try search.find(connection, NIK("3325064107900003"), reason)?.id,
                try search.find(connection, NIK("3325064107900009"), reason)?.id
            )
        }
        #expect(found == id(1) && missing == nil)
        let trail =
            """
            select string_agg(actor || '/' || act || '/' || right(object, 2), ' ' order by id)
            from registry.access_log
            """
        #expect(try await fixture.text(trail) == "petugas.1/find by nik/01 petugas.1/find by nik/ne")
        for sql in [
            "update registry.access_log set actor = 'x'", "delete from registry.access_log",
            "truncate registry.access_log",
        ] {
            await #expect(throws: PostgresError.self) { try await fixture.pool.withConnection { try $0.execute(sql) } }
        }
        await fixture.drop()
    }

    @Test func `the catalogue gives a name one number for ever, and burns none`() async throws {
        let fixture = try await RegistryFixture.empty()
        func sector(_ version: String, _ types: [String]) -> CatalogueSector {
            CatalogueSector(
                code: "kesehatan",
                title: "Kesehatan",
                scope: .canonical,
                version: version,
                digest: [1],
                recordTypes: types,
                indicators: [
                    CatalogueIndicator(name: "kesehatan.d", kind: "distinct", unit: "anak", period: "month"),
                    CatalogueIndicator(
                        name: "kesehatan.d_per_s",
                        kind: "ratio",
                        unit: "%",
                        period: "month",
                        ratioOf: ["kesehatan.d", "kesehatan.s"]
                    ),
                ]
            )
        }
        let first = try await fixture.pool.transaction { [one = sector("1.0.0", ["kesehatan.penimbangan"])] in
            try Catalogue.upsert($0, [one])
        }
        #expect(first.recordTypes.count == 5 && first.indicators.count == 2 && first.sectors == ["kesehatan": 1])
        for _ in 0..<20 {
            let again = try await fixture.pool.transaction { [two = sector("1.1.0", ["kesehatan.imunisasi"])] in
                try Catalogue.upsert($0, [two])
            }
            #expect(again.recordTypes["kesehatan.penimbangan"] == first.recordTypes["kesehatan.penimbangan"])
            #expect(again.recordTypes["kesehatan.imunisasi"] == 6 && again.indicators == first.indicators)
        }
        #expect(try await fixture.text("select version from registry.sector") == "1.1.0")
        await fixture.drop()
    }

    @Test func `six codes are canonical, and the database lets no seventh in`() async throws {
        let fixture = try await RegistryFixture.empty()
        func add(_ code: String, _ scope: CatalogueSector.Scope) async throws {
            let sector = CatalogueSector(
                code: code,
                title: code,
                scope: scope,
                version: "1",
                digest: [],
                recordTypes: [],
                indicators: []
            )
            _ = try await fixture.pool.transaction { try Catalogue.upsert($0, [sector]) }
        }
        try await add("lingkungan", .local)
        try await add("sosial", .canonical)
        for (code, scope) in [("lingkungan2", .canonical), ("pendidikan", .local)] as [(String, CatalogueSector.Scope)]
        {
            let error = await #expect(throws: PostgresError.self) { try await add(code, scope) }
            #expect(error?.constraint == "sector_six_canonical")
        }
        await fixture.drop()
    }

    @Test func `29 services and 25 skills load once`() async throws {
        let fixture = try await RegistryFixture.empty()
        let folder = RegistryFixture.reference
        #expect(try await fixture.pool.transaction { try ReferenceData.load($0, folder: folder) } == 29 + 25 + 16 + 6)
        #expect(try await fixture.pool.transaction { try ReferenceData.load($0, folder: folder) } == 0)
        let bySector =
            """
            select string_agg(services::text, ' ' order by first) from (select count(*) as services,
                min(sipd_label_id) as first from registry.spm_service group by sector_code) sectors
            """
        #expect(try await fixture.text(bySector) == "3 12 2 2 5 5")
        await fixture.drop()
    }
}
