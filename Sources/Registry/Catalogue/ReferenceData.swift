// Loads the reference lists that ship with the daemon: SPM services, skills of kader, points of identity rules, states of cases, lists by version.
// SPDX-License-Identifier: Apache-2.0
package import PostgresClient

/// Brings the tables `spm_service`, `competence`, `identity_rule` and `case_word` in step with `config/reference`. Rows that left a file stay, since
/// other rows may refer to them. Lists with versions: ``ReferenceList``.
package enum ReferenceData {
    /// Returns the number of rows added or changed: 0 when nothing was to do. Call inside a transaction.
    package static func load(_ connection: isolated PostgresConnection, folder: String) throws -> Int {
        var changed =
            try spmServices(connection, .file("\(folder)/spm-services.csv"))
            + competences(connection, .file("\(folder)/kader-skills.csv"))
            + identityRules(connection, .file("\(folder)/identity-rules.csv"))
            + caseWords(connection, .file("\(folder)/case-states.csv"))
        for list in ReferenceList.all { changed += try list.load(connection, folder: folder) }
        return changed
    }

    private static func caseWords(_ connection: isolated PostgresConnection, _ source: CSVSource) throws -> Int {
        let columns = try read(source, ["state", "class", "words", "next_step", "version"])
        return try connection.execute(
            """
            insert into registry.case_word as old (state, class, words, next_step, version)
            select state, class, words, nullif(next_step, '-'), version
            from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
                as given (state, class, words, next_step, version)
            on conflict (state) do update set class = excluded.class, words = excluded.words,
                next_step = excluded.next_step, version = excluded.version
            where (old.class, old.words, old.next_step, old.version)
                is distinct from (excluded.class, excluded.words, excluded.next_step, excluded.version)
            """,
            columns
        )
    }

    private static func identityRules(_ connection: isolated PostgresConnection, _ source: CSVSource) throws -> Int {
        let columns = try read(source, ["no", "code", "points", "meaning", "version"])
        return try connection.execute(
            """
            insert into registry.identity_rule as old (no, code, points, meaning, version)
            select no::smallint, code, points::int, meaning, version
            from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) as given (no, code, points, meaning, version)
            on conflict (no) do update set code = excluded.code, points = excluded.points, meaning = excluded.meaning,
                version = excluded.version
            where (old.code, old.points, old.meaning, old.version)
                is distinct from (excluded.code, excluded.points, excluded.meaning, excluded.version)
            """,
            columns
        )
    }

    private static func spmServices(_ connection: isolated PostgresConnection, _ source: CSVSource) throws -> Int {
        let names = ["sipd_label_id", "sector_code", "slug", "service_name", "target_group"]
        let columns = try read(source, names)
        return try connection.execute(
            """
            insert into registry.spm_service as old (sipd_label_id, sector_code, slug, name, target_group)
            select label::smallint, sector, slug, name, target
            from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
                as given (label, sector, slug, name, target)
            on conflict (sipd_label_id) do update set sector_code = excluded.sector_code, slug = excluded.slug,
                name = excluded.name, target_group = excluded.target_group
            where (old.sector_code, old.slug, old.name, old.target_group)
                is distinct from (excluded.sector_code, excluded.slug, excluded.name, excluded.target_group)
            """,
            columns
        )
    }

    private static func competences(_ connection: isolated PostgresConnection, _ source: CSVSource) throws -> Int {
        let names = ["no", "group_code", "group_name", "no_in_group", "skill", "version"]
        let columns = try read(source, names)
        return try connection.execute(
            """
            insert into registry.competence as old (no, group_code, group_name, no_in_group, skill, version)
            select no::smallint, code, name, place::smallint, skill, version
            from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
                as given (no, code, name, place, skill, version)
            on conflict (no) do update set group_code = excluded.group_code, group_name = excluded.group_name,
                no_in_group = excluded.no_in_group, skill = excluded.skill, version = excluded.version
            where (old.group_code, old.group_name, old.no_in_group, old.skill, old.version) is distinct from
                (excluded.group_code, excluded.group_name, excluded.no_in_group, excluded.skill, excluded.version)
            """,
            columns
        )
    }

    /// The named columns of a file as text arrays.
    static func read(_ source: CSVSource, _ names: [String]) throws -> [PostgresValue] {
        var reader = try CSVReader(source)
        guard let header = try reader.next() else { throw RegistryError(.file, "A reference file is empty.") }
        let titles = (0..<header.count).map { header.text($0) }
        var places: [Int] = []
        for name in names {
            guard let place = titles.firstIndex(of: name) else {
                throw RegistryError(.file, "A reference file has no column '\(name)'.", hint: "Install the files anew.")
            }
            places.append(place)
        }
        var columns = [[String]](repeating: [], count: names.count)
        while let row = try reader.next() {
            for (column, place) in places.enumerated() {
                guard row.count == header.count, let text = row.text(place) else {
                    throw RegistryError(
                        .file,
                        "Line \(row.line) of a reference file is damaged.",
                        hint: "Install it anew."
                    )
                }
                columns[column].append(text)
            }
        }
        return columns.map(PostgresValue.textArray)
    }
}
