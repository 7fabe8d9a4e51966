// Writes which residents are one person, whose records that moved, and who died.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginKit
import PostgresClient

/// What a batch changed about persons.
struct PersonChanges: Sendable {
    var links: [(pair: ResidentPair, link: ResidentLink)] = []
    /// Residents named by a link → the person; nil when they are alone.
    var persons: [(resident: UUID, person: UUID?)] = []
    /// Records that changed hands → the resident whom the message names; nil when that is the subject again.
    var origins: [(record: UUID, resident: UUID?)] = []
    /// What said that a resident died; nil says it no more.
    var deaths: [(resident: UUID, source: UUID, death: Persons.Death?)] = []
    /// Residents whose day of death may be another now.
    var died: [(resident: UUID, day: CivilDate?)] = []

    var isEmpty: Bool {
        links.isEmpty && persons.isEmpty && origins.isEmpty && deaths.isEmpty && died.isEmpty
    }
}

enum PersonWriter {
    static func write(_ changes: PersonChanges, _ connection: isolated PostgresConnection) throws {
        guard !changes.isEmpty else { return }
        try writeLinks(changes.links, connection)
        try writePersons(changes.persons, connection)
        try writeOrigins(changes.origins, connection)
        try writeDeaths(changes.deaths, connection)
        guard !changes.died.isEmpty else { return }
        try connection.execute(
            """
            update registry.resident r set died = n.day from unnest($1::uuid[], $2::date[]) as n(id, day)
            where r.id = n.id and r.died is distinct from n.day
            """,
            [
                .uuidArray(changes.died.map(\.resident)),
                .dateOptionalArray(changes.died.map { $0.day?.daysSince1970 }),
            ]
        )
    }

    private static func writeLinks(
        _ links: [(pair: ResidentPair, link: ResidentLink)],
        _ connection: isolated PostgresConnection
    ) throws {
        guard !links.isEmpty else { return }
        try connection.execute(
            """
            insert into registry.resident_link(first, second, kept, is_merged, reason, lineage)
            select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bool[], $5::text[], $6::bigint[])
            on conflict (first, second) do update set kept = excluded.kept, is_merged = excluded.is_merged,
              reason = excluded.reason, lineage = excluded.lineage
            """,
            [
                .uuidArray(links.map(\.pair.first)), .uuidArray(links.map(\.pair.second)),
                .uuidArray(links.map(\.link.kept)), .boolArray(links.map(\.link.isMerged)),
                .textArray(links.map(\.link.reason)), .int8Array(links.map(\.link.lineage)),
            ]
        )
    }

    private static func writePersons(
        _ persons: [(resident: UUID, person: UUID?)],
        _ connection: isolated PostgresConnection
    ) throws {
        guard !persons.isEmpty else { return }
        try connection.execute(
            "delete from registry.resident_person where resident_id = any($1::uuid[])",
            [.uuidArray(persons.map(\.resident))]
        )
        try connection.execute(
            """
            insert into registry.resident_person(resident_id, person_id)
            select * from unnest($1::uuid[], $2::uuid[]) as p(resident_id, person_id) where person_id is not null
            """,
            [.uuidArray(persons.map(\.resident)), .uuidOptionalArray(persons.map(\.person))]
        )
    }

    private static func writeOrigins(
        _ origins: [(record: UUID, resident: UUID?)],
        _ connection: isolated PostgresConnection
    ) throws {
        guard !origins.isEmpty else { return }
        try connection.execute(
            "delete from registry.record_origin where record_id = any($1::uuid[])",
            [.uuidArray(origins.map(\.record))]
        )
        try connection.execute(
            """
            insert into registry.record_origin(record_id, resident_id)
            select * from unnest($1::uuid[], $2::uuid[]) as o(record_id, resident_id) where resident_id is not null
            """,
            [.uuidArray(origins.map(\.record)), .uuidOptionalArray(origins.map(\.resident))]
        )
    }

    private static func writeDeaths(
        _ deaths: [(resident: UUID, source: UUID, death: Persons.Death?)],
        _ connection: isolated PostgresConnection
    ) throws {
        guard !deaths.isEmpty else { return }
        try connection.execute(
            """
            delete from registry.resident_death d using unnest($1::uuid[], $2::uuid[]) as o(resident_id, said_by)
            where d.resident_id = o.resident_id and d.said_by = o.said_by
            """,
            [.uuidArray(deaths.map(\.resident)), .uuidArray(deaths.map(\.source))]
        )
        let said = deaths.compactMap { entry in entry.death.map { (entry.resident, entry.source, $0) } }
        try connection.execute(
            """
            insert into registry.resident_death(resident_id, said_by, day, lineage)
            select * from unnest($1::uuid[], $2::uuid[], $3::date[], $4::bigint[])
            """,
            [
                .uuidArray(said.map(\.0)), .uuidArray(said.map(\.1)),
                .dateOptionalArray(said.map { $0.2.day?.daysSince1970 }), .int8Array(said.map(\.2.lineage)),
            ]
        )
    }
}
