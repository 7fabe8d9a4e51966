// Opens the names of many residents for one printed list, and writes down that somebody did.
// SPDX-License-Identifier: Apache-2.0
package import FoundationEssentials
internal import PluginKit
package import PostgresClient

/// What a printed list says of a resident. In clear: it goes to the person who asked, never to a log.
package struct ResidentName: Sendable {
    package var name: String?
    package var mother: String?
    package var address: String?
    package var nik: String?
}

extension ResidentSearch {
    /// The names of residents, with one row in `registry.access_log` for the whole list: no trail, no answer. Call it
    /// inside a transaction that may write.
    ///
    /// - Parameters:
    ///   - list: what the log says was printed, `kesehatan.sip_6 0192… 2026`.
    ///   - withNIK: opens NIK too.
    package func names(
        _ connection: isolated PostgresConnection,
        of residents: [UUID],
        list: String,
        withNIK: Bool,
        _ reason: AccessReason
    ) throws -> [UUID: ResidentName] {
        let note = AccessNote("print list", "\(list), \(residents.count) residents")
        try AccessLog(cipher).append(connection, [note], reason)
        guard !residents.isEmpty else { return [:] }
        let rows = try connection.query(
            """
            select r.id, r.person_sealed, r.nik_sealed, m.id, m.person_sealed
            from registry.resident r left join registry.resident m on m.id = r.mother_id
            where r.id = any($1)
            """,
            [.uuidArray(residents)]
        )
        var names: [UUID: ResidentName] = [:]
        for row in rows {
            let id = try row.uuid(0)
            var name = ResidentName()
            if let person = try person(try row.optionalBytes(1), of: id) {
                name.name = person.name
                name.mother = person.members["nama_ibu"]?.string
                name.address = person.members["alamat"]?.string
            }
            if withNIK, let sealed = try row.optionalBytes(2) {
                name.nik = String(decoding: try cipher.openNIK(sealed, .residentNIK, row: id).bytes, as: UTF8.self)
            }
            if let mother = try row.optionalUUID(3), let known = try person(try row.optionalBytes(4), of: mother) {
                name.mother = known.name ?? name.mother
            }
            names[id] = name
        }
        return names
    }

    private func person(_ sealed: [UInt8]?, of id: UUID) throws -> Person? {
        guard let sealed else { return nil }
        return Person(try cipher.open(sealed, .residentPerson, row: id))
    }
}
