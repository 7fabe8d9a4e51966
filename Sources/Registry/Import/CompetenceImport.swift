// Imports the skills that cadres have shown.
// SPDX-License-Identifier: Apache-2.0
internal import FoundationEssentials
internal import PluginKit
internal import PostgresClient

/// Columns: `no_keterampilan, tanggal`, those of ``KnownCadres``, optional `penilai`; one line a skill. `no_keterampilan`
/// is the number in `config/reference/kader-skills.csv`. Levels are not imported: they follow from skills and rules.
struct CompetenceImport: ImportTable {
    static let columns: [ImportColumn] =
        KnownCadres.columns + [.required("no_keterampilan"), .required("tanggal"), .optional("penilai")]

    private let today: Int32
    private var cadres: KnownCadres
    private var skills: Set<Int> = []

    init(_ request: ImportRequest, _ cipher: ResidentCipher) {
        today = request.today.daysSince1970
        cadres = KnownCadres(cipher)
    }

    mutating func begin(_ connection: isolated PostgresConnection) throws {
        try cadres.begin(connection)
        skills = Set(try connection.query("select no from registry.competence").map { try $0.int(0) })
        try connection.run(
            script: """
                create temp table import_competence (line bigint not null, cadre_id uuid not null, no smallint not null,
                    attained date not null, assessed_by text) on commit drop
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
            let cadre = cadres.find(&rows[place])
            let skill = rows[place].skill("no_keterampilan", of: skills)
            let attained = rows[place].date("tanggal", required: true)
            let assessor = rows[place].optional("penilai")
            if let attained, attained > today {
                rows[place].complain("tanggal", "date_future", "The date lies after today.", "Correct it.")
            }
            guard rows[place].isGood, let cadre, let skill, let attained else { continue }
            buffer.startRow()
            buffer.append(int8: Int64(rows[place].line))
            buffer.append(uuid: cadre)
            buffer.append(int2: Int16(skill))
            buffer.append(date: attained)
            buffer.append(assessor.map(PostgresValue.text) ?? .null)
        }
        _ = try connection.copyIn(
            "copy pg_temp.import_competence (line, cadre_id, no, attained, assessed_by) from stdin with (format binary)",
            buffer
        )
    }

    mutating func check(_ findings: inout ImportFindings, _ connection: isolated PostgresConnection) throws {
        try findings.addLines(
            connection,
            table: "import_competence",
            column: "no_keterampilan",
            code: "competence_twice",
            query: """
                select line, first::text from (select line, min(line) over (partition by cadre_id, no) as first
                    from pg_temp.import_competence) lines
                where line > first order by line
                """,
            fix: "Remove one of the two."
        ) { "Line \($0) has the same cadre and skill." }
    }

    mutating func apply(_ connection: isolated PostgresConnection) throws -> ImportCounts {
        let total = try connection.query("select count(*) from pg_temp.import_competence")[0].int(0)
        let updated = try connection.execute(
            """
            update registry.cadre_competence old set attained = new.attained,
                assessed_by = coalesce(new.assessed_by, old.assessed_by)
            from pg_temp.import_competence new
            where (old.cadre_id, old.competence_no) = (new.cadre_id, new.no)
                and (new.attained, coalesce(new.assessed_by, old.assessed_by))
                    is distinct from (old.attained, old.assessed_by)
            """
        )
        let inserted = try connection.execute(
            """
            insert into registry.cadre_competence (cadre_id, competence_no, attained, assessed_by)
            select cadre_id, no, attained, assessed_by from pg_temp.import_competence
            on conflict (cadre_id, competence_no) do nothing
            """
        )
        return ImportCounts(inserted: inserted, updated: updated, unchanged: total - inserted - updated)
    }
}

extension ImportRow {
    /// The number of a skill of the reference list.
    mutating func skill(_ column: String, of known: Set<Int>) -> Int? {
        guard let text = required(column) else { return nil }
        guard let number = Int(text), known.contains(number) else {
            complain(
                column,
                "skill_unknown",
                "Found \(ValueClass.of(text)) instead of the number of a skill.",
                "Write a number of the list of skills (kader-skills.csv)."
            )
            return nil
        }
        return number
    }
}
