// The cursor of a consumer: lease and fence, counted tries, and the move past what was applied.
// SPDX-License-Identifier: Apache-2.0
package import PostgresClient

/// Where a consumer stands in one shard.
package struct CursorState: Hashable, Sendable {
    package let consumer: String
    package let shard: Int
    /// Everything up to here was dealt with.
    package let pos: Int64
    /// What every change by this holder must show.
    package let fence: Int64
    /// How often the batch up to `tryTo` was begun and not finished.
    package let tries: Int
    package let tryTo: Int64
    /// Why an operator stopped this shard; survives restarts.
    package let paused: String?
}

/// Statements on `log.cursor`. ``advance(_:consumer:shard:from:to:fence:)`` belongs into the consumer's own
/// transaction; the
/// others are transactions of their own.
package enum LogCursor {
    /// Makes the 16 cursors of a consumer, at position 0, unless they exist.
    package static func register(_ c: isolated PostgresConnection, consumer: String) throws {
        try c.execute(
            "insert into log.cursor(consumer, shard) select $1, shard from log.shard on conflict do nothing",
            [.text(consumer)]
        )
    }

    /// Takes the cursors that are free, expired, or were this owner's, each with a new fence: whoever held them before
    /// can
    /// no longer move them.
    package static func take(
        _ c: isolated PostgresConnection,
        consumer: String,
        owner: String,
        seconds: Int
    ) throws -> [CursorState] {
        try states(
            c,
            """
            update log.cursor set owner = $2, lease_until = clock_timestamp() + make_interval(secs => $3), fence = fence + 1
             where consumer = $1 and (owner is not distinct from $2 or lease_until < clock_timestamp())
            returning consumer, shard, pos, fence, tries, try_to, paused
            """,
            [.text(consumer), .text(owner), .float8(Double(seconds))]
        )
    }

    /// Prolongs the leases still held under these fences.
    ///
    /// - Returns: the cursors still held; one that is missing was taken by another consumer.
    package static func renew(
        _ c: isolated PostgresConnection,
        _ held: [CursorState],
        owner: String,
        seconds: Int
    ) throws -> [CursorState] {
        guard let consumer = held.first?.consumer else { return [] }
        return try states(
            c,
            """
            update log.cursor u set lease_until = clock_timestamp() + make_interval(secs => $3)
              from unnest($4::smallint[], $5::bigint[]) v(shard, fence)
             where u.consumer = $1 and u.shard = v.shard and u.fence = v.fence and u.owner = $2
            returning u.consumer, u.shard, u.pos, u.fence, u.tries, u.try_to, u.paused
            """,
            [
                .text(consumer), .text(owner), .float8(Double(seconds)), .int2Array(held.map { Int16($0.shard) }),
                .int8Array(held.map(\.fence)),
            ]
        )
    }

    /// Gives the leases back at a graceful stop.
    package static func release(_ c: isolated PostgresConnection, consumer: String, owner: String) throws {
        try c.execute(
            "update log.cursor set lease_until = '-infinity', owner = null where consumer = $1 and owner = $2",
            [.text(consumer), .text(owner)]
        )
    }

    /// Counts a try before a handler sees the batch, so that a batch that kills the whole daemon is found out. Its
    /// commit is not
    /// flushed: only the crash of the whole computer could lose it.
    ///
    /// - Returns: how often this batch was begun, this time included.
    /// - Throws: ``MessageLogError`` `.fenced` when the cursor moved or has another holder.
    package static func countTry(
        _ c: isolated PostgresConnection,
        consumer: String,
        shard: Int,
        from: Int64,
        to: Int64,
        fence: Int64
    ) throws -> Int {
        try c.transaction(.init(synchronousCommitOff: true)) {
            let rows = try c.query(
                """
                update log.cursor set tries = case when try_to = $4 then least(tries + 1, 32000) else 1 end, try_to = $4
                 where consumer = $1 and shard = $2 and pos = $3 and fence = $5 returning tries
                """,
                [.text(consumer), .int2(Int16(shard)), .int8(from), .int8(to), .int8(fence)]
            )
            guard let row = rows.first else { throw moved(consumer, shard) }
            return try row.int(0)
        }
    }

    /// Takes back tries that failed while their process lived: what is counted is how often it ended. Changes nothing when
    /// the cursor moved or has another holder.
    package static func takeBackTries(
        _ c: isolated PostgresConnection,
        consumer: String,
        shard: Int,
        from: Int64,
        fence: Int64,
        tries: Int
    ) throws {
        try c.execute(
            """
            update log.cursor set tries = greatest(tries - $4, 0)
             where consumer = $1 and shard = $2 and pos = $3 and fence = $5
            """,
            [.text(consumer), .int2(Int16(shard)), .int8(from), .int4(Int32(clamping: tries)), .int8(fence)]
        )
    }

    /// Moves the cursor over what the same transaction applied.
    ///
    /// - Throws: ``MessageLogError`` `.fenced` when it does not stand at `from` under `fence`: roll back.
    package static func advance(
        _ c: isolated PostgresConnection,
        consumer: String,
        shard: Int,
        from: Int64,
        to: Int64,
        fence: Int64
    ) throws {
        try advance(c, consumer: consumer, shard: shard, from: from, to: to, fence: fence, rules: .all)
    }

    static func advance(
        _ c: isolated PostgresConnection,
        consumer: String,
        shard: Int,
        from: Int64,
        to: Int64,
        fence: Int64,
        rules: Rules
    ) throws {
        var conditions = ""
        if rules.movesCursorFromReadPosition {
            conditions += " and pos = $3"
        } else {
            conditions += " and $3 >= 0::bigint"
        }
        if rules.checksFence { conditions += " and fence = $5" } else { conditions += " and $5 >= -1::bigint" }
        let moved = try c.execute(
            "update log.cursor set pos = $4, tries = 0 where consumer = $1 and shard = $2" + conditions,
            [.text(consumer), .int2(Int16(shard)), .int8(from), .int8(to), .int8(fence)]
        )
        guard moved == 1 else { throw Self.moved(consumer, shard) }
    }

    /// Requires, until the end of the transaction, that no other holder took the consumer's cursors. They are taken all at once, so
    /// one of them tells.
    ///
    /// - Throws: ``MessageLogError`` `.fenced`: roll back.
    package static func require(_ c: isolated PostgresConnection, _ cursor: CursorState) throws {
        let rows = try c.query(
            "select 1 from log.cursor where consumer = $1 and shard = $2 and fence = $3 for share",
            [.text(cursor.consumer), .int2(Int16(cursor.shard)), .int8(cursor.fence)]
        )
        guard rows.count == 1 else { throw Self.moved(cursor.consumer, cursor.shard) }
    }

    /// Stops or restarts a consumer in all its shards. The reason is shown by `status` and survives a restart.
    package static func pause(_ c: isolated PostgresConnection, consumer: String, reason: String?) throws {
        try c.execute(
            "update log.cursor set paused = $2 where consumer = $1",
            [.text(consumer), reason.map { .text($0) } ?? .null]
        )
    }

    /// Whether an operator stopped the consumer.
    package static func isPaused(_ c: isolated PostgresConnection, consumer: String) throws -> Bool {
        let rows = try c.query(
            "select exists (select from log.cursor where consumer = $1 and paused is not null)",
            [.text(consumer)]
        )
        return try rows.first?.bool(0) ?? false
    }

    /// All cursors, by consumer and shard.
    package static func all(_ c: isolated PostgresConnection) throws -> [CursorState] {
        try states(
            c,
            "select consumer, shard, pos, fence, tries, try_to, paused from log.cursor order by consumer, shard",
            []
        )
    }

    private static func states(
        _ c: isolated PostgresConnection,
        _ sql: String,
        _ parameters: [PostgresValue]
    ) throws -> [CursorState] {
        try c.query(sql, parameters).map { row in
            CursorState(
                consumer: try row.string(0),
                shard: try row.int(1),
                pos: Int64(try row.int(2)),
                fence: Int64(try row.int(3)),
                tries: try row.int(4),
                tryTo: Int64(try row.int(5)),
                paused: try row.optionalString(6)
            )
        }.sorted { ($0.consumer, $0.shard) < ($1.consumer, $1.shard) }
    }

    private static func moved(_ consumer: String, _ shard: Int) -> MessageLogError {
        MessageLogError(.fenced, "the cursor of \(consumer) in shard \(shard) moved or has another holder")
    }
}
