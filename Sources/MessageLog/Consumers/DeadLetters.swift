// Dead letters as an operator sees them: list, show, retry, drop, each with who and why.
// SPDX-License-Identifier: Apache-2.0
package import FoundationEssentials
package import PostgresClient

/// One row of the list; no payload.
package struct DeadLetter: Hashable, Sendable {
    package let position: LogPosition
    package let source: UUID
    package let epoch: Int32
    package let seq: Int64
    package let state: String
    package let reason: String
    package let waitsFor: String?
    package let detail: String?
    package let tries: Int
    /// When it was put aside, microseconds.
    package let at: Int64
    package let resolvedBy: String?
    package let resolvedWhy: String?
    package let resolution: String?
}

/// The way back for messages that wait for a person.
package enum DeadLetters {
    /// Letters in the given states, oldest position first.
    package static func list(
        _ c: isolated PostgresConnection,
        consumer: String,
        states: [String] = ["dead"],
        limit: Int = 100
    ) throws -> [DeadLetter] {
        try c.query(
            columns + " where d.consumer = $1 and d.state = any($2) order by d.shard, d.pos limit $3",
            [.text(consumer), .textArray(states), .int8(Int64(limit))]
        ).map(letter)
    }

    /// One letter with its message; `nil` when there is none at this position.
    package static func show(
        _ c: isolated PostgresConnection,
        consumer: String,
        at position: LogPosition,
        sealer: (any PayloadSealer)?
    ) throws -> (letter: DeadLetter, entry: LogEntry)? {
        let parameters: [PostgresValue] = [
            .text(consumer), .int2(Int16(position.shard)), .int8(position.pos),
        ]
        let answers = try c.pipeline([
            (columns + " where d.consumer = $1 and d.shard = $2 and d.pos = $3", parameters),
            (
                """
                select shard, pos, source_id, epoch, seq, kind, claimed, received, payload from log.dead
                 where consumer = $1 and shard = $2 and pos = $3
                """,
                parameters
            ),
        ])
        guard let row = answers[0].first, let entry = answers[1].first else { return nil }
        return (try letter(row), try deadEntry(entry, sealer: sealer))
    }

    /// Gives a dead message back to its consumer: held for `retry`, drained with the next batch. Counts move with it.
    ///
    /// - Throws: ``MessageLogError`` `.unknown` when no dead message stands there.
    package static func retry(
        _ c: isolated PostgresConnection,
        consumer: String,
        at position: LogPosition,
        by person: String,
        why: String
    ) throws {
        try c.transaction {
            let rows = try c.query(
                """
                update log.dead set state = 'held', reason = 'retry', waits_for = 'retry', resolved_by = $4,
                       resolved_why = $5
                 where consumer = $1 and shard = $2 and pos = $3 and state = 'dead' returning source_id
                """,
                [
                    .text(consumer), .int2(Int16(position.shard)), .int8(position.pos), .text(person), .text(why),
                ]
            )
            guard let row = rows.first else { throw absent(position) }
            try MessageOutcomes.add(c, [SourceID(try row.int(0)): OutcomeCounts(held: 1, dead: -1)])
        }
    }

    /// Gives up a dead message. It stays in the table and counts as dead.
    ///
    /// - Throws: ``MessageLogError`` `.unknown` when no dead message stands there.
    package static func drop(
        _ c: isolated PostgresConnection,
        consumer: String,
        at position: LogPosition,
        by person: String,
        why: String
    ) throws {
        let changed = try c.execute(
            """
            update log.dead set state = 'resolved', resolution = 'dropped', resolved_by = $4, resolved_why = $5
             where consumer = $1 and shard = $2 and pos = $3 and state = 'dead'
            """,
            [.text(consumer), .int2(Int16(position.shard)), .int8(position.pos), .text(person), .text(why)]
        )
        guard changed == 1 else { throw absent(position) }
    }

    private static let columns = """
        select d.shard, d.pos, s.uuid, d.epoch, d.seq, d.state, d.reason, d.waits_for, d.detail, d.tries, d.at,
               d.resolved_by, d.resolved_why, d.resolution
          from log.dead d join log.source s using (source_id)
        """

    private static func letter(_ row: PostgresRow) throws -> DeadLetter {
        DeadLetter(
            position: LogPosition(shard: try row.int(0), pos: Int64(try row.int(1))),
            source: try row.uuid(2),
            epoch: Int32(try row.int(3)),
            seq: Int64(try row.int(4)),
            state: try row.string(5),
            reason: try row.string(6),
            waitsFor: try row.optionalString(7),
            detail: try row.optionalString(8),
            tries: try row.int(9),
            at: try row.timestamp(10),
            resolvedBy: try row.optionalString(11),
            resolvedWhy: try row.optionalString(12),
            resolution: try row.optionalString(13)
        )
    }

    private static func absent(_ position: LogPosition) -> MessageLogError {
        MessageLogError(.unknown, "no dead message stands at shard \(position.shard), position \(position.pos)")
    }
}
