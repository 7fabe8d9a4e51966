// Reads the rows of sources, shards and closed epochs that an ingest transaction starts from, in one round trip.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PostgresClient

/// The next position and the newest bucket of a shard before a transaction.
struct ShardRow {
    let nextPos: Int64
    let lastBucket: Int32?
}

/// Everything a group of uploads is decided from.
struct IntakeState {
    let shards: [Int: ShardRow]
    let sources: [UUID: SourceRow]

    /// - Parameter epochs: what each waiting upload names, at most one upload a source; `nil` for the node's own
    ///   sources.
    static func read(
        _ c: isolated PostgresConnection,
        shards: [Int],
        epochs: [(source: UUID, epoch: Int32?)]
    ) throws -> IntakeState {
        let uuids = epochs.map(\.source)
        let answers = try c.pipeline([
            (shardQuery, [.int2Array(shards.map { Int16($0) })]),
            (sourceQuery, [.uuidArray(uuids)]),
            (closedQuery, [.uuidArray(uuids), .int4Array(epochs.map { $0.epoch ?? .max })]),
        ])
        var shardRows: [Int: ShardRow] = [:]
        for row in answers[0] {
            shardRows[try row.int(0)] = ShardRow(
                nextPos: Int64(try row.int(1)),
                lastBucket: try row.optionalInt(2).map { Int32($0) }
            )
        }
        var closed: [UUID: SourceRow.ClosedEpoch] = [:]
        for row in answers[2] {
            closed[try row.uuid(0)] = SourceRow.ClosedEpoch(
                hwm: Int64(try row.int(1)),
                head: try row.optionalBytes(2),
                cause: SourceRow.ClosedEpoch.Cause(rawValue: Int16(try row.int(3))) ?? .revocation
            )
        }
        var sources: [UUID: SourceRow] = [:]
        for row in answers[1] {
            let uuid = try row.uuid(1)
            sources[uuid] = SourceRow(
                id: SourceID(try row.int(0)),
                uuid: uuid,
                shard: try row.int(2),
                epoch: Int32(try row.int(3)),
                hwm: Int64(try row.int(4)),
                head: try row.optionalBytes(5),
                durable: Int64(try row.int(6)),
                state: SourceRow.State(rawValue: Int16(try row.int(7))) ?? .blocked,
                lastAt: try row.optionalTimestamp(8),
                applied: Int64(try row.int(9)),
                hasSpooled: try row.bool(10),
                closed: closed[uuid]
            )
        }
        return IntakeState(shards: shardRows, sources: sources)
    }

    private static let shardQuery = """
        select s.shard, s.next_pos, (select max(g.bucket) from log.segment g where g.shard = s.shard)
          from log.shard s where s.shard = any($1)
        """

    /// `applied` is the last seq at or below the cursor of `apply`: in one of the newest runs when apply keeps up. When
    /// it does not, the run is found by halving the numbers up to the mark, each step one look-up by index; positions
    /// grow with the numbers.
    private static let sourceQuery = """
        select s.source_id, s.uuid, s.shard, s.epoch, s.hwm, s.head, s.durable_hwm, s.state, s.last_at,
               case when c.pos is null then 0::bigint else coalesce(
                 (select least(r.last_seq, r.first_seq + c.pos - r.first_pos)
                    from (select n.first_seq, n.last_seq, n.first_pos from log.run n
                           where n.source_id = s.source_id and n.epoch = s.epoch
                           order by n.last_seq desc limit 4) r
                   where r.first_pos <= c.pos order by r.last_seq desc limit 1),
                 (with recursive half(low, high, seq) as (
                    select 0::bigint, s.hwm, 0::bigint
                    union all
                    select case when r.first_pos <= c.pos then r.last_seq else h.low end,
                           case when r.first_pos <= c.pos
                                then h.high else least(r.first_seq, (h.low + h.high + 1) / 2) - 1 end,
                           case when r.first_pos <= c.pos
                                then least(r.last_seq, r.first_seq + c.pos - r.first_pos) else h.seq end
                      from half h
                     cross join lateral (select n.first_seq, n.last_seq, n.first_pos from log.run n
                                          where n.source_id = s.source_id and n.epoch = s.epoch
                                            and n.last_seq >= (h.low + h.high + 1) / 2
                                          order by n.last_seq limit 1) r
                     where h.low < h.high)
                  select max(half.seq) from half)) end,
               exists(select from log.spool p
                       where p.source_uuid = s.uuid and p.epoch = s.epoch and p.reason = 'early')
          from log.source s left join log.cursor c on c.consumer = 'apply' and c.shard = s.shard
         where s.uuid = any($1)
        """

    /// `offset 0` keeps the planner from joining all epochs of one number first, which a plan made for a small table does.
    private static let closedQuery = """
        select v.uuid, e.closed_hwm, e.closed_head, coalesce(e.closed_by, 0::smallint)
          from unnest($1::uuid[], $2::int[]) v(uuid, epoch)
         cross join lateral (select s.source_id, s.epoch from log.source s where s.uuid = v.uuid offset 0) s
         cross join lateral (select e.closed_hwm, e.closed_head, e.closed_by from log.epoch e
                              where e.source_id = s.source_id and e.epoch = v.epoch and v.epoch < s.epoch offset 0) e
        """
}
