// Imports one published list of region codes under a label.
// SPDX-License-Identifier: Apache-2.0
internal import PluginKit
internal import PostgresClient

/// Columns as in `config/reference/wilayah.csv`: `kode, nama, level, jenis`. A list that is in the registry is never
/// edited: the same list again changes nothing, another one under the same label is refused.
struct RegionImport: ImportTable {
    static let columns: [ImportColumn] = [.required("kode"), .required("nama"), .required("level"), .required("jenis")]

    private let request: ImportRequest
    private var label = ""

    init(_ request: ImportRequest) {
        self.request = request
    }

    mutating func begin(_ connection: isolated PostgresConnection) throws {
        guard let version = request.regionVersion, !version.label.trimmed.isEmpty else {
            throw RegistryError(
                .request,
                "A region list needs a label and the first day it is in force.",
                hint: "posyanductl import regions FILE --label 300.2.2-2138/2025 --valid-from 2025-06-23"
            )
        }
        label = version.label.trimmed
        try connection.run(
            script: """
                create temp table import_region (line bigint not null, code text not null, name text not null,
                    level text not null, kind text not null, parent text) on commit drop
                """
        )
    }

    mutating func stage(
        _ rows: inout [ImportRow],
        _ findings: inout ImportFindings,
        _ connection: isolated PostgresConnection
    ) throws {
        var buffer = CopyBuffer(columns: 6)
        for place in rows.indices {
            guard let code = Self.read(&rows[place]) else { continue }
            buffer.startRow()
            buffer.append(int8: Int64(rows[place].line))
            buffer.append(text: code.code.description)
            buffer.append(text: code.name)
            buffer.append(text: code.code.level.name)
            buffer.append(text: code.kind)
            if let parent = code.code.parent { buffer.append(text: parent.description) } else { buffer.appendNull() }
        }
        _ = try connection.copyIn(
            "copy pg_temp.import_region (line, code, name, level, kind, parent) from stdin with (format binary)",
            buffer
        )
    }

    private static func read(_ row: inout ImportRow) -> (code: RegionCode, name: String, kind: String)? {
        let name = row.required("nama")
        let level = row.required("level")
        let kind = row.required("jenis")
        guard let text = row.required("kode") else { return nil }
        guard let code = RegionCode(text), let ownKind = code.kind else {
            row.complain(
                "kode",
                "region_form",
                "Found \(ValueClass.of(text)) instead of a region code.",
                "Write PP, PP.KK, PP.KK.CC or PP.KK.CC.XXXX with the dots; BPS codes are another system."
            )
            return nil
        }
        if let level, level != code.level.name {
            row.complain("level", "region_level", "The level is not that of the code.", "Write \(code.level.name).")
        }
        if let kind, kind != ownKind {
            row.complain("jenis", "region_kind", "The kind is not that of the code.", "Write \(ownKind).")
        }
        guard row.isGood, let name, let kind else { return nil }
        return (code, name, kind)
    }

    mutating func check(_ findings: inout ImportFindings, _ connection: isolated PostgresConnection) throws {
        try connection.execute("analyze pg_temp.import_region")
        try findings.addLines(
            connection,
            table: "import_region",
            column: "kode",
            code: "region_twice",
            query: """
                select line, first::text from (select line, min(line) over (partition by code) as first
                    from pg_temp.import_region) lines
                where line > first order by line
                """,
            fix: "Remove one of the two."
        ) { "The code stands in line \($0) already." }
        // Level by level, so that what hangs below a refused region is refused too.
        for length in [5, 8, 13] {
            try findings.addLines(
                connection,
                table: "import_region",
                column: "kode",
                code: "region_orphan",
                query: """
                    select line, parent from pg_temp.import_region child where length(code) = $1
                        and not exists (select from pg_temp.import_region parent where parent.code = child.parent)
                    order by line
                    """,
                [.int4(Int32(length))],
                fix: "Add the region above, or correct the code."
            ) { "The region above, \($0), is not in the list." }
        }
    }

    mutating func apply(_ connection: isolated PostgresConnection) throws -> ImportCounts {
        guard let validFrom = request.regionVersion?.validFrom.daysSince1970 else { return ImportCounts() }
        let staged = try connection.query("select count(*) from pg_temp.import_region")[0].int(0)
        let known = try connection.query(
            "select id, label, valid_from from registry.region_version where label = $1 or valid_from = $2",
            [.text(label), .date(validFrom)]
        )
        if let version = known.first {
            guard known.count == 1, try version.string(1) == label, try version.date(2) == validFrom else {
                throw RegistryError(
                    .request,
                    "The label or the first day in force belongs to another region list of the registry.",
                    hint: "Give each list a label and a date of its own; node.region_version names the one in force."
                )
            }
            try requireSame(connection, Int16(truncatingIfNeeded: try version.int(0)))
            return ImportCounts(unchanged: staged)
        }
        guard staged > 0 else { return ImportCounts() }
        let id = try connection.query(
            "insert into registry.region_version (label, valid_from) values ($1, $2) returning id",
            [.text(label), .date(validFrom)]
        )[0].int(0)
        let inserted = try connection.execute(
            """
            insert into registry.region (version_id, code, name, level, kind, parent)
            select $1, code, name, level, kind, parent from pg_temp.import_region order by code
            """,
            [.int2(Int16(truncatingIfNeeded: id))]
        )
        return ImportCounts(inserted: inserted)
    }

    private func requireSame(_ connection: isolated PostgresConnection, _ version: Int16) throws {
        let different = try connection.query(
            """
            select count(*) from pg_temp.import_region new
            full join (select code, name, level, kind from registry.region where version_id = $1) old using (code)
            where new.code is null or old.code is null
                or (new.name, new.level, new.kind) is distinct from (old.name, old.level, old.kind)
            """,
            [.int2(version)]
        )[0].int(0)
        guard different == 0 else {
            throw RegistryError(
                .request,
                "The list under this label differs in \(different) regions; a list in the registry is never edited.",
                hint: "Import it under a label and a date of its own."
            )
        }
    }
}
