// Reads cases as their steps so far have left them.
// SPDX-License-Identifier: Apache-2.0
import Cases
import FoundationEssentials
import PluginKit
import PostgresClient

enum CaseLoader {
    /// Loads cases that the set does not hold yet.
    static func load(
        _ ids: Set<UUID>,
        into set: inout WorkingSet,
        _ connection: isolated PostgresConnection
    ) throws {
        let rows = try connection.query(
            """
            select c.id, c.type_id, c.posyandu_id, c.state, c.reason, coalesce(c.priority, 'sedang'), c.office, c.opened,
              c.revision, c.lineage, c.opened_at, c.moved, coalesce(l.at, c.moved), coalesce(o.lineage, c.lineage),
              c.episode, c.pause_reason, c.paused_at, c.closed_at, c.approved_at, c.rating,
              array_to_string(c.told, ' '), array_to_string(c.documents, ' '), c.receipt
            from registry.case c
            left join registry.case_move l on l.case_id = c.id and l.seq = c.revision
            left join registry.case_move o on o.case_id = c.id and o.seq = 1
            where c.id = any($1::uuid[])
            """,
            [.uuidArray(Array(ids))]
        )
        for row in rows {
            let id = try row.uuid(0)
            if set.cases[id] == nil { set.cases[id] = try state(id, row) }
        }
    }

    private static func state(_ id: UUID, _ row: PostgresRow) throws -> CaseState {
        var situation = CaseSituation(
            state: try row.string(3),
            office: try row.optionalString(6),
            documents: Set(try words(row, 21))
        )
        situation.revision = try row.int(8)
        situation.episode = try row.int(14)
        situation.pause = try row.optionalString(15)
        situation.isApproved = try row.optionalTimestamp(18) != nil
        situation.rating = try row.optionalInt(19)
        situation.told = try words(row, 20)
        return CaseState(
            id: id,
            type: Int16(try row.int(1)),
            posyandu: Int32(try row.int(2)),
            reason: try row.string(4),
            priority: try row.string(5),
            opened: CivilDate(daysSince1970: try row.date(7)),
            openedAt: try row.optionalTimestamp(10),
            moved: try row.timestamp(11),
            lastStep: try row.timestamp(12),
            openedBy: Int64(try row.int(13)),
            lineage: Int64(try row.int(9)),
            situation: situation,
            pausedAt: try row.optionalTimestamp(16),
            closedAt: try row.optionalTimestamp(17),
            approvedAt: try row.optionalTimestamp(18),
            receipt: try row.optionalString(22)
        )
    }

    private static func words(_ row: PostgresRow, _ column: Int) throws -> [String] {
        try row.string(column).split(separator: " ").map(String.init)
    }
}
