// The messages of one upload that will be appended, ready to be written, and the reply they earn.
// SPDX-License-Identifier: Apache-2.0
import PostgresClient

/// One upload as the transaction writes it: made before the transaction begins, so that no lock waits for it.
struct Taking {
    struct Line {
        let seq: Int64
        let kind: EntryKind
        let at: Int64
        let payload: ArraySlice<UInt8>
    }

    let row: SourceRow
    let epoch: Int32
    let isTail: Bool
    let oldMark: Int64
    let newMark: Int64
    let head: [UInt8]?
    let lines: [Line]
    let duplicates: Int
    let refused: Int
    let lastAt: Int64?
    /// Header and signature; `nil` for the node's own messages, whose position follows from their sequence number.
    let proof: (header: [UInt8], signature: [UInt8], via: Via)?
    let outcome: UploadOutcome

    /// Prepares what `plan` takes of a batch: bounds the times, seals what names persons, hashes the last message.
    init(_ batch: VerifiedBatch, _ plan: IntakeStep.Plan, _ row: SourceRow, now: Int64, sealer: (any PayloadSealer)?)
        throws
    {
        self.row = row
        epoch = batch.header.epoch
        isTail = plan.isTail
        oldMark = plan.mark
        duplicates = plan.compare.count
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
            let (payload, sealed) = try Self.seal(
                batch.bytes[message.range],
                message.isPersonal,
                SealBinding.aad(sourceID: row.id.value, epoch: epoch, seq: seq),
                sealer
            )
            var kind: EntryKind = sealed ? .sealed : []
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
        proof = nil
        var lines: [Line] = []
        var previous = row.lastAt
        for (index, message) in messages.enumerated() {
            let seq = row.hwm + 1 + Int64(index)
            let at = IntakeStep.boundedTime(claimed: message.claimed, offset: nil, previous: previous, receipt: now)
            previous = at
            let (payload, sealed) = try Self.seal(
                message.bytes[...],
                message.isPersonal,
                SealBinding.aad(sourceID: row.id.value, epoch: row.epoch, seq: seq),
                sealer
            )
            lines.append(Line(seq: seq, kind: sealed ? .sealed : [], at: at, payload: payload))
        }
        self.lines = lines
        lastAt = previous
        head = messages.last.map { sha256($0.bytes) } ?? row.head
        outcome = .local(LocalReceipt(epoch: row.epoch, first: row.hwm + 1, last: newMark))
    }

    private static func seal(
        _ bytes: ArraySlice<UInt8>,
        _ isPersonal: Bool,
        _ aad: @autoclosure () -> [UInt8],
        _ sealer: (any PayloadSealer)?
    ) throws -> (ArraySlice<UInt8>, Bool) {
        guard isPersonal, let sealer else { return (bytes, false) }
        return (try sealer.seal(Array(bytes), aad: aad())[...], true)
    }
}
