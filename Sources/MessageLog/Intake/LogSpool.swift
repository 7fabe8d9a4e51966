// Batches put aside: before their turn, of another history, of a revoked key.
// SPDX-License-Identifier: Apache-2.0
package import FoundationEssentials
package import PostgresClient

/// `log.spool`. Rows of reason `early` are drained when their turn comes; the others wait for a person.
package enum LogSpool {
    package enum Reason: String, Sendable, CaseIterable {
        case early
        case fork
        case revoked
    }

    /// How many bytes may wait for one source. Beyond it a batch is not kept; its sender still holds it.
    package static let bytesPerSource: Int64 = 64 << 20

    /// Keeps a batch; the same bytes again change nothing, except that an early one may turn out to be a fork.
    ///
    /// A fork is kept however full the spool is: it blocks its source, so there is one for each enrolment at most.
    ///
    /// - Parameter limit: bytes that may wait for the source, this batch included.
    /// - Returns: whether the batch is in the spool now; false when there was no room for it.
    static func put(
        _ c: isolated PostgresConnection,
        _ batch: VerifiedBatch,
        _ reason: Reason,
        limit: Int64
    ) throws -> Bool {
        let kept = try c.execute(
            """
            insert into log.spool(source_uuid, epoch, first_seq, digest, reason, batch)
            select $1, $2, $3, $4, $5, $6
             where $5 = 'fork'
                or exists(select from log.spool p
                           where p.source_uuid = $1 and p.epoch = $2 and p.first_seq = $3 and p.digest = $4)
                or (select coalesce(sum(octet_length(p.batch)), 0) from log.spool p where p.source_uuid = $1) + $7 <= $8
            on conflict (source_uuid, epoch, first_seq, digest) do update
               set reason = case when log.spool.reason = 'early' then excluded.reason else log.spool.reason end
            """,
            [
                .uuid(batch.header.source), .int4(batch.header.epoch), .int8(batch.header.first),
                .bytea(sha256(batch.bytes)), .text(reason.rawValue), .bytea(batch.bytes),
                .int8(Int64(batch.bytes.count)), .int8(limit),
            ]
        )
        return kept > 0
    }

    /// A spooled batch, as the bytes that came.
    package struct Waiting: Sendable {
        package let source: UUID
        package let epoch: Int32
        package let first: Int64
        package let digest: [UInt8]
        package let batch: [UInt8]
    }

    /// The early batch of a source whose turn has come, lowest first; `nil` when there is none.
    package static func next(
        _ c: isolated PostgresConnection,
        source: UUID,
        epoch: Int32,
        hwm: Int64
    ) throws -> Waiting? {
        let rows = try c.query(
            """
            select first_seq, digest, batch from log.spool
             where source_uuid = $1 and epoch = $2 and reason = 'early' and first_seq <= $3 + 1
             order by first_seq, digest limit 1
            """,
            [.uuid(source), .int4(epoch), .int8(hwm)]
        )
        return try rows.first.map { row in
            Waiting(
                source: source,
                epoch: epoch,
                first: Int64(try row.int(0)),
                digest: try row.bytes(1),
                batch: try row.bytes(2)
            )
        }
    }

    /// Removes an early batch after it was taken. One that turned out to be of another history stays for a person.
    package static func remove(_ c: isolated PostgresConnection, _ waiting: Waiting) throws {
        try c.execute(
            """
            delete from log.spool
             where source_uuid = $1 and epoch = $2 and first_seq = $3 and digest = $4 and reason = 'early'
            """,
            [.uuid(waiting.source), .int4(waiting.epoch), .int8(waiting.first), .bytea(waiting.digest)]
        )
    }

    /// Sources with early batches whose turn has come: what a restart drains first.
    package static func ready(_ c: isolated PostgresConnection) throws -> [(source: UUID, mark: Mark)] {
        try c.query(
            """
            select distinct s.uuid, s.epoch, s.hwm, s.head from log.spool p
              join log.source s on s.uuid = p.source_uuid and s.epoch = p.epoch and s.state = 0
             where p.reason = 'early' and p.first_seq <= s.hwm + 1
             order by s.uuid
            """
        ).map { row in
            let mark = Mark(
                epoch: Int32(try row.int(1)),
                hwm: Int64(try row.int(2)),
                head: try row.optionalBytes(3)
            )
            return (try row.uuid(0), mark)
        }
    }

    /// How many batches wait, by reason; without reasons that have none.
    package static func counts(_ c: isolated PostgresConnection) throws -> [Reason: Int] {
        var counts: [Reason: Int] = [:]
        for row in try c.query("select reason, count(*) from log.spool group by reason") {
            if let reason = Reason(rawValue: try row.string(0)) { counts[reason] = try row.int(1) }
        }
        return counts
    }
}
