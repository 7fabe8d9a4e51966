// Imports residents; what is personal is sealed before it reaches the database.
// SPDX-License-Identifier: Apache-2.0
internal import Crypto
internal import FoundationEssentials
internal import PluginKit
internal import PostgresClient

/// Columns: `posyandu_uuid, nama, jenis_kelamin, tanggal_lahir`, optional `id, nik, ibu_id, alamat, rumah_tangga`.
///
/// Which resident a line means: the one of its `id`; without one, the one with its NIK; else the one of the same
/// posyandu, sex and birth date whose sealed name is the same; else a new one.
struct ResidentImport: ImportTable {
    static let columns: [ImportColumn] = [
        .optional("id"), .required("posyandu_uuid"), .required("nama"), .optional("nik"), .required("jenis_kelamin"),
        .required("tanggal_lahir"), .optional("ibu_id"), .optional("alamat"), .optional("rumah_tangga"),
    ]

    private let today: Int32
    private let cipher: ResidentCipher
    private var personal: PersonalCells
    private var directory: [UUID: Int32] = [:]
    /// Marks lines without id and NIK that mean the same person; the key lives as long as the import.
    private let fileKey = SymmetricKey(size: .bits256)

    init(_ request: ImportRequest, _ cipher: ResidentCipher) {
        today = request.today.daysSince1970
        self.cipher = cipher
        personal = PersonalCells()
    }

    mutating func begin(_ connection: isolated PostgresConnection) throws {
        try personal.begin(connection)
        directory = try PosyanduImport.ids(connection)
        try connection.run(
            script: """
                create temp table import_resident (line bigint not null, id uuid not null, file_key bytea,
                    outcome smallint not null, posyandu_id int not null, sex text not null, birth_date date not null,
                    mother_id uuid, household uuid, nik_index bytea, nik_sealed bytea, person_sealed bytea,
                    key_version smallint not null) on commit drop
                """
        )
    }

    mutating func stage(
        _ rows: inout [ImportRow],
        _ findings: inout ImportFindings,
        _ connection: isolated PostgresConnection
    ) throws {
        var lines: [Line] = []
        lines.reserveCapacity(rows.count)
        for place in rows.indices {
            if let line = read(&rows[place], place, &findings) { lines.append(line) }
        }
        let known = try KnownResidents(lines, cipher, connection)
        var buffer = CopyBuffer(columns: 13)
        for line in lines { try stage(line, known, &rows[line.place], &buffer) }
        _ = try connection.copyIn(
            """
            copy pg_temp.import_resident (line, id, file_key, outcome, posyandu_id, sex, birth_date, mother_id,
                household, nik_index, nik_sealed, person_sealed, key_version) from stdin with (format binary)
            """,
            buffer
        )
    }

    /// A line whose cells are good.
    struct Line {
        let place: Int
        let line: Int
        let id: UUID?
        let posyanduID: Int32
        let name: String
        let nik: (value: NIK, index: [UInt8])?
        let sex: String
        let birthDate: Int32
        let mother: UUID?
        let address: String?
        let household: UUID?
    }

    private func read(_ row: inout ImportRow, _ place: Int, _ findings: inout ImportFindings) -> Line? {
        let id = row.uuid("id", required: false)
        let posyandu = row.uuid("posyandu_uuid", required: true)
        let name = row.required("nama")
        let sex = row.choice("jenis_kelamin", of: ["L", "P"], required: true)
        let birthDate = row.date("tanggal_lahir", required: true)
        let mother = row.uuid("ibu_id", required: false)
        let address = row.optional("alamat")
        let household = row.uuid("rumah_tangga", required: false)
        let nik = personal.nik(&row)
        if let birthDate {
            if birthDate > today {
                row.complain("tanggal_lahir", "birth_date_future", "The date lies in the future.", "Correct the date.")
            } else if birthDate < PersonalCells.earliestBirth {
                row.complain("tanggal_lahir", "birth_date_past", "The date lies before 1900.", "Correct the date.")
            }
        }
        if let posyandu, directory[posyandu] == nil {
            row.complain(
                "posyandu_uuid",
                "posyandu_unknown",
                "No posyandu of the registry has this uuid.",
                "Import the posyandu first, or correct the uuid."
            )
        }
        if let id, id == mother {
            row.complain("ibu_id", "mother_self", "The resident is given as her own mother.", "Correct ibu_id.")
        }
        guard row.isGood, let posyanduID = posyandu.flatMap({ directory[$0] }), let name, let sex, let birthDate else {
            return nil
        }
        if let nik { personal.warn(nik, row.line, sex: sex, birthDate: birthDate, &findings) }
        return Line(
            place: place,
            line: row.line,
            id: id,
            posyanduID: posyanduID,
            name: name,
            nik: nik.map { ($0, cipher.index(of: $0)) },
            sex: sex,
            birthDate: birthDate,
            mother: mother,
            address: address,
            household: household
        )
    }

    private func stage(_ line: Line, _ known: KnownResidents, _ row: inout ImportRow, _ buffer: inout CopyBuffer) throws
    {
        let old: KnownResidents.Row?
        switch known.match(line) {
        case .none: old = nil
        case .one(let row): old = row
        case .nikOfAnother:
            return row.complain(
                "nik",
                "nik_held",
                "Another resident of the registry has this NIK.",
                "Check both persons; leave the cell empty until it is settled."
            )
        case .several:
            return row.complain(
                nil,
                "resident_ambiguous",
                "Several residents of this posyandu have this name, sex and birth date.",
                "Give the id or the NIK."
            )
        }
        var person = old?.person ?? Person()
        person.merge("nama", line.name)
        person.merge("alamat", line.address)
        let id = old?.id ?? line.id ?? UUID.version7()
        let isSame = old.map { known.isSame($0, line, person) } ?? false
        let nik = isSame ? (index: line.nik?.index, sealed: nil) : try sealNIK(line, old, id)
        buffer.startRow()
        buffer.append(int8: Int64(line.line))
        buffer.append(uuid: id)
        buffer.append(fileKey(line, isNew: old == nil).map(PostgresValue.bytea) ?? .null)
        buffer.append(int2: old == nil ? 0 : isSame ? 2 : 1)
        buffer.append(int4: line.posyanduID)
        buffer.append(text: line.sex)
        buffer.append(date: line.birthDate)
        buffer.append((line.mother ?? old?.mother).map(PostgresValue.uuid) ?? .null)
        buffer.append((line.household ?? old?.household).map(PostgresValue.uuid) ?? .null)
        buffer.append(nik.index.map(PostgresValue.bytea) ?? .null)
        buffer.append(nik.sealed.map(PostgresValue.bytea) ?? .null)
        buffer.append(isSame ? .null : .bytea(try cipher.seal(person.json, .residentPerson, row: id)))
        buffer.append(int2: cipher.keyVersion)
    }

    private func sealNIK(
        _ line: Line,
        _ old: KnownResidents.Row?,
        _ id: UUID
    ) throws(RegistryError) -> (index: [UInt8]?, sealed: [UInt8]?) {
        if let nik = line.nik { return (nik.index, try cipher.seal(nik.value, .residentNIK, row: id)) }
        return (old?.nikIndex, old?.nikSealed)
    }

    private func fileKey(_ line: Line, isNew: Bool) -> [UInt8]? {
        guard isNew, line.id == nil, line.nik == nil else { return nil }
        let text = "\(line.posyanduID)|\(line.sex)|\(line.birthDate)|\(line.name.nameKey)"
        return Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: fileKey).prefix(16))
    }

    mutating func check(_ findings: inout ImportFindings, _ connection: isolated PostgresConnection) throws {
        try connection.execute("analyze pg_temp.import_resident")
        for check in ResidentChecks.all { try check.run(&findings, connection) }
        // Each refused mother leaves her children without one, and so on down.
        var before = -1
        while findings.complaints.count != before {
            before = findings.complaints.count
            try ResidentChecks.motherUnknown.run(&findings, connection)
        }
    }

    mutating func apply(_ connection: isolated PostgresConnection) throws -> ImportCounts {
        let counts = try connection.query(ResidentChecks.counts)[0]
        try connection.execute(ResidentChecks.update)
        try connection.execute(ResidentChecks.insert)
        return ImportCounts(inserted: try counts.int(0), updated: try counts.int(1), unchanged: try counts.int(2))
    }
}

extension PosyanduImport {
    /// Every posyandu of the registry.
    static func ids(_ connection: isolated PostgresConnection) throws -> [UUID: Int32] {
        var ids: [UUID: Int32] = [:]
        for row in try connection.query("select uuid, id from registry.posyandu") {
            ids[try row.uuid(0)] = Int32(truncatingIfNeeded: try row.int(1))
        }
        return ids
    }
}
