// Both national region lists: their counts, and what a code means on a date.
// SPDX-License-Identifier: Apache-2.0
import PluginKit
import PostgresClient
import Registry
import Testing

@Suite struct RegionTests {
    private func load(_ fixture: RegistryFixture, _ file: String, _ label: String, _ from: String) async throws
        -> ImportReport
    {
        let request = ImportRequest(
            .regions,
            mode: .allOrNothing,
            today: RegistryFixture.today,
            regionVersion: (label, CivilDate(from)!)
        )
        return try await fixture.importer.run(request, .file("\(RegistryFixture.reference)/\(file)"))
    }

    @Test func `both lists stand side by side, and a date picks the one in force`() async throws {
        let fixture = try await RegistryFixture.empty()
        let old = try await load(fixture, "wilayah-2022.csv", "Kepmendagri 100.1.1-6117/2022", "2022-11-09")
        let new = try await load(fixture, "wilayah.csv", "Kepmendagri 300.2.2-2430/2025", "2025-06-23")
        #expect(old.committed && old.inserted == 91_591 && old.complaints.isEmpty)
        #expect(new.committed && new.inserted == 91_599 && new.complaints.isEmpty)

        let counts = try await fixture.pool.withConnection { connection in
            try connection.query(
                """
                select label, kind, count(*) from registry.region join registry.region_version on id = version_id
                group by label, kind
                """
            ).reduce(into: [String: Int]()) { counts, row in
                counts["\(try row.string(0).suffix(4)) \(try row.string(1))"] = try row.int(2)
            }
        }
        let expected = [
            "2025 provinsi": 38, "2025 kabupaten": 416, "2025 kota": 98, "2025 kecamatan": 7_285, "2025 desa": 75_252,
            "2025 kelurahan": 8_496, "2025 desa_adat": 14, "2022 provinsi": 37, "2022 kabupaten": 416, "2022 kota": 98,
            "2022 kecamatan": 7_277, "2022 desa": 75_251, "2022 kelurahan": 8_498, "2022 desa_adat": 14,
        ]
        #expect(counts == expected)

        try await fixture.pool.withConnection { connection in
            let (before, early, late) = (
                CivilDate("2022-11-08")!.daysSince1970, CivilDate("2025-06-22")!.daysSince1970,
                CivilDate("2025-06-23")!.daysSince1970
            )
            let batang = RegionCode("33.25")!
            #expect(try RegionStore.version(connection, on: before) == nil)
            #expect(try RegionStore.region(connection, batang, on: before) == nil)
            #expect(try RegionStore.region(connection, batang, on: early)?.name == "KAB. BATANG")
            #expect(try RegionStore.region(connection, batang, on: late)?.name == "Kabupaten Batang")
            // Papua Barat Daya is younger than the first list.
            #expect(try RegionStore.region(connection, RegionCode("96")!, on: early) == nil)
            #expect(try RegionStore.region(connection, RegionCode("96")!, on: late)?.kind == "provinsi")
            #expect(try RegionStore.regions(connection, of: .district, inside: batang, on: late).count == 15)
            let villages = try RegionStore.regions(connection, of: .village, inside: batang, on: late)
            #expect(villages.count == 248)
            #expect(villages.count { $0.kind == "kelurahan" } == 9)
        }

        let fingerprint = try await fixture.fingerprint()
        let again = try await load(fixture, "wilayah.csv", "Kepmendagri 300.2.2-2430/2025", "2025-06-23")
        #expect(again.committed && again.inserted == 0 && again.unchanged == 91_599)
        #expect(again.summary.contains("Nothing had to be changed"))
        #expect(try await fixture.fingerprint() == fingerprint)
        // A list is never edited: other content under a known label is refused, and so is its date under another.
        let short = "kode,nama,level,jenis\n33,Jawa Tengah,provinsi,provinsi\n"
        for label in ["Kepmendagri 300.2.2-2430/2025", "another label"] {
            await #expect(throws: RegistryError.self) {
                try await fixture.load(.regions, short, version: (label, CivilDate("2025-06-23")!))
            }
        }
        await fixture.drop()
    }

    @Test func `a wrong list is refused line by line, and what hangs below a bad region too`() async throws {
        let fixture = try await RegistryFixture.empty()
        let csv = """
            kode,nama,level,jenis
            33,Jawa Tengah,provinsi,provinsi
            33.25,Kabupaten Batang,kabupaten_kota,kota
            33.25.01,Wonotunggal,kecamatan,kecamatan
            33.25.01.2001,Wonotunggal,desa_kelurahan,desa
            33.26,,kabupaten_kota,kabupaten
            3327,Kabupaten Pemalang,kabupaten_kota,kabupaten
            33.28,Kabupaten Tegal,desa_kelurahan,kabupaten
            33.29,Kabupaten Brebes,kabupaten_kota,kabupaten
            33.29,Kabupaten Brebes,kabupaten_kota,kabupaten
            33.29.01.9001,Anu,desa_kelurahan,desa
            """
        let version = ("2025", CivilDate("2025-06-23")!)
        let refused = try await fixture.load(.regions, csv, version: version)
        #expect(
            refused.shorthand == [
                "3 jenis region_kind", "4 kode region_orphan", "5 kode region_orphan", "6 nama empty",
                "7 kode region_form", "8 level region_level", "10 kode region_twice", "11 kode region_form",
            ]
        )
        #expect(!refused.committed)
        #expect(try await fixture.count("select count(*) from registry.region") == 0)
        let kept = try await fixture.load(.regions, csv, .skipBad, version: version)
        #expect(kept.committed && kept.inserted == 2 && kept.rejected == 8)
        await fixture.drop()
    }

    @Test(arguments: ["33", "33.25", "33.25.06", "33.25.06.2015", "00", "99.99.99.9999"])
    func `a region code reads and writes itself`(text: String) throws {
        #expect(try #require(RegionCode(text)).description == text)
    }

    @Test(arguments: [
        "", "3", "333", "33.2", "33-25", "33.25.6", "33.25.06.201", "33.25.06.20155", "３３", "33.25.06,2015",
    ])
    func `other forms are no region code`(text: String) {
        #expect(RegionCode(text) == nil)
    }

    @Test func `a code knows what it lies in, and sorts as its text`() throws {
        let village = try #require(RegionCode("33.25.06.2015"))
        #expect(village.district == RegionCode("33.25.06") && village.regency == RegionCode("33.25"))
        #expect(village.regency?.parent == RegionCode("33") && RegionCode("33")?.parent == nil)
        #expect(village.kind == "desa" && RegionCode("33.71")?.kind == "kota" && RegionCode("33.70")?.kind == nil)
        let texts = ["33.25", "33", "33.25.06.2015", "33.26", "33.25.06", "11.99.99.9999"]
        #expect(texts.compactMap { RegionCode($0) }.sorted().map(\.description) == texts.sorted())
    }
}
