// What waits for the writer: a batch from another node, or messages this node makes itself.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials

/// A message made on this node: by a screen, an import or a command.
package struct LocalMessage: Sendable {
    package let bytes: [UInt8]
    /// The time it claims, microseconds since 1970 UTC.
    package let claimed: Int64
    /// It names a person: sealed in the log.
    package let isPersonal: Bool

    package init(bytes: [UInt8], claimed: Int64, isPersonal: Bool) {
        self.bytes = bytes
        self.claimed = claimed
        self.isPersonal = isPersonal
    }
}

extension LocalMessage {
    /// A message whose envelope is checked like a kiosk's; time and personal sealing follow from it.
    package init(checking bytes: [UInt8]) throws(Refusal) {
        let envelope = try MessageEnvelope.read(bytes)
        self.init(bytes: bytes, claimed: envelope.time, isPersonal: envelope.isPersonal)
    }
}

/// The sequence numbers that own messages got, on stable storage when this value exists.
package struct LocalReceipt: Hashable, Sendable {
    package let epoch: Int32
    package let first: Int64
    package let last: Int64
}

/// One waiting call.
enum Upload: Sendable {
    case batch(VerifiedBatch)
    case local(source: UUID, messages: [LocalMessage])

    var source: UUID {
        switch self {
        case .batch(let batch): batch.header.source
        case .local(let source, _): source
        }
    }

    /// The epoch it names; own messages go to the open one.
    var epoch: Int32? {
        switch self {
        case .batch(let batch): batch.header.epoch
        case .local: nil
        }
    }

    var messageCount: Int {
        switch self {
        case .batch(let batch): batch.header.count
        case .local(_, let messages): messages.count
        }
    }

    var byteCount: Int {
        switch self {
        case .batch(let batch): batch.bytes.count
        case .local(_, let messages): messages.reduce(0) { $0 + $1.bytes.count }
        }
    }

    /// What to answer when the writer cannot take more; own messages get an error instead.
    func overloaded(_ seconds: Int) -> Result<UploadOutcome, any Error> {
        switch self {
        case .batch: .success(.reply(.overloaded(retryAfterSeconds: seconds)))
        case .local: .failure(MessageLogError(.stopped, "the log cannot take more messages now"))
        }
    }
}

/// What became of one waiting call.
enum UploadOutcome: Sendable {
    case reply(IngestReply)
    case local(LocalReceipt)
    /// The source's shard is another one than the upload waited at; nothing was done.
    case elsewhere(shard: Int)
}
