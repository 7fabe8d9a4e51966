// Reads what completeness is judged by, for a whole area in a few statements.
// SPDX-License-Identifier: Apache-2.0
internal import FoundationEssentials
package import PluginKit
package import PostgresClient

package enum StandingReader {
    /// The list in force on a day. Throws `RegistryError` when there is none, or when it asks for what nobody can check.
    package static func rules(
        _ connection: isolated PostgresConnection,
        on day: CivilDate
    ) throws -> CompletenessRules {
        let rows = try connection.query(
            """
            select version, code, state, section, name, actor, months from registry.completeness_item
            where version = (select version from registry.completeness_item where valid_from <= $1
                order by valid_from desc, version desc limit 1)
            order by case section when 'identitas' then 1 when 'legalitas' then 2 else 3 end, code, state
            """,
            [.date(day.daysSince1970)]
        )
        guard let version = try rows.first?.string(0) else {
            throw RegistryError(
                .request,
                "No list of what completeness asks for is in force on \(day).",
                hint: "Start the daemon with the folder of reference lists (reference.folder)."
            )
        }
        let items = try rows.map { row in
            let (code, state) = (try row.string(1), try row.string(2))
            guard let check = CompletenessItem.Check(rawValue: code),
                let section = CompletenessItem.Section(rawValue: try row.string(3)),
                state.isEmpty || Dossier.State(rawValue: state) != nil
            else {
                throw RegistryError(
                    .request,
                    "posyandu-completeness.csv asks for '\(code)' in '\(state)', which this daemon cannot check.",
                    hint: "Correct the file and restart the daemon."
                )
            }
            return CompletenessItem(
                check: check,
                state: Dossier.State(rawValue: state),
                section: section,
                name: try row.string(4),
                actor: try row.string(5),
                months: try row.optionalInt(6)
            )
        }
        let papers = DocumentList.inForce(try DossierStore.lists(connection), on: day)
        return CompletenessRules(version: version, items: items, papers: papers)
    }

    /// The posyandu that serve on a day in an area (a region code) or one posyandu, by desa and name.
    package static func standings(
        _ connection: isolated PostgresConnection,
        area: String,
        posyanduID: Int32? = nil,
        on day: CivilDate
    ) throws -> [PosyanduStanding] {
        let rows = try connection.query(
            """
            with place as (
                select * from registry.posyandu where village_code like $2::text || '%' and ($3::int is null or id = $3)
                    and active_from <= $1 and (active_to is null or active_to >= $1)
            ), held as (
                select distinct on (posyandu_id) posyandu_id, number, registered_on, exists (select from registry.region
                    where version_id = registry.region_version_on($1) and code = r.village_code) as is_current
                from registry.posyandu_registration r where registered_on <= $1
                order by posyandu_id, registered_on desc
            ), moved as (
                select distinct on (posyandu_id) posyandu_id, to_state from registry.dossier_move where day <= $1
                order by posyandu_id, seq desc
            ), term as (
                select posyandu_id, array_agg(distinct role) as roles,
                    count(distinct cadre_id) filter (where role = 'kader') as cadres,
                    count(distinct sector_code) filter (where role = 'kader') as sectors
                from registry.cadre_term where started <= $1 and (ended is null or ended >= $1) group by posyandu_id
            ), told as (
                select posyandu_id, max(day) as day from registry.presence where day <= $1 group by posyandu_id
            )
            select place.id, place.uuid, place.name, place.village_code,
                case when held.number is not null then 'terdaftar' else coalesce(moved.to_state, 'draf') end,
                held.number, held.registered_on, coalesce(held.is_current, false), place.open_day is not null,
                place.latitude is not null, term.roles, coalesce(term.cadres, 0), coalesce(term.sectors, 0),
                exists (select from registry.resident w where w.posyandu_id = place.id and w.died is null), told.day
            from place left join held on held.posyandu_id = place.id left join moved on moved.posyandu_id = place.id
            left join term on term.posyandu_id = place.id left join told on told.posyandu_id = place.id
            order by place.village_code, place.name, place.id
            """,
            [.date(day.daysSince1970), .text(area), posyanduID.map { .int4($0) } ?? .null]
        )
        let papers = try papers(connection, area: area, posyanduID: posyanduID, on: day)
        return try rows.compactMap { row in
            guard let village = RegionCode(try row.string(3)) else { return nil }
            var place = PosyanduStanding(
                id: Int32(truncatingIfNeeded: try row.int(0)),
                uuid: try row.uuid(1),
                name: try row.string(2),
                village: village
            )
            place.state = Dossier.State(rawValue: try row.string(4)) ?? .draft
            place.number = try row.optionalString(5)
            place.registeredOn = try row.optionalDate(6).map { CivilDate(daysSince1970: $0) }
            place.isNumberCurrent = try row.bool(7)
            place.hasOpenDay = try row.bool(8)
            place.hasCoordinates = try row.bool(9)
            if try !row.isNull(10) { place.board = Set(try row.stringArray(10)) }
            place.cadres = try row.int(11)
            place.sectors = try row.int(12)
            place.hasResidents = try row.bool(13)
            place.lastPresence = try row.optionalDate(14).map { CivilDate(daysSince1970: $0) }
            for paper in papers[place.id] ?? [] { place.papers[paper.kind] = paper }
            return place
        }
    }

    /// Of each kind the paper in force that lasts longest, else the one that lapsed last.
    private static func papers(
        _ connection: isolated PostgresConnection,
        area: String,
        posyanduID: Int32?,
        on day: CivilDate
    ) throws -> [Int32: [PaperStanding]] {
        let rows = try connection.query(
            """
            select distinct on (d.posyandu_id, d.kind) d.posyandu_id, d.kind, d.number,
                d.valid_to is null or d.valid_to >= $1, d.valid_to
            from registry.document_standing d join registry.posyandu p on p.id = d.posyandu_id
            where p.village_code like $2::text || '%' and ($3::int is null or p.id = $3) and d.valid_from <= $1
            order by d.posyandu_id, d.kind, coalesce(d.valid_to, 'infinity') desc, d.number
            """,
            [.date(day.daysSince1970), .text(area), posyanduID.map { .int4($0) } ?? .null]
        )
        var papers: [Int32: [PaperStanding]] = [:]
        for row in rows {
            papers[Int32(truncatingIfNeeded: try row.int(0)), default: []].append(
                PaperStanding(
                    kind: try row.string(1),
                    number: try row.string(2),
                    isInForce: try row.bool(3),
                    validTo: try row.optionalDate(4).map { CivilDate(daysSince1970: $0) }
                )
            )
        }
        return papers
    }
}
