// Imports the offices of the kabupaten and the roles they fill.
// SPDX-License-Identifier: Apache-2.0
internal import PluginKit
internal import PostgresClient

/// Columns: `kode, nama, peran, kode_wilayah`, optional `aktif_sejak, aktif_sampai`. `kode` is the identity; `peran` is
/// the role that manifests route cases to (`pekerjaan_umum`), `nama` the local name of the office.
struct OfficeImport: ImportTable {
    static let columns: [ImportColumn] = [
        .required("kode"), .required("nama"), .required("peran"), .required("kode_wilayah"), .optional("aktif_sejak"),
        .optional("aktif_sampai"),
    ]

    private let today: Int32
    private var version: Int16?

    init(_ request: ImportRequest) {
        today = request.today.daysSince1970
    }

    mutating func begin(_ connection: isolated PostgresConnection) throws {
        version = try RegionStore.version(connection, on: today)
        try connection.run(
            script: """
                create temp table import_office (line bigint not null, code text not null, name text not null,
                    role text not null, region_code text not null, active_from date, active_to date) on commit drop
                """
        )
    }

    mutating func stage(
        _ rows: inout [ImportRow],
        _ findings: inout ImportFindings,
        _ connection: isolated PostgresConnection
    ) throws {
        var buffer = CopyBuffer(columns: 7)
        for place in rows.indices { Self.stage(&rows[place], &buffer) }
        _ = try connection.copyIn(
            """
            copy pg_temp.import_office (line, code, name, role, region_code, active_from, active_to)
            from stdin with (format binary)
            """,
            buffer
        )
    }

    private static func stage(_ row: inout ImportRow, _ buffer: inout CopyBuffer) {
        let code = row.word("kode")
        let name = row.required("nama")
        let role = row.word("peran")
        let activeFrom = row.date("aktif_sejak", required: false)
        let activeTo = row.date("aktif_sampai", required: false)
        let region = row.required("kode_wilayah")
        if let region, RegionCode(region) == nil {
            row.complain(
                "kode_wilayah",
                "region_form",
                "Found \(ValueClass.of(region)) instead of a region code.",
                "Write the code with dots, as in 33.25."
            )
        }
        if let activeFrom, let activeTo, activeTo < activeFrom {
            row.complain(
                "aktif_sampai",
                "end_before_start",
                "The end lies before the start.",
                "Correct one of the dates."
            )
        }
        guard row.isGood, let code, let name, let role, let region else { return }
        buffer.startRow()
        buffer.append(int8: Int64(row.line))
        buffer.append(text: code)
        buffer.append(text: name)
        buffer.append(text: role)
        buffer.append(text: region)
        buffer.append(activeFrom.map(PostgresValue.date) ?? .null)
        buffer.append(activeTo.map(PostgresValue.date) ?? .null)
    }

    mutating func check(_ findings: inout ImportFindings, _ connection: isolated PostgresConnection) throws {
        try findings.addTwice(connection, table: "import_office")
        try findings.addLines(
            connection,
            table: "import_office",
            column: "kode_wilayah",
            code: "region_unknown",
            query: """
                select line, region_code from pg_temp.import_office new where not exists (select from registry.region
                    where version_id = $1 and code = new.region_code) order by line
                """,
            [version.map(PostgresValue.int2) ?? .null],
            fix: "Correct the code, or import the region list first."
        ) { "The region list in force has no code \($0)." }
    }

    mutating func apply(_ connection: isolated PostgresConnection) throws -> ImportCounts {
        let total = try connection.query("select count(*) from pg_temp.import_office")[0].int(0)
        let updated = try connection.execute(
            """
            update registry.office old set name = new.name, role = new.role, region_code = new.region_code,
                active_from = coalesce(new.active_from, old.active_from),
                active_to = coalesce(new.active_to, old.active_to)
            from pg_temp.import_office new
            where old.code = new.code and (new.name, new.role, new.region_code,
                    coalesce(new.active_from, old.active_from), coalesce(new.active_to, old.active_to))
                is distinct from (old.name, old.role, old.region_code, old.active_from, old.active_to)
            """
        )
        let inserted = try connection.execute(
            """
            insert into registry.office (code, name, role, region_code, active_from, active_to)
            select code, name, role, region_code, active_from, active_to from pg_temp.import_office new
            where not exists (select from registry.office old where old.code = new.code) order by line
            """
        )
        return ImportCounts(inserted: inserted, updated: updated, unchanged: total - inserted - updated)
    }
}

extension ImportFindings {
    /// Complains about a `kode` that stands in an earlier line already.
    mutating func addTwice(_ connection: isolated PostgresConnection, table: String) throws {
        try addLines(
            connection,
            table: table,
            column: "kode",
            code: "code_twice",
            query: """
                select line, first::text from (select line, min(line) over (partition by code) as first
                    from pg_temp.\(table)) lines
                where line > first order by line
                """,
            fix: "Remove one of the two."
        ) { "The code stands in line \($0) already." }
    }
}
