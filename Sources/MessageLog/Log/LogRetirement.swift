// Retires old buckets: detach, export, drop.
// SPDX-License-Identifier: Apache-2.0
package import PostgresClient

/// Removes buckets of `log.entry` that every consumer has passed. The caller adds retention, replay and backup windows.
package enum LogRetirement {
    /// Whether every cursor has passed everything of this bucket, own entries are in a parent's backup, and no held
    /// message needs it.
    ///
    /// - Parameter hasParent: own entries must then lie at or below the own source's `durable_hwm`.
    package static func isPassed(
        _ c: isolated PostgresConnection,
        bucket: Int32,
        hasParent: Bool
    ) throws -> Bool {
        let rows = try c.query(
            """
            select coalesce((select bool_and(u.pos >= coalesce(n.first_pos, s.next_pos) - 1)
                from log.segment g join log.shard s using (shard) join log.cursor u using (shard)
                left join lateral (select first_pos from log.segment n where n.shard = g.shard and n.bucket > g.bucket
                                    order by bucket limit 1) n on true
               where g.bucket = $1), true)
              and (not $2 or not exists (
                select from log.entry e join log.source s using (source_id)
                 where e.bucket = $1 and e.shard = 0 and s.shard = 0
                   and (e.epoch > s.epoch or (e.epoch = s.epoch and e.seq > s.durable_hwm))))
            """,
            [.int4(bucket), .bool(hasParent)]
        )
        return try rows.first?.bool(0) ?? false
    }

    /// The buckets that have a partition, oldest first.
    package static func buckets(_ c: isolated PostgresConnection) throws -> [Int32] {
        try c.query(
            """
            select substring(t.relname from '^entry_([0-9]+)$')::int as bucket
              from pg_inherits i join pg_class t on t.oid = i.inhrelid
             where i.inhparent = 'log.entry'::regclass and t.relname ~ '^entry_[0-9]+$' order by 1
            """
        ).map { Int32(try $0.int(0)) }
    }

    /// Detaches a bucket, hands the table to `export`, then drops it. After an interruption the same call goes on
    /// where it stopped.
    ///
    /// - Parameter export: gets the name of the detached table, columns as in `log.entry`; when it throws, the table
    ///   stays.
    /// - Throws: `PostgresError` 55P03 when the table is in use for more than two seconds: try again later.
    package static func retire(
        _ c: isolated PostgresConnection,
        bucket: Int32,
        export: (_ table: String) throws -> Void
    ) throws {
        let table = "log.entry_\(bucket)"
        try c.run(script: "set lock_timeout = '2s'")
        defer { try? c.run(script: "reset lock_timeout") }
        let state = try c.query(
            """
            select i.inhdetachpending from pg_class t join pg_namespace n on n.oid = t.relnamespace and n.nspname = 'log'
              left join pg_inherits i on i.inhrelid = t.oid where t.relname = $1
            """,
            [.text("entry_\(bucket)")]
        )
        if let row = state.first {
            if try row.isNull(0) {
                // Detached by an earlier call; export and drop remain.
            } else if try row.bool(0) {
                try c.run(script: "alter table log.entry detach partition \(table) finalize")
            } else {
                try c.run(script: "alter table log.entry detach partition \(table) concurrently")
            }
            try export(table)
            try c.run(script: "drop table \(table)")
        }
        try c.execute("delete from log.segment where bucket = $1", [.int4(bucket)])
    }
}
