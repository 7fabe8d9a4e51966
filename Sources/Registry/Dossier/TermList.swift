// Terms that end or should end: planned ends ahead of time, and three months without presence or notice.
// SPDX-License-Identifier: Apache-2.0
package import FoundationEssentials
package import PluginKit
package import PostgresClient

/// A term somebody should look at. Nothing is ended by this list.
package struct TermNotice: Sendable {
    package enum Why: String, Sendable {
        /// The planned end lies within the days asked for.
        case ends = "ends"
        /// The decree on the management has lapsed, and the person is still in office.
        case lapsed = "lapsed"
        /// No presence, training or notice for the months of the rule: to be ended by a person.
        case inactive = "inactive"
    }

    package var why: Why
    package var cadre: UUID
    package var posyandu: UUID
    package var posyanduName: String
    package var village: String
    package var role: String
    package var sector: String?
    package var started: CivilDate
    /// The planned end, or the day since which nothing is known of the cadre.
    package var day: CivilDate
}

package enum TermList {
    /// Terms in office on `day` that end within so many days, whose decree has lapsed, or that are inactive.
    ///
    /// A term's planned end is its own, else the last day of the posyandu's newest SK kepengurusan. **Activity** of a kader
    /// is what the registry was told: the day of a presence list that names the kader (`kader.hadir`), the last day of a
    /// training, or the last day of an announced absence (`kader.izin`). A kader is inactive when the newest of these, or the
    /// start of the term, lies the rule's months back, and the posyandu told presence lists within those months: a
    /// posyandu that tells none has unknown, not inactive, kader. Board members are not judged by presence.
    package static func read(
        _ connection: isolated PostgresConnection,
        area: String,
        within days: Int,
        on day: CivilDate
    ) throws -> [TermNotice] {
        let months = TermRules.inForce(try TermRules.all(connection), on: day)?.inactiveMonths
        let horizon = months.map { day.adding(months: -$0) }
        let rows = try connection.query(
            """
            with term as (
                select t.*, p.uuid, p.name, p.village_code from registry.cadre_term t
                join registry.posyandu p on p.id = t.posyandu_id
                where p.village_code like $2::text || '%' and p.active_from <= $1
                    and (p.active_to is null or p.active_to >= $1)
                    and t.started <= $1 and (t.ended is null or t.ended >= $1)
            ), decree as (
                select posyandu_id, nullif(max(coalesce(valid_to, 'infinity')), 'infinity') as last
                from registry.document_standing where kind = 'sk_kepengurusan' and valid_from <= $1
                group by posyandu_id
            ), seen as (
                select cadre, max(day) as day from registry.presence, unnest(cadres) as cadre where day <= $1
                group by cadre
            ), trained as (
                select cadre_id, max(ended) as day from registry.training where ended <= $1 group by cadre_id
            ), told as (
                select cadre_id, posyandu_id, max(least(to_day, $1)) as day from registry.cadre_notice
                where to_day is not null and from_day <= $1 group by cadre_id, posyandu_id
            ), kept as (
                select distinct posyandu_id from registry.presence where day > $4 and day <= $1
            ), judged as (
                select term.*, coalesce(term.ended, decree.last) as planned,
                    greatest(term.started, seen.day, trained.day, told.day) as since,
                    term.role = 'kader' and kept.posyandu_id is not null as is_judged
                from term left join decree on decree.posyandu_id = term.posyandu_id
                left join seen on seen.cadre = term.cadre_id left join trained on trained.cadre_id = term.cadre_id
                left join told on (told.cadre_id, told.posyandu_id) = (term.cadre_id, term.posyandu_id)
                left join kept on kept.posyandu_id = term.posyandu_id
            )
            select case when planned < $1 then 'lapsed' else 'ends' end, cadre_id, uuid, name, village_code, role,
                sector_code, started, planned
            from judged where planned <= $3
            union all
            select 'inactive', cadre_id, uuid, name, village_code, role, sector_code, started, since
            from judged where is_judged and since <= $4
            order by 5, 4, 3, 1, 9, 6, 2
            """,
            [
                .date(day.daysSince1970), .text(area), .date(day.adding(days: days).daysSince1970),
                horizon.map { .date($0.daysSince1970) } ?? .null,
            ]
        )
        return try rows.map { row in
            TermNotice(
                why: TermNotice.Why(rawValue: try row.string(0)) ?? .ends,
                cadre: try row.uuid(1),
                posyandu: try row.uuid(2),
                posyanduName: try row.string(3),
                village: try row.string(4),
                role: try row.string(5),
                sector: try row.optionalString(6),
                started: CivilDate(daysSince1970: try row.date(7)),
                day: CivilDate(daysSince1970: try row.date(8))
            )
        }
    }

    /// Names of cadres, for a stated purpose; each one shown becomes a row of `registry.access_log`.
    package static func names(
        _ connection: isolated PostgresConnection,
        of cadres: [UUID],
        _ cipher: ResidentCipher,
        _ reason: AccessReason
    ) throws -> [UUID: String] {
        let cadres = Array(Set(cadres))
        guard !cadres.isEmpty else { return [:] }
        try connection.execute(
            """
            insert into registry.access_log (actor, act, object, purpose)
            select $1, 'show cadre', 'cadre ' || id, $2 from unnest($3::uuid[]) as shown (id)
            """,
            [.text(reason.actor), .text(reason.purpose), .uuidArray(cadres)]
        )
        var names: [UUID: String] = [:]
        for row in try connection.query(
            "select id, person_sealed from registry.cadre where id = any($1)",
            [.uuidArray(cadres)]
        ) {
            let id = try row.uuid(0)
            names[id] = Person(try cipher.open(try row.bytes(1), .cadrePerson, row: id))?.name
        }
        return names
    }
}
