// Finds out which cadre of the registry a line of a file means.
// SPDX-License-Identifier: Apache-2.0
internal import FoundationEssentials
internal import PostgresClient

/// Columns `kader_uuid`, or `posyandu_uuid` and `nama` with an optional `nik`. A name is compared with those of the
/// posyandu's cadres, opened in memory; nobody is added.
struct KnownCadres {
    static let columns: [ImportColumn] = [
        .optional("kader_uuid"), .optional("posyandu_uuid"), .optional("nama"), .optional("nik"),
    ]

    private struct Name: Hashable {
        let posyandu: UUID
        let key: String
    }

    private let cipher: ResidentCipher
    private let personal = PersonalCells()
    private var all: Set<UUID> = []
    private var byNIK: [[UInt8]: UUID] = [:]
    private var byName: [Name: Set<UUID>] = [:]
    private var niks: [UUID: [UInt8]] = [:]
    private var posyandu: Set<UUID> = []

    init(_ cipher: ResidentCipher) {
        self.cipher = cipher
    }

    /// Reads the cadres of the registry: some ten thousand in a kabupaten.
    mutating func begin(_ connection: isolated PostgresConnection) throws {
        posyandu = Set(try PosyanduImport.ids(connection).keys)
        let rows = try connection.query(
            """
            select c.id, c.nik_index, c.person_sealed, (select array_agg(distinct p.uuid) from registry.cadre_term t
                join registry.posyandu p on p.id = t.posyandu_id where t.cadre_id = c.id)
            from registry.cadre c
            """
        )
        for row in rows {
            let id = try row.uuid(0)
            all.insert(id)
            if let index = try row.optionalBytes(1) {
                byNIK[index] = id
                niks[id] = index
            }
            guard let name = Person(try cipher.open(try row.bytes(2), .cadrePerson, row: id))?.name,
                try !row.isNull(3)
            else { continue }
            for place in try row.uuidArray(3) {
                byName[Name(posyandu: place, key: name.nameKey), default: []].insert(id)
            }
        }
    }

    /// The cadre of a line; nil with a complaint.
    func find(_ row: inout ImportRow) -> UUID? {
        let uuid = row.uuid("kader_uuid", required: false)
        let place = row.uuid("posyandu_uuid", required: false)
        let nik = personal.nik(&row)
        let name = row.optional("nama")
        guard row.isGood else { return nil }
        if let uuid {
            if all.contains(uuid) { return uuid }
            row.complain("kader_uuid", "cadre_unknown", "No cadre of the registry has this uuid.", "Correct it.")
            return nil
        }
        guard let place, let name else {
            row.complain(
                "kader_uuid",
                "cadre_unnamed",
                "The line names no cadre.",
                "Fill in kader_uuid, or posyandu_uuid and nama."
            )
            return nil
        }
        guard posyandu.contains(place) else {
            row.complain(
                "posyandu_uuid",
                "posyandu_unknown",
                "No posyandu of the registry has this uuid.",
                "Import the posyandu first, or correct the uuid."
            )
            return nil
        }
        let named = byName[Name(posyandu: place, key: name.nameKey)] ?? []
        let index = nik.map { cipher.index(of: $0) }
        let meant = named.filter { index == nil || niks[$0] == nil || niks[$0] == index }
        if let index, let holder = byNIK[index], meant.contains(holder) { return holder }
        guard meant.count <= 1 else {
            row.complain("nama", "cadre_ambiguous", "Several cadres there have this name.", "Give NIK or kader_uuid.")
            return nil
        }
        guard let found = meant.first else {
            row.complain("nama", "cadre_unknown", "No cadre of that posyandu has this name.", "Import the cadre first.")
            return nil
        }
        return found
    }
}
