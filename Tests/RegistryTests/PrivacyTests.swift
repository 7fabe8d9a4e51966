// Nothing personal stands in clear in any table, and no error shows it.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PostgresClient
import Registry
import Testing

@Suite struct PrivacyTests {
    private static let niks = ["3325064107900003", "3325060107900003", "3325064403260001", "3325064107900013"]
    private static let words = ["Rahasiawati", "Sembunyono", "Jalan Tersembunyi", "081299887766"]

    @Test func `planted NIKs, names, addresses and telephones are in no column of the database`() async throws {
        let fixture = try await RegistryFixture.batang()
        try await fixture.loadPosyandu()
        let a = RegistryFixture.a
        let residents = """
            id,posyandu_uuid,nama,nik,jenis_kelamin,tanggal_lahir,alamat
            ,\(a),Rahasiawati,3325064107900003,P,1990-07-01,Jalan Tersembunyi 1
            ,\(a),Sembunyono,3325060107900003,L,1990-07-01,Jalan Tersembunyi 2
            """
        #expect(try await fixture.load(.residents, residents).committed)
        #expect(
            try await fixture.load(.residents, residents.replacing("Tersembunyi 1", with: "Tersembunyi 3")).updated == 1
        )
        let cadres = """
            posyandu_uuid,nama,nik,bidang,jabatan,mulai,no_hp
            \(a),Rahasiawati,3325064107900013,kesehatan,kader,2024-01-01,081299887766
            """
        #expect(try await fixture.load(.cadres, cadres).committed)
        let writer = RegistryWriter(cipher: fixture.cipher)
        let registration = ResidentRegistration(
            id: UUID(),
            posyanduID: 1,
            sex: "P",
            birthDate: 20_516,
            nik: try NIK("3325064403260001"),
            person: Redacted(Array(#"{"nama":"Sembunyono","alamat":"Jalan Tersembunyi"}"#.utf8)),
            lineage: 16
        )
        _ = try await fixture.pool.transaction { try writer.register($0, [registration]) }
        let reason = AccessReason(actor: "petugas", purpose: "uji")
        for nik in Self.niks {
            _ = try await fixture.pool.transaction {
                try ResidentSearch(cipher: fixture.cipher).find($0, NIK(nik), reason)?.id
            }
        }
        try await fixture.pool.withConnection { connection in
            let columns = try connection.query(
                """
                select table_schema::text, table_name::text, column_name::text, data_type::text
                from information_schema.columns
                where table_schema not in ('pg_catalog', 'information_schema')
                """
            )
            var looked = 0
            for column in columns {
                let (schema, table, name) = (try column.string(0), try column.string(1), try column.string(2))
                for planted in Self.niks + Self.words {
                    // bytea is searched as bytes; everything else as its text.
                    let isBytes = try column.string(3) == "bytea"
                    let found =
                        isBytes
                        ? "position(convert_to($1::text, 'UTF8') in \"\(name)\") > 0"
                        : "position($1::text in \"\(name)\"::text) > 0"
                    let hits = try connection.query(
                        "select count(*) from \"\(schema)\".\"\(table)\" where \(found)",
                        [.text(planted)]
                    )[0].int(0)
                    #expect(hits == 0, "\(schema).\(table).\(name) holds a planted value")
                    looked += 1
                }
            }
            #expect(looked > 800)
            // The search itself works: an open value is found by it.
            let open = try connection.query(
                "select count(*) from registry.posyandu where position('Melati'::text in \"name\"::text) > 0"
            )[0].int(0)
            #expect(open == 1)
        }
        await fixture.drop()
    }

    @Test func `a NIK is unique by its index in the database, for residents and cadres`() async throws {
        let fixture = try await RegistryFixture.batang()
        try await fixture.loadPosyandu()
        let index = fixture.cipher.index(of: try NIK(Self.niks[0]))
        try await fixture.pool.withConnection { connection in
            let insert = """
                insert into registry.resident (id, posyandu_id, birth_date, key_version, sex, nik_index, nik_sealed)
                values ($1, 1, '1990-07-01', 1, 'P', $2, '\\x00')
                """
            try connection.execute(insert, [.uuid(UUID()), .bytea(index)])
            let error = #expect(throws: PostgresError.self) {
                try connection.execute(insert, [.uuid(UUID()), .bytea(index)])
            }
            #expect(error?.constraint == "resident_nik_index_key" && error?.sqlState == "23505")
            #expect(error.map { "\($0)".contains("x00") } == false)
        }
        await fixture.drop()
    }
}
