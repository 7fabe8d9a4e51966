// Imports trainings (Bimtek) that cadres took part in.
// SPDX-License-Identifier: Apache-2.0
internal import FoundationEssentials
internal import PluginKit
internal import PostgresClient

/// Columns: `pelatihan, mulai`, those of ``KnownCadres``, optional `selesai, penyelenggara, jam, sertifikat,
/// keterampilan`; one line a cadre. `keterampilan` lists numbers of skills with semicolons, `1;2;5`: what was taught, not
/// what was shown.
struct TrainingImport: ImportTable {
    static let columns: [ImportColumn] =
        KnownCadres.columns + [
            .required("pelatihan"), .required("mulai"), .optional("selesai"), .optional("penyelenggara"),
            .optional("jam"), .optional("sertifikat"), .optional("keterampilan"),
        ]

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
                create temp table import_training (line bigint not null, cadre_id uuid not null, name text not null,
                    organiser text, started date not null, ended date, hours int, certificate text,
                    competences smallint[]) on commit drop
                """
        )
    }

    mutating func stage(
        _ rows: inout [ImportRow],
        _ findings: inout ImportFindings,
        _ connection: isolated PostgresConnection
    ) throws {
        var buffer = CopyBuffer(columns: 9)
        for place in rows.indices { stage(&rows[place], &buffer) }
        _ = try connection.copyIn(
            """
            copy pg_temp.import_training (line, cadre_id, name, organiser, started, ended, hours, certificate,
                competences) from stdin with (format binary)
            """,
            buffer
        )
    }

    private func stage(_ row: inout ImportRow, _ buffer: inout CopyBuffer) {
        let cadre = cadres.find(&row)
        let name = row.required("pelatihan")
        let started = row.date("mulai", required: true)
        let ended = row.date("selesai", required: false)
        let organiser = row.optional("penyelenggara")
        let certificate = row.optional("sertifikat")
        let hours = hours(&row)
        let taught = taught(&row)
        if let started, let ended, ended < started {
            row.complain("selesai", "end_before_start", "The end lies before the start.", "Correct one of the dates.")
        }
        if let last = ended ?? started, last > today {
            row.complain("mulai", "date_future", "The training lies after today.", "Import it when it is over.")
        }
        guard row.isGood, let cadre, let name, let started else { return }
        buffer.startRow()
        buffer.append(int8: Int64(row.line))
        buffer.append(uuid: cadre)
        buffer.append(text: name)
        buffer.append(organiser.map(PostgresValue.text) ?? .null)
        buffer.append(date: started)
        buffer.append(ended.map(PostgresValue.date) ?? .null)
        buffer.append(hours.map(PostgresValue.int4) ?? .null)
        buffer.append(certificate.map(PostgresValue.text) ?? .null)
        buffer.append(taught.map(PostgresValue.int2Array) ?? .null)
    }

    private func hours(_ row: inout ImportRow) -> Int32? {
        guard let text = row.optional("jam") else { return nil }
        guard let hours = Int32(text), (1...1_000).contains(hours) else {
            row.complain(
                "jam",
                "hours_form",
                "Found \(ValueClass.of(text)) instead of hours.",
                "Write a whole number of hours from 1 to 1000."
            )
            return nil
        }
        return hours
    }

    private func taught(_ row: inout ImportRow) -> [Int16]? {
        guard let text = row.optional("keterampilan") else { return nil }
        let numbers = text.split(separator: ";").map { Int($0.trimmingBlanks) }
        guard numbers.allSatisfy({ $0.map(skills.contains) ?? false }) else {
            row.complain(
                "keterampilan",
                "skill_unknown",
                "Not every entry is the number of a skill.",
                "Write numbers of the list of skills with semicolons, 1;2;5."
            )
            return nil
        }
        return Set(numbers.compactMap { $0 }).sorted().map { Int16($0) }
    }

    mutating func check(_ findings: inout ImportFindings, _ connection: isolated PostgresConnection) throws {
        try findings.addLines(
            connection,
            table: "import_training",
            column: "pelatihan",
            code: "training_twice",
            query: """
                select line, first::text from (select line, min(line) over (partition by cadre_id, name, started) as first
                    from pg_temp.import_training) lines
                where line > first order by line
                """,
            fix: "Remove one of the two."
        ) { "Line \($0) has the same cadre, training and first day." }
    }

    mutating func apply(_ connection: isolated PostgresConnection) throws -> ImportCounts {
        let total = try connection.query("select count(*) from pg_temp.import_training")[0].int(0)
        let merged = """
            coalesce(new.organiser, old.organiser), coalesce(new.ended, old.ended), coalesce(new.hours, old.hours),
            coalesce(new.certificate, old.certificate), coalesce(new.competences, old.competences)
            """
        let updated = try connection.execute(
            """
            update registry.training old set (organiser, ended, hours, certificate, competences) = (\(merged))
            from pg_temp.import_training new
            where (old.cadre_id, old.name, old.started) = (new.cadre_id, new.name, new.started)
                and (\(merged))
                    is distinct from (old.organiser, old.ended, old.hours, old.certificate, old.competences)
            """
        )
        let inserted = try connection.execute(
            """
            insert into registry.training (cadre_id, name, organiser, started, ended, hours, certificate, competences)
            select cadre_id, name, organiser, started, coalesce(ended, started), hours, certificate,
                coalesce(competences, '{}')
            from pg_temp.import_training on conflict (cadre_id, name, started) do nothing
            """
        )
        return ImportCounts(inserted: inserted, updated: updated, unchanged: total - inserted - updated)
    }
}

extension Substring {
    fileprivate var trimmingBlanks: String { String(self).trimmed }
}
