// Imports cadres and board members with their terms.
// SPDX-License-Identifier: Apache-2.0
internal import FoundationEssentials
internal import PostgresClient

/// Columns: `posyandu_uuid, nama, jabatan, mulai`, optional `nik, bidang, selesai, no_hp`; one line a term.
///
/// `bidang` is needed for `kader` and `ketua_bidang` and forbidden for the others. Which person a line means: the one
/// with its NIK; else the one of the same posyandu with the same name, unless both have different NIKs; else a new one.
struct CadreImport: ImportTable {
    static let columns: [ImportColumn] = [
        .required("posyandu_uuid"), .required("nama"), .optional("nik"), .optional("bidang"), .required("jabatan"),
        .required("mulai"), .optional("selesai"), .optional("no_hp"),
    ]

    static let sectors = [
        "pendidikan", "kesehatan", "pekerjaan_umum", "perumahan_rakyat", "trantibumlinmas", "sosial",
    ]

    private let cipher: ResidentCipher
    private var personal = PersonalCells()
    private var directory: [UUID: Int32] = [:]
    private var people: CadrePeople

    init(_ request: ImportRequest, _ cipher: ResidentCipher) {
        self.cipher = cipher
        people = CadrePeople(cipher)
    }

    mutating func begin(_ connection: isolated PostgresConnection) throws {
        try personal.begin(connection)
        directory = try PosyanduImport.ids(connection)
        try connection.run(
            script: """
                create temp table import_cadre (line bigint not null, cadre_id uuid not null, outcome smallint not null,
                    nik_index bytea, nik_sealed bytea, person_sealed bytea, key_version smallint not null,
                    posyandu_id int not null, role text not null, sector_code text, started date not null, ended date)
                    on commit drop
                """
        )
    }

    mutating func stage(
        _ rows: inout [ImportRow],
        _ findings: inout ImportFindings,
        _ connection: isolated PostgresConnection
    ) throws {
        var lines: [Line] = []
        for place in rows.indices {
            if let line = read(&rows[place], place) { lines.append(line) }
        }
        try people.load(lines, connection)
        var buffer = CopyBuffer(columns: 12)
        for line in lines { try stage(line, &rows[line.place], &buffer) }
        _ = try connection.copyIn(
            """
            copy pg_temp.import_cadre (line, cadre_id, outcome, nik_index, nik_sealed, person_sealed, key_version,
                posyandu_id, role, sector_code, started, ended) from stdin with (format binary)
            """,
            buffer
        )
    }

    /// A line whose cells are good.
    struct Line {
        let place: Int
        let line: Int
        let posyanduID: Int32
        let name: String
        let nik: (value: NIK, index: [UInt8])?
        let telephone: String?
        let role: String
        let sector: String?
        let started: Int32
        let ended: Int32?
    }

    private func read(_ row: inout ImportRow, _ place: Int) -> Line? {
        let posyandu = row.uuid("posyandu_uuid", required: true)
        let name = row.required("nama")
        let nik = personal.nik(&row)
        let role = row.choice(
            "jabatan",
            of: ["ketua", "sekretaris", "bendahara", "ketua_bidang", "kader"],
            required: true
        )
        let sector = row.choice("bidang", of: Self.sectors, required: role == "kader" || role == "ketua_bidang")
        let started = row.date("mulai", required: true)
        let ended = row.date("selesai", required: false)
        let telephone = PersonalCells.telephone(&row, "no_hp")
        if let posyandu, directory[posyandu] == nil {
            row.complain(
                "posyandu_uuid",
                "posyandu_unknown",
                "No posyandu of the registry has this uuid.",
                "Import the posyandu first, or correct the uuid."
            )
        }
        if let started, let ended, ended < started {
            row.complain("selesai", "end_before_start", "The end lies before the start.", "Correct one of the dates.")
        }
        if let role, role != "kader", role != "ketua_bidang", sector != nil {
            row.complain(
                "bidang",
                "sector_forbidden",
                "A \(role) has no bidang.",
                "Leave bidang empty, or write kader or ketua_bidang."
            )
        }
        guard row.isGood, let posyanduID = posyandu.flatMap({ directory[$0] }), let name, let role, let started else {
            return nil
        }
        return Line(
            place: place,
            line: row.line,
            posyanduID: posyanduID,
            name: name,
            nik: nik.map { ($0, cipher.index(of: $0)) },
            telephone: telephone,
            role: role,
            sector: sector,
            started: started,
            ended: ended
        )
    }

    private mutating func stage(_ line: Line, _ row: inout ImportRow, _ buffer: inout CopyBuffer) throws {
        guard let cadre = people.take(line) else {
            return row.complain(
                "nama",
                "cadre_ambiguous",
                "Several persons of this posyandu have this name.",
                "Give the NIK."
            )
        }
        buffer.startRow()
        buffer.append(int8: Int64(line.line))
        buffer.append(uuid: cadre.id)
        buffer.append(int2: cadre.isNew ? 0 : cadre.isChanged ? 1 : 2)
        buffer.append(cadre.nikIndex.map(PostgresValue.bytea) ?? .null)
        if let nik = line.nik {
            buffer.append(bytes: try cipher.seal(nik.value, .cadreNIK, row: cadre.id))
        } else {
            buffer.append(cadre.nikSealed.map(PostgresValue.bytea) ?? .null)
        }
        buffer.append(bytes: try cipher.seal(cadre.person.json, .cadrePerson, row: cadre.id))
        buffer.append(int2: cipher.keyVersion)
        buffer.append(int4: line.posyanduID)
        buffer.append(text: line.role)
        buffer.append(line.sector.map(PostgresValue.text) ?? .null)
        buffer.append(date: line.started)
        buffer.append(line.ended.map(PostgresValue.date) ?? .null)
    }

    mutating func check(_ findings: inout ImportFindings, _ connection: isolated PostgresConnection) throws {
        try connection.execute("analyze pg_temp.import_cadre")
        for check in CadreChecks.all { try check.run(&findings, connection) }
    }

    mutating func apply(_ connection: isolated PostgresConnection) throws -> ImportCounts {
        try connection.execute(CadreChecks.settle)
        let counts = try connection.query(CadreChecks.counts)[0]
        for statement in CadreChecks.writes { try connection.execute(statement) }
        return ImportCounts(inserted: try counts.int(0), updated: try counts.int(1), unchanged: try counts.int(2))
    }
}
