// Imports one published nomenclature of programmes under its label.
// SPDX-License-Identifier: Apache-2.0
internal import PostgresClient

/// Columns `kode, nama`. Every line stands below another one of the file, up to its urusan. A list that is in the registry is
/// never edited: the same list again changes nothing, another one under the same label is refused.
struct NomenclatureImport: ImportTable {
    static let columns: [ImportColumn] = [.required("kode"), .required("nama")]

    private let label: String
    private let year: Int

    init(_ request: ImportRequest) throws(RegistryError) {
        guard let version = request.nomenclature, !version.label.trimmed.isEmpty, (2000...2999).contains(version.year)
        else {
            throw RegistryError(
                .request,
                "A nomenclature needs a label and the first budget year it is in force.",
                hint: "posyanductl import nomenclature FILE --label '900.1-2850/2025' --year 2026"
            )
        }
        label = version.label.trimmed
        year = version.year
    }

    mutating func begin(_ connection: isolated PostgresConnection) throws {
        try connection.run(
            script: """
                create temp table import_nomenclature (line bigint not null, code text not null, name text not null,
                    level text not null, parent text) on commit drop
                """
        )
    }

    mutating func stage(
        _ rows: inout [ImportRow],
        _ findings: inout ImportFindings,
        _ connection: isolated PostgresConnection
    ) throws {
        var buffer = CopyBuffer(columns: 5)
        for place in rows.indices {
            let name = rows[place].required("nama")
            guard let code = rows[place].nomenclatureCode("kode"), let name, rows[place].isGood else { continue }
            buffer.startRow()
            buffer.append(int8: Int64(rows[place].line))
            buffer.append(text: code.description)
            buffer.append(text: name)
            buffer.append(text: code.level.rawValue)
            if let parent = code.parent { buffer.append(text: parent) } else { buffer.appendNull() }
        }
        _ = try connection.copyIn(
            "copy pg_temp.import_nomenclature (line, code, name, level, parent) from stdin with (format binary)",
            buffer
        )
    }

    mutating func check(_ findings: inout ImportFindings, _ connection: isolated PostgresConnection) throws {
        try connection.execute("analyze pg_temp.import_nomenclature")
        try findings.addTwice(connection, table: "import_nomenclature")
        // Level by level, so that what hangs below a refused line is refused too.
        for level in NomenclatureCode.Level.allCases.dropFirst() {
            try findings.addLines(
                connection,
                table: "import_nomenclature",
                column: "kode",
                code: "code_orphan",
                query: """
                    select line, parent from pg_temp.import_nomenclature child where level = $1
                        and not exists (select from pg_temp.import_nomenclature parent where parent.code = child.parent)
                    order by line
                    """,
                [.text(level.rawValue)],
                fix: "Add the line above it, or correct the code."
            ) { "The level above, \($0), is not in the list." }
        }
    }

    mutating func apply(_ connection: isolated PostgresConnection) throws -> ImportCounts {
        let staged = try connection.query("select count(*) from pg_temp.import_nomenclature")[0].int(0)
        let known = try connection.query(
            "select id, from_year from registry.nomenclature_version where label = $1",
            [.text(label)]
        )
        if let version = known.first {
            guard try version.int(1) == year else {
                throw RegistryError(
                    .request,
                    "The registry has this label from the budget year \(try version.int(1)) on.",
                    hint: "Give that year, or import the list under a label of its own."
                )
            }
            try requireSame(connection, Int16(truncatingIfNeeded: try version.int(0)))
            return ImportCounts(unchanged: staged)
        }
        guard staged > 0 else { return ImportCounts() }
        let id = try connection.query(
            "insert into registry.nomenclature_version (label, from_year) values ($1, $2) returning id",
            [.text(label), .int2(Int16(truncatingIfNeeded: year))]
        )[0].int(0)
        let inserted = try connection.execute(
            """
            insert into registry.nomenclature (version_id, code, name, level, parent)
            select $1, code, name, level, parent from pg_temp.import_nomenclature order by code
            """,
            [.int2(Int16(truncatingIfNeeded: id))]
        )
        return ImportCounts(inserted: inserted)
    }

    private func requireSame(_ connection: isolated PostgresConnection, _ version: Int16) throws {
        let different = try connection.query(
            """
            select count(*) from pg_temp.import_nomenclature new
            full join (select code, name from registry.nomenclature where version_id = $1) old using (code)
            where new.name is distinct from old.name
            """,
            [.int2(version)]
        )[0].int(0)
        guard different == 0 else {
            throw RegistryError(
                .request,
                "The list under this label differs in \(different) lines; a list in the registry is never edited.",
                hint: "Import it under a label of its own."
            )
        }
    }
}

extension ImportRow {
    /// A code of the nomenclature.
    mutating func nomenclatureCode(_ column: String) -> NomenclatureCode? {
        guard let text = required(column) else { return nil }
        guard let code = NomenclatureCode(text) else {
            complain(
                column,
                "code_form",
                "Found \(ValueClass.of(text)) instead of a code of the nomenclature.",
                "Write it with its dots and leading zeros as text, as in 1.04.02.2.01.0001."
            )
            return nil
        }
        return code
    }
}
