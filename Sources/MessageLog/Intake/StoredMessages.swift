// Finds the stored bytes of messages by source, epoch and sequence number: log.run, position, entry.
// SPDX-License-Identifier: Apache-2.0
import PostgresClient

/// Looks up what the log holds under sequence numbers that a batch brings again.
enum StoredMessages {
    /// - Returns: one element a sequence number of `seqs`; `nil` where the bucket was retired.
    /// - Throws: ``MessageLogError`` `.sealed` when a payload is sealed and `sealer` is `nil`.
    static func read(
        _ c: isolated PostgresConnection,
        source: SourceID,
        epoch: Int32,
        seqs: ClosedRange<Int64>,
        sealer: (any PayloadSealer)?
    ) throws -> [[UInt8]?] {
        // A run holds at most 500 messages, so the index range ends 499 behind the last one asked for.
        let runs = try c.query(
            """
            select shard, first_seq, last_seq, first_pos from log.run
             where source_id = $1 and epoch = $2 and last_seq >= $3 and last_seq < $4 and first_seq <= $5
             order by last_seq
            """,
            [
                .int4(source.value), .int4(epoch), .int8(seqs.lowerBound), .int8(seqs.upperBound + 500),
                .int8(seqs.upperBound),
            ]
        )
        let pieces: [(sql: String, parameters: [PostgresValue])] = try runs.map { row in
            let first = Int64(try row.int(1))
            let firstPos = Int64(try row.int(3))
            let from = max(first, seqs.lowerBound)
            let to = min(Int64(try row.int(2)), seqs.upperBound)
            return (
                Self.entries,
                [
                    .int2(Int16(try row.int(0))), .int8(firstPos), .int8(firstPos + from - first),
                    .int8(firstPos + to - first),
                ]
            )
        }
        var stored = [[UInt8]?](repeating: nil, count: seqs.count)
        guard !pieces.isEmpty else { return stored }
        for rows in try c.pipeline(pieces) {
            for row in rows {
                let seq = Int64(try row.int(0))
                guard seqs.contains(seq) else { continue }
                stored[Int(seq - seqs.lowerBound)] = try EntryKind(Int16(try row.int(1))).plain(
                    try row.bytes(2),
                    source: source,
                    epoch: epoch,
                    seq: seq,
                    sealer: sealer
                )
            }
        }
        return stored
    }

    /// All messages of a run stand in one bucket: one transaction wrote them.
    private static let entries = """
        select seq, kind, payload from log.entry
         where bucket = (select bucket from log.segment where shard = $1 and first_pos <= $2
                          order by first_pos desc limit 1)
           and shard = $1 and pos between $3 and $4
        """
}
