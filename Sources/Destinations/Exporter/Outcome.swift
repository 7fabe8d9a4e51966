// What one answer of a destination means: the class that drives the state machine, and what came with it.
// SPDX-License-Identifier: Apache-2.0

/// The classes into which every reply of every dialect falls (`docs/interop.md` §9). They decide, not HTTP codes.
package enum OutcomeClass: String, Sendable, Hashable, CaseIterable {
    /// The peer says it has it: verified by read-back, then closed.
    case ackFinal = "ACK_FINAL"
    /// The peer has taken it and will say more: poll.
    case ackPending = "ACK_PENDING"
    /// Some rows were refused.
    case partial = "PARTIAL"
    /// The peer had it already.
    case duplicateOK = "DUPLICATE_OK"
    /// Later may be better.
    case retryLater = "RETRY_LATER"
    /// Our proof of identity was refused.
    case auth = "AUTH"
    /// The reporting window is closed.
    case windowClosed = "WINDOW_CLOSED"
    /// The peer holds a higher revision.
    case stale = "STALE"
    /// Over the peer's limits.
    case tooBig = "TOO_BIG"
    /// The content was refused: a person is needed.
    case rejected = "REJECTED"
    /// An answer the contract does not know: never an acknowledgement.
    case contractDrift = "CONTRACT_DRIFT"
}

/// A classified answer.
package struct Outcome: Sendable, Hashable {
    /// Rows as the peer counted them (`hasil`).
    package struct RowCounts: Sendable, Hashable {
        package var saved = 0
        package var changed = 0
        package var same = 0
        package var refused = 0

        package init(saved: Int = 0, changed: Int = 0, same: Int = 0, refused: Int = 0) {
            self.saved = saved
            self.changed = changed
            self.same = same
            self.refused = refused
        }
    }

    /// One row or field that the peer refused (`kesalahan`, `errors`).
    package struct RowError: Sendable, Hashable {
        package var index: Int?
        package var pointer: String
        package var code: String
        package var message: String

        package init(index: Int?, pointer: String, code: String, message: String) {
            self.index = index
            self.pointer = pointer
            self.code = code
            self.message = message
        }
    }

    package var kind: OutcomeClass
    /// Short and stable, for tables and metrics: `http-503`, `curl-28`, `masalah/validasi`, `html`.
    package var code: String
    /// One sentence for a person; no credentials, at most 300 characters of the peer's words.
    package var detail: String
    /// Whether the peer may have acted on the request although it did not say so: read back before resending.
    package var isUnknown: Bool
    package var retryAfterSeconds: Int?
    /// Transaction to poll.
    package var transaction: String?
    package var rows: RowCounts?
    package var errors: [RowError]

    package init(
        _ kind: OutcomeClass,
        code: String,
        detail: String = "",
        isUnknown: Bool = false,
        retryAfterSeconds: Int? = nil,
        transaction: String? = nil,
        rows: RowCounts? = nil,
        errors: [RowError] = []
    ) {
        self.kind = kind
        self.code = code
        self.detail = detail
        self.isUnknown = isUnknown
        self.retryAfterSeconds = retryAfterSeconds
        self.transaction = transaction
        self.rows = rows
        self.errors = errors
    }
}

/// What the destination holds under a natural key, compared with what we sent.
package enum ReadBackFinding: Sendable, Hashable {
    /// Revision and digest are ours: accepted, verified.
    case same
    /// Nothing is held under the key.
    case absent
    /// A lower revision is held; 0 where the dialect has no revisions and some values are not ours.
    case behind(revision: Int)
    /// Our revision with other bytes.
    case different(digest: String)
    /// A higher revision is held.
    case ahead(revision: Int)
    /// So far it is ours, but there is another page.
    case more
    /// The destination has no way to ask: a person looks, and decides.
    case notOffered
    /// The read-back itself gave no answer to compare.
    case unreadable(Outcome)
}

/// What a login call gave.
package enum LoginResult: Sendable, Hashable {
    /// A token and for how many seconds it is good.
    case granted(token: String, seconds: Int)
    case refused(Outcome)
}
