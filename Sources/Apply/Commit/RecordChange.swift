// Messages that corrected or retracted a record, with the reason that their sender gave.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PostgresClient
import Registry

/// A row of `registry.record_change`.
struct RecordChange: Sendable {
    enum Kind: String, Sendable { case correct, retract }

    var record: UUID
    var lineage: Int64
    var kind: Kind
    var at: Int64
    /// Sealed when it is written: people name people in it.
    var reason: String?

    static func write(
        _ changes: [RecordChange],
        _ connection: isolated PostgresConnection,
        sealing: ResidentCipher
    ) throws {
        guard !changes.isEmpty else { return }
        try connection.execute(
            """
            insert into registry.record_change(record_id, lineage, kind, at, reason_sealed)
            select * from unnest($1::uuid[], $2::bigint[], $3::text[], $4::timestamptz[], $5::bytea[])
            on conflict do nothing
            """,
            [
                .uuidArray(changes.map(\.record)), .int8Array(changes.map(\.lineage)),
                .textArray(changes.map(\.kind.rawValue)), .timestamptzArray(changes.map(\.at)),
                .byteaOptionalArray(
                    try changes.map { change in
                        try change.reason.map { try sealing.seal(Array($0.utf8), .changeReason, row: change.record) }
                    }
                ),
            ]
        )
    }
}
