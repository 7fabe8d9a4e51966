// Candidates for one person in two rows, and the lists by which cadres go to people.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginKit
import PostgresClient
import Registry
import Testing

@Suite struct IdentityTests {
    private func id(_ number: Int) -> UUID {
        UUID(uuid: (1, 0x92, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, UInt8(number >> 8), UInt8(number & 255)))
    }

    private func resident(
        _ number: Int,
        _ name: String,
        _ birth: String,
        sex: String = "P",
        at posyandu: Int32 = 1,
        mother: Int? = nil,
        household: Int? = nil,
        nik: String? = nil,
        address: String = ""
    ) throws -> ResidentRegistration {
        ResidentRegistration(
            id: id(number),
            posyanduID: posyandu,
            household: household.map(id),
            sex: sex,
            birthDate: try #require(CivilDate(birth)).daysSince1970,
            motherID: mother.map(id),
            nik: try nik.map { try NIK($0) },
            person: Redacted(Array(#"{"alamat":"\#(address)","nama":"\#(name)"}"#.utf8)),
            lineage: Int64(number * 16)
        )
    }

    private func registry(_ rows: [ResidentRegistration]) async throws -> RegistryFixture {
        let fixture = try await RegistryFixture.batang()
        try await fixture.loadPosyandu()
        let writer = RegistryWriter(cipher: fixture.cipher)
        let folder = RegistryFixture.reference
        _ = try await fixture.pool.transaction { connection in
            _ = try ReferenceData.load(connection, folder: folder)
            return try writer.register(connection, rows)
        }
        return fixture
    }

    private func candidates(_ fixture: RegistryFixture, area: String? = nil) async throws -> [String] {
        _ = try await NameIndex(cipher: fixture.cipher).follow(fixture.pool)
        return try await fixture.pool.transaction { connection in
            try Candidates.find(connection, area: area, rules: IdentityRules(connection), limit: 100)
        }.map { candidate in
            func number(_ id: UUID) -> Int { Int(id.uuid.14) << 8 + Int(id.uuid.15) }
            return "\(number(candidate.first))+\(number(candidate.second)) \(candidate.score)"
        }
    }

    @Test(arguments: [
        ("Soekarno Poetra", "Sukarno Putra", true), ("Djoko Tjipto", "joko cipto", true),
        ("An. Muhammad Fatih", "MUHAMMAD FATIH", true), ("By. Ny. Siti 1", "Bayi Ny Siti 2", false),
        ("Nur Aisyah", "Aisyah Nur", true), ("Aisyah", "Aisya", true), ("Budi Santoso", "Budi Susanto", false),
        ("Ma'ruf", "Maruf", true), ("H. Zainuddin", "Zainudin", true), ("Siti", "Sita", false),
    ])
    func `names that sound alike are alike`(_ one: String, _ other: String, _ isAlike: Bool) {
        #expect((NameSound(one).sounds == NameSound(other).sounds) == isAlike)
        #expect(!NameSound(one).sounds.isEmpty)
    }

    @Test func `duplicates are found and explained, twins and namesakes are not`() async throws {
        let fixture = try await registry([
            // The same child at two posyandu, spelled by two cadres; one has her NIK.
            try resident(1, "Siti Aisyah", "2024-02-29", nik: "3325066902240001"),
            try resident(2, "Siti Aisjah", "2024-02-29", at: 2),
            // Twins with one mother, one household, and a word of the name in common.
            try resident(3, "Ahmad Hasan", "2025-05-05", sex: "L", mother: 9, household: 90),
            try resident(4, "Ahmad Husein", "2025-05-05", sex: "L", mother: 9, household: 90),
            try resident(5, "By Ny Wati 1", "2025-06-06", mother: 8, household: 91),
            try resident(6, "By Ny Wati 2", "2025-06-06", mother: 8, household: 91),
            // A namesake of another year, a neighbour of the same day.
            try resident(7, "Siti Aisyah", "2019-07-01"), try resident(10, "Siti Rahma", "2024-02-29"),
            // Day and month exchanged.
            try resident(11, "Bagus Prakoso", "2023-03-08", sex: "L"),
            try resident(12, "Bagus Prakoso", "2023-08-03", sex: "L", at: 2),
            // The mother's NIK was written for the child.
            try resident(13, "Dewi Lestari", "2024-09-09", nik: "3325065010900002"),
            try resident(14, "Dewi Lestari", "2024-09-09", at: 2, nik: "3325064909240003"),
            // Both have a NIK of their own: two people.
            try resident(15, "Rina Wulandari", "2022-01-12", nik: "3325065201220004"),
            try resident(16, "Rina Wulandari", "2022-01-12", at: 2, nik: "3325065201220005"),
        ])
        #expect(try await candidates(fixture) == ["13+14 90", "1+2 68", "11+12 60"])
        #expect(try await candidates(fixture, area: "99") == [])
        let indexed = try await NameIndex(cipher: fixture.cipher).follow(fixture.pool)
        #expect(indexed == 0)
        _ = try await fixture.pool.withConnection { [id] connection in
            try connection.execute(
                "insert into registry.resident_link values ($1, $2, $1, false, 'bukan orang yang sama', 1)",
                [.uuid(id(13)), .uuid(id(14))]
            )
        }
        #expect(try await candidates(fixture) == ["1+2 68", "11+12 60"])
        let plain = """
            select count(*) from registry.resident_name where exact_index::text ~* 'siti' or words::text ~* 'siti'
              or sound_index::text ~* 'siti'
            """
        #expect(try await fixture.count(plain) == 0)
        await fixture.drop()
    }

    private func fill(_ fixture: RegistryFixture) async throws {
        try await fixture.pool.withConnection { [id] connection in
            try connection.run(
                script: """
                    insert into registry.sector(code, title, scope, version, digest) values ('kesehatan', 'K', 'canonical', '1', '\\x01');
                    insert into registry.record_type(sector_id, name) values (1, 'kesehatan.penimbangan'), (1, 'kesehatan.kunjungan');
                    """
            )
            let types = try connection.query("select name, id from registry.record_type").reduce(into: [:]) {
                $0[try $1.string(0)] = Int16(try $1.int(1))
            }
            func record(
                _ number: Int,
                _ subject: Int,
                _ type: String,
                _ date: String,
                state: Int16 = 0,
                _ connection: isolated PostgresConnection
            ) throws {
                try connection.execute(
                    """
                    insert into registry.record(id, subject, lineage, posyandu_id, date, type_id, state, version, body)
                    values ($1, $2, 1, 1, $3, $4, $5, 1, '{}')
                    """,
                    [
                        .uuid(id(number)), .uuid(id(subject)), .date(CivilDate(date)?.daysSince1970 ?? 0),
                        .int2(types[type] ?? 0), .int2(state),
                    ]
                )
            }
            try record(101, 1, "kesehatan.penimbangan", "2026-11-03", connection)
            try record(102, 2, "kesehatan.penimbangan", "2026-10-20", connection)
            try record(103, 3, "kesehatan.penimbangan", "2026-11-04", state: 1, connection)
            try record(104, 5, "kesehatan.kunjungan", "2026-10-25", connection)
            for (record, topic, due) in [
                (102, "gizi", "2026-10-27"), (101, "tbc", "2026-11-30"), (104, "gizi", "2026-11-01"),
            ] {
                try connection.execute(
                    """
                    insert into registry.task(record_id, lineage, posyandu_id, due, kind, reason, role, topic)
                    values ($1, 1, 1, $2, 'rujukan', 'berat tidak naik', 'bidan', $3)
                    """,
                    [.uuid(id(record)), .date(CivilDate(due)?.daysSince1970 ?? 0), .text(topic)]
                )
            }
            for number in [201, 202] {
                try connection.execute(
                    "insert into registry.cadre(id, person_sealed, key_version) values ($1, '\\x01', 1)",
                    [.uuid(id(number))]
                )
                try connection.execute(
                    """
                    insert into registry.cadre_term(cadre_id, posyandu_id, role, sector_code, started)
                    values ($1, 1, 'kader', 'kesehatan', '2026-01-01')
                    """,
                    [.uuid(id(number))]
                )
            }
        }
    }

    private static let manifest = """
        { "manifest": 1, "id": "kesehatan", "version": "1.0.0", "protocol": 1, "form": "program", "scope": "canonical",
          "stability": "beta", "name": {"id": "Kesehatan"},
          "records": { "kesehatan.penimbangan": { "version": 1, "title": {"id": "Timbang"}, "subject": "resident", "fields": {} } },
          "lists": [
            {"list": "pick_up", "title": {"id": "Belum ditimbang"}, "from_months": 0, "to_months": 59,
              "missing": ["kesehatan.penimbangan"]},
            {"list": "pick_up", "title": {"id": "Rujukan lewat waktu"}, "tasks": ["rujukan"], "overdue": true} ] }
        """

    @Test(arguments: [
        (#""missing": ["kesehatan.penimbangan"]"#, #""missing": ["kesehatan.lain"]"#),
        (#""missing": ["kesehatan.penimbangan"]"#, #""overdue": true"#), (#""to_months": 59"#, #""to_months": -1"#),
        (#""tasks": ["rujukan"]"#, #""tasks": ["Rujukan"]"#), (#""list": "pick_up""#, #""list": "visit""#),
    ])
    func `a list rule that cannot be meant is a finding`(_ right: String, _ wrong: String) throws {
        let text = Self.manifest.replacing(right, with: wrong)
        guard case .failure = Manifest.parse(Array(text.utf8), file: "sector.json") else {
            Issue.record("was taken")
            return
        }
    }

    private func list(
        _ fixture: RegistryFixture,
        _ rules: [Manifest.ListRule],
        cadre: UUID? = nil,
        reason: AccessReason? = nil
    ) async throws -> [ListedResident] {
        let lists = CadreLists(cipher: fixture.cipher)
        let day = try #require(CivilDate("2026-11-10"))
        return try await fixture.pool.transaction { connection in
            try lists.make(
                connection,
                posyandu: 1,
                on: day,
                rules: rules.map { ("kesehatan", $0) },
                cadre: cadre,
                reason: reason
            )
        }
    }

    @Test func `a list holds whom its rules name, shared among the cadres, and names only with a purpose`() async throws
    {
        let fixture = try await registry([
            try resident(1, "Siti", "2024-01-01", address: "Dusun I RT 01/RW 02"),
            try resident(2, "Budi", "2023-01-01", sex: "L", address: "RT.1 RW 2"),
            try resident(3, "Wati", "2025-01-01", household: 90), try resident(4, "Tini", "1990-01-01", household: 90),
            try resident(5, "Jaka", "2026-11-09", sex: "L"), try resident(6, "Lain", "2024-01-01", at: 2),
        ])
        try await fill(fixture)
        let manifest = try Manifest.parse(Array(Self.manifest.utf8), file: "sector.json").get()
        #expect(manifest.lists.count == 2)
        let (missing, overdue) = (manifest.lists[0], manifest.lists[1])
        let all = try await list(fixture, [missing, overdue])
        let shown = all.map { one in
            let number = String(one.resident.uuid.15)
            return number + " " + one.reasons.joined(separator: "; ")
        }.sorted()
        #expect(
            shown == [
                "2 Belum ditimbang; Rujukan lewat waktu: berat tidak naik", "3 Belum ditimbang",
                "5 Belum ditimbang; Rujukan lewat waktu: berat tidak naik",
            ]
        )
        #expect(all.allSatisfy { $0.name == nil && $0.address == nil && $0.cadre != nil })
        #expect(try await fixture.count("select count(*) from registry.access_log") == 0)
        var shared: [UInt8] = []
        for number in [201, 202] {
            shared += try await list(fixture, [missing, overdue], cadre: id(number)).map { $0.resident.uuid.15 }
        }
        #expect(shared.sorted() == [2, 3, 5])
        let named = try await list(fixture, [missing], reason: AccessReason(actor: "petugas", purpose: "penjemputan"))
        #expect(Set(named.compactMap(\.name)) == ["Budi", "Wati", "Jaka"])
        #expect(try await fixture.count("select count(*) from registry.access_log where act = 'list of a cadre'") == 3)
        await fixture.drop()
    }

    @Test func `tasks are listed by day, with the cadre of the whole RT`() async throws {
        let fixture = try await registry([
            try resident(1, "Siti", "2024-01-01", address: "Dusun I RT 01/RW 02"),
            try resident(2, "Budi", "2023-01-01", sex: "L", address: "RT.1 RW 2"),
            try resident(5, "Jaka", "2026-10-09", at: 2),
        ])
        try await fill(fixture)
        let list = TaskList(cipher: fixture.cipher)
        let today = try #require(CivilDate("2026-11-10"))
        func tasks(_ change: (inout TaskQuery) -> Void) async throws -> [ListedTask] {
            var query = TaskQuery()
            change(&query)
            return try await fixture.pool.transaction { [query] in try list.read($0, query, today: today) }
        }
        let all = try await tasks { _ in }
        #expect(all.map { $0.due?.description ?? "" } == ["2026-10-27", "2026-11-01", "2026-11-30"])
        #expect(all[0].cadre != nil && all[0].cadre == all[2].cadre && all[1].cadre == nil)
        #expect(try await tasks { $0.due = CivilDate("2026-11-01") }.count == 2)
        #expect(try await tasks { $0.kind = "lain" }.isEmpty)
        #expect(try await tasks { $0.cadre = all[0].cadre }.count == 2)
        #expect(try await tasks { $0.posyandu = all[0].posyandu }.count == 2)
        await fixture.drop()
    }
}
