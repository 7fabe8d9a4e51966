// The rows about attachments: which there should be, which there are, and what is wrong with them.
// SPDX-License-Identifier: Apache-2.0
package import FoundationEssentials
package import PostgresClient

/// One attachment of a record.
package struct AttachmentRow: Sendable {
    package var record: UUID
    package var sha256: [UInt8]
    package var kind: String?
    package var size: Int?
    package var type: String?
    package var state: String
    /// Microseconds since 1970 UTC.
    package var storedAt: Int64?
    package var reason: String?
}

/// An attachment that a message names.
package struct AttachmentNaming: Sendable {
    package var record: UUID
    package var sha256: [UInt8]
    package var kind: String
    package var lineage: Int64
    package var posyandu: Int32

    package init(record: UUID, sha256: [UInt8], kind: String, lineage: Int64, posyandu: Int32) {
        self.record = record
        self.sha256 = sha256
        self.kind = kind
        self.lineage = lineage
        self.posyandu = posyandu
    }
}

package enum AttachmentRows {
    /// Notes what messages name; the bytes may have come before or come later. The first message that names one stands.
    package static func name(_ connection: isolated PostgresConnection, _ named: [AttachmentNaming]) throws {
        guard !named.isEmpty else { return }
        try connection.execute(
            """
            insert into registry.attachment (record_id, sha256, kind, lineage, posyandu_id, state)
            select distinct on (record_id, sha256) record_id, sha256, kind, lineage, posyandu_id, 'announced'
            from unnest($1::uuid[], $2::bytea[], $3::text[], $4::bigint[], $5::int[])
              as n(record_id, sha256, kind, lineage, posyandu_id)
            order by record_id, sha256, lineage
            on conflict (record_id, sha256) do update set kind = excluded.kind, lineage = excluded.lineage,
              posyandu_id = excluded.posyandu_id
            where registry.attachment.lineage is null
            """,
            [
                .uuidArray(named.map(\.record)), .byteaArray(named.map(\.sha256)), .textArray(named.map(\.kind)),
                .int8Array(named.map(\.lineage)), .int4Array(named.map(\.posyandu)),
            ]
        )
    }

    /// What is known before bytes are taken.
    package struct Standing: Sendable {
        /// The posyandu of the record; nil when the record has not come.
        package var posyandu: UUID?
        /// Of this attachment; nil when nothing is known of it.
        package var state: String?
        /// Attachments of the record with bytes.
        package var stored: Int
    }

    package static func standing(
        _ connection: isolated PostgresConnection,
        record: UUID,
        sha256: [UInt8]
    ) throws -> Standing {
        let row = try connection.query(
            """
            select (select p.uuid from registry.record r join registry.posyandu p on p.id = r.posyandu_id where r.id = $1),
              (select state from registry.attachment where record_id = $1 and sha256 = $2),
              (select count(*) from registry.attachment where record_id = $1 and state = 'stored')
            """,
            [.uuid(record), .bytea(sha256)]
        ).first
        return Standing(
            posyandu: try row?.optionalUUID(0),
            state: try row?.optionalString(1),
            stored: try row?.int(2) ?? 0
        )
    }

    /// Notes that the bytes are on stable storage.
    package static func stored(
        _ connection: isolated PostgresConnection,
        record: UUID,
        sha256: [UInt8],
        size: Int,
        type: AttachmentType
    ) throws {
        try connection.execute(
            """
            insert into registry.attachment (record_id, sha256, size, type, state, stored_at)
            values ($1, $2, $3, $4, 'stored', clock_timestamp())
            on conflict (record_id, sha256) do update set size = excluded.size, type = excluded.type, state = 'stored',
              stored_at = excluded.stored_at, reason = null
            where registry.attachment.state <> 'erased'
            """,
            [.uuid(record), .bytea(sha256), .int8(Int64(size)), .text(type.rawValue)]
        )
    }

    /// Notes of an announced attachment that its bytes came and were not taken.
    package static func refused(
        _ connection: isolated PostgresConnection,
        record: UUID,
        sha256: [UInt8],
        reason: String
    ) throws {
        try connection.execute(
            """
            update registry.attachment set state = 'refused', reason = $3
            where record_id = $1 and sha256 = $2 and state = 'announced'
            """,
            [.uuid(record), .bytea(sha256), .text(reason)]
        )
    }

    /// Notes that the bytes are gone by order.
    package static func erased(
        _ connection: isolated PostgresConnection,
        record: UUID,
        reason: String
    ) throws -> [[UInt8]] {
        try connection.query(
            """
            update registry.attachment set state = 'erased', size = null, type = null, stored_at = null, reason = $2
            where record_id = $1 returning sha256
            """,
            [.uuid(record), .text(reason)]
        ).map { try $0.bytes(0) }
    }

    /// Of one record, or of all in the order of their digests.
    package static func list(_ connection: isolated PostgresConnection, record: UUID?) throws -> [AttachmentRow] {
        try connection.query(
            """
            select record_id, sha256, kind, size, type, state, stored_at, reason from registry.attachment
            where $1::uuid is null or record_id = $1 order by kind nulls last, record_id, sha256
            """,
            [record.map { .uuid($0) } ?? .null]
        ).map { row in
            AttachmentRow(
                record: try row.uuid(0),
                sha256: try row.bytes(1),
                kind: try row.optionalString(2),
                size: try row.optionalInt(3),
                type: try row.optionalString(4),
                state: try row.string(5),
                storedAt: try row.optionalTimestamp(6),
                reason: try row.optionalString(7)
            )
        }
    }

    /// Digests and records of what is stored but which no standing record has: never named, or the record is not there.
    package static func orphans(_ connection: isolated PostgresConnection) throws -> [(record: UUID, sha256: [UInt8])] {
        try connection.query(
            """
            select a.record_id, a.sha256 from registry.attachment a left join registry.record r on r.id = a.record_id
            where a.state = 'stored' and (a.kind is null or r.id is null) order by a.record_id, a.sha256
            """
        ).map { (try $0.uuid(0), try $0.bytes(1)) }
    }
}
