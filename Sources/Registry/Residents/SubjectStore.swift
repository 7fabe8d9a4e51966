// What a sector worker may know of a record's subject.
// SPDX-License-Identifier: Apache-2.0
package import FoundationEssentials
package import PostgresClient

/// The part of a resident that is no secret of hers: where she is served, sex, age.
package struct SubjectRow: Hashable, Sendable {
    package let posyanduID: Int32
    /// `L` or `P`.
    package let sex: String
    /// Days since 1970.
    package let birthDate: Int32
    /// Days since 1970; nil while alive.
    package let died: Int32?

    package init(posyanduID: Int32, sex: String, birthDate: Int32, died: Int32?) {
        self.posyanduID = posyanduID
        self.sex = sex
        self.birthDate = birthDate
        self.died = died
    }
}

/// Reads subjects for a batch of records in one query.
package enum SubjectStore {
    /// The residents among `ids`; an id that is a household or unknown is absent from the answer.
    package static func subjects(
        _ connection: isolated PostgresConnection,
        ids: [UUID]
    ) throws -> [UUID: SubjectRow] {
        guard !ids.isEmpty else { return [:] }
        let rows = try connection.query(
            "select id, posyandu_id, sex::text, birth_date, died from registry.resident where id = any($1)",
            [.uuidArray(ids)]
        )
        var found = [UUID: SubjectRow](minimumCapacity: rows.count)
        for row in rows {
            found[try row.uuid(0)] = SubjectRow(
                posyanduID: Int32(truncatingIfNeeded: try row.int(1)),
                sex: try row.string(2),
                birthDate: try row.date(3),
                died: try row.optionalDate(4)
            )
        }
        return found
    }
}
