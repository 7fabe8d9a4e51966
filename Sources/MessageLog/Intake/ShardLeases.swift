// Takes and keeps the leases of shards; the fence of a lease stops a writer that lost it.
// SPDX-License-Identifier: Apache-2.0
import PostgresClient

/// The statements of a shard's lease. A new process always gets a new fence; a renewal keeps it.
enum ShardLeases {
    /// Takes every shard that is free, expired, or was this owner's.
    ///
    /// - Returns: shard → fence, of the shards obtained.
    static func take(_ c: isolated PostgresConnection, owner: String, seconds: Int, shards: [Int]) throws -> [Int:
        Int64]
    {
        let rows = try c.query(
            """
            update log.shard s set owner = $1, lease_until = clock_timestamp() + make_interval(secs => $2),
                   fence = s.fence + 1
             where s.shard = any($3) and (s.owner is not distinct from $1 or s.lease_until < clock_timestamp())
            returning s.shard, s.fence
            """,
            [.text(owner), .float8(Double(seconds)), .int2Array(shards.map { Int16($0) })]
        )
        return try fences(rows)
    }

    /// Prolongs the leases that are still held under their fence.
    ///
    /// - Returns: those still held; a shard that is missing was taken by another writer.
    static func renew(
        _ c: isolated PostgresConnection,
        owner: String,
        seconds: Int,
        fences held: [Int: Int64]
    ) throws -> [Int: Int64] {
        let shards = held.keys.sorted()
        let rows = try c.query(
            """
            update log.shard s set lease_until = clock_timestamp() + make_interval(secs => $2)
              from unnest($3::smallint[], $4::bigint[]) v(shard, fence)
             where s.shard = v.shard and s.fence = v.fence and s.owner = $1
            returning s.shard, s.fence
            """,
            [
                .text(owner), .float8(Double(seconds)), .int2Array(shards.map { Int16($0) }),
                .int8Array(shards.map { held[$0] ?? -1 }),
            ]
        )
        return try fences(rows)
    }

    /// Gives the leases back, so that another writer need not wait for their end.
    static func release(_ c: isolated PostgresConnection, owner: String, fences held: [Int: Int64]) throws {
        let shards = held.keys.sorted()
        try c.execute(
            """
            update log.shard s set lease_until = '-infinity', owner = null
              from unnest($2::smallint[], $3::bigint[]) v(shard, fence)
             where s.shard = v.shard and s.fence = v.fence and s.owner = $1
            """,
            [
                .text(owner), .int2Array(shards.map { Int16($0) }), .int8Array(shards.map { held[$0] ?? -1 }),
            ]
        )
    }

    private static func fences(_ rows: PostgresRows) throws -> [Int: Int64] {
        var fences: [Int: Int64] = [:]
        for row in rows { fences[try row.int(0)] = Int64(try row.int(1)) }
        return fences
    }
}
