// The set-based half of the resident import.
// SPDX-License-Identifier: Apache-2.0

enum ResidentChecks {
    private static func twice(_ column: String, _ name: String, _ code: String, _ message: String, _ fix: String)
        -> StagedCheck
    {
        StagedCheck(
            table: "import_resident",
            column: name,
            code: code,
            query: """
                select line, first::text from (select line, min(line) over (partition by \(column)) as first
                    from pg_temp.import_resident where \(column) is not null) lines
                where line > first order by line
                """,
            message: { "\(message) \($0)." },
            fix: fix
        )
    }

    static let all: [StagedCheck] = [
        twice("nik_index", "nik", "nik_twice", "The same NIK stands in line", "Correct one of the two."),
        twice("id", "id", "resident_twice", "The same resident stands in line", "Remove one of the two."),
        twice(
            "file_key",
            "nama",
            "resident_twice",
            "The same name, sex and birth date in the same posyandu stand in line",
            "Remove one of the two, or give the id or NIK of both."
        ),
        mother(
            "mother_sex",
            "coalesce(staged.sex, resident.sex::text) <> 'P'",
            "The resident with this id is a man.",
            "Correct ibu_id."
        ),
        mother(
            "mother_age",
            "coalesce(staged.birth_date, resident.birth_date) >= child.birth_date",
            "The resident with this id is not older than the child.",
            "Correct ibu_id or one of the birth dates."
        ),
    ]

    static let motherUnknown = mother(
        "mother_unknown",
        "resident.id is null and staged.id is null",
        "Neither the good lines of the file nor the registry have a resident with this id.",
        "Add the mother, correct her line, or leave the cell empty."
    )

    private static func mother(_ code: String, _ rule: String, _ message: String, _ fix: String) -> StagedCheck {
        StagedCheck(
            table: "import_resident",
            column: "ibu_id",
            code: code,
            query: """
                select child.line, null::text from pg_temp.import_resident child
                left join pg_temp.import_resident staged on staged.id = child.mother_id
                left join registry.resident on resident.id = child.mother_id
                where child.outcome <> 2 and child.mother_id is not null and (\(rule)) order by child.line
                """,
            message: { _ in message },
            fix: fix
        )
    }

    static let counts = """
        select count(*) filter (where outcome = 0), count(*) filter (where outcome = 1),
            count(*) filter (where outcome = 2)
        from pg_temp.import_resident
        """

    static let update = """
        with kept as (
            insert into registry.resident_revision (id, revision, mother_id, household, lineage, posyandu_id,
                birth_date, died, key_version, sex, nik_index, nik_sealed, person_sealed)
            select old.id, old.revision, old.mother_id, old.household, old.lineage, old.posyandu_id, old.birth_date,
                old.died, old.key_version, old.sex, old.nik_index, old.nik_sealed, old.person_sealed
            from registry.resident old join pg_temp.import_resident new on new.id = old.id where new.outcome = 1
        )
        update registry.resident old set mother_id = new.mother_id, household = new.household, lineage = null,
            posyandu_id = new.posyandu_id, birth_date = new.birth_date, key_version = new.key_version, sex = new.sex,
            nik_index = new.nik_index, nik_sealed = new.nik_sealed, person_sealed = new.person_sealed,
            revision = old.revision + 1
        from pg_temp.import_resident new where new.id = old.id and new.outcome = 1
        """

    static let insert = """
        insert into registry.resident (id, mother_id, household, posyandu_id, birth_date, key_version, sex, nik_index,
            nik_sealed, person_sealed)
        select id, mother_id, household, posyandu_id, birth_date, key_version, sex, nik_index, nik_sealed, person_sealed
        from pg_temp.import_resident where outcome = 0 order by line
        """
}
