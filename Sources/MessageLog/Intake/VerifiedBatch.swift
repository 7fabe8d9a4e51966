// A batch whose bytes, digest and signature were checked: what the writer takes.
// SPDX-License-Identifier: Apache-2.0
package import FoundationEssentials

/// The way a batch came in, as kept in `log.run.via`.
package enum Via: Int16, Sendable {
    case https = 0
    case broker = 1
    case file = 2

    /// Batches on these ways may come before their turn and are then put aside instead of refused.
    package var mayComeEarly: Bool { self != .https }
}

/// Which messages a batch claims to hold.
package struct BatchHeader: Hashable, Sendable {
    package let source: UUID
    package let epoch: Int32
    /// Sequence number of the first message, at least 1.
    package let first: Int64
    package let count: Int

    package init(source: UUID, epoch: Int32, first: Int64, count: Int) {
        self.source = source
        self.epoch = epoch
        self.first = first
        self.count = count
    }

    /// Sequence number of the last message.
    package var last: Int64 { first + Int64(count) - 1 }
}

/// Why a message is consumed without being applied; `advice` says what its sender should do ("fix", "update",
/// "operator").
package struct Refusal: Error, Hashable {
    package let code: String
    package let advice: String
    package init(code: String, advice: String) {
        self.code = code
        self.advice = advice
    }
}

/// One message of a batch after the checks that need no registry.
package struct IntakeMessage: Sendable {
    /// Where its bytes stand in ``VerifiedBatch/bytes``.
    package let range: Range<Int>
    /// The time it claims, microseconds since 1970 UTC; `nil` when it could not be read.
    package let claimed: Int64?
    /// Not `nil`: its sequence number is consumed, the message is refused.
    package let refusal: Refusal?
    /// It names a person: the payload is sealed before it reaches the log.
    package let isPersonal: Bool

    package init(range: Range<Int>, claimed: Int64?, refusal: Refusal?, isPersonal: Bool) {
        self.range = range
        self.claimed = claimed
        self.refusal = refusal
        self.isPersonal = isPersonal
    }
}

/// Made by `Sync` after length, digest, signature and every message were checked.
package struct VerifiedBatch: Sendable {
    package let header: BatchHeader
    /// The header's JSON bytes and the signature: the proof kept in `log.run`.
    package let headerBytes: [UInt8]
    package let signature: [UInt8]
    /// The batch as it came; the messages are ranges of it.
    package let bytes: [UInt8]
    package let messages: [IntakeMessage]
    package let via: Via
    /// Clock correction of the sender in microseconds (receipt minus `Posy-Sent-At`), added to claimed times.
    package let clockOffset: Int64?

    package init(
        header: BatchHeader,
        headerBytes: [UInt8],
        signature: [UInt8],
        bytes: [UInt8],
        messages: [IntakeMessage],
        via: Via,
        clockOffset: Int64? = nil
    ) {
        precondition(messages.count == header.count && header.first >= 1, "a verified batch holds what its header says")
        self.header = header
        self.headerBytes = headerBytes
        self.signature = signature
        self.bytes = bytes
        self.messages = messages
        self.via = via
        self.clockOffset = clockOffset
    }
}
