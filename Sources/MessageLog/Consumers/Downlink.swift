// The stream of a parent for one node: dense sequence numbers, written by apply, read by the node's request.
// SPDX-License-Identifier: Apache-2.0
package import FoundationEssentials
package import PostgresClient

/// A node as the parent keeps its downlink.
package struct DownlinkState: Hashable, Sendable {
    package let node: Int32
    package let stream: UUID
    package let epoch: Int32
    /// The sequence number that the next message will get.
    package let next: Int64
    package let acknowledged: Int64
}

/// `log.node` and `log.downlink`.
package enum Downlink {
    /// Opens the stream for a node; the same call again changes nothing.
    ///
    /// - Returns: the node's number.
    package static func register(
        _ c: isolated PostgresConnection,
        source: SourceID,
        stream: UUID
    ) throws -> Int32 {
        let rows = try c.query(
            """
            insert into log.node(source_id, down_uuid) values ($1, $2)
            on conflict (source_id) do update set source_id = excluded.source_id returning node_id
            """,
            [.int4(source.value), .uuid(stream)]
        )
        guard let row = rows.first else { throw MessageLogError(.unknown, "source \(source.value)") }
        return Int32(try row.int(0))
    }

    /// Appends messages for nodes, in the caller's transaction. The row locks make each node's sequence dense and in
    /// commit order.
    ///
    /// - Parameter bucket: today's, for which ``LogBuckets/ensure(_:from:)`` was called.
    package static func append(
        _ c: isolated PostgresConnection,
        bucket: Int32,
        _ messages: [(node: Int32, payload: [UInt8])]
    ) throws {
        guard !messages.isEmpty else { return }
        var byNode: [Int32: [[UInt8]]] = [:]
        for message in messages { byNode[message.node, default: []].append(message.payload) }
        let nodes = byNode.keys.sorted()
        let rows = try c.query(
            """
            update log.node n set down_next = n.down_next + v.k
              from (select * from unnest($1::int[], $2::bigint[]) t(id, k) order by 1) v
             where n.node_id = v.id returning n.node_id, n.down_epoch, n.down_next - v.k
            """,
            [.int4Array(nodes), .int8Array(nodes.map { Int64(byNode[$0]?.count ?? 0) })]
        )
        guard rows.count == nodes.count else { throw MessageLogError(.unknown, "a node of the downlink") }
        var (ids, epochs, seqs, payloads) = ([Int32](), [Int32](), [Int64](), [[UInt8]]())
        for row in rows {
            let (node, epoch, first) = (Int32(try row.int(0)), Int32(try row.int(1)), Int64(try row.int(2)))
            for (index, payload) in (byNode[node] ?? []).enumerated() {
                ids.append(node)
                epochs.append(epoch)
                seqs.append(first + Int64(index))
                payloads.append(payload)
            }
        }
        try c.execute(
            """
            insert into log.downlink(bucket, node_id, epoch, seq, payload)
            select $1, * from unnest($2::int[], $3::int[], $4::bigint[], $5::bytea[])
            """,
            [.int4(bucket), .int4Array(ids), .int4Array(epochs), .int8Array(seqs), .byteaArray(payloads)]
        )
    }

    /// Where a node's stream stands; `nil` when it has none.
    package static func state(_ c: isolated PostgresConnection, source: UUID) throws -> DownlinkState? {
        try c.query(
            """
            select n.node_id, n.down_uuid, n.down_epoch, n.down_next, n.down_acked
              from log.node n join log.source s using (source_id) where s.uuid = $1
            """,
            [.uuid(source)]
        ).first.map { row in
            DownlinkState(
                node: Int32(try row.int(0)),
                stream: try row.uuid(1),
                epoch: Int32(try row.int(2)),
                next: Int64(try row.int(3)),
                acknowledged: Int64(try row.int(4))
            )
        }
    }

    /// Messages of a node's stream after `after`, in order.
    package static func read(
        _ c: isolated PostgresConnection,
        node: Int32,
        epoch: Int32,
        after: Int64,
        limit: Int
    ) throws -> [(seq: Int64, payload: [UInt8])] {
        try c.query(
            """
            select seq, payload from log.downlink where node_id = $1 and epoch = $2 and seq > $3 and seq <= $3 + $4
             order by seq
            """,
            [.int4(node), .int4(epoch), .int8(after), .int8(Int64(limit))]
        ).map { (Int64(try $0.int(0)), try $0.bytes(1)) }
    }

    /// Notes what the node has committed; never goes back.
    package static func acknowledge(_ c: isolated PostgresConnection, node: Int32, through seq: Int64) throws {
        try c.execute(
            "update log.node set down_acked = $2 where node_id = $1 and down_acked < $2 and down_next > $2",
            [.int4(node), .int8(seq)]
        )
    }
}
