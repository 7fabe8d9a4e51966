// Cadres, offices and facilities through the importer.
// SPDX-License-Identifier: Apache-2.0
import PluginKit
import PostgresClient
import Registry
import Testing

@Suite struct CadreImportTests {
    private static let header = "posyandu_uuid,nama,nik,bidang,jabatan,mulai,selesai,no_hp\n"
    private static let a = RegistryFixture.a
    private static let b = RegistryFixture.b

    @Test func `planted errors are told line by line, and nothing is half done`() async throws {
        let fixture = try await RegistryFixture.batang()
        try await fixture.loadPosyandu()
        let before = try await fixture.fingerprint()
        let csv =
            Self.header + """
                \(Self.a),Sri,,kesehatan,kader,2024-01-01,,081234567890
                \(Self.a),Sri,,kesehatan,kader,2024-01-01,,
                \(Self.a),Sri,,sosial,kader,2025-01-01,,
                \(Self.a),Tuti,,,kader,2024-01-01,,
                \(Self.a),Tuti,,kesehatan,ketua,2024-01-01,,
                \(Self.a),Tuti,,Kesehatan,kader,2024-01-01,,
                \(Self.a),Tuti,,kesehatan,anggota,2024-01-01,,
                \(Self.a),Tuti,,kesehatan,kader,2024-01-01,2023-01-01,
                \(Self.a),Tuti,,kesehatan,kader,2024-01-01,,08-rahasia
                33.25.06.2015,Tuti,,kesehatan,kader,2024-01-01,,
                \(Self.a),Tuti,17,kesehatan,kader,2024-01-01,,

                """
        let report = try await fixture.load(.cadres, csv)
        #expect(
            report.shorthand == [
                "3 - term_twice", "4 bidang two_sectors", "5 bidang empty", "6 bidang sector_forbidden",
                "7 bidang choice", "8 jabatan choice", "9 selesai end_before_start", "10 no_hp telephone_form",
                "11 posyandu_uuid uuid_form", "12 nik nik_form",
            ]
        )
        #expect(try await fixture.fingerprint() == before)
        #expect(
            report.complaints.first { $0.line == 11 }?.message.contains("a region code of the level desa_kelurahan")
                == true
        )
        await fixture.drop()
    }

    @Test func `a kader changes the bidang by ending a term, and the file twice changes nothing`() async throws {
        let fixture = try await RegistryFixture.batang()
        try await fixture.loadPosyandu()
        let csv =
            Self.header + """
                \(Self.a),Sri,3325064107900003,kesehatan,kader,2020-01-01,2024-12-31,081234567890
                \(Self.b),Sri Wahyuni,3325064107900003,sosial,kader,2025-01-01,,
                \(Self.a),Tuti,,kesehatan,kader,2024-01-01,,
                \(Self.a),Tuti,,,bendahara,2024-01-01,,

                """
        let first = try await fixture.load(.cadres, csv)
        #expect(first.complaints == [] && first.inserted == 4)
        #expect(try await fixture.count("select count(*) from registry.cadre") == 2)
        let second = try await fixture.load(.cadres, csv)
        #expect(second.unchanged == 4 && second.inserted + second.updated == 0, "\(second.summary)")
        // The registry knows the open term: a second bidang is refused, ending the first one lets it in.
        let sosial = Self.header + "\(Self.a),Tuti,,sosial,kader,2026-01-01,,\n"
        #expect(try await fixture.load(.cadres, sosial).shorthand == ["2 bidang two_sectors"])
        let ended = sosial + "\(Self.a),Tuti,,kesehatan,kader,2024-01-01,2025-12-31,\n"
        let third = try await fixture.load(.cadres, ended)
        #expect(third.committed && third.inserted == 1 && third.updated == 1, "\(third.shorthand)")
        await fixture.drop()
    }

    @Test func `figures count posyandu and cadres of a day by kecamatan`() async throws {
        let fixture = try await RegistryFixture.batang()
        try await fixture.loadPosyandu()
        _ = try await fixture.load(
            .posyandu,
            "uuid,nama,kode_desa,nomor_registrasi,tanggal_registrasi,aktif_sejak\n"
                + "\(Self.a),Melati 1,33.25.06.2015,33.25.06.2015.001,2025-10-01,2019-01-01\n"
        )
        var csv = Self.header + "\(Self.b),Ibu Lurah,,,ketua,2021-01-01,,\n"
        for sector in ["pendidikan", "kesehatan", "pekerjaan_umum", "perumahan_rakyat", "trantibumlinmas", "sosial"] {
            csv += "\(Self.a),Kader \(sector),,\(sector),kader,2024-01-01,\(sector == "sosial" ? "2026-06-30" : ""),\n"
        }
        #expect(try await fixture.load(.cadres, csv).committed)
        try await fixture.pool.withConnection { connection in
            let june = CivilDate("2026-06-30")!.daysSince1970
            let tersono = try RegistryFigures.posyandu(connection, on: june)[0]
            #expect(tersono.district.description == "33.25.06")
            #expect([tersono.active, tersono.registered, tersono.sixSector] == [1, 1, 1])
            #expect(try RegistryFigures.posyandu(connection, on: june + 1).map(\.sixSector) == [0, 0])
            #expect(try RegistryFigures.posyandu(connection, on: CivilDate("2019-06-01")!.daysSince1970).count == 1)
            let cadres = try RegistryFigures.cadres(connection, on: june)
            #expect(cadres.map(\.people) == [6, 1])
            #expect(cadres[0].bySector.values.sorted() == [1, 1, 1, 1, 1, 1] && cadres[1].bySector.isEmpty)
            #expect(try RegistryFigures.cadres(connection, on: june + 1)[0].bySector["sosial"] == nil)
        }
        await fixture.drop()
    }

    @Test func `offices and facilities go in by code, and the same file changes nothing`() async throws {
        let fixture = try await RegistryFixture.batang()
        let offices = "kode,nama,peran,kode_wilayah\ndpupr,DPUPR Kabupaten Batang,pekerjaan_umum,33.25\n"
        #expect(try await fixture.load(.offices, offices).inserted == 1)
        #expect(try await fixture.load(.offices, offices).unchanged == 1)
        let renamed = offices.replacing("DPUPR Kab", with: "Dinas PUPR Kab")
        #expect(try await fixture.load(.offices, renamed).updated == 1)
        let wrong = "kode,nama,peran,kode_wilayah\nDPU,x,pu,33.25\ndpu,x,pu,33.99\ndpu,y,pu,33.25\n"
        #expect(
            try await fixture.load(.offices, wrong).shorthand == [
                "2 kode word_form", "3 kode_wilayah region_unknown", "4 kode code_twice",
            ]
        )
        let facilities =
            "kode,nama,jenis,kode_desa,lintang,bujur\nP3325060101,Tersono,puskesmas,33.25.06.2015,-7.0,109.9\n"
        #expect(try await fixture.load(.facilities, facilities).inserted == 1)
        #expect(try await fixture.load(.facilities, facilities).unchanged == 1)
        let outside = facilities.replacing("33.25.06.2015", with: "Tersono")
        #expect(try await fixture.load(.facilities, outside).shorthand == ["2 kode_desa village_name"])
        await fixture.drop()
    }
}
