// Finds and shows residents to a person, and writes down who asked.
// SPDX-License-Identifier: Apache-2.0
package import FoundationEssentials
package import PostgresClient

/// Who looks, and why; kept in `registry.access_log` (UU 27/2022 art. 32).
package struct AccessReason: Hashable, Sendable {
    /// The account, never a person's name.
    package let actor: String
    package let purpose: String

    package init(actor: String, purpose: String) {
        self.actor = actor
        self.purpose = purpose
    }
}

/// Reads of single residents. Every read is logged in the same transaction: no trail, no answer. Call inside a
/// transaction.
package struct ResidentSearch: Sendable {
    let cipher: ResidentCipher

    package init(cipher: ResidentCipher) {
        self.cipher = cipher
    }

    /// The resident with this NIK, found by blind index; nil when there is none. Both are logged, the NIK is not.
    package func find(
        _ connection: isolated PostgresConnection,
        _ nik: NIK,
        _ reason: AccessReason
    ) throws -> (id: UUID, subject: SubjectRow)? {
        let rows = try connection.query(
            "select id, posyandu_id, sex::text, birth_date, died from registry.resident where nik_index = $1",
            [.bytea(cipher.index(of: nik))]
        )
        guard let row = rows.first else {
            try log(connection, "find by nik", "none", reason)
            return nil
        }
        let id = try row.uuid(0)
        try log(connection, "find by nik", Self.object(id), reason)
        let subject = SubjectRow(
            posyanduID: Int32(truncatingIfNeeded: try row.int(1)),
            sex: try row.string(2),
            birthDate: try row.date(3),
            died: try row.optionalDate(4)
        )
        return (id, subject)
    }

    /// Name, address and NIK of a resident, for a person who may see them; nil when there is no such resident.
    package func reveal(
        _ connection: isolated PostgresConnection,
        _ id: UUID,
        _ reason: AccessReason
    ) throws -> (person: Redacted<[UInt8]>?, nik: NIK?)? {
        let rows = try connection.query(
            "select person_sealed, nik_sealed from registry.resident where id = $1",
            [.uuid(id)]
        )
        try log(connection, "reveal", Self.object(id), reason)
        guard let row = rows.first else { return nil }
        let person = try row.optionalBytes(0).map { Redacted(try cipher.open($0, .residentPerson, row: id)) }
        let nik = try row.optionalBytes(1).map { try cipher.openNIK($0, .residentNIK, row: id) }
        return (person, nik)
    }

    private static func object(_ id: UUID) -> String { id.uuidString.lowercased() }

    private func log(
        _ connection: isolated PostgresConnection,
        _ act: String,
        _ object: String,
        _ reason: AccessReason
    ) throws {
        try AccessLog(cipher).append(connection, [AccessNote(act, object)], reason)
    }
}
