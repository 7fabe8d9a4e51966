// The answers a sender can get for one batch; `Sync` maps them to HTTP.
// SPDX-License-Identifier: Apache-2.0

/// A message whose sequence number was consumed although it cannot be applied.
package struct Rejection: Hashable, Sendable {
    package let seq: Int64
    package let code: String
    package let advice: String
    package init(seq: Int64, code: String, advice: String) {
        self.seq = seq
        self.code = code
        self.advice = advice
    }
}

/// Committed on stable storage through `mark.hwm`.
package struct IngestReceipt: Hashable, Sendable {
    package let mark: Mark
    /// Through which sequence number a backup exists.
    package let durable: Int64
    /// Through which sequence number the messages were applied, as known when the batch came.
    package let applied: Int64
    /// How many messages of the batch had been consumed before, byte for byte the same.
    package let duplicates: Int
    package let rejected: [Rejection]
    /// Batches put aside for this source wait for their turn.
    package let hasSpooled: Bool
}

/// What became of a batch. Nothing but ``committed(_:)`` is an acknowledgement.
package enum IngestReply: Hashable, Sendable {
    case committed(IngestReceipt)
    /// The batch begins behind `hwm + 1`; nothing was consumed.
    case gap(Mark)
    /// It came before its turn (file, broker) and waits in `log.spool` for the messages after the mark.
    case waiting(Mark)
    /// It came before its turn, and the batches of its source that wait already leave no room: it was not kept.
    case spoolFull(Mark)
    case staleEpoch
    case unknownEpoch
    case unknownSource
    /// Other bytes stand under one of its sequence numbers. The source is blocked, both versions are kept.
    case fork(Mark)
    case blocked
    case revoked
    case overloaded(retryAfterSeconds: Int)

    /// The answer instead of this one when the batch could not be put aside: only ``waiting(_:)`` promised to keep it.
    var whenNotKept: IngestReply {
        if case .waiting(let mark) = self { .spoolFull(mark) } else { self }
    }
}
