// Puts messages aside in the transaction that moves the cursor past them, and finds the held ones that may go on.
// SPDX-License-Identifier: Apache-2.0
package import PostgresClient

/// A message that could not be applied.
package struct SetAsideMessage: Sendable {
    package enum State: String, Sendable {
        /// It waits for something that comes by itself: a sector, a subject, a retry ordered by an operator.
        case held
        /// It waits for a person.
        case dead
    }

    package var position: LogPosition
    package var state: State
    /// Short code: `sector`, `subject`, `version`, `crash`, `data`, `retry`, ….
    package var reason: String
    /// What a held message waits for: a sector's code, a subject's UUID, `retry`.
    package var waitsFor: String?
    /// For the operator; no personal data.
    package var detail: String?
    package var tries: Int

    package init(
        position: LogPosition,
        state: State,
        reason: String,
        waitsFor: String? = nil,
        detail: String? = nil,
        tries: Int = 1
    ) {
        self.position = position
        self.state = state
        self.reason = reason
        self.waitsFor = waitsFor
        self.detail = detail
        self.tries = tries
    }
}

/// A held message as the drain gets it.
package struct HeldMessage: Sendable {
    package let entry: LogEntry
    package let reason: String
    package let waitsFor: String?
    package let tries: Int
}

/// `log.dead` as a consumer uses it. Counts (``MessageOutcomes``) are the caller's, in the same transaction.
package enum SetAside {
    /// Copies messages from the log into `log.dead`; their payload stays sealed as it is there.
    ///
    /// A message that is there already (a held one that is now dead, or waits for something else) is changed.
    package static func put(_ c: isolated PostgresConnection, consumer: String, _ messages: [SetAsideMessage]) throws {
        guard !messages.isEmpty else { return }
        let answers = try c.pipeline(
            messages.map { message in
                (
                    """
                    insert into log.dead as d (consumer, shard, pos, source_id, epoch, seq, kind, claimed, received,
                                               payload, state, reason, waits_for, detail, tries)
                    select $1, e.shard, e.pos, e.source_id, e.epoch, e.seq, e.kind, e.at, e.recv, e.payload,
                           $4, $5, $6, $7, $8
                      from (select shard, pos, source_id, epoch, seq, kind, at, recv, payload from log.entry
                             where bucket = (select bucket from log.segment where shard = $2 and first_pos <= $3
                                              order by first_pos desc limit 1)
                               and shard = $2 and pos = $3
                            union all
                            select shard, pos, source_id, epoch, seq, kind, claimed, received, payload from log.dead
                             where consumer = $1 and shard = $2 and pos = $3) e
                     limit 1
                    on conflict (consumer, shard, pos) do update set state = excluded.state, reason = excluded.reason,
                      waits_for = excluded.waits_for, detail = excluded.detail, tries = excluded.tries,
                      resolution = null
                    """,
                    [
                        .text(consumer), .int2(Int16(message.position.shard)), .int8(message.position.pos),
                        .text(message.state.rawValue), .text(message.reason),
                        message.waitsFor.map { .text($0) } ?? .null, message.detail.map { .text($0) } ?? .null,
                        .int4(Int32(clamping: message.tries)),
                    ]
                )
            }
        )
        for (answer, message) in zip(answers, messages) where answer.affected != 1 {
            throw MessageLogError(
                .hole,
                "shard \(message.position.shard): position \(message.position.pos) is not in the log"
            )
        }
    }

    /// Held messages that wait for `waitsFor`, in log order; they are applied before anything new of that kind.
    ///
    /// - Parameter reader: opens sealed payloads.
    package static func held(
        _ c: isolated PostgresConnection,
        consumer: String,
        waitsFor: String,
        after: LogPosition = LogPosition(shard: 0, pos: 0),
        limit: Int,
        sealer: (any PayloadSealer)?
    ) throws -> [HeldMessage] {
        try c.query(
            """
            select shard, pos, source_id, epoch, seq, kind, claimed, received, payload, reason, waits_for, tries
              from log.dead
             where consumer = $1 and state = 'held' and waits_for = $2 and (shard, pos) > ($3, $4)
             order by shard, pos limit $5
            """,
            [
                .text(consumer), .text(waitsFor), .int2(Int16(after.shard)), .int8(after.pos), .int8(Int64(limit)),
            ]
        ).map { row in
            HeldMessage(
                entry: try deadEntry(row, sealer: sealer),
                reason: try row.string(9),
                waitsFor: try row.optionalString(10),
                tries: try row.int(11)
            )
        }
    }

    /// What held messages wait for, with how many and since when (microseconds).
    package static func waiting(
        _ c: isolated PostgresConnection,
        consumer: String
    ) throws -> [(waitsFor: String, count: Int, oldest: Int64)] {
        try c.query(
            """
            select coalesce(waits_for, ''), count(*), min(at) from log.dead
             where consumer = $1 and state = 'held' group by 1 order by 1
            """,
            [.text(consumer)]
        ).map { (try $0.string(0), try $0.int(1), try $0.timestamp(2)) }
    }

    /// Which of these keys some held message waits for: asked when a subject or a sector comes.
    package static func awaited(
        _ c: isolated PostgresConnection,
        consumer: String,
        among keys: [String]
    ) throws -> Set<String> {
        guard !keys.isEmpty else { return [] }
        let rows = try c.query(
            """
            select k from unnest($2::text[]) k
             where exists (select from log.dead where consumer = $1 and state = 'held' and waits_for = k)
            """,
            [.text(consumer), .textArray(keys)]
        )
        return Set(try rows.map { try $0.string(0) })
    }

    /// Takes held messages out in the transaction that applied or rejected them. One that an operator had a hand in
    /// stays as resolved.
    ///
    /// - Throws: ``MessageLogError`` `.fenced` when one of them is no longer held: roll back.
    package static func drained(
        _ c: isolated PostgresConnection,
        consumer: String,
        _ messages: [(position: LogPosition, isApplied: Bool)]
    ) throws {
        guard !messages.isEmpty else { return }
        let parameters: [PostgresValue] = [
            .text(consumer), .int2Array(messages.map { Int16($0.position.shard) }),
            .int8Array(messages.map(\.position.pos)),
        ]
        let answers = try c.pipeline([
            (
                """
                delete from log.dead d using unnest($2::smallint[], $3::bigint[]) v(shard, pos)
                 where d.consumer = $1 and d.shard = v.shard and d.pos = v.pos and d.state = 'held'
                   and d.resolved_by is null
                """,
                parameters
            ),
            (
                """
                update log.dead d set state = 'resolved', resolution = v.resolution
                  from unnest($2::smallint[], $3::bigint[], $4::text[]) v(shard, pos, resolution)
                 where d.consumer = $1 and d.shard = v.shard and d.pos = v.pos and d.state = 'held'
                """,
                parameters + [.textArray(messages.map { $0.isApplied ? "applied" : "rejected" })]
            ),
        ])
        guard answers.reduce(0, { $0 + $1.affected }) == messages.count else {
            throw MessageLogError(.fenced, "a held message was taken by someone else")
        }
    }
}

/// An entry from the columns shard, pos, source_id, epoch, seq, kind, claimed, received, payload of `log.dead`.
func deadEntry(_ row: PostgresRow, sealer: (any PayloadSealer)?) throws -> LogEntry {
    let source = SourceID(try row.int(2))
    let (epoch, seq) = (Int32(try row.int(3)), Int64(try row.int(4)))
    let kind = EntryKind(rawValue: Int16(try row.int(5)))
    return LogEntry(
        position: LogPosition(shard: try row.int(0), pos: Int64(try row.int(1))),
        source: source,
        epoch: epoch,
        seq: seq,
        kind: kind,
        at: try row.timestamp(6),
        received: try row.timestamp(7),
        payload: try kind.plain(try row.bytes(8), source: source, epoch: epoch, seq: seq, sealer: sealer)
    )
}
