// The journal: which ranges were applied, in commit order across shards, and the walk of a replay along it.
// SPDX-License-Identifier: Apache-2.0
package import PostgresClient

/// One applied range of a shard.
package struct JournalRow: Hashable, Sendable {
    package let id: Int64
    package let shard: Int
    package let from: Int64
    package let to: Int64
    /// Versions of the sector plugins that answered.
    package let plugins: String
}

/// `log.journal` of `apply` is the hub order: "first" between sources is decided by it, and a replay repeats it.
package enum LogJournal {
    /// Notes the range `from ... to` in the transaction that applies it.
    package static func append(
        _ c: isolated PostgresConnection,
        consumer: String,
        shard: Int,
        from: Int64,
        to: Int64,
        plugins: String
    ) throws {
        try c.execute(
            "insert into log.journal(consumer, shard, from_pos, to_pos, plugins) values ($1, $2, $3, $4, $5)",
            [.text(consumer), .int2(Int16(shard)), .int8(from), .int8(to), .text(plugins)]
        )
    }

    /// The next rows a replay applies. It reads the journal of `apply` and keeps its place in the journal of its own
    /// consumer name.
    ///
    /// - Parameter after: id of the last row replayed, 0 at the start.
    package static func walk(
        _ c: isolated PostgresConnection,
        of consumer: String = "apply",
        after: Int64,
        limit: Int
    ) throws -> [JournalRow] {
        try c.query(
            """
            select id, shard, from_pos, to_pos, plugins from log.journal
             where consumer = $1 and id > $2 order by id limit $3
            """,
            [.text(consumer), .int8(after), .int8(Int64(limit))]
        ).map { row in
            JournalRow(
                id: Int64(try row.int(0)),
                shard: try row.int(1),
                from: Int64(try row.int(2)),
                to: Int64(try row.int(3)),
                plugins: try row.string(4)
            )
        }
    }
}
