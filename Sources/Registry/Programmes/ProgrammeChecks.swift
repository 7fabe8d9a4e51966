// The set-based half of the import of programmes: rules over all lines and the registry, and the statements that write.
// SPDX-License-Identifier: Apache-2.0

enum ProgrammeChecks {
    private static let table = "import_programme"

    /// The end of a tag after a line: a tag that is made anew after its end runs again.
    private static func end(_ old: String) -> String {
        """
        case when new.tagged_on > \(old).withdrawn_on then new.withdrawn_on
            else coalesce(new.withdrawn_on, \(old).withdrawn_on) end
        """
    }

    /// What a line refers to must be there.
    static let references: [StagedCheck] = [
        StagedCheck(
            table: table,
            column: "opd",
            code: "office_unknown",
            query: "select line, office from pg_temp.import_programme where office_id is null order by line",
            message: { "The registry has no office \($0)." },
            fix: "Import the office first, or correct its code: posyanductl import offices FILE."
        ),
        StagedCheck(
            table: table,
            column: "tahun",
            code: "nomenclature_missing",
            query: "select line, year::text from pg_temp.import_programme where version_id is null order by line",
            message: { "No nomenclature of the registry is in force for \($0)." },
            fix: "Import the list first: posyanductl import nomenclature FILE --label LABEL --year YYYY."
        ),
        StagedCheck(
            table: table,
            column: "sub_kegiatan",
            code: "code_unknown",
            query: """
                select line, label || ' has no sub kegiatan ' || new.code || coalesce('; it has ' || near.code || ' ' || near.name,
                    '; nothing above it either')
                from pg_temp.import_programme new join registry.nomenclature_version v on v.id = new.version_id
                left join lateral (select code, name from registry.nomenclature n where n.version_id = new.version_id
                    and new.code like n.code || '.%' order by length(n.code) desc limit 1) near on true
                where registry.nomenclature_code(new.version_id, new.code) is null order by line
                """,
            message: { "The nomenclature \($0)." },
            fix: "Correct the code; codes change with the nomenclature of the year."
        ),
        StagedCheck(
            table: table,
            column: "spm",
            code: "service_unknown",
            query: """
                select line, service::text from pg_temp.import_programme new where service is not null
                    and not exists (select from registry.spm_service where sipd_label_id = new.service) order by line
                """,
            message: { "The list of SPM services has no \($0)." },
            fix: "Correct the number; spm-services.csv in the reference folder has the list."
        ),
    ]

    /// Which rows of the registry the lines are about.
    static let resolve = """
        update pg_temp.import_programme line set programme_id = found.programme, tag_id = found.tag
        from (select new.line, p.id as programme, t.id as tag from pg_temp.import_programme new
            join registry.programme p on (p.year, p.office_id, p.code) = (new.year, new.office_id, new.code)
            left join registry.programme_tag t on t.programme_id = p.id and t.service is not distinct from new.service
                and t.work_item is not distinct from new.work_item and t.area is not distinct from new.area
                and (new.service is not null or new.work_item is not null)) found
        where found.line = line.line
        """

    /// The lines must agree with each other.
    static let rules: [StagedCheck] = [
        StagedCheck(
            table: table,
            column: nil,
            code: "tag_twice",
            query: """
                select line, first::text from (select line, min(line) over
                    (partition by year, office_id, code, service, work_item, area) as first
                    from pg_temp.import_programme) lines
                where line > first order by line
                """,
            message: { "Line \($0) has the same year, OPD, sub kegiatan, tag and place." },
            fix: "Remove one of the two."
        ),
        StagedCheck(
            table: table,
            column: nil,
            code: "amounts_differ",
            query: """
                with lines as (select *, first_value(line) over w as first from pg_temp.import_programme
                    window w as (partition by year, office_id, code order by line))
                select later.line, earlier.line::text from lines later
                join lateral (select line from lines earlier where earlier.first = later.first and earlier.line < later.line
                    and (earlier.ceiling <> later.ceiling or earlier.realisation <> later.realisation
                        or earlier.realised_on <> later.realised_on) order by line limit 1) earlier on true
                order by later.line
                """,
            message: { "Line \($0) gives other amounts for the same sub kegiatan." },
            fix: "Give the amounts of a sub kegiatan once, or the same in all its lines."
        ),
        StagedCheck(
            table: table,
            column: nil,
            code: "tag_evidence",
            query: """
                select line, null::text from pg_temp.import_programme where tag_id is null
                    and (service is not null or work_item is not null)
                    and (tagged_by is null or tagged_on is null or proof is null) order by line
                """,
            message: { _ in "A new tag needs who tagged, when, and the proof." },
            fix: "Fill in ditandai_oleh, ditandai_tanggal and bukti."
        ),
        StagedCheck(
            table: table,
            column: "dicabut",
            code: "end_before_start",
            query: """
                select line, null::text from pg_temp.import_programme new
                left join registry.programme_tag old on old.id = new.tag_id
                where new.withdrawn_on < coalesce(new.tagged_on, old.tagged_on) order by line
                """,
            message: { _ in "The tag ends before it begins." },
            fix: "Correct one of the dates."
        ),
    ]

    static let overspent = """
        select line from pg_temp.import_programme new left join registry.programme old on old.id = new.programme_id
        where new.realisation is not null and new.realisation > coalesce(new.ceiling, old.ceiling) order by line
        """

    /// Amounts of a sub kegiatan go to each of its lines; then what each line brings.
    static let settle = """
        update pg_temp.import_programme line set ceiling = whole.ceiling, realisation = whole.realisation,
            realised_on = whole.realised_on, is_new = whole.programme_id is null or (whole.tag_id is null and whole.is_tag),
            is_changed = whole.is_changed
        from (select new.line, new.programme_id, new.tag_id, new.service is not null or new.work_item is not null as is_tag,
                amounts.*,
                (coalesce(amounts.ceiling, old.ceiling), coalesce(amounts.realisation, old.realisation),
                    coalesce(amounts.realised_on, old.realised_on), new.version_id)
                  is distinct from (old.ceiling, old.realisation, old.realised_on, old.version_id)
                or (tag.id is not null and (coalesce(new.label_id, tag.label_id), coalesce(new.tagged_by, tag.tagged_by),
                    coalesce(new.tagged_on, tag.tagged_on), coalesce(new.proof, tag.proof),
                    \(end("tag")))
                  is distinct from (tag.label_id, tag.tagged_by, tag.tagged_on, tag.proof, tag.withdrawn_on)) as is_changed
            from pg_temp.import_programme new
            join (select year, office_id, code, max(ceiling) as ceiling, max(realisation) as realisation,
                    max(realised_on) as realised_on
                from pg_temp.import_programme group by 1, 2, 3) amounts using (year, office_id, code)
            left join registry.programme old on old.id = new.programme_id
            left join registry.programme_tag tag on tag.id = new.tag_id) whole
        where whole.line = line.line
        """

    static let counts = """
        select count(*) filter (where is_new), count(*) filter (where not is_new and is_changed),
            count(*) filter (where not is_new and not is_changed) from pg_temp.import_programme
        """

    /// In order: predecessors and changes of programmes, new programmes, the same for tags.
    static let writes = [
        """
        with changed as (
            select distinct old.id, new.version_id, coalesce(new.ceiling, old.ceiling) as ceiling,
                coalesce(new.realisation, old.realisation) as realisation,
                coalesce(new.realised_on, old.realised_on) as realised_on
            from registry.programme old join pg_temp.import_programme new on new.programme_id = old.id
            where (coalesce(new.ceiling, old.ceiling), coalesce(new.realisation, old.realisation),
                    coalesce(new.realised_on, old.realised_on), new.version_id)
                is distinct from (old.ceiling, old.realisation, old.realised_on, old.version_id)),
        kept as (
            insert into registry.programme_revision (programme_id, revision, version_id, ceiling, realisation,
                realised_on, recorded_at)
            select old.id, old.revision, old.version_id, old.ceiling, old.realisation, old.realised_on, old.recorded_at
            from registry.programme old join changed on changed.id = old.id)
        update registry.programme old set version_id = changed.version_id, ceiling = changed.ceiling,
            realisation = changed.realisation, realised_on = changed.realised_on, revision = old.revision + 1,
            recorded_at = now()
        from changed where changed.id = old.id
        """,
        """
        insert into registry.programme (year, office_id, code, version_id, ceiling, realisation, realised_on)
        select year, office_id, code, version_id, ceiling, realisation, realised_on from (
            select distinct on (year, office_id, code) * from pg_temp.import_programme where programme_id is null
            order by year, office_id, code, line) first
        order by line
        """,
        """
        with changed as (
            select old.id, coalesce(new.label_id, old.label_id) as label_id,
                coalesce(new.tagged_by, old.tagged_by) as tagged_by, coalesce(new.tagged_on, old.tagged_on) as tagged_on,
                coalesce(new.proof, old.proof) as proof, \(end("old")) as withdrawn_on
            from registry.programme_tag old join pg_temp.import_programme new on new.tag_id = old.id
            where (coalesce(new.label_id, old.label_id), coalesce(new.tagged_by, old.tagged_by),
                    coalesce(new.tagged_on, old.tagged_on), coalesce(new.proof, old.proof),
                    \(end("old")))
                is distinct from (old.label_id, old.tagged_by, old.tagged_on, old.proof, old.withdrawn_on)),
        kept as (
            insert into registry.programme_tag_revision (tag_id, revision, label_id, tagged_by, tagged_on, proof,
                withdrawn_on, recorded_at)
            select old.id, old.revision, old.label_id, old.tagged_by, old.tagged_on, old.proof, old.withdrawn_on,
                old.recorded_at
            from registry.programme_tag old join changed on changed.id = old.id)
        update registry.programme_tag old set label_id = changed.label_id, tagged_by = changed.tagged_by,
            tagged_on = changed.tagged_on, proof = changed.proof, withdrawn_on = changed.withdrawn_on,
            revision = old.revision + 1, recorded_at = now()
        from changed where changed.id = old.id
        """,
        """
        insert into registry.programme_tag (programme_id, service, work_item, area, label_id, tagged_by, tagged_on, proof,
            withdrawn_on)
        select p.id, new.service, new.work_item, new.area, new.label_id, new.tagged_by, new.tagged_on, new.proof,
            new.withdrawn_on
        from pg_temp.import_programme new
        join registry.programme p on (p.year, p.office_id, p.code) = (new.year, new.office_id, new.code)
        where new.tag_id is null and (new.service is not null or new.work_item is not null)
        order by new.line
        """,
    ]
}
