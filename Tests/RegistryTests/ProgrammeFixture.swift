// Offices, nomenclatures and reports for the tests of programmes.
// SPDX-License-Identifier: Apache-2.0
import PluginKit
import PostgresClient
import Registry
import Testing

extension RegistryFixture {
    /// The nomenclature of 2025: two programmes with an activity each, and the line that every office has.
    static let nomenclature = """
        kode,nama
        1,Urusan contoh
        1.04,Perumahan
        1.04.02,Program contoh
        1.04.02.2.01,Kegiatan contoh
        1.04.02.2.01.0001,Rehabilitasi rumah
        1.04.02.2.01.0002,Pendataan rumah
        2,Urusan lain
        2.13,Pemberdayaan
        2.13.05,Program pemberdayaan
        2.13.05.2.01,Pemberdayaan lembaga kemasyarakatan
        2.13.05.2.01.0003,Fasilitasi posyandu
        X,Semua urusan
        X.XX,Semua bidang
        X.XX.01,Penunjang
        X.XX.01.2.01,Perencanaan
        X.XX.01.2.01.0001,Penyusunan rencana

        """

    static let workItems: Set<String> = [
        "perumahan_rakyat.rtlh", "perumahan_rakyat.keluhan", "kesehatan.usia_produktif", "pekerjaan_umum.jalan",
    ]

    func load(nomenclature csv: String, _ label: String, year: Int, _ mode: ImportMode = .allOrNothing) async throws
        -> ImportReport
    {
        var request = ImportRequest(.nomenclature, mode: mode, today: Self.today)
        request.nomenclature = (label, year)
        return try await importer.run(request, .bytes(Array(csv.utf8)))
    }

    func load(programmes csv: String, _ mode: ImportMode = .allOrNothing) async throws -> ImportReport {
        var request = ImportRequest(.programmes, mode: mode, today: Self.today, regency: Self.regency)
        request.workItems = Self.workItems
        return try await importer.run(request, .bytes(Array(csv.utf8)))
    }

    /// Batang with three offices, the SPM services and the nomenclature of 2025.
    static func planning() async throws -> RegistryFixture {
        let fixture = try await batang()
        let offices = try await fixture.load(
            .offices,
            """
            kode,nama,peran,kode_wilayah
            perkim,Dinas Perkim,perumahan_rakyat,33.25
            dinkes,Dinas Kesehatan,kesehatan,33.25
            pmd,Dinas PMD,pmd,33.25
            """
        )
        try #require(offices.committed)
        _ = try await fixture.pool.transaction { try ReferenceData.load($0, folder: reference) }
        let list = try await fixture.load(nomenclature: nomenclature, "900.1-2850/2025", year: 2025)
        try #require(list.committed && list.inserted == 16)
        return fixture
    }

    func programmes(_ year: Int, office: String? = nil) async throws -> [Programme] {
        try await pool.withConnection { try ProgrammeReader.list($0, year: year, office: office) }
    }
}
