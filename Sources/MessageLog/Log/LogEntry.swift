// One message as it stands in the log.
// SPDX-License-Identifier: Apache-2.0

/// The bits of `log.entry.kind`.
package struct EntryKind: OptionSet, Hashable, Sendable {
    package let rawValue: Int16
    package init(rawValue: Int16) { self.rawValue = rawValue }
    init(_ rawValue: Int16) { self.rawValue = rawValue }

    /// Refused at intake: its sequence number is consumed, nothing is applied.
    package static let refused = EntryKind(1)
    /// The stored payload is sealed, because the message names a person.
    package static let sealed = EntryKind(2)

    /// The message bytes of a stored payload.
    func plain(
        _ stored: [UInt8],
        source: SourceID,
        epoch: Int32,
        seq: Int64,
        sealer: (any PayloadSealer)?
    ) throws -> [UInt8] {
        guard contains(.sealed) else { return stored }
        guard let sealer else {
            throw MessageLogError(.sealed, "a payload of source \(source.value) is sealed and no key was given")
        }
        return try sealer.open(stored, aad: SealBinding.aad(sourceID: source.value, epoch: epoch, seq: seq))
    }
}

/// A log entry with its payload opened.
package struct LogEntry: Sendable {
    package let position: LogPosition
    package let source: SourceID
    package let epoch: Int32
    package let seq: Int64
    package let kind: EntryKind
    /// Effective time, microseconds: claimed, corrected and bounded once at intake.
    package let at: Int64
    /// Receipt, microseconds.
    package let received: Int64
    /// The message's own bytes, exactly as its source froze them.
    package let payload: [UInt8]

    package var lineage: Int64 { position.lineage }

    package init(
        position: LogPosition,
        source: SourceID,
        epoch: Int32,
        seq: Int64,
        kind: EntryKind,
        at: Int64,
        received: Int64,
        payload: [UInt8]
    ) {
        self.position = position
        self.source = source
        self.epoch = epoch
        self.seq = seq
        self.kind = kind
        self.at = at
        self.received = received
        self.payload = payload
    }
}
