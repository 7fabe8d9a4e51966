// Residents through the importer: identity, secrets, errors.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginKit
import PostgresClient
import Registry
import Synchronization
import Testing

@Suite struct ResidentImportTests {
    private static let header =
        "id,posyandu_uuid,nama,nik,jenis_kelamin,tanggal_lahir,ibu_id,alamat,rumah_tangga\n"
    private static let a = RegistryFixture.a

    private static func id(_ number: Int) -> String {
        let text = String(number)
        return "0192f0c1-0000-7000-8000-\(String(repeating: "0", count: 12 - text.count))\(text)"
    }

    @Test func `twenty planted errors give twenty complaints with their lines, and nothing is half done`() async throws
    {
        let fixture = try await RegistryFixture.batang()
        try await fixture.loadPosyandu()
        let held = try await fixture.load(
            .residents,
            Self.header + "\(Self.id(90)),\(Self.a),Aminah,3325064107900009,P,1990-07-01,,,\n"
                + ",\(Self.a),Budi,,L,2001-01-01,,,\n"
        )
        #expect(held.committed)
        let before = try await fixture.fingerprint()
        let csv =
            Self.header + """
                \(Self.id(1)),\(Self.a),Siti,3325064107900003,P,1990-07-01,,Jl. Melati 1,
                \(Self.id(2)),\(Self.a),Anak Siti,,L,2024-02-29,\(Self.id(1)),,
                x,\(Self.a),A,,L,2020-01-01,,,
                \(Self.id(3)),,A,,L,2020-01-01,,,
                \(Self.id(4)),\(Self.id(4)),A,,L,2020-01-01,,,
                \(Self.id(5)),\(Self.a),,,L,2020-01-01,,,
                \(Self.id(6)),\(Self.a),A,33250641079000031,L,2020-01-01,,,
                \(Self.id(7)),\(Self.a),A,3.32506E+15,L,2020-01-01,,,
                \(Self.id(8)),\(Self.a),A,332506410790000,L,2020-01-01,,,
                \(Self.id(9)),\(Self.a),A,3325064107900000,L,2020-01-01,,,
                \(Self.id(10)),\(Self.a),A,3325069913900001,L,2020-01-01,,,
                \(Self.id(11)),\(Self.a),A,,Laki-laki,2020-01-01,,,
                \(Self.id(12)),\(Self.a),A,,L,01-02-2020,,,
                \(Self.id(13)),\(Self.a),A,,L,2027-01-01,,,
                \(Self.id(14)),\(Self.a),A,,L,1899-12-31,,,
                \(Self.id(15)),\(Self.a),A,,L,2020-01-01,\(Self.id(15)),,
                \(Self.id(16)),\(Self.a),A,,L,2020-01-01,\(Self.id(77)),,
                \(Self.id(17)),\(Self.a),A,,L,2020-01-01,\(Self.id(2)),,
                \(Self.id(18)),\(Self.a),A,,L,1980-01-01,\(Self.id(1)),,
                \(Self.id(1)),\(Self.a),B,,L,2020-01-01,,,
                \(Self.id(19)),\(Self.a),B,3325064107900003,P,1990-07-01,,,
                \(Self.id(20)),\(Self.a),B,3325064107900009,P,1990-07-01,,,
                ,\(Self.a),Budi,3325060101010001,L,2001-01-01,,,

                """
        let report = try await fixture.load(.residents, csv)
        #expect(
            report.shorthand == [
                "4 id uuid_form", "5 posyandu_uuid empty", "6 posyandu_uuid posyandu_unknown", "7 nama empty",
                "8 nik nik_form", "9 nik nik_form", "10 nik nik_form", "11 nik nik_form", "12 nik nik_form",
                "13 jenis_kelamin choice", "14 tanggal_lahir date_form", "15 tanggal_lahir birth_date_future",
                "16 tanggal_lahir birth_date_past", "17 ibu_id mother_self", "18 ibu_id mother_unknown",
                "19 ibu_id mother_sex", "20 ibu_id mother_age", "21 id resident_twice", "22 nik nik_twice",
                "23 nik nik_held",
            ]
        )
        #expect(!report.committed && report.complaints.count == 20)
        #expect(try await fixture.fingerprint() == before)
        let words = report.complaints.map(\.description).joined()
        for personal in ["3325064107", "Siti", "Anak", "Budi", "Aminah", "Laki", "01-02-2020"] {
            #expect(!words.contains(personal), "\(personal)")
        }
        let kept = try await fixture.load(.residents, csv, .skipBad)
        #expect(kept.committed && kept.inserted == 2 && kept.updated == 1 && kept.rejected == 20)
        #expect(try #require(kept.rejects?.reveal()).split(separator: "\n").count == 21)
        await fixture.drop()
    }

    @Test func `the same file twice changes nothing, with and without ids, and seals stay as they are`() async throws {
        let fixture = try await RegistryFixture.batang()
        try await fixture.loadPosyandu()
        let csv =
            Self.header + """
                \(Self.id(1)),\(Self.a),Siti,3325064107900003,P,1990-07-01,,Jl. Melati 1,
                ,\(Self.a),Anak Satu,,L,2024-02-29,\(Self.id(1)),,
                ,\(Self.a),Anak Dua,,L,2024-02-29,\(Self.id(1)),,
                ,\(Self.a),Paimin,3325060107900003,L,1990-07-01,,,\(Self.id(70))

                """
        let first = try await fixture.load(.residents, csv)
        #expect(first.committed && first.inserted == 4)
        let print = try await fixture.fingerprint()
        let second = try await fixture.load(.residents, csv)
        #expect(second.committed && second.unchanged == 4 && second.inserted + second.updated == 0)
        #expect(try await fixture.fingerprint() == print)
        await fixture.drop()
    }

    @Test func `a newborn gets her NIK later and stays the same resident, with her first revision kept`() async throws {
        let fixture = try await RegistryFixture.batang()
        try await fixture.loadPosyandu()
        _ = try await fixture.load(.residents, Self.header + ",\(Self.a),Ayu,,P,2026-03-04,,Jl. Mawar,\n")
        let report = try await fixture.load(
            .residents,
            Self.header + ",\(Self.a),AYU,3325064403260001,P,2026-03-04,,,\n"
        )
        #expect(report.updated == 1 && report.inserted == 0)
        #expect(try await fixture.count("select count(*) from registry.resident where revision = 2") == 1)
        #expect(try await fixture.count("select count(*) from registry.resident_revision where nik_index is null") == 1)
        let search = ResidentSearch(cipher: fixture.cipher)
        let shown = try await fixture.pool.transaction { connection in
            let reason = AccessReason(actor: "registrar", purpose: "test")
            let found = try search.find(connection, NIK("3325064403260001"), reason)
            return try search.reveal(connection, try #require(found).id, reason)
        }
        let person = String(decoding: try #require(shown?.person?.reveal()), as: UTF8.self)
        #expect(person == #"{"alamat":"Jl. Mawar","nama":"AYU"}"#)
        #expect(shown?.nik?.reveal() == "3325064403260001")
        await fixture.drop()
    }

    @Test func `two lines about one person without id and NIK are refused, namesakes in the registry too`() async throws
    {
        let fixture = try await RegistryFixture.batang()
        try await fixture.loadPosyandu()
        let twins = Self.header + ",\(Self.a),Ayu,,P,2026-03-04,,,\n,\(Self.a),ayu ,,P,2026-03-04,,,\n"
        #expect(try await fixture.load(.residents, twins).shorthand == ["3 nama resident_twice"])
        let named =
            Self.header + "\(Self.id(1)),\(Self.a),Ayu,,P,2026-03-04,,,\n\(Self.id(2)),\(Self.a),Ayu,,P,2026-03-04,,,\n"
        #expect(try await fixture.load(.residents, named).committed)
        let which = Self.header + ",\(Self.a),Ayu,,P,2026-03-04,,Jl. Baru,\n"
        #expect(try await fixture.load(.residents, which).shorthand == ["2 - resident_ambiguous"])
        await fixture.drop()
    }

    @Test func `a refused mother takes her descendants along, and only them`() async throws {
        let fixture = try await RegistryFixture.batang()
        try await fixture.loadPosyandu()
        let csv =
            Self.header + """
                \(Self.id(1)),\(Self.a),Nenek,33,P,1960-01-01,,,
                \(Self.id(2)),\(Self.a),Ibu,,P,1985-01-01,\(Self.id(1)),,
                \(Self.id(3)),\(Self.a),Anak,,P,2020-01-01,\(Self.id(2)),,
                \(Self.id(4)),\(Self.a),Lain,,P,2020-01-01,,,

                """
        let report = try await fixture.load(.residents, csv, .skipBad)
        #expect(report.shorthand == ["2 nik nik_form", "3 ibu_id mother_unknown", "4 ibu_id mother_unknown"])
        #expect(report.committed && report.inserted == 1)
        await fixture.drop()
    }

    @Test func `an odd NIK is accepted with a warning that does not show it`() async throws {
        let fixture = try await RegistryFixture.batang()
        try await fixture.loadPosyandu()
        let csv = Self.header + ",\(Self.a),A,9999990107900003,P,1991-07-01,,,\n"
        let report = try await fixture.load(.residents, csv)
        #expect(report.committed && report.warningCount == 3)
        #expect(report.warnings.allSatisfy { $0.code == "nik_odd" && !$0.description.contains("9999") })
        await fixture.drop()
    }

    @Test func `many chunks go in, in order, with progress`() async throws {
        let fixture = try await RegistryFixture.batang()
        try await fixture.loadPosyandu()
        let rows = RegistryImporter.chunk * 2 + 17
        var csv = Self.header
        for number in 1...rows {
            // The mother of every second resident stands in a later chunk.
            let mother =
                number % 2 == 0 && number <= RegistryImporter.chunk
                ? Self.id(number + RegistryImporter.chunk + 1) : ""
            let birth = number <= RegistryImporter.chunk ? "2024-01-01" : "1990-07-01"
            csv += "\(Self.id(number)),\(Self.a),Warga \(number),,P,\(birth),\(mother),,\n"
        }
        let seen = Progress()
        let request = ImportRequest(.residents, mode: .allOrNothing, today: RegistryFixture.today)
        let report = try await fixture.importer.run(request, .bytes(Array(csv.utf8))) { seen.add($0) }
        #expect(report.committed && report.inserted == rows)
        #expect(seen.values == [RegistryImporter.chunk, RegistryImporter.chunk * 2, rows])
        await fixture.drop()
    }

    private final class Progress: Sendable {
        private let state = Mutex<[Int]>([])
        var values: [Int] { state.withLock { $0 } }
        func add(_ rows: Int) { state.withLock { $0.append(rows) } }
    }
}
