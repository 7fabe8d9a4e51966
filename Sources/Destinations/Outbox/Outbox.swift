// The outbox: frozen documents in PostgreSQL and the rows that say where each of them stands.
// SPDX-License-Identifier: Apache-2.0

package import PostgresClient

/// Reads and writes schema `outbox`. Each function is one transaction, or a part of its caller's.
///
/// All instants are given by the caller (µs since 1970 UTC), so that the rows of a test are the rows of a run.
package struct Outbox: Sendable {
    /// A wait this far beyond the longest one means that the clock jumped back: the row is due.
    static let clockSlack: Int64 = 25 * 3_600_000_000

    package let pool: PostgresPool

    package init(pool: PostgresPool) {
        self.pool = pool
    }
}

/// Columns of `outbox.document` that make a ``PushRow``, in the order in which ``PushRow/init(_:from:newerWaits:)`` reads.
enum DocumentColumns {
    static let push = """
        d.state, d.next_at, d.attempts, d.failures, d.polls, d.verifications, d.losses, d.unauthorised, d.transaction,
        d.remote_revision, d.reason
        """
    static let pushCount = 11
}

extension PushRow {
    /// Reads ``DocumentColumns/push`` from column `first` on.
    init(_ row: PostgresRow, from first: Int, newerWaits: Bool) throws(PostgresError) {
        let text = try row.string(first)
        guard let state = DocumentState(rawValue: text) else {
            throw PostgresError(.decoding, "outbox.document has the unknown state \(text)")
        }
        self.init(state: state, nextAt: try row.timestamp(first + 1))
        attempts = try row.int(first + 2)
        failures = try row.int(first + 3)
        polls = try row.int(first + 4)
        verifications = try row.int(first + 5)
        losses = try row.int(first + 6)
        wasUnauthorised = try row.bool(first + 7)
        transaction = try row.optionalString(first + 8)
        remoteRevision = try row.optionalInt(first + 9)
        reason = try row.optionalString(first + 10)
        self.newerWaits = newerWaits
    }

    /// The values of ``DocumentColumns/push``, as ``Outbox/store(_:_:now:lease:on:)`` binds them.
    var parameters: [PostgresValue] {
        [
            .text(state.rawValue), .timestamptz(nextAt), .int4(Int32(clamping: attempts)),
            .int4(Int32(clamping: failures)), .int4(Int32(clamping: polls)), .int4(Int32(clamping: verifications)),
            .int4(Int32(clamping: losses)), .bool(wasUnauthorised), .text(optional: transaction),
            .int4(optional: remoteRevision), .text(optional: reason),
        ]
    }
}

extension PostgresValue {
    static func text(optional value: String?) -> PostgresValue { value.map(PostgresValue.text) ?? .null }

    static func int4(optional value: Int?) -> PostgresValue { value.map { .int4(Int32(clamping: $0)) } ?? .null }
}

extension Outbox {
    /// Who holds a claim, and until when.
    struct Lease {
        var owner: String
        var until: Int64
    }

    /// Writes a row back. A new lease raises the fence; no lease frees the row.
    static func store(
        _ row: PushRow,
        _ document: Int64,
        now: Int64,
        lease: Lease?,
        on connection: isolated PostgresConnection
    ) throws(PostgresError) {
        let parameters: [PostgresValue] =
            [.int8(document)] + row.parameters + [
                .timestamptz(now), .text(optional: lease?.owner), lease.map { .timestamptz($0.until) } ?? .null,
            ]
        try connection.execute(
            """
            update outbox.document set state = $2, next_at = $3, attempts = $4, failures = $5, polls = $6,
              verifications = $7, losses = $8, unauthorised = $9, transaction = $10, remote_revision = $11, reason = $12,
              changed_at = $13, owner = $14::text, lease_until = $15::timestamptz,
              fence = fence + case when $14::text is null then 0 else 1 end
             where document_id = $1
            """,
            parameters
        )
    }
}
