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
}

extension PostgresValue {
    static func text(optional value: String?) -> PostgresValue { value.map(PostgresValue.text) ?? .null }

    static func int4(optional value: Int?) -> PostgresValue { value.map { .int4(Int32(clamping: $0)) } ?? .null }
}

extension Outbox {
    /// For ``PostgresClient/PostgresConnection/pipeline(_:)``.
    typealias Statement = (sql: String, parameters: [PostgresValue])

    /// Has the statements of this transaction look rows up by index, with one plan each for the session: making a plan anew costs as
    /// much as a claim, and one that was made while a table was small would read all of it for ever.
    static func lookUpByIndex(on connection: isolated PostgresConnection) throws(PostgresError) {
        try connection.run(
            script: """
                set local enable_seqscan = off; set local enable_hashjoin = off; set local enable_mergejoin = off;
                set local jit = off; set local plan_cache_mode = force_generic_plan
                """
        )
    }

    /// Who holds a claim, and until when.
    struct Lease {
        var owner: String
        var until: Int64
    }

    /// A document's next row; `isLeased` when the document is claimed with it.
    struct NextRow {
        var document: Int64
        var row: PushRow
        var isLeased = false
    }

    /// Writes rows back and frees them.
    static func store(
        _ rows: [NextRow],
        now: Int64,
        on connection: isolated PostgresConnection
    ) throws(PostgresError) {
        let (sql, parameters) = storing(rows, now: now)
        try connection.execute(sql, parameters)
    }

    /// The statement that writes rows back. A new lease raises the fence; no lease frees the row.
    static func storing(_ rows: [NextRow], now: Int64, lease: Lease? = nil) -> Statement {
        func numbers(_ column: KeyPath<PushRow, Int>) -> PostgresValue {
            .int4Array(rows.map { Int32(clamping: $0.row[keyPath: column]) })
        }
        return (
            """
            update outbox.document d set state = v.state, next_at = v.next_at, attempts = v.attempts,
              failures = v.failures, polls = v.polls, verifications = v.verifications, losses = v.losses,
              unauthorised = v.unauthorised, transaction = v.transaction, remote_revision = v.remote_revision,
              reason = v.reason, changed_at = $14, owner = case when v.leased then $15::text end,
              lease_until = case when v.leased then $16::timestamptz end, fence = d.fence + v.leased::int
              from unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::int[], $5::int[], $6::int[], $7::int[], $8::int[],
                $9::boolean[], $10::text[], $11::int[], $12::text[], $13::boolean[])
                v(id, state, next_at, attempts, failures, polls, verifications, losses, unauthorised, transaction,
                  remote_revision, reason, leased)
             where d.document_id = v.id
            """,
            [
                .int8Array(rows.map(\.document)), .textArray(rows.map(\.row.state.rawValue)),
                .timestamptzArray(rows.map(\.row.nextAt)), numbers(\.attempts), numbers(\.failures), numbers(\.polls),
                numbers(\.verifications), numbers(\.losses), .boolArray(rows.map(\.row.wasUnauthorised)),
                .textOptionalArray(rows.map(\.row.transaction)),
                .int4OptionalArray(rows.map { $0.row.remoteRevision.map { Int32(clamping: $0) } }),
                .textOptionalArray(rows.map(\.row.reason)), .boolArray(rows.map(\.isLeased)), .timestamptz(now),
                .text(optional: lease?.owner), lease.map { .timestamptz($0.until) } ?? .null,
            ]
        )
    }
}
