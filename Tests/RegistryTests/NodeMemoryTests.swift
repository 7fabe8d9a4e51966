// What a node must not forget between two starts: its keys, and the sectors that were switched off.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PostgresClient
import Registry
import Testing

@Suite struct NodeMemoryTests {
    private static func cipher(_ seal: UInt8, _ index: UInt8) throws -> ResidentCipher {
        try ResidentCipher(keys: [1: RegistryFixture.key(seal)], indexKey: RegistryFixture.key(index))
    }

    private static func require(_ fixture: RegistryFixture, _ seal: UInt8, _ index: UInt8) async throws {
        let cipher = try cipher(seal, index)
        try await fixture.pool.transaction { try KeyCheck.require($0, cipher) }
    }

    private static func checks(_ fixture: RegistryFixture) async throws -> Int {
        try await fixture.pool.withConnection {
            try $0.query("select count(*) from registry.key_check")[0].int(0)
        }
    }

    @Test func `the first start binds the database to its keys; any other is refused`() async throws {
        let fixture = try await RegistryFixture.empty()
        try await Self.require(fixture, 7, 9)
        try await Self.require(fixture, 7, 9)
        for (seal, index, setting): (UInt8, UInt8, String) in [
            (8, 9, "secrets.sealing_key"), (7, 8, "secrets.index_key"), (9, 7, "secrets.sealing_key"),
        ] {
            let error = await #expect(throws: RegistryError.self) { try await Self.require(fixture, seal, index) }
            #expect(error?.code == .keyFile && error?.message.contains(setting) == true)
            #expect(error?.hint?.contains("Restore") == true)
        }
        #expect(try await Self.checks(fixture) == 2)
        await fixture.drop()
    }

    @Test func `a database from before the check takes only the keys that open what it holds`() async throws {
        let fixture = try await RegistryFixture.empty()
        let row = UUID()
        let nik = try NIK("3325064107900003")
        let cipher = try Self.cipher(7, 9)
        let (sealed, index) = (try cipher.seal(nik, .residentNIK, row: row), cipher.index(of: nik))
        let person = try cipher.seal(Array(#"{"nama":"Contoh"}"#.utf8), .residentPerson, row: row)
        try await fixture.pool.transaction { connection in
            try connection.run(script: "alter table registry.resident drop constraint resident_posyandu_id_fkey")
            try connection.execute(
                """
                insert into registry.resident(id, posyandu_id, birth_date, key_version, sex, nik_index, nik_sealed, person_sealed)
                values ($1, 1, '1990-07-01', 1, 'P', $2, $3, $4)
                """,
                [.uuid(row), .bytea(index), .bytea(sealed), .bytea(person)]
            )
        }
        for (seal, other): (UInt8, UInt8) in [(8, 9), (7, 8)] {
            await #expect(throws: RegistryError.self) { try await Self.require(fixture, seal, other) }
            #expect(try await Self.checks(fixture) == 0)
        }
        try await Self.require(fixture, 7, 9)
        #expect(try await Self.checks(fixture) == 2)
        await fixture.drop()
    }

    @Test func `the last switch of a sector holds, and all of them stay on record`() async throws {
        let fixture = try await RegistryFixture.empty()
        for (sector, isDisabled) in [("sosial", true), ("kesehatan", true), ("sosial", false), ("pendidikan", true)] {
            try await fixture.pool.transaction {
                try SectorSwitches.put($0, sector: sector, isDisabled: isDisabled, actor: "operator")
            }
        }
        let (disabled, rows) = try await fixture.pool.withConnection {
            (try SectorSwitches.disabled($0), try $0.query("select count(*) from registry.sector_switch")[0].int(0))
        }
        #expect(disabled == ["kesehatan", "pendidikan"] && rows == 4)
        await fixture.drop()
    }
}
