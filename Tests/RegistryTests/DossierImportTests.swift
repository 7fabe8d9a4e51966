// Papers, skills and trainings through the importer; completeness, terms and levels read from what they left.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginKit
import PostgresClient
import Registry
import Testing

@Suite struct DossierImportTests {
    private static let a = RegistryFixture.a
    private static let b = RegistryFixture.b
    private static let papers =
        "posyandu_uuid,kode_desa,jenis,nomor,tanggal,berlaku_dari,berlaku_sampai,pejabat,salinan\n"
    private static let skills = "posyandu_uuid,nama,nik,kader_uuid,no_keterampilan,tanggal,penilai\n"

    private func fixture() async throws -> RegistryFixture {
        let fixture = try await RegistryFixture.batang()
        try await fixture.loadPosyandu()
        let folder = RegistryFixture.reference
        #expect(try await fixture.pool.transaction { try ReferenceData.load($0, folder: folder) } > 0)
        #expect(try await fixture.pool.transaction { try ReferenceData.load($0, folder: folder) } == 0)
        let report = try await fixture.load(
            .cadres,
            """
            posyandu_uuid,nama,bidang,jabatan,mulai
            \(Self.a),Sri,kesehatan,kader,2024-01-01
            \(Self.a),Tuti,sosial,kader,2024-01-01
            \(Self.a),Wati,,ketua,2024-01-01
            \(Self.b),Sri,kesehatan,kader,2026-10-01

            """
        )
        try #require(report.committed)
        return fixture
    }

    @Test func `planted errors are told line by line, and nothing is half done`() async throws {
        let fixture = try await fixture()
        let before = try await fixture.fingerprint()
        let papers = try await fixture.load(
            .decrees,
            Self.papers + """
                \(Self.a),,sk_kepengurusan,1,2025-01-05,,2027-01-05,,map
                \(Self.a),,sk_kepengurusan,1,2025-01-05,,2027-01-05,,map
                ,,sk_kepengurusan,2,2025-01-05,,2027-01-05,,map
                \(Self.a),33.25.06.2015,sk_kepengurusan,2,2025-01-05,,2027-01-05,,map
                ,33.25.06.2001,sk_kepengurusan,2,2025-01-05,,2027-01-05,,map
                \(Self.a),,ijazah,2,2025-01-05,,2027-01-05,,map
                \(Self.a),,sk_kepengurusan,2,2025-01-05,,,,map
                \(Self.a),,sk_kepengurusan,2,2025-01-05,,2024-01-05,,map
                \(Self.a),,sk_kepengurusan,2,2027-01-05,,2028-01-05,,map
                \(Self.a),,sk_kepengurusan,2,2025-01-05,,2027-01-05,,

                """
        )
        #expect(
            papers.shorthand == [
                "3 nomor document_twice", "4 posyandu_uuid posyandu_or_village", "5 posyandu_uuid posyandu_or_village",
                "6 kode_desa village_without_posyandu", "7 jenis choice", "8 berlaku_sampai empty",
                "9 berlaku_sampai end_before_start", "10 tanggal document_future", "11 salinan empty",
            ]
        )
        let skills = try await fixture.load(
            .competences,
            Self.skills + """
                \(Self.a),Sri,,,1,2025-05-01,
                \(Self.a),sri,,,1,2025-05-02,
                \(Self.a),Siti,,,1,2025-05-01,
                \(Self.a),,,,1,2025-05-01,
                \(Self.a),Sri,,,26,2025-05-01,
                \(Self.a),Sri,,,2,2027-05-01,
                ,,,\(Self.a),2,2025-05-01,

                """
        )
        #expect(
            skills.shorthand == [
                "3 no_keterampilan competence_twice", "4 nama cadre_unknown", "5 kader_uuid cadre_unnamed",
                "6 no_keterampilan skill_unknown", "7 tanggal date_future", "8 kader_uuid cadre_unknown",
            ]
        )
        let trainings = try await fixture.load(
            .trainings,
            """
            posyandu_uuid,nama,pelatihan,mulai,selesai,jam,keterampilan
            \(Self.a),Sri,Bimtek,2025-05-01,2025-04-01,,
            \(Self.a),Sri,Bimtek,2025-05-01,,0,
            \(Self.a),Sri,Bimtek,2025-05-01,,,1;99
            \(Self.a),Sri,Bimtek,2027-05-01,,,

            """
        )
        #expect(
            trainings.shorthand == [
                "2 selesai end_before_start", "3 jam hours_form", "4 keterampilan skill_unknown", "5 mulai date_future",
            ]
        )
        #expect(try await fixture.fingerprint() == before)
        await fixture.drop()
    }

    @Test func `papers, skills and trainings are kept once, and what follows from them is read`() async throws {
        let fixture = try await fixture()
        let papers =
            Self.papers + """
                ,33.25.06.2015,sk_tp_posyandu,140/1,2025-01-05,,2030-12-31,Kepala Desa,map 1
                \(Self.a),,sk_kepengurusan,140/2,2025-01-05,,2027-01-15,Kepala Desa,map 2
                \(Self.a),,rpjmdesa,3,2021-01-05,,2025-12-31,,map 3
                \(Self.b),,matriks_rekap,4,2026-01-05,,,,map 4

                """
        #expect(try await fixture.load(.decrees, papers, .dryRun).inserted == 4)
        #expect(try await fixture.count("select count(*) from registry.document") == 0)
        #expect(try await fixture.load(.decrees, papers).inserted == 4)
        #expect(try await fixture.load(.decrees, papers).unchanged == 4)
        let longer = papers.replacing("2027-01-15", with: "2026-12-31")
        #expect(try await fixture.load(.decrees, longer).updated == 1)
        #expect(try await fixture.count("select max(revision) from registry.document") == 2)
        // What an operator told is not changed by a file.
        try await fixture.pool.withConnection { connection in
            try connection.run(
                script: """
                    insert into registry.document(posyandu_id, kind, number, revision, dated, valid_from, valid_to, copy_at,
                      decided_by, lineage)
                    values (1, 'sk_kepengurusan', '140/2', 3, '2025-01-05', '2025-01-05', '2027-02-01', 'map 2',
                      'Kepala Desa', 16);
                    """
            )
        }
        #expect(try await fixture.load(.decrees, longer, .skipBad).shorthand == ["3 - document_by_act"])

        // Sri of A has shown what Purwa asks for; a training is no skill.
        let shown = ([1, 2, 3, 4] + Array(5...11) + [18, 19, 20]).map { "\(Self.a),Sri,,,\($0),2025-05-01,Puskesmas" }
        let csv = Self.skills + shown.joined(separator: "\n") + "\n"
        #expect(try await fixture.load(.competences, csv).inserted == 14)
        #expect(try await fixture.load(.competences, csv).unchanged == 14)
        let training = """
            posyandu_uuid,nama,pelatihan,mulai,selesai,jam,keterampilan
            \(Self.a),Tuti,Bimtek Posyandu,2026-09-24,2026-09-25,16,1;2
            """
        #expect(try await fixture.load(.trainings, training).inserted == 1)
        #expect(try await fixture.load(.trainings, training.replacing(",16,", with: ",18,")).updated == 1)

        let today = RegistryFixture.today
        let read = try await fixture.pool.withConnection { connection in
            (
                try StandingReader.rules(connection, on: today),
                try StandingReader.standings(connection, area: "33.25", on: today),
                try LevelRules.inForce(connection, on: today),
                try LevelRules.cadres(connection, area: "33.25.06", on: today)
            )
        }
        let (rules, standings, levels) = (read.0, read.1, try #require(read.2))
        #expect(standings.map(\.name) == ["Melati 1", "Mawar"])
        let lacks = standings.map { $0.completeness(rules, on: today).missing.map { "\($0.code) \($0.actor)" } }
        #expect(
            lacks[0].sorted() == [
                "bendahara pemdes", "hari_buka posyandu", "kehadiran posyandu", "koordinat pemdes",
                "matriks_rekap kecamatan",
                "nomor_registrasi pemdes", "rpjmdesa pemdes", "sekretaris pemdes", "warga posyandu",
            ]
        )
        #expect(standings[0].sectors == 2)
        #expect(
            standings[0].completeness(rules, on: today).missing.first { $0.code == "rpjmdesa" }?.lapsed?.description
                == "2025-12-31"
        )
        #expect(lacks[1].contains("sk_kepengurusan pemdes"))
        #expect(!lacks[1].contains("matriks_rekap kecamatan"))
        #expect(
            read.3.map { "\($0.skills) \($0.trainings) \(levels.level(of: $0) ?? "-")" }.sorted() == [
                "0 1 -", "14 0 purwa",
            ]
        )
        await fixture.drop()
    }

    @Test func `three months without presence, training or notice: to be ended, and ended by nobody`() async throws {
        let fixture = try await fixture()
        let today = RegistryFixture.today
        func list(_ day: CivilDate, within: Int = 30) async throws -> [String] {
            try await fixture.pool.withConnection { connection in
                try TermList.read(connection, area: "33.25", within: within, on: day)
                    .map { "\($0.why.rawValue) \($0.role) \($0.sector ?? "-") \($0.day)" }
            }
        }
        // No presence list was told: nobody is judged.
        #expect(try await list(today) == [])
        let papers = Self.papers + "\(Self.a),,sk_kepengurusan,1,2024-01-01,,2026-12-01,,map\n"
        #expect(try await fixture.load(.decrees, papers).committed)
        #expect(
            try await list(today).sorted() == [
                "ends kader kesehatan 2026-12-01", "ends kader sosial 2026-12-01", "ends ketua - 2026-12-01",
            ]
        )
        #expect(try await list(today, within: 9) == [])
        #expect(try await list(CivilDate("2026-12-02")!).allSatisfy { $0.hasPrefix("lapsed") })
        func tell(_ day: String, _ sectors: String) async throws {
            _ = try await fixture.pool.withConnection { connection in
                try connection.execute(
                    """
                    insert into registry.presence(posyandu_id, day, activity, cadres, lineage)
                    select 1, $1::text::date, 'hari_buka', array_agg(cadre_id), 1 from registry.cadre_term
                    where posyandu_id = 1 and sector_code = any(string_to_array($2, ' '))
                    """,
                    [.text(day), .text(sectors)]
                )
            }
        }
        try await tell("2026-08-20", "kesehatan sosial")
        try await tell("2026-11-10", "kesehatan")
        #expect(try await list(today, within: 0) == ["inactive kader sosial 2026-08-20"])
        // Three months to the day.
        #expect(try await list(CivilDate("2026-11-19")!, within: 0) == [])
        #expect(try await list(CivilDate("2026-11-20")!, within: 0) == ["inactive kader sosial 2026-08-20"])
        // An absence that was announced counts to its last day; taken back, it does not.
        func notice(_ until: String?) async throws {
            _ = try await fixture.pool.withConnection { connection in
                try connection.execute(
                    """
                    insert into registry.cadre_notice(cadre_id, posyandu_id, from_day, to_day, lineage)
                    select cadre_id, 1, '2026-09-01', $1::text::date, 2 from registry.cadre_term
                    where posyandu_id = 1 and sector_code = 'sosial'
                    on conflict (cadre_id, posyandu_id, from_day) do update set to_day = excluded.to_day
                    """,
                    [until.map { .text($0) } ?? .null]
                )
            }
        }
        try await notice("2026-09-30")
        #expect(try await list(today, within: 0) == [])
        try await notice(nil)
        #expect(try await list(today, within: 0).count == 1)
        let training = "posyandu_uuid,nama,pelatihan,mulai\n\(Self.a),Tuti,Bimtek,2026-09-24\n"
        #expect(try await fixture.load(.trainings, training).committed)
        #expect(try await list(today, within: 0) == [])
        #expect(try await fixture.count("select count(*) from registry.cadre_term where ended is not null") == 0)
        // Names are shown for a purpose, which is written down.
        let cipher = fixture.cipher
        let names = try await fixture.pool.transaction { connection in
            let cadres = try TermList.read(connection, area: "33.25", within: 30, on: today).map(\.cadre)
            return try TermList.names(connection, of: cadres, cipher, AccessReason(actor: "sari", purpose: "pembinaan"))
        }
        #expect(Set(names.values) == ["Sri", "Tuti", "Wati"])
        #expect(try await fixture.count("select count(*) from registry.access_log where purpose = 'pembinaan'") == 3)
        await fixture.drop()
    }
}
