// Exact lag of every consumer, by subtraction.
// SPDX-License-Identifier: Apache-2.0
package import PostgresClient

/// How far a consumer is behind in one shard.
package struct LogLag: Hashable, Sendable {
    package let consumer: String
    package let shard: Int
    /// Entries not yet dealt with: `next_pos - 1 - pos`. Never estimated, never counted.
    package let entries: Int64
    /// Receipt of the oldest of them, microseconds; `nil` without lag.
    package let oldest: Int64?

    /// The lag of every consumer in every shard. One round trip; the oldest entry is one index look-up a shard that
    /// lags.
    package static func read(_ c: isolated PostgresConnection) throws -> [LogLag] {
        try c.query(
            """
            select u.consumer, u.shard, s.next_pos - 1 - u.pos,
                   (select e.recv from log.entry e where u.pos < s.next_pos - 1 and e.shard = u.shard
                       and e.pos = u.pos + 1
                       and e.bucket = (select g.bucket from log.segment g where g.shard = u.shard
                                          and g.first_pos <= u.pos + 1 order by g.first_pos desc limit 1))
              from log.cursor u join log.shard s using (shard) order by u.consumer, u.shard
            """
        ).map { row in
            LogLag(
                consumer: try row.string(0),
                shard: try row.int(1),
                entries: Int64(try row.int(2)),
                oldest: try row.optionalTimestamp(3)
            )
        }
    }
}
