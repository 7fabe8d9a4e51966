// The messages of one upload that will be appended, ready to be written, and the reply they earn.
// SPDX-License-Identifier: Apache-2.0
import PostgresClient

/// One upload as the transaction writes it: made before the transaction begins, so that no lock waits for it.
struct Taking {
    struct Line {
        let seq: Int64
        let kind: EntryKind
        let at: Int64
        let payload: Payload
    }

    /// Where the bytes of a line stand.
    enum Payload {
        /// In the batch as it came.
        case place(Range<Int>)
        /// Here: sealed, or the node's own.
        case own([UInt8])

        var count: Int {
            switch self {
            case .place(let range): range.count
            case .own(let bytes): bytes.count
            }
        }
    }

    let row: SourceRow
    let epoch: Int32
    let isTail: Bool
    let oldMark: Int64
    let newMark: Int64
    let head: [UInt8]?
    /// The batch that ``Payload/place(_:)`` points into; empty for the node's own messages.
    let bytes: [UInt8]
    let lines: [Line]
    let duplicates: Int
    let refused: Int
    let lastAt: Int64?
    /// Header and signature; `nil` for the node's own messages, whose position follows from their sequence number.
    let proof: (header: [UInt8], signature: [UInt8], via: Via)?
    let outcome: UploadOutcome

    var payloadBytes: Int { lines.reduce(0) { $0 + $1.payload.count } }

    /// Prepares what `plan` takes of a batch: bounds the times, seals what names persons, hashes the last message.
    init(_ batch: VerifiedBatch, _ plan: IntakeStep.Plan, _ row: SourceRow, now: Int64, sealer: (any PayloadSealer)?)
        throws
    {
        self.row = row
        epoch = batch.header.epoch
        isTail = plan.isTail
        oldMark = plan.mark
        duplicates = plan.compare.count
        bytes = batch.bytes
        proof = (batch.headerBytes, batch.signature, batch.via)
        var lines: [Line] = []
        lines.reserveCapacity(plan.take.count)
        var previous = row.lastAt
        var refused = 0
        for index in plan.take {
            let message = batch.messages[index]
            let seq = batch.header.first + Int64(index)
            let at = IntakeStep.boundedTime(
                claimed: message.claimed,
                offset: batch.clockOffset,
                previous: previous,
                receipt: now
            )
            previous = at
            if message.refusal != nil { refused += 1 }
            var kind: EntryKind = []
            var payload = Payload.place(message.range)
            if message.isPersonal, let sealer {
                let aad = SealBinding.aad(sourceID: row.id.value, epoch: epoch, seq: seq)
                payload = .own(try sealer.seal(Array(batch.bytes[message.range]), aad: aad))
                kind = .sealed
            }
            if message.refusal != nil { kind.insert(.refused) }
            lines.append(Line(seq: seq, kind: kind, at: at, payload: payload))
        }
        self.lines = lines
        self.refused = refused
        lastAt = previous
        let oldHead = isTail ? row.closed?.head : row.head
        if let last = plan.take.last {
            newMark = batch.header.first + Int64(last)
            head = sha256(batch.bytes[batch.messages[last].range])
        } else {
            newMark = plan.mark
            head = oldHead
        }
        let rejected = batch.messages.enumerated().compactMap { index, message in
            message.refusal.map {
                Rejection(seq: batch.header.first + Int64(index), code: $0.code, advice: $0.advice)
            }
        }
        outcome = .reply(
            .committed(
                IngestReceipt(
                    mark: Mark(epoch: epoch, hwm: newMark, head: head),
                    durable: isTail ? 0 : row.durable,
                    applied: isTail ? 0 : row.applied,
                    duplicates: duplicates,
                    rejected: rejected,
                    hasSpooled: row.hasSpooled
                )
            )
        )
    }

    /// Prepares own messages: they get the sequence numbers after the mark.
    init(_ messages: [LocalMessage], _ row: SourceRow, now: Int64, sealer: (any PayloadSealer)?) throws {
        self.row = row
        epoch = row.epoch
        isTail = false
        oldMark = row.hwm
        newMark = row.hwm + Int64(messages.count)
        duplicates = 0
        refused = 0
        bytes = []
        proof = nil
        var lines: [Line] = []
        var previous = row.lastAt
        for (index, message) in messages.enumerated() {
            let seq = row.hwm + 1 + Int64(index)
            let at = IntakeStep.boundedTime(claimed: message.claimed, offset: nil, previous: previous, receipt: now)
            previous = at
            guard message.isPersonal, let sealer else {
                lines.append(Line(seq: seq, kind: [], at: at, payload: .own(message.bytes)))
                continue
            }
            let aad = SealBinding.aad(sourceID: row.id.value, epoch: row.epoch, seq: seq)
            lines.append(Line(seq: seq, kind: .sealed, at: at, payload: .own(try sealer.seal(message.bytes, aad: aad))))
        }
        self.lines = lines
        lastAt = previous
        head = messages.last.map { sha256($0.bytes) } ?? row.head
        outcome = .local(LocalReceipt(epoch: row.epoch, first: row.hwm + 1, last: newMark))
    }
}
