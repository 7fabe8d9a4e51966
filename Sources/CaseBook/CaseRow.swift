// Reads cases with the steps of their present episode, set-based, and the whole history of one.
// SPDX-License-Identifier: Apache-2.0
import Cases
package import FoundationEssentials
package import PluginKit
package import PostgresClient

/// A case as it stands in the registry.
package struct CaseRow: Sendable {
    package var id: UUID
    package var posyandu: UUID
    package var posyanduName: String
    package var village: String
    package var sector: String
    package var type: String
    package var state: String
    package var reason: String
    package var priority: String
    package var office: String?
    /// Local name of the office that fills the role in the case's village; nil when none does.
    package var officeName: String?
    package var opened: CivilDate
    /// Microseconds since 1970 UTC.
    package var closed: Int64?
    package var approved: Int64?
    package var paused: Int64?
    package var pauseReason: String?
    package var episode: Int
    package var revision: Int
    package var told: [String]
    package var rating: Int?
    package var receipt: String?
    /// Kind, state after and moment of the steps of the present episode that move clocks.
    var steps: [(kind: String, state: String, at: Int64)]

    func timeline(_ time: CaseTime) -> CaseTimeline {
        let steps = steps.compactMap { step in
            CaseTimeline.Kind(rawValue: step.kind).map { kind in
                CaseTimeline.Step(kind, to: step.state, on: kind == .open ? opened : time.day(of: step.at))
            }
        }
        return CaseTimeline(priority: Priority(rawValue: priority), steps: steps)
    }

    /// Reads the cases of a query whose record stands.
    /// - Parameter offices: whether to look up the names of the offices.
    static func read(
        _ connection: isolated PostgresConnection,
        _ query: CaseQuery,
        offices: Bool,
        today: CivilDate
    ) throws -> [CaseRow] {
        let name = "(select o.name from registry.office_for(c.office, p.village_code, $7::date) o)"
        return try connection.query(
            """
            select c.id, p.uuid, p.name, p.village_code, s.code, y.name, c.state, c.reason, coalesce(c.priority, 'sedang'),
              c.office, \(offices ? name : "left($7::date::text, 0)"), c.opened, c.closed_at, c.approved_at, c.paused_at,
              c.pause_reason, c.episode, c.revision, array_to_string(c.told, ' '), c.rating, c.receipt, h.kinds, h.states,
              h.times
            from registry.case c
            join registry.posyandu p on p.id = c.posyandu_id
            join registry.record_type y on y.id = c.type_id
            join registry.sector s on s.id = y.sector_id
            join registry.record r on r.id = c.id and r.state <> 1
            cross join lateral (
              select array_agg(m.kind order by m.seq) as kinds, array_agg(m.to_state order by m.seq) as states,
                array_agg(m.at order by m.seq) as times
              from registry.case_move m where m.case_id = c.id and m.episode = c.episode
                and m.kind in ('open', 'move', 'pause', 'resume', 'reopen')) h
            where ($1::text is null or p.village_code = $1 or starts_with(p.village_code, $1 || '.'))
              and ($2::text is null or s.code = $2) and ($3::text is null or c.state = $3)
              and ($4::text is null or c.office = $4) and ($5::uuid is null or c.id = $5)
              and ($6 or c.closed_at is null) and h.kinds is not null
            """,
            [
                query.area.map { .text($0) } ?? .null, query.sector.map { .text($0) } ?? .null,
                query.state.map { .text($0) } ?? .null, query.office.map { .text($0) } ?? .null,
                query.id.map { .uuid($0) } ?? .null, .bool(query.withClosed), .date(today.daysSince1970),
            ]
        ).map { try CaseRow($0) }
    }

    private init(_ row: PostgresRow) throws {
        id = try row.uuid(0)
        posyandu = try row.uuid(1)
        posyanduName = try row.string(2)
        village = try row.string(3)
        sector = try row.string(4)
        type = try row.string(5)
        state = try row.string(6)
        reason = try row.string(7)
        priority = try row.string(8)
        office = try row.optionalString(9)
        officeName = try row.optionalString(10)
        opened = CivilDate(daysSince1970: try row.date(11))
        closed = try row.optionalTimestamp(12)
        approved = try row.optionalTimestamp(13)
        paused = try row.optionalTimestamp(14)
        pauseReason = try row.optionalString(15)
        episode = try row.int(16)
        revision = try row.int(17)
        told = try row.string(18).split(separator: " ").map(String.init)
        rating = try row.optionalInt(19)
        receipt = try row.optionalString(20)
        let (kinds, states, times) = (try row.stringArray(21), try row.stringArray(22), try row.timestampArray(23))
        steps = kinds.indices.map { (kinds[$0], states[$0], times[$0]) }
    }
}

/// A step of a case's history.
package struct CaseStepRow: Sendable {
    package var number: Int
    package var kind: String
    package var episode: Int
    package var from: String?
    package var to: String
    package var by: String
    package var at: Int64
    package var reason: String?
    package var office: String?
    package var rating: Int?
    /// Fields, papers and photos that it brought, as JSON.
    package var body: String?
    package var hasRemark: Bool

    /// The whole history of a case, oldest first.
    package static func read(_ connection: isolated PostgresConnection, of id: UUID) throws -> [CaseStepRow] {
        try connection.query(
            """
            select seq, kind, episode, from_state, to_state, by_role, at, reason, office, rating, body,
              remark is not null or remark_sealed is not null
            from registry.case_move where case_id = $1 order by seq
            """,
            [.uuid(id)]
        ).map { row in
            CaseStepRow(
                number: try row.int(0),
                kind: try row.string(1),
                episode: try row.int(2),
                from: try row.optionalString(3),
                to: try row.string(4),
                by: try row.string(5),
                at: try row.timestamp(6),
                reason: try row.optionalString(7),
                office: try row.optionalString(8),
                rating: try row.optionalInt(9),
                body: try row.optionalString(10),
                hasRemark: try row.bool(11)
            )
        }
    }
}
