// Finds out which person each line of a cadre file means.
// SPDX-License-Identifier: Apache-2.0
internal import FoundationEssentials
internal import PostgresClient

/// The persons of the posyandu met so far, from the registry and from earlier lines of the file. Names are opened in
/// memory and compared there, since no index over names exists. Memory: a kabupaten's cadres, about 200 bytes each.
struct CadrePeople {
    struct Cadre {
        let id: UUID
        /// Not in the registry before this file.
        let isNew: Bool
        /// In the registry, and what is known by now differs from what the registry has.
        var isChanged: Bool { !isNew && (nikIndex != stored.nikIndex || person != stored.person) }
        fileprivate(set) var nikIndex: [UInt8]?
        fileprivate(set) var nikSealed: [UInt8]?
        fileprivate(set) var person: Person
        fileprivate let stored: (nikIndex: [UInt8]?, person: Person)
    }

    private struct Name: Hashable {
        let posyanduID: Int32
        let key: String
    }

    private let cipher: ResidentCipher
    private var loaded: Set<Int32> = []
    private var cadres: [UUID: Cadre] = [:]
    private var byNIK: [[UInt8]: UUID] = [:]
    private var byName: [Name: [UUID]] = [:]

    init(_ cipher: ResidentCipher) {
        self.cipher = cipher
    }

    /// Reads the persons of the posyandu, and the holders of the NIKs, that these lines name.
    mutating func load(_ lines: [CadreImport.Line], _ connection: isolated PostgresConnection) throws {
        let posyandu = Set(lines.map(\.posyanduID)).subtracting(loaded)
        let rows = try connection.query(
            """
            select id, nik_index, nik_sealed, person_sealed, (select array_agg(distinct term.posyandu_id)
                from registry.cadre_term term where term.cadre_id = cadre.id)
            from registry.cadre where id in (
                select cadre_id from registry.cadre_term where posyandu_id = any($1)
                union select id from registry.cadre where nik_index = any($2))
            """,
            [.int4Array(Array(posyandu)), .byteaArray(lines.compactMap { $0.nik?.index })]
        )
        for row in rows {
            let id = try row.uuid(0)
            guard cadres[id] == nil, let person = Person(try cipher.open(try row.bytes(3), .cadrePerson, row: id))
            else {
                continue
            }
            let nikIndex = try row.optionalBytes(1)
            cadres[id] = Cadre(
                id: id,
                isNew: false,
                nikIndex: nikIndex,
                nikSealed: try row.optionalBytes(2),
                person: person,
                stored: (nikIndex, person)
            )
            if let nikIndex { byNIK[nikIndex] = id }
            for place in try row.intArray(4) { remember(id, person.name ?? "", Int32(truncatingIfNeeded: place)) }
        }
        loaded.formUnion(posyandu)
    }

    /// The person of a line, with what the line adds; nil when several could be meant.
    mutating func take(_ line: CadreImport.Line) -> Cadre? {
        let name = Name(posyanduID: line.posyanduID, key: line.name.nameKey)
        let named = (byName[name] ?? []).compactMap { cadres[$0] }
        let found: Cadre?
        if let holder = line.nik.flatMap({ byNIK[$0.index] }) {
            found = cadres[holder]
        } else {
            let possible = line.nik == nil ? named : named.filter { $0.nikIndex == nil }
            guard possible.count <= 1 else { return nil }
            found = possible.first
        }
        var cadre = found ?? Cadre(id: UUID.version7(), isNew: true, person: Person(), stored: (nil, Person()))
        cadre.person.merge("nama", line.name)
        cadre.person.merge("no_hp", line.telephone)
        if let nik = line.nik, cadre.nikIndex != nik.index {
            cadre.nikIndex = nik.index
            byNIK[nik.index] = cadre.id
        }
        cadres[cadre.id] = cadre
        remember(cadre.id, line.name, line.posyanduID)
        return cadre
    }

    private mutating func remember(_ id: UUID, _ name: String, _ posyanduID: Int32) {
        let key = Name(posyanduID: posyanduID, key: name.nameKey)
        if byName[key]?.contains(id) != true { byName[key, default: []].append(id) }
    }
}
