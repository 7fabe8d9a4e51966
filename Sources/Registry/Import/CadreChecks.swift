// The set-based half of the cadre import.
// SPDX-License-Identifier: Apache-2.0

enum CadreChecks {
    static let all: [StagedCheck] = [
        StagedCheck(
            table: "import_cadre",
            column: nil,
            code: "term_twice",
            query: """
                select line, first::text from (select line,
                    min(line) over (partition by cadre_id, posyandu_id, role, started) as first
                    from pg_temp.import_cadre) lines
                where line > first order by line
                """,
            message: { "Line \($0) has the same person, posyandu, jabatan and start." },
            fix: "Remove one of the two."
        ),
        StagedCheck(
            table: "import_cadre",
            column: "bidang",
            code: "term_differs",
            query: """
                select line, old.sector_code from pg_temp.import_cadre new
                join registry.cadre_term old using (cadre_id, posyandu_id, role, started)
                where old.sector_code is distinct from new.sector_code order by line
                """,
            message: { "The registry has this term in the bidang \($0)." },
            fix: "End that term, and begin the new one the day after."
        ),
        StagedCheck(
            table: "import_cadre",
            column: "bidang",
            code: "two_sectors",
            query: """
                with terms as (
                    select line, cadre_id, sector_code, posyandu_id, role, started, ended from pg_temp.import_cadre
                    union all
                    select 0, cadre_id, sector_code, posyandu_id, role, started, ended from registry.cadre_term old
                    where cadre_id in (select cadre_id from pg_temp.import_cadre)
                        and not exists (select from pg_temp.import_cadre new
                            where (new.cadre_id, new.posyandu_id, new.role, new.started)
                                = (old.cadre_id, old.posyandu_id, old.role, old.started))
                )
                select late.line, case when min(early.line) = 0 then 'the registry' else 'line ' || min(early.line) end
                from terms late join terms early on early.cadre_id = late.cadre_id and early.line < late.line
                where late.sector_code is not null and early.sector_code is not null
                    and daterange(early.started, early.ended, '[]') && daterange(late.started, late.ended, '[]')
                group by late.line order by late.line
                """,
            message: { "The person serves a bidang at the same time by \($0)." },
            fix: "A kader serves exactly one bidang: end the other term first."
        ),
    ]

    /// Several lines may tell about one person: the last one says what is true, and whether it is new.
    static let settle = """
        update pg_temp.import_cadre line set outcome = last.outcome
        from (select distinct on (cadre_id) cadre_id, outcome from pg_temp.import_cadre
            order by cadre_id, line desc) last
        where last.cadre_id = line.cadre_id and last.outcome <> line.outcome
        """

    static let counts = """
        select count(*) filter (where old.id is null),
            count(*) filter (where old.id is not null and (new.outcome = 1 or coalesce(new.ended <> old.ended,
                new.ended is not null))),
            count(*) filter (where old.id is not null and new.outcome <> 1 and not coalesce(new.ended <> old.ended,
                new.ended is not null))
        from pg_temp.import_cadre new left join registry.cadre_term old using (cadre_id, posyandu_id, role, started)
        """

    /// In order: persons that changed, new persons, terms that end, new terms. The last line about a person counts.
    static let writes = [
        """
        update registry.cadre old set nik_index = new.nik_index, nik_sealed = new.nik_sealed,
            person_sealed = new.person_sealed, key_version = new.key_version, revision = old.revision + 1
        from (select distinct on (cadre_id) * from pg_temp.import_cadre where outcome = 1
            order by cadre_id, line desc) new
        where new.cadre_id = old.id
        """,
        """
        insert into registry.cadre (id, nik_index, nik_sealed, person_sealed, key_version)
        select distinct on (cadre_id) cadre_id, nik_index, nik_sealed, person_sealed, key_version
        from pg_temp.import_cadre where outcome = 0 order by cadre_id, line desc
        """,
        """
        update registry.cadre_term old set ended = new.ended from pg_temp.import_cadre new
        where (old.cadre_id, old.posyandu_id, old.role, old.started)
                = (new.cadre_id, new.posyandu_id, new.role, new.started)
            and new.ended is not null and new.ended is distinct from old.ended
        """,
        """
        insert into registry.cadre_term (cadre_id, posyandu_id, role, sector_code, started, ended)
        select cadre_id, posyandu_id, role, sector_code, started, ended from pg_temp.import_cadre new
        where not exists (select from registry.cadre_term old
            where (old.cadre_id, old.posyandu_id, old.role, old.started)
                = (new.cadre_id, new.posyandu_id, new.role, new.started))
        order by line
        """,
    ]
}
