// Whether the keys of this start are those under which the database was sealed.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
package import PostgresClient

/// With other keys a node would seal new rows that the old keys do not open, and find no NIK that it holds already.
package enum KeyCheck {
    /// Compares with `registry.key_check`; a database without such rows takes the keys of this start, unless what it holds
    /// does not open with them.
    ///
    /// - Throws: ``RegistryError`` `.keyFile` naming the setting of the wrong key; nothing was changed then.
    package static func require(_ connection: isolated PostgresConnection, _ cipher: ResidentCipher) throws {
        let mine = [("sealing", cipher.sealingCheck), ("index", cipher.indexCheck)]
        var known: [String: [UInt8]] = [:]
        for row in try connection.query("select key, value from registry.key_check") {
            known[try row.string(0)] = try row.bytes(1)
        }
        for (key, value) in mine {
            if let stored = known[key], stored != value { throw other(key) }
        }
        guard known.count < mine.count else { return }
        try requireOpens(connection, cipher)
        try connection.execute(
            """
            insert into registry.key_check(key, value) select * from unnest($1::text[], $2::bytea[])
            on conflict (key) do nothing
            """,
            [.textArray(mine.map(\.0)), .byteaArray(mine.map(\.1))]
        )
    }

    /// A database from before the table: one of its sealed identities must open, and its NIK have the stored index.
    private static func requireOpens(_ connection: isolated PostgresConnection, _ cipher: ResidentCipher) throws {
        let rows = try connection.query(
            """
            select id, nik_sealed, nik_index, person_sealed from registry.resident
            where nik_sealed is not null or person_sealed is not null order by nik_sealed is null limit 1
            """
        )
        guard let row = rows.first else { return }
        let id = try row.uuid(0)
        do throws(RegistryError) {
            if let person = try bytes(row, 3) { _ = try cipher.open(person, .residentPerson, row: id) }
            guard let sealed = try bytes(row, 1) else { return }
            let nik = try cipher.openNIK(sealed, .residentNIK, row: id)
            if try bytes(row, 2) != cipher.index(of: nik) { throw other("index") }
        } catch {
            throw error.code == .sealBroken ? other("sealing") : error
        }
    }

    private static func bytes(_ row: PostgresRow, _ column: Int) throws(RegistryError) -> [UInt8]? {
        do {
            return try row.optionalBytes(column)
        } catch {
            throw RegistryError(.sealBroken, "A sealed value cannot be read.")
        }
    }

    private static func other(_ key: String) -> RegistryError {
        RegistryError(
            .keyFile,
            "secrets.\(key)_key is not the key with which this database was sealed.",
            hint: "Restore it from the copy kept off this machine; the wrong one has changed nothing."
        )
    }
}
