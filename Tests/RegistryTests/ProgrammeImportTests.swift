// Nomenclatures and programmes through the importer.
// SPDX-License-Identifier: Apache-2.0
import PluginKit
import PostgresClient
import Registry
import Testing

@Suite struct ProgrammeImportTests {
    @Test func `codes have a form, a level and a parent`() {
        let codes: [(String, NomenclatureCode.Level, String?)] = [
            ("1", .urusan, nil), ("1.04", .bidang, "1"), ("1.04.02", .program, "1.04"),
            ("1.04.02.2.01", .kegiatan, "1.04.02"), ("1.04.02.2.01.0001", .subActivity, "1.04.02.2.01"),
            ("1.04.02.2.01.01", .subActivity, "1.04.02.2.01"), ("X", .urusan, nil), ("X.XX", .bidang, "X"),
            ("X.XX.01.2.01.0001", .subActivity, "X.XX.01.2.01"),
        ]
        for (text, level, parent) in codes {
            let code = NomenclatureCode(text)
            #expect(code?.level == level && code?.parent == parent && code?.description == text, "\(text)")
        }
        for text in [
            "", ".", "1.", "01", "1.4", "1.04.02.2", "1.04.02.2.1", "1.04.02.2.01.001", "1.04.02.2.01.0001.1", "XX",
            "1.X", "1.04.XX", "1.04.02.2.01.00001", "1,04", "１", "-1", "1.04.02.2.01.000x",
        ] {
            #expect(NomenclatureCode(text) == nil, "\(text)")
        }
    }

    @Test func `a nomenclature is a tree, comes in whole, and is never edited`() async throws {
        let fixture = try await RegistryFixture.empty()
        let before = try await fixture.fingerprint()
        let bad = """
            kode,nama
            1,Urusan
            1.04,
            1.04.02,Program
            1.04.02.2.01,Kegiatan
            1.4.2,Program
            1,Urusan lagi
            """
        let refused = try await fixture.load(nomenclature: bad, "a", year: 2025)
        #expect(
            refused.shorthand == [
                "3 nama empty", "4 kode code_orphan", "5 kode code_orphan", "6 kode code_form", "7 kode code_twice",
            ]
        )
        #expect(try await fixture.fingerprint() == before)
        let good = RegistryFixture.nomenclature
        #expect(try await fixture.load(nomenclature: good, "a", year: 2025, .dryRun).inserted == 16)
        #expect(try await fixture.fingerprint() == before)
        #expect(try await fixture.load(nomenclature: good, "a", year: 2025).inserted == 16)
        let kept = try await fixture.fingerprint()
        let again = try await fixture.load(nomenclature: good, " a ", year: 2025)
        #expect(again.committed && again.unchanged == 16 && again.inserted == 0)
        await #expect(throws: RegistryError.self) {
            try await fixture.load(nomenclature: good.replacing("Penunjang", with: "Lain"), "a", year: 2025)
        }
        await #expect(throws: RegistryError.self) { try await fixture.load(nomenclature: good, "a", year: 2026) }
        await #expect(throws: RegistryError.self) { try await fixture.load(nomenclature: good, "", year: 2026) }
        #expect(try await fixture.fingerprint() == kept)
        await fixture.drop()
    }

    @Test func `every planted error has its line, column and code; the good lines can be kept`() async throws {
        let fixture = try await RegistryFixture.planning()
        let before = try await fixture.fingerprint()
        let head =
            "tahun,opd,sub_kegiatan,spm,pekerjaan,wilayah,pagu,realisasi,ditandai_oleh,ditandai_tanggal,bukti,dicabut\n"
        let good = "2025,perkim,1.04.02.2.01.0001,26,,,1500000,,Bappeda,2025-02-01,surat 1,\n"
        let csv =
            head + good + """
                2025,perkim,1.04.02.2.01.0009,,,,,,,,,
                2025,perkim,3.01.02.2.01.0001,,,,,,,,,
                2024,perkim,1.04.02.2.01.0001,,,,,,,,,
                2025,damkar,1.04.02.2.01.0001,,,,,,,,,
                2025,perkim,1.04.02.2.01,,,,,,,,,
                2025,perkim,1.4.2.2.1.1,,,,,,,,,
                2025,perkim,1.04.02.2.01.0002,8,,,,,,,,
                2025,perkim,1.04.02.2.01.0002,,perumahan_rakyat.istana,,,,,,,
                2025,perkim,1.04.02.2.01.0002,26,perumahan_rakyat.rtlh,,,,Bappeda,2025-02-01,surat 1,
                2025,perkim,1.04.02.2.01.0002,26,,33.26.01,,,Bappeda,2025-02-01,surat 1,
                2025,perkim,1.04.02.2.01.0002,26,,33.25.77,,,Bappeda,2025-02-01,surat 1,
                2025,perkim,1.04.02.2.01.0002,,,,1.500.000,,,,,
                2025,perkim,1.04.02.2.01.0002,,,,"1500000,5",,,,,
                2025,perkim,1.04.02.2.01.0002,,,,-1,,,,,
                2025,perkim,1.04.02.2.01.0002,,,,1E+09,,,,,
                2025,perkim,1.04.02.2.01.0002,27,,,,,Bappeda,2025-02-01,,
                2025,perkim,1.04.02.2.01.0002,,,,,,,,surat 1,
                2025,perkim,1.04.02.2.01.0002,27,,,,,Bappeda,2027-02-01,surat 1,
                2025,perkim,1.04.02.2.01.0002,27,,,,,Bappeda,2025-02-01,surat 1,2025-01-31
                2025,perkim,1.04.02.2.01.0001,26,,,,,Bappeda,2025-02-01,surat 1,
                2025,perkim,1.04.02.2.01.0001,27,,,1500001,,Bappeda,2025-02-01,surat 1,
                """
        let report = try await fixture.load(programmes: csv)
        #expect(
            report.shorthand == [
                "3 sub_kegiatan code_unknown", "4 sub_kegiatan code_unknown", "5 tahun nomenclature_missing",
                "6 opd office_unknown", "7 sub_kegiatan code_level", "8 sub_kegiatan code_form", "9 spm number",
                "10 pekerjaan work_item_unknown", "11 pekerjaan tag_double", "12 wilayah region_form",
                "13 wilayah region_unknown", "14 pagu number", "15 pagu number", "16 pagu number", "17 pagu number",
                "18 - tag_evidence", "19 - tag_missing", "20 ditandai_tanggal date_future",
                "21 dicabut end_before_start", "22 - tag_twice", "23 - amounts_differ",
            ]
        )
        #expect(!report.committed)
        #expect(try await fixture.fingerprint() == before)
        let unknown = report.complaints.filter { $0.code == "code_unknown" }.map(\.message)
        #expect(unknown.first?.contains("it has 1.04.02.2.01 Kegiatan contoh") == true)
        #expect(unknown.last?.contains("nothing above it either") == true)

        let kept = try await fixture.load(programmes: csv, .skipBad)
        #expect(kept.committed && kept.inserted == 1 && kept.rejected == 21)
        let rejects = try #require(kept.rejects?.reveal())
        #expect(rejects.split(separator: "\n").count == 22)
        let corrected = rejects.split(separator: "\n").prefix(2).joined(separator: "\n").replacing("0009", with: "0002")
        #expect(try await fixture.load(programmes: corrected).inserted == 1)
        await fixture.drop()
    }

    @Test func `a change keeps its predecessor, the same file twice changes nothing, rupiah stay exact`() async throws {
        let fixture = try await RegistryFixture.planning()
        let head =
            "tahun,opd,sub_kegiatan,spm,pekerjaan,wilayah,label_sipd,pagu,realisasi,realisasi_per,ditandai_oleh,ditandai_tanggal,bukti\n"
        let csv =
            head + """
                2025,perkim,1.04.02.2.01.0001,26,,,4411,999999999999999,0,2025-03-31,Bappeda,2025-02-01,surat 1
                2025,perkim,1.04.02.2.01.0001,,perumahan_rakyat.rtlh,33.25.01,,,,,Bappeda,2025-02-01,surat 1
                2025,perkim,1.04.01.2.01.0001,,,,,1,,,,,
                """
        let first = try await fixture.load(programmes: csv)
        #expect(first.committed && first.inserted == 3)
        let print = try await fixture.fingerprint()
        let second = try await fixture.load(programmes: csv)
        #expect(second.committed && second.unchanged == 3 && second.inserted + second.updated == 0)
        #expect(try await fixture.fingerprint() == print)

        var programmes = try await fixture.programmes(2025)
        #expect(programmes.map(\.code) == ["1.04.01.2.01.0001", "1.04.02.2.01.0001"])
        #expect(programmes[0].name == "Penyusunan rencana" && programmes[0].tags.isEmpty)
        #expect(programmes[1].amounts.ceiling == 999_999_999_999_999 && programmes[1].amounts.realisation == 0)
        #expect(programmes[1].tags.map(\.service) == [26, nil] && programmes[1].tags[1].area == "33.25.01")

        let changed = try await fixture.load(
            programmes: "tahun,opd,sub_kegiatan,pagu,realisasi,realisasi_per\n"
                + "2025,perkim,1.04.02.2.01.0001,1000000000000000,,\n"
        )
        #expect(changed.shorthand == ["2 pagu number"])
        let more = try await fixture.load(
            programmes: "tahun,opd,sub_kegiatan,pagu,realisasi,realisasi_per\n"
                + "2025,perkim,1.04.02.2.01.0001,500000001,500000002,2025-06-30\n"
        )
        #expect(more.committed && more.updated == 1 && more.warnings.map(\.code) == ["overspent"])
        programmes = try await fixture.programmes(2025)
        let amounts = programmes[1].amounts
        #expect(amounts.revision == 2 && amounts.ceiling == 500_000_001 && amounts.realisation == 500_000_002)
        let id = programmes[1].id
        let history = try await fixture.pool.withConnection { try ProgrammeReader.history($0, id: id) }
        #expect(history.map(\.ceiling) == [999_999_999_999_999] && history.map(\.realisation) == [0])
        #expect(history.first?.realisedOn == CivilDate("2025-03-31"))

        // A tag is withdrawn, told again without an end (which stands), and made anew.
        let line = "2025,perkim,1.04.02.2.01.0001,26"
        func tag(_ rest: String) async throws -> ProgrammeTag? {
            let report = try await fixture.load(
                programmes: "tahun,opd,sub_kegiatan,spm,ditandai_tanggal,dicabut,bukti\n\(line),\(rest)\n"
            )
            try #require(report.committed)
            return try await fixture.programmes(2025)[1].tags[0]
        }
        #expect(try await tag(",2025-07-01,").map { !$0.isActive(on: RegistryFixture.today) } == true)
        let told = try await tag(",,surat 2")
        #expect(told?.withdrawnOn == CivilDate("2025-07-01") && told?.proof == "surat 2")
        #expect(try await tag("2025-08-01,,surat 3")?.withdrawnOn == nil)
        let past =
            "select string_agg(proof || coalesce(' ' || withdrawn_on, ''), ', ' order by revision) from registry.programme_tag_revision"
        #expect(try await fixture.text(past) == "surat 1, surat 1 2025-07-01, surat 2 2025-07-01")
        await fixture.drop()
    }

    @Test func `codes are checked against the nomenclature in force for their year`() async throws {
        let fixture = try await RegistryFixture.planning()
        let next = RegistryFixture.nomenclature.replacing("1.04.02.2.01.0001", with: "1.04.02.2.01.0011")
        #expect(try await fixture.load(nomenclature: next, "900.1-861/2026", year: 2026).inserted == 16)
        func load(_ year: Int, _ code: String) async throws -> [String] {
            try await fixture.load(programmes: "tahun,opd,sub_kegiatan,pagu\n\(year),perkim,\(code),5\n").shorthand
        }
        let unknown = ["2 sub_kegiatan code_unknown"]
        #expect(try await load(2025, "1.04.02.2.01.0001") == [])
        #expect(try await load(2025, "1.04.02.2.01.0011") == unknown)
        #expect(try await load(2026, "1.04.02.2.01.0001") == unknown)
        #expect(try await load(2026, "1.04.02.2.01.0011") == [])
        #expect(try await load(2030, "1.04.02.2.01.0011") == [])
        // An amendment within the year takes the code away: what is there stays and is marked; telling it again is refused.
        #expect(
            try await fixture.load(nomenclature: RegistryFixture.nomenclature, "amandemen", year: 2026).inserted == 16
        )
        #expect(try await fixture.programmes(2026).map(\.isInForce) == [false])
        #expect(try await fixture.programmes(2025).map(\.isInForce) == [true])
        #expect(try await load(2026, "1.04.02.2.01.0011") == unknown)
        // A code that the amendment keeps moves to it, with a predecessor.
        #expect(try await load(2025, "1.04.02.2.01.0002") == [])
        #expect(try await fixture.load(nomenclature: next, "ralat 2025", year: 2025).inserted == 16)
        #expect(try await load(2025, "1.04.02.2.01.0002") == [])
        let moved = try await fixture.programmes(2025).first { $0.code.hasSuffix("0002") }
        #expect(moved?.amounts.nomenclature == "ralat 2025" && moved?.amounts.revision == 2)
        await fixture.drop()
    }
}
