// The residents of the registry that a chunk of lines may mean.
// SPDX-License-Identifier: Apache-2.0
internal import FoundationEssentials
internal import PostgresClient

/// Fetched once per chunk, opened in memory, dropped with the chunk. There is no index over names (it would be too
/// short to hide them), so residents without id and NIK are found by posyandu, sex and birth date, and their names
/// compared.
struct KnownResidents {
    struct Row {
        let id: UUID
        let posyanduID: Int32
        let sex: String
        let birthDate: Int32
        let mother: UUID?
        let household: UUID?
        let nikIndex: [UInt8]?
        let nikSealed: [UInt8]?
        let person: Person
    }

    enum Match {
        case none
        case one(Row)
        /// The line's id is one resident, its NIK another's.
        case nikOfAnother
        case several
    }

    private struct Birth: Hashable {
        let posyanduID: Int32
        let sex: String
        let birthDate: Int32
    }

    private var byID: [UUID: Row] = [:]
    private var byNIK: [[UInt8]: UUID] = [:]
    private var byBirth: [Birth: [UUID]] = [:]

    init(_ lines: [ResidentImport.Line], _ cipher: ResidentCipher, _ connection: isolated PostgresConnection) throws {
        let unnamed = lines.filter { $0.id == nil }
        let rows = try connection.query(
            """
            select id, posyandu_id, sex::text, birth_date, mother_id, household, nik_index, nik_sealed, person_sealed
            from registry.resident where id in (
                select id from registry.resident where id = any($1)
                union select id from registry.resident where nik_index = any($2)
                union select known.id from registry.resident known
                    join unnest($3::int[], $4::date[]) as given (posyandu_id, birth_date)
                    on known.posyandu_id = given.posyandu_id and known.birth_date = given.birth_date)
            """,
            [
                .uuidArray(lines.compactMap(\.id)), .byteaArray(lines.compactMap { $0.nik?.index }),
                .int4Array(unnamed.map(\.posyanduID)), .dateArray(unnamed.map(\.birthDate)),
            ]
        )
        for row in rows {
            let id = try row.uuid(0)
            let known = Row(
                id: id,
                posyanduID: Int32(truncatingIfNeeded: try row.int(1)),
                sex: try row.string(2),
                birthDate: try row.date(3),
                mother: try row.optionalUUID(4),
                household: try row.optionalUUID(5),
                nikIndex: try row.optionalBytes(6),
                nikSealed: try row.optionalBytes(7),
                person: try row.optionalBytes(8).flatMap {
                    Person(try cipher.open($0, .residentPerson, row: id))
                } ?? Person()
            )
            byID[id] = known
            if let index = known.nikIndex { byNIK[index] = id }
            byBirth[Birth(posyanduID: known.posyanduID, sex: known.sex, birthDate: known.birthDate), default: []]
                .append(id)
        }
    }

    func match(_ line: ResidentImport.Line) -> Match {
        let holder = line.nik.flatMap { byNIK[$0.index] }
        if let id = line.id {
            if let holder, holder != id { return .nikOfAnother }
            return byID[id].map(Match.one) ?? .none
        }
        if let holder { return byID[holder].map(Match.one) ?? .none }
        let birth = Birth(posyanduID: line.posyanduID, sex: line.sex, birthDate: line.birthDate)
        let name = line.name.nameKey
        let found = (byBirth[birth] ?? []).compactMap { byID[$0] }.filter {
            $0.person.name?.nameKey == name && (line.nik == nil || $0.nikIndex == nil)
        }
        switch found.count {
        case 0: return .none
        case 1: return .one(found[0])
        default: return .several
        }
    }

    /// Whether the line brings nothing new.
    func isSame(_ old: Row, _ line: ResidentImport.Line, _ person: Person) -> Bool {
        old.posyanduID == line.posyanduID && old.sex == line.sex && old.birthDate == line.birthDate
            && (line.mother == nil || line.mother == old.mother)
            && (line.household == nil || line.household == old.household)
            && (line.nik == nil || line.nik?.index == old.nikIndex) && person == old.person
    }
}
