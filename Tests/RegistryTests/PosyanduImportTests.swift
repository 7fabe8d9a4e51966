// Posyandu and their registration numbers through the importer.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginKit
import PostgresClient
import Registry
import Testing

@Suite struct PosyanduImportTests {
    @Test func `every planted error has its line, column and code, and nothing is half done`() async throws {
        let fixture = try await RegistryFixture.batang()
        let before = try await fixture.fingerprint()
        let csv = """
            uuid,nama,kode_desa,nomor_registrasi,tanggal_registrasi,aktif_sejak,strata,lintang,bujur
            ,Melati 1,33.25.06.2015,33.25.06.2015.001,2025-10-01,2019-01-01,mandiri,-6.9,109.7
            not-a-uuid,Melati 2,33.25.06.2015,,,2019-01-01,,,
            ,,33.25.06.2015,,,2019-01-01,,,
            ,Mawar,Kebumen,,,2019-01-01,,,
            ,Mawar,Antah Berantah,,,2019-01-01,,,
            ,Mawar,3325062015,,,2019-01-01,,,
            ,Mawar,33.25.06.2999,,,2019-01-01,,,
            ,Mawar,33.25.06.2015,33.25.06.2015.1,2025-10-01,2019-01-01,,,
            ,Kenanga,33.25.06.2015,33.25.06.2015.009,,2019-01-01,,,
            ,Kenanga,33.25.06.2015,,2025-10-01,2019-01-01,,,
            ,Kenanga,33.25.06.2015,33.25.06.2015.009,2024-10-01,2019-01-01,,,
            ,Kenanga,33.25.06.2015,33.25.06.2998.009,2025-10-01,2019-01-01,,,
            ,Kenanga,33.25.06.2015,33.25.06.2015.001,2025-10-02,2019-01-01,,,
            ,Kenanga,33.25.06.2015,,,01/02/2019,,,
            ,Kenanga,33.25.06.2015,,,2019-02-30,,,
            ,Kenanga,33.25.06.2015,,,2019-01-01,Mandiri,,
            ,Kenanga,33.25.06.2015,,,2019-01-01,,109.7,-6.9
            ,Kenanga,33.25.06.2015,,,2019-01-01,,-6.9,
            ,melati  1,33.25.06.2015,,,2019-01-01,,,
            ,Dahlia, Desa 1,33.25.06.2015,,,2019-01-01,,,

            """
        let report = try await fixture.load(.posyandu, csv)
        #expect(
            report.shorthand == [
                "3 uuid uuid_form", "4 nama empty", "5 kode_desa village_name", "6 kode_desa village_form",
                "7 kode_desa village_form", "8 kode_desa village_unknown", "9 nomor_registrasi registration_form",
                "10 tanggal_registrasi registration_date", "11 nomor_registrasi registration_number",
                "12 tanggal_registrasi registration_no_list", "13 nomor_registrasi registration_prefix",
                "14 nomor_registrasi registration_twice", "15 aktif_sejak date_form", "16 aktif_sejak date_form",
                "17 strata choice", "18 bujur coordinate", "18 lintang coordinate", "19 lintang coordinate_half",
                "20 nama posyandu_twice", "21 - field_count",
            ]
        )
        #expect(!report.committed && report.rejects == nil)
        #expect(try await fixture.fingerprint() == before)
        let kebumen = try #require(report.complaints.first { $0.line == 5 })
        #expect(kebumen.message.contains("33.25.06.2015 (Kec. Tersono), 33.25.10.2025 (Kec. Tulis)"))

        let dry = try await fixture.load(.posyandu, csv, .dryRun)
        #expect(dry.complaints == report.complaints && !dry.committed && dry.inserted == 1)
        #expect(try await fixture.fingerprint() == before)

        let kept = try await fixture.load(.posyandu, csv, .skipBad)
        #expect(kept.committed && kept.inserted == 1 && kept.rejected == 19)
        let rejects = try #require(kept.rejects?.reveal()).split(separator: "\n")
        #expect(rejects.count == 20)
        #expect(rejects[0].hasPrefix("baris_asal,alasan,uuid,nama"))
        #expect(rejects[3].hasPrefix("5,\"kode_desa: Found the name 'kebumen' instead of a code"))
        #expect(rejects[3].hasSuffix(",,Mawar,Kebumen,,,2019-01-01,,,"))
        await fixture.drop()
    }

    @Test func `the rejects file, corrected, goes in as it is`() async throws {
        let fixture = try await RegistryFixture.batang()
        let first = try await fixture.load(
            .posyandu,
            "nama,kode_desa,aktif_sejak\nMawar,Kebumen,2019-01-01\n",
            .skipBad
        )
        let corrected = try #require(first.rejects?.reveal())
            .replacing("Mawar,Kebumen", with: "Mawar,33.25.10.2025")
        let second = try await fixture.load(.posyandu, corrected)
        #expect(second.committed && second.inserted == 1)
        await fixture.drop()
    }

    @Test func `the same file twice changes nothing and says so`() async throws {
        let fixture = try await RegistryFixture.batang()
        let csv = """
            nama,kode_desa,nomor_registrasi,tanggal_registrasi,aktif_sejak,hari_buka
            Melati 1,33.25.06.2015,33.25.06.2015.001,2025-10-01,2019-01-01,Selasa pertama
            Melati 2,33.25.06.2015,,,2019-01-01,
            """
        let first = try await fixture.load(.posyandu, csv)
        let print = try await fixture.fingerprint()
        let second = try await fixture.load(.posyandu, csv)
        #expect(first.inserted == 2 && second.inserted == 0 && second.updated == 0 && second.unchanged == 2)
        #expect(second.committed && second.summary.hasSuffix("Nothing had to be changed."))
        #expect(try await fixture.fingerprint() == print)
        // Without a uuid column the uuid follows from village and name, the same on every node.
        let uuid = try await fixture.text("select uuid::text from registry.posyandu where name = 'Melati 2'")
        let other = try await RegistryFixture.batang()
        _ = try await other.load(.posyandu, csv)
        #expect(try await other.text("select uuid::text from registry.posyandu where name = 'Melati 2'") == uuid)
        await fixture.drop()
        await other.drop()
    }

    @Test func `a change keeps its predecessor, an empty cell keeps what is there`() async throws {
        let fixture = try await RegistryFixture.batang()
        _ = try await fixture.load(
            .posyandu,
            "uuid,nama,kode_desa,aktif_sejak,strata\n\(RegistryFixture.a),Melati,33.25.06.2015,2019-01-01,madya\n"
        )
        let report = try await fixture.load(
            .posyandu,
            "uuid,nama,kode_desa,aktif_sejak,strata\n\(RegistryFixture.a),Melati Indah,33.25.06.2015,2019-01-01,\n"
        )
        #expect(report.updated == 1)
        let now = "select name || ' ' || strata || ' ' || revision from registry.posyandu"
        #expect(try await fixture.text(now) == "Melati Indah madya 2")
        let past = "select name || ' ' || strata || ' ' || revision from registry.posyandu_revision"
        #expect(try await fixture.text(past) == "Melati madya 1")
        await fixture.drop()
    }

    @Test func `a number stays unique over all time and keeps the prefix of its own date`() async throws {
        let fixture = try await RegistryFixture.batang()
        // From 2026 on the village 33.25.06.2015 is split: its code is gone, 33.25.06.2030 is new.
        let region = try await fixture.load(
            .regions,
            """
            kode,nama,level,jenis
            33,Jawa Tengah,provinsi,provinsi
            33.25,Kabupaten Batang,kabupaten_kota,kabupaten
            33.25.06,Tersono,kecamatan,kecamatan
            33.25.06.2030,Kebumen Baru,desa_kelurahan,desa
            """,
            version: ("2026", CivilDate("2026-01-01")!)
        )
        #expect(region.committed)
        func line(_ name: String, _ village: String, _ number: String, _ date: String, uuid: String = RegistryFixture.a)
            async throws
            -> [String]
        {
            let report = try await fixture.load(
                .posyandu,
                """
                uuid,nama,kode_desa,nomor_registrasi,tanggal_registrasi,aktif_sejak
                \(uuid),\(name),\(village),\(number),\(date),2019-01-01
                """
            )
            return report.shorthand
        }
        // Issued under the old list, imported after the split: the old prefix is right for its date.
        #expect(try await line("Melati", "33.25.06.2030", "33.25.06.2015.001", "2025-10-01") == [])
        // The old prefix was gone by then; the new one was not there yet.
        let gone = ["2 nomor_registrasi registration_prefix"]
        #expect(try await line("Melati", "33.25.06.2030", "33.25.06.2015.002", "2026-02-01") == gone)
        #expect(try await line("Melati", "33.25.06.2030", "33.25.06.2030.001", "2025-12-31") == gone)
        // The new number after the split joins the old one in the history.
        #expect(try await line("Melati", "33.25.06.2030", "33.25.06.2030.001", "2026-02-01") == [])
        #expect(
            try await line("Melati", "33.25.06.2030", "33.25.06.2030.002", "2026-01-15")
                == ["2 tanggal_registrasi registration_order"]
        )
        #expect(
            try await line("Melati", "33.25.06.2030", "33.25.06.2015.001", "2025-11-01")
                == ["2 tanggal_registrasi registration_redated"]
        )
        // Nobody else ever gets either number.
        for (number, date) in [("33.25.06.2015.001", "2025-10-01"), ("33.25.06.2030.001", "2026-02-01")] {
            #expect(
                try await line("Mawar", "33.25.06.2030", number, date, uuid: RegistryFixture.b)
                    == ["2 nomor_registrasi registration_held"]
            )
        }
        let history = """
            select string_agg(number || ' ' || label, ', ' order by registered_on) from registry.posyandu_registration
            join registry.region_version on region_version.id = issued_under
            """
        #expect(try await fixture.text(history) == "33.25.06.2015.001 2025, 33.25.06.2030.001 2026")
        await fixture.drop()
    }

    @Test func `the database itself refuses a number whose prefix is no region of its list`() async throws {
        let fixture = try await RegistryFixture.batang()
        try await fixture.loadPosyandu()
        let error = await #expect(throws: PostgresError.self) {
            try await fixture.pool.withConnection {
                try $0.execute(
                    """
                    insert into registry.posyandu_registration (number, posyandu_id, issued_under, registered_on)
                    select '33.25.06.2999.001', min(posyandu.id), min(region_version.id), '2025-10-01'
                    from registry.posyandu, registry.region_version
                    """
                )
            }
        }
        #expect(error?.sqlState == "23503")
        await fixture.drop()
    }

    @Test func `a header tells every column that is unknown, missing or there twice`() async throws {
        let fixture = try await RegistryFixture.batang()
        let report = try await fixture.load(.posyandu, "nama,desa,nama,uuid\nMelati,33.25.06.2015,x,\n", .skipBad)
        #expect(
            report.complaints.map(\.code).sorted() == [
                "column_missing", "column_missing", "column_twice", "column_unknown",
            ]
        )
        #expect(!report.committed && report.rows == 0)
        let semicolons = try await fixture.load(.posyandu, "nama;kode_desa;aktif_sejak\n")
        #expect(semicolons.complaints.map(\.code) == ["header_separator"])
        #expect(try await fixture.load(.posyandu, "").complaints.map(\.code) == ["empty_file"])
        await fixture.drop()
    }

    @Test func `a file that breaks in the middle keeps nothing, in any mode`() async throws {
        let fixture = try await RegistryFixture.batang()
        let csv = "nama,kode_desa,aktif_sejak\nMelati,33.25.06.2015,2019-01-01\n\"Mawar,33.25.06.2015,2019-01-01\n"
        let report = try await fixture.load(.posyandu, csv, .skipBad)
        #expect(!report.committed && report.shorthand == ["3 - csv"])
        #expect(try await fixture.count("select count(*) from registry.posyandu") == 0)
        await fixture.drop()
    }

    @Test func `the directory finds what was imported, after a reload`() async throws {
        let fixture = try await RegistryFixture.batang()
        try await fixture.loadPosyandu()
        let directory = PosyanduDirectory()
        #expect(directory.snapshot.count == 0)
        #expect(try await fixture.pool.withConnection { try directory.reload($0) } == 2)
        let snapshot = directory.snapshot
        let entry = try #require(snapshot[UUID(uuidString: RegistryFixture.b)!])
        #expect(entry.village.description == "33.25.10.2025" && entry.district.description == "33.25.10")
        #expect(entry.activeFrom == CivilDate("2020-05-01")?.daysSince1970 && entry.activeTo == nil)
        #expect(snapshot.uuid(of: entry.id) == UUID(uuidString: RegistryFixture.b))
        #expect(snapshot[UUID()] == nil)
        await fixture.drop()
    }
}
