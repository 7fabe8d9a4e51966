// Reads which residents are one person, whose records were moved by that, and who died.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginKit
import PostgresClient

enum PersonLoader {
    /// Everything about the persons that the residents belong to. Three reads by index; two when nobody among them was merged.
    static func load(
        _ residents: Set<UUID>,
        into persons: inout Persons,
        _ connection: isolated PostgresConnection
    ) throws {
        let residents = residents.subtracting(persons.loaded)
        guard !residents.isEmpty else { return }
        let rows = try connection.query(
            """
            select m.resident_id, m.person_id from registry.resident_person p
            join registry.resident_person m on m.person_id = p.person_id where p.resident_id = any($1::uuid[])
            """,
            [.uuidArray(Array(residents))]
        )
        var found: [UUID: UUID] = [:]
        for row in rows { found[try row.uuid(0)] = try row.uuid(1) }
        persons.load(person: found)
        let all = residents.union(found.keys)
        persons.loaded.formUnion(all)
        try loadDeaths(Array(all), into: &persons, connection)
        guard !found.isEmpty else { return }
        try loadOrigins(Array(Set(found.values)), into: &persons, connection)
    }

    /// The links that end at any of the residents, which are whole persons.
    static func loadLinks(
        _ residents: [UUID],
        into persons: inout Persons,
        _ connection: isolated PostgresConnection
    ) throws {
        let rows = try connection.query(
            """
            select first, second, kept, is_merged, reason, lineage from registry.resident_link
            where first = any($1::uuid[])
            union select first, second, kept, is_merged, reason, lineage from registry.resident_link
            where second = any($1::uuid[])
            """,
            [.uuidArray(residents)]
        )
        var links: [ResidentPair: ResidentLink] = [:]
        for row in rows {
            links[ResidentPair(try row.uuid(0), try row.uuid(1))] = ResidentLink(
                kept: try row.uuid(2),
                isMerged: try row.bool(3),
                reason: try row.string(4),
                lineage: Int64(try row.int(5))
            )
        }
        persons.load(links: links)
    }

    private static func loadDeaths(
        _ residents: [UUID],
        into persons: inout Persons,
        _ connection: isolated PostgresConnection
    ) throws {
        let rows = try connection.query(
            "select resident_id, said_by, day, lineage from registry.resident_death where resident_id = any($1::uuid[])",
            [.uuidArray(residents)]
        )
        for row in rows {
            let (resident, source) = (try row.uuid(0), try row.uuid(1))
            guard persons.deaths[resident]?[source] == nil else { continue }
            persons.deaths[resident, default: [:]][source] = Persons.Death(
                day: try row.optionalDate(2).map { CivilDate(daysSince1970: $0) },
                lineage: Int64(try row.int(3))
            )
        }
    }

    private static func loadOrigins(
        _ people: [UUID],
        into persons: inout Persons,
        _ connection: isolated PostgresConnection
    ) throws {
        let rows = try connection.query(
            """
            select o.record_id, o.resident_id from registry.record r
            join registry.record_origin o on o.record_id = r.id where r.subject = any($1::uuid[])
            """,
            [.uuidArray(people)]
        )
        for row in rows {
            let record = try row.uuid(0)
            if persons.origins[record] == nil { persons.origins[record] = try row.uuid(1) }
        }
    }
}
