// Reads the log in the order of its positions and proves that no position is missing.
// SPDX-License-Identifier: Apache-2.0
package import PostgresClient

/// A dense range of a shard: the positions `after + 1 ... last`.
package struct LogRange: Sendable {
    package let shard: Int
    package let after: Int64
    package let entries: [LogEntry]
    /// Position of the last entry; `after` when there is none.
    package var last: Int64 { after + Int64(entries.count) }
}

/// Opens sealed payloads while it reads. All functions run on the caller's connection.
package struct LogReader: Sendable {
    private let sealer: (any PayloadSealer)?
    private let rules: Rules

    package init(sealer: (any PayloadSealer)?) { self.init(sealer: sealer, rules: .all) }

    init(sealer: (any PayloadSealer)?, rules: Rules) {
        self.sealer = sealer
        self.rules = rules
    }

    /// Reads up to `limit` entries after position `after`.
    ///
    /// - Throws: ``MessageLogError`` `.hole` when a position that must be there is not: stop and call a person.
    package func read(
        _ c: isolated PostgresConnection,
        shard: Int,
        after: Int64,
        limit: Int
    ) throws -> LogRange {
        let bounds = try c.query(
            """
            select next_pos, (select bucket from log.segment where shard = $1 and first_pos <= $2 + 1
                               order by first_pos desc limit 1),
                   (select bucket from log.segment where shard = $1 and first_pos <= least($2 + $3, next_pos - 1)
                     order by first_pos desc limit 1)
              from log.shard where shard = $1
            """,
            [.int2(Int16(shard)), .int8(after), .int8(Int64(limit))]
        )
        guard let row = bounds.first else { throw MessageLogError(.unknown, "shard \(shard)") }
        let last = min(after + Int64(limit), Int64(try row.int(0)) - 1)
        guard last > after else { return LogRange(shard: shard, after: after, entries: []) }
        guard let first = try row.optionalInt(1), let final = try row.optionalInt(2) else {
            throw MessageLogError(.hole, "shard \(shard): no bucket holds position \(after + 1); load it back first")
        }
        let buckets = rules.asksSegment ? (first, final) : try guessedBuckets(c, shard: shard, after: after)
        let rows = try c.query(
            """
            select pos, source_id, epoch, seq, kind, at, recv, payload from log.entry
             where bucket between $1 and $2 and shard = $3 and pos > $4 and pos <= $5 order by pos
            """,
            [
                .int4(Int32(buckets.0)), .int4(Int32(buckets.1)), .int2(Int16(shard)), .int8(after), .int8(last),
            ]
        )
        var entries: [LogEntry] = []
        entries.reserveCapacity(rows.count)
        for row in rows {
            let entry = try entry(row, shard: shard)
            let expected = after + Int64(entries.count) + 1
            guard entry.position.pos == expected else {
                throw MessageLogError(.hole, "shard \(shard): position \(expected) is missing")
            }
            entries.append(entry)
        }
        guard after + Int64(entries.count) == last else {
            throw MessageLogError(.hole, "shard \(shard): position \(after + Int64(entries.count) + 1) is missing")
        }
        return LogRange(shard: shard, after: after, entries: entries)
    }

    /// Reads single entries by position, in the order asked for; `nil` where the bucket was retired.
    package func entries(_ c: isolated PostgresConnection, at positions: [LogPosition]) throws -> [LogEntry?] {
        guard !positions.isEmpty else { return [] }
        return try c.pipeline(
            positions.map { position in
                (
                    """
                    select pos, source_id, epoch, seq, kind, at, recv, payload from log.entry
                     where bucket = (select bucket from log.segment where shard = $1 and first_pos <= $2
                                      order by first_pos desc limit 1)
                       and shard = $1 and pos = $2
                    """,
                    [.int2(Int16(position.shard)), .int8(position.pos)]
                )
            }
        ).enumerated().map { index, rows in
            try rows.first.map { try entry($0, shard: positions[index].shard) }
        }
    }

    private func entry(_ row: PostgresRow, shard: Int) throws -> LogEntry {
        let source = SourceID(try row.int(1))
        let (epoch, seq) = (Int32(try row.int(2)), Int64(try row.int(3)))
        let kind = EntryKind(rawValue: Int16(try row.int(4)))
        return LogEntry(
            position: LogPosition(shard: shard, pos: Int64(try row.int(0))),
            source: source,
            epoch: epoch,
            seq: seq,
            kind: kind,
            at: try row.timestamp(5),
            received: try row.timestamp(6),
            payload: try kind.plain(try row.bytes(7), source: source, epoch: epoch, seq: seq, sealer: sealer)
        )
    }

    /// What a reader does that does not ask `log.segment`: this bucket and the next one. Stalls when a quiet shard
    /// skips a bucket.
    private func guessedBuckets(_ c: isolated PostgresConnection, shard: Int, after: Int64) throws -> (Int, Int) {
        let rows = try c.query(
            """
            select bucket from log.segment where shard = $1 and first_pos <= greatest($2, 1::bigint)
             order by first_pos desc limit 1
            """,
            [.int2(Int16(shard)), .int8(after)]
        )
        let bucket = try rows.first?.int(0) ?? 0
        return (bucket, bucket + 1)
    }
}
