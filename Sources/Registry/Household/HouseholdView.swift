// One household across all sectors: members, records, open cases and tasks, visits. No field of a form.
// SPDX-License-Identifier: Apache-2.0
package import FoundationEssentials
package import PluginKit
package import PostgresClient

/// A household as the registry knows it on a day.
package struct HouseholdView: Sendable {
    package struct Member: Sendable {
        package var resident: UUID
        package var sex: String
        package var birthDate: CivilDate
        package var died: CivilDate?
        package var posyandu: UUID
    }
    package struct RecordRow: Sendable {
        package var id: UUID
        package var sector: String
        package var type: String
        package var date: CivilDate
        /// The member whom it is about; nil when it is about the household, or about nobody and of one of its visits.
        package var resident: UUID?
        /// Visits that its messages name.
        package var visits: [UUID]
        package var posyandu: UUID
    }
    package struct CaseRow: Sendable {
        package var id: UUID
        package var sector: String
        package var type: String
        package var opened: CivilDate
        package var state: String
        package var reason: String
        package var priority: String?
        package var office: String?
    }
    package struct TaskRow: Sendable {
        package var record: UUID
        package var sector: String
        package var resident: UUID?
        package var kind: String
        package var topic: String?
        package var reason: String
        package var role: String?
        package var raised: CivilDate
        package var due: CivilDate?
    }

    package var id: UUID
    package var members: [Member]
    /// Newest first.
    package var records: [RecordRow]
    package var openCases: [CaseRow]
    package var openTasks: [TaskRow]
    /// By sector, how many confidential records there are: their kind, date and cases are nowhere told.
    package var confidential: [String: Int]
    /// Whether there are more records than are shown.
    package var isCut: Bool
}

/// Reads households. Confidential is every record type whose manifest says so, and every one of a sector that is not
/// installed, since nobody then says that it is not.
package struct HouseholdReader: Sendable {
    /// So many records are shown at most.
    package static let limit = 1_000

    /// Record types that may be shown, with the final states of their cases.
    private let shown: [(type: String, finals: String)]

    package init(_ manifests: [Manifest]) {
        shown = manifests.flatMap { manifest in
            manifest.records.filter { $0.sensitivity != .confidential }.map { record in
                (record.type, (manifest.workflow?.final ?? []).joined(separator: " "))
            }
        }
    }

    /// The household; nil when no resident and no record belongs to it. Call inside a transaction.
    package func read(_ connection: isolated PostgresConnection, _ household: UUID) throws -> HouseholdView? {
        let members = try members(connection, household)
        let subjects = [household] + members.map(\.resident)
        var records = try records(connection, household, subjects)
        let confidential = try confidential(connection, subjects)
        guard !members.isEmpty || !records.isEmpty || !confidential.isEmpty else { return nil }
        let isCut = records.count > Self.limit
        if isCut { records.removeLast(records.count - Self.limit) }
        return HouseholdView(
            id: household,
            members: members,
            records: records,
            openCases: try cases(connection, records.map(\.id)),
            openTasks: try tasks(connection, household, subjects),
            confidential: confidential,
            isCut: isCut
        )
    }

    private func members(
        _ connection: isolated PostgresConnection,
        _ household: UUID
    ) throws -> [HouseholdView.Member] {
        let rows = try connection.query(
            """
            select r.id, r.sex::text, r.birth_date, r.died, p.uuid
            from registry.resident r join registry.posyandu p on p.id = r.posyandu_id
            where r.household = $1 and not exists (
              select from registry.resident_person m where m.resident_id = r.id and m.person_id <> r.id)
            order by r.birth_date, r.id
            """,
            [.uuid(household)]
        )
        return try rows.map { row in
            HouseholdView.Member(
                resident: try row.uuid(0),
                sex: try row.string(1),
                birthDate: CivilDate(daysSince1970: try row.date(2)),
                died: try row.optionalDate(3).map { CivilDate(daysSince1970: $0) },
                posyandu: try row.uuid(4)
            )
        }
    }

    /// Records of the household and its members, and records about nobody that were written at a visit of these.
    private func records(
        _ connection: isolated PostgresConnection,
        _ household: UUID,
        _ subjects: [UUID]
    ) throws -> [HouseholdView.RecordRow] {
        let rows = try connection.query(
            """
            with shown as materialized (
              select t.id, t.name, s.code from registry.record_type t join registry.sector s on s.id = t.sector_id
              where t.name = any($2)),
            own as materialized (
              select r.* from registry.record r join shown t on t.id = r.type_id
              where r.subject = any($1) and r.state = 0),
            beside as (
              select distinct r.* from own o join registry.record_visit a on a.record_id = o.id
              join registry.record_visit b on b.visit = a.visit and b.record_id <> a.record_id
              join registry.record r on r.id = b.record_id and r.subject is null and r.state = 0)
            select r.id, t.code, t.name, r.date, nullif(r.subject, $3), p.uuid,
              array(select v.visit from registry.record_visit v where v.record_id = r.id order by v.visit)
            from (select * from own union all select * from beside) r join shown t on t.id = r.type_id
            join registry.posyandu p on p.id = r.posyandu_id
            order by r.date desc, r.id desc limit $4
            """,
            [
                .uuidArray(subjects), .textArray(shown.map(\.type)), .uuid(household),
                .int4(Int32(Self.limit + 1)),
            ]
        )
        return try rows.map { row in
            HouseholdView.RecordRow(
                id: try row.uuid(0),
                sector: try row.string(1),
                type: try row.string(2),
                date: CivilDate(daysSince1970: try row.date(3)),
                resident: try row.optionalUUID(4),
                visits: try row.uuidArray(6),
                posyandu: try row.uuid(5)
            )
        }
    }

    private func confidential(
        _ connection: isolated PostgresConnection,
        _ subjects: [UUID]
    ) throws -> [String: Int] {
        let rows = try connection.query(
            """
            select s.code, count(*) from registry.record r join registry.record_type t on t.id = r.type_id
            join registry.sector s on s.id = t.sector_id
            where r.subject = any($1) and r.state = 0 and not t.name = any($2) group by 1
            """,
            [.uuidArray(subjects), .textArray(shown.map(\.type))]
        )
        var counts: [String: Int] = [:]
        for row in rows { counts[try row.string(0)] = try row.int(1) }
        return counts
    }

    private func cases(_ connection: isolated PostgresConnection, _ records: [UUID]) throws -> [HouseholdView.CaseRow] {
        let rows = try connection.query(
            """
            select c.id, s.code, t.name, c.opened, c.state, c.reason, c.priority, c.office
            from registry.case c join registry.record_type t on t.id = c.type_id
            join registry.sector s on s.id = t.sector_id
            join unnest($2::text[], $3::text[]) as x(type, finals) on x.type = t.name
            where c.id = any($1) and not c.state = any(string_to_array(x.finals, ' '))
            order by c.opened desc, c.id desc
            """,
            [.uuidArray(records), .textArray(shown.map(\.type)), .textArray(shown.map(\.finals))]
        )
        return try rows.map { row in
            HouseholdView.CaseRow(
                id: try row.uuid(0),
                sector: try row.string(1),
                type: try row.string(2),
                opened: CivilDate(daysSince1970: try row.date(3)),
                state: try row.string(4),
                reason: try row.string(5),
                priority: try row.optionalString(6),
                office: try row.optionalString(7)
            )
        }
    }

    private func tasks(
        _ connection: isolated PostgresConnection,
        _ household: UUID,
        _ subjects: [UUID]
    ) throws -> [HouseholdView.TaskRow] {
        let rows = try connection.query(
            """
            select k.record_id, s.code, nullif(k.subject, $3), k.kind, k.topic, k.reason, k.role, k.raised, k.due
            from registry.record r join registry.record_type t on t.id = r.type_id
            join registry.sector s on s.id = t.sector_id join registry.task_state k on k.record_id = r.id
            where r.subject = any($1) and r.state = 0 and t.name = any($2) and k.is_open
            order by k.due nulls last, k.id
            """,
            [.uuidArray(subjects), .textArray(shown.map(\.type)), .uuid(household)]
        )
        return try rows.map { row in
            HouseholdView.TaskRow(
                record: try row.uuid(0),
                sector: try row.string(1),
                resident: try row.optionalUUID(2),
                kind: try row.string(3),
                topic: try row.optionalString(4),
                reason: try row.string(5),
                role: try row.optionalString(6),
                raised: CivilDate(daysSince1970: try row.date(7)),
                due: try row.optionalDate(8).map { CivilDate(daysSince1970: $0) }
            )
        }
    }
}
