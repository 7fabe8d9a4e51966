// A row of registry.resident as it is stored, and the batch statements over it.
// SPDX-License-Identifier: Apache-2.0
internal import FoundationEssentials
internal import PostgresClient

struct StoredResident: Equatable {
    let id: UUID
    var posyanduID: Int32
    var household: UUID?
    var sex: String
    var birthDate: Int32
    var died: Int32?
    var mother: UUID?
    var nikSealed: [UInt8]?
    var nikIndex: [UInt8]?
    var personSealed: [UInt8]?
    var keyVersion: Int16
    var revision: Int32
    var lineage: Int64?

    init(_ row: ResidentRegistration, _ index: [UInt8]?, _ cipher: ResidentCipher) throws(RegistryError) {
        id = row.id
        posyanduID = row.posyanduID
        household = row.household
        sex = row.sex
        birthDate = row.birthDate
        mother = row.motherID
        nikIndex = index
        if let nik = row.nik { nikSealed = try cipher.seal(nik, .residentNIK, row: row.id) }
        if let person = row.person { personSealed = try cipher.seal(person.reveal(), .residentPerson, row: row.id) }
        keyVersion = cipher.keyVersion
        revision = 1
        lineage = row.lineage
    }

    private init(_ row: PostgresRow) throws(PostgresError) {
        id = try row.uuid(0)
        posyanduID = Int32(truncatingIfNeeded: try row.int(1))
        household = try row.optionalUUID(2)
        sex = try row.string(3)
        birthDate = try row.date(4)
        died = try row.optionalDate(5)
        mother = try row.optionalUUID(6)
        nikSealed = try row.optionalBytes(7)
        nikIndex = try row.optionalBytes(8)
        personSealed = try row.optionalBytes(9)
        keyVersion = Int16(truncatingIfNeeded: try row.int(10))
        revision = Int32(truncatingIfNeeded: try row.int(11))
        lineage = try row.optionalInt(12).map(Int64.init)
    }

    /// The rows of these ids, locked in the order of ids so that two writers cannot deadlock.
    static func lock(_ connection: isolated PostgresConnection, ids: [UUID]) throws -> [UUID: StoredResident] {
        guard !ids.isEmpty else { return [:] }
        let rows = try connection.query(
            """
            select id, posyandu_id, household, sex::text, birth_date, died, mother_id, nik_sealed, nik_index,
                person_sealed, key_version, revision, lineage
            from registry.resident where id = any($1) order by id for update
            """,
            [.uuidArray(ids)]
        )
        var found = [UUID: StoredResident](minimumCapacity: rows.count)
        for row in rows {
            let resident = try StoredResident(row)
            found[resident.id] = resident
        }
        return found
    }

    /// The log entries that made the revisions of the given residents, the present one included.
    static func lineages(
        _ connection: isolated PostgresConnection,
        _ residents: [UUID: StoredResident]
    ) throws -> [UUID: Set<Int64>] {
        var lineages: [UUID: Set<Int64>] = [:]
        var revised: [UUID] = []
        for (id, resident) in residents {
            if let lineage = resident.lineage { lineages[id, default: []].insert(lineage) }
            if resident.revision > 1 { revised.append(id) }
        }
        guard !revised.isEmpty else { return lineages }
        let rows = try connection.query(
            "select id, lineage from registry.resident_revision where id = any($1) and lineage is not null",
            [.uuidArray(revised)]
        )
        for row in rows { lineages[try row.uuid(0), default: []].insert(Int64(try row.int(1))) }
        return lineages
    }

    /// Who has these NIKs, by blind index.
    static func holders(_ connection: isolated PostgresConnection, niks: [[UInt8]]) throws -> [[UInt8]: UUID] {
        guard !niks.isEmpty else { return [:] }
        var holders: [[UInt8]: UUID] = [:]
        let rows = try connection.query(
            "select nik_index, id from registry.resident where nik_index = any($1)",
            [.byteaArray(niks)]
        )
        for row in rows { holders[try row.bytes(0)] = try row.uuid(1) }
        return holders
    }

    static func insert(_ connection: isolated PostgresConnection, _ rows: [StoredResident]) throws {
        guard !rows.isEmpty else { return }
        try connection.execute(
            """
            insert into registry.resident (id, posyandu_id, household, sex, birth_date, mother_id, nik_sealed,
                nik_index, person_sealed, key_version, lineage)
            select id, posyandu_id, household, sex, birth_date, mother_id, nik_sealed, nik_index, person_sealed,
                key_version, lineage
            from \(given)
            """,
            values(rows)
        )
    }

    /// Keeps the stored rows as predecessors and writes these in their place, one revision later.
    static func replace(_ connection: isolated PostgresConnection, _ rows: [StoredResident]) throws {
        guard !rows.isEmpty else { return }
        try connection.execute(
            """
            insert into registry.resident_revision (id, revision, mother_id, household, lineage, replaced_by,
                posyandu_id, birth_date, died, key_version, sex, nik_index, nik_sealed, person_sealed)
            select old.id, old.revision, old.mother_id, old.household, old.lineage, given.lineage, old.posyandu_id,
                old.birth_date, old.died, old.key_version, old.sex, old.nik_index, old.nik_sealed, old.person_sealed
            from registry.resident old
            join unnest($1::uuid[], $2::bigint[]) as given (id, lineage) on given.id = old.id
            """,
            [.uuidArray(rows.map(\.id)), .int8OptionalArray(rows.map(\.lineage))]
        )
        try connection.execute(
            """
            update registry.resident old set posyandu_id = given.posyandu_id, household = given.household,
                sex = given.sex, birth_date = given.birth_date, mother_id = given.mother_id,
                nik_sealed = given.nik_sealed, nik_index = given.nik_index, person_sealed = given.person_sealed,
                key_version = given.key_version, lineage = given.lineage, revision = old.revision + 1
            from \(given) where given.id = old.id
            """,
            values(rows)
        )
    }

    private static let given = """
        unnest($1::uuid[], $2::int[], $3::uuid[], $4::text[], $5::date[], $6::uuid[], $7::bytea[], $8::bytea[],
            $9::bytea[], $10::smallint[], $11::bigint[]) as given (id, posyandu_id, household, sex, birth_date,
            mother_id, nik_sealed, nik_index, person_sealed, key_version, lineage)
        """

    private static func values(_ rows: [StoredResident]) -> [PostgresValue] {
        [
            .uuidArray(rows.map(\.id)), .int4Array(rows.map(\.posyanduID)), .uuidOptionalArray(rows.map(\.household)),
            .textArray(rows.map(\.sex)), .dateArray(rows.map(\.birthDate)), .uuidOptionalArray(rows.map(\.mother)),
            .byteaOptionalArray(rows.map(\.nikSealed)), .byteaOptionalArray(rows.map(\.nikIndex)),
            .byteaOptionalArray(rows.map(\.personSealed)), .int2Array(rows.map(\.keyVersion)),
            .int8OptionalArray(rows.map(\.lineage)),
        ]
    }
}
