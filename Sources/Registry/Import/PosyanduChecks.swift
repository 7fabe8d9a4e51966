// The set-based half of the posyandu import: rules over all lines and the registry, and the statements that write.
// SPDX-License-Identifier: Apache-2.0
internal import PostgresClient

/// One rule over the staged lines: a query for the bad ones and what to say about them.
struct StagedCheck {
    let table: String
    let column: String?
    let code: String
    let query: String
    let message: @Sendable (String) -> String
    let fix: String

    func run(_ findings: inout ImportFindings, _ connection: isolated PostgresConnection) throws {
        try findings.addLines(
            connection,
            table: table,
            column: column,
            code: code,
            query: query,
            fix: fix,
            message: message
        )
    }
}

enum PosyanduChecks {
    private static func key(_ alias: String) -> String {
        "lower(regexp_replace(btrim(\(alias).name), '\\s+', ' ', 'g'))"
    }

    static let beforeIdentity: [StagedCheck] = [
        StagedCheck(
            table: "import_posyandu",
            column: "uuid",
            code: "uuid_twice",
            query: """
                select line, first::text from (select line, min(line) over (partition by uuid) as first
                    from pg_temp.import_posyandu where uuid is not null) lines
                where line > first order by line
                """,
            message: { "The uuid stands in line \($0) already." },
            fix: "Give each posyandu its own."
        ),
        StagedCheck(
            table: "import_posyandu",
            column: "nomor_registrasi",
            code: "registration_twice",
            query: """
                select line, first::text from (select line, min(line) over (partition by number) as first
                    from pg_temp.import_posyandu where number is not null) lines
                where line > first order by line
                """,
            message: { "The number stands in line \($0) already." },
            fix: "A number is given once, for ever."
        ),
        StagedCheck(
            table: "import_posyandu",
            column: "tanggal_registrasi",
            code: "registration_no_list",
            query: """
                select line, null::text from pg_temp.import_posyandu
                where number is not null and registry.region_version_on(registered_on) is null order by line
                """,
            message: { _ in "No region list of the registry was in force on that date." },
            fix: "Correct the date, or import the list of that time first."
        ),
        StagedCheck(
            table: "import_posyandu",
            column: "nomor_registrasi",
            code: "registration_prefix",
            query: """
                select line, left(number, 13) from pg_temp.import_posyandu where number is not null
                    and not exists (select from registry.region
                        where version_id = registry.region_version_on(registered_on) and code = left(number, 13))
                order by line
                """,
            message: { "The prefix \($0) was no village code on the date of registration." },
            fix: "Correct the number or the date; a number keeps the code its village had then."
        ),
        StagedCheck(
            table: "import_posyandu",
            column: "nama",
            code: "posyandu_ambiguous",
            query: """
                select line, count(*)::text from pg_temp.import_posyandu new
                join registry.posyandu old on old.village_code = new.village_code and \(key("old")) = \(key("new"))
                where new.uuid is null and not exists (select from registry.posyandu_registration held
                    where held.number = new.number)
                group by line having count(*) > 1 order by line
                """,
            message: { "\($0) posyandu of this village bear this name." },
            fix: "Give the uuid."
        ),
    ]

    /// Finds out which posyandu each line means.
    static let resolve = """
        update pg_temp.import_posyandu new set key = coalesce(
            new.uuid,
            (select old.uuid from registry.posyandu_registration held join registry.posyandu old
                on old.id = held.posyandu_id where held.number = new.number),
            (select old.uuid from registry.posyandu old
                where old.village_code = new.village_code and \(key("old")) = \(key("new"))),
            new.derived)
        """

    static let afterIdentity: [StagedCheck] = [
        StagedCheck(
            table: "import_posyandu",
            column: "nama",
            code: "posyandu_twice",
            query: """
                select line, first::text from (select line, min(line) over (partition by key) as first
                    from pg_temp.import_posyandu) lines
                where line > first order by line
                """,
            message: { "Line \($0) means the same posyandu." },
            fix: "Remove one, or give each its own uuid or name."
        ),
        StagedCheck(
            table: "import_posyandu",
            column: "nomor_registrasi",
            code: "registration_held",
            query: """
                select line, null::text from pg_temp.import_posyandu new
                join registry.posyandu_registration held on held.number = new.number
                join registry.posyandu holder on holder.id = held.posyandu_id
                where holder.uuid <> new.key order by line
                """,
            message: { _ in "Another posyandu of the registry holds or held this number." },
            fix: "A number is given once, for ever; check which posyandu it belongs to."
        ),
        StagedCheck(
            table: "import_posyandu",
            column: "tanggal_registrasi",
            code: "registration_redated",
            query: """
                select line, held.registered_on::text from pg_temp.import_posyandu new
                join registry.posyandu_registration held on held.number = new.number
                where held.registered_on <> new.registered_on order by line
                """,
            message: { "The registry has this number with the date \($0)." },
            fix: "Write that date; a registration is never changed."
        ),
        StagedCheck(
            table: "import_posyandu",
            column: "tanggal_registrasi",
            code: "registration_order",
            query: """
                select line, max(held.registered_on)::text from pg_temp.import_posyandu new
                join registry.posyandu old on old.uuid = new.key
                join registry.posyandu_registration held on held.posyandu_id = old.id
                where new.number is not null
                    and not exists (select from registry.posyandu_registration same where same.number = new.number)
                group by line, new.registered_on having max(held.registered_on) >= new.registered_on order by line
                """,
            message: { "The posyandu has a number since \($0); a new one must be later." },
            fix: "Correct the date of the new number."
        ),
    ]

    private static let merged = """
        (new.name, new.village_code, new.active_from, coalesce(new.active_to, old.active_to),
            coalesce(new.open_day, old.open_day), coalesce(new.strata, old.strata),
            coalesce(new.latitude, old.latitude), coalesce(new.longitude, old.longitude))
        """

    private static let held = """
        (old.name, old.village_code, old.active_from, old.active_to, old.open_day, old.strata, old.latitude,
            old.longitude)
        """

    /// Notes for each line whether its posyandu is new, changed (in itself or by a new number) or the same.
    static let judge = """
        update pg_temp.import_posyandu new set outcome = case
            when not exists (select from registry.posyandu old where old.uuid = new.key) then 'new'
            when exists (select from registry.posyandu old where old.uuid = new.key
                and \(merged) is distinct from \(held)) then 'changed'
            when number is not null and not exists (select from registry.posyandu_registration had
                where had.number = new.number) then 'changed'
            else 'same' end
        """

    static let counts = """
        select count(*) filter (where outcome = 'new'), count(*) filter (where outcome = 'changed'),
            count(*) filter (where outcome = 'same')
        from pg_temp.import_posyandu
        """

    /// Keeps the predecessor of each posyandu that changes, and changes it.
    static let update = """
        with changed as (
            select old.id, new.name, new.village_code, new.active_from,
                coalesce(new.active_to, old.active_to) as active_to, coalesce(new.open_day, old.open_day) as open_day,
                coalesce(new.strata, old.strata) as strata, coalesce(new.latitude, old.latitude) as latitude,
                coalesce(new.longitude, old.longitude) as longitude
            from pg_temp.import_posyandu new join registry.posyandu old on old.uuid = new.key
            where new.outcome = 'changed' and \(merged) is distinct from \(held)
        ), kept as (
            insert into registry.posyandu_revision (posyandu_id, revision, name, village_code, active_from, active_to,
                open_day, strata, latitude, longitude)
            select old.id, old.revision, old.name, old.village_code, old.active_from, old.active_to, old.open_day,
                old.strata, old.latitude, old.longitude
            from registry.posyandu old join changed on changed.id = old.id
        )
        update registry.posyandu old set name = changed.name, village_code = changed.village_code,
            active_from = changed.active_from, active_to = changed.active_to, open_day = changed.open_day,
            strata = changed.strata, latitude = changed.latitude, longitude = changed.longitude,
            revision = old.revision + 1
        from changed where changed.id = old.id
        """

    static let insert = """
        insert into registry.posyandu (uuid, name, village_code, active_from, active_to, open_day, strata, latitude,
            longitude)
        select key, name, village_code, active_from, active_to, open_day, strata, latitude, longitude
        from pg_temp.import_posyandu where outcome = 'new' order by line
        """

    static let register = """
        insert into registry.posyandu_registration (number, posyandu_id, issued_under, registered_on)
        select new.number, old.id, registry.region_version_on(new.registered_on), new.registered_on
        from pg_temp.import_posyandu new join registry.posyandu old on old.uuid = new.key
        where new.number is not null
            and not exists (select from registry.posyandu_registration had where had.number = new.number)
        order by new.line
        """
}
