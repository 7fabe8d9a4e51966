// Imports puskesmas, pustu, poskesdes, schools and other facilities.
// SPDX-License-Identifier: Apache-2.0
internal import PostgresClient

/// Columns: `kode, nama, jenis, kode_desa`, optional `lintang, bujur`. `kode` is the identity, as the sector's own
/// register has it (a puskesmas code, an NPSN); `jenis` is a word, not a fixed list.
struct FacilityImport: ImportTable {
    static let columns: [ImportColumn] = [
        .required("kode"), .required("nama"), .required("jenis"), .required("kode_desa"), .optional("lintang"),
        .optional("bujur"),
    ]

    private var villages: VillageCodes

    init(_ request: ImportRequest) {
        villages = VillageCodes("kode_desa", request)
    }

    mutating func begin(_ connection: isolated PostgresConnection) throws {
        try villages.begin(connection)
        try connection.run(
            script: """
                create temp table import_facility (line bigint not null, code text not null, name text not null,
                    kind text not null, village_code text not null, latitude float8, longitude float8) on commit drop
                """
        )
    }

    mutating func stage(
        _ rows: inout [ImportRow],
        _ findings: inout ImportFindings,
        _ connection: isolated PostgresConnection
    ) throws {
        let codes = try villages.check(&rows, connection)
        var buffer = CopyBuffer(columns: 7)
        for place in rows.indices { Self.stage(&rows[place], codes[place], &buffer) }
        _ = try connection.copyIn(
            """
            copy pg_temp.import_facility (line, code, name, kind, village_code, latitude, longitude)
            from stdin with (format binary)
            """,
            buffer
        )
    }

    private static func stage(_ row: inout ImportRow, _ village: RegionCode?, _ buffer: inout CopyBuffer) {
        let code = row.required("kode")
        let name = row.required("nama")
        let kind = row.word("jenis")
        let place = row.coordinates("lintang", "bujur")
        if let code, !isCode(Array(code.utf8)) {
            row.complain(
                "kode",
                "code_form",
                "Found \(ValueClass.of(code)) instead of a code.",
                "Use letters, digits, points, underscores and hyphens, beginning with a letter or digit."
            )
        }
        guard row.isGood, let code, let name, let kind, let village else { return }
        buffer.startRow()
        buffer.append(int8: Int64(row.line))
        buffer.append(text: code)
        buffer.append(text: name)
        buffer.append(text: kind)
        buffer.append(text: village.description)
        buffer.append(place.map { .float8($0.latitude) } ?? .null)
        buffer.append(place.map { .float8($0.longitude) } ?? .null)
    }

    private static func isCode(_ bytes: [UInt8]) -> Bool {
        let isPlain: (UInt8) -> Bool = {
            (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
        }
        guard let first = bytes.first, isPlain(first) else { return false }
        return bytes.allSatisfy { isPlain($0) || $0 == 0x2E || $0 == 0x5F || $0 == 0x2D }
    }

    mutating func check(_ findings: inout ImportFindings, _ connection: isolated PostgresConnection) throws {
        try findings.addTwice(connection, table: "import_facility")
    }

    mutating func apply(_ connection: isolated PostgresConnection) throws -> ImportCounts {
        let total = try connection.query("select count(*) from pg_temp.import_facility")[0].int(0)
        let updated = try connection.execute(
            """
            update registry.facility old set name = new.name, kind = new.kind, village_code = new.village_code,
                latitude = coalesce(new.latitude, old.latitude), longitude = coalesce(new.longitude, old.longitude)
            from pg_temp.import_facility new
            where old.code = new.code and (new.name, new.kind, new.village_code,
                    coalesce(new.latitude, old.latitude), coalesce(new.longitude, old.longitude))
                is distinct from (old.name, old.kind, old.village_code, old.latitude, old.longitude)
            """
        )
        let inserted = try connection.execute(
            """
            insert into registry.facility (code, kind, name, village_code, latitude, longitude)
            select code, kind, name, village_code, latitude, longitude from pg_temp.import_facility new
            where not exists (select from registry.facility old where old.code = new.code) order by line
            """
        )
        return ImportCounts(inserted: inserted, updated: updated, unchanged: total - inserted - updated)
    }
}
