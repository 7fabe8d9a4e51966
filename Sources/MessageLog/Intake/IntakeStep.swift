// Decides, without I/O, what of a batch is taken, compared, put aside or refused.
// SPDX-License-Identifier: Apache-2.0
package import FoundationEssentials

/// The row of a source as the decision needs it.
package struct SourceRow: Sendable {
    package enum State: Int16, Sendable {
        case open = 0
        case blocked = 1
        case revoked = 2
    }

    /// An epoch that was closed, when the batch names one.
    package struct ClosedEpoch: Sendable {
        package enum Cause: Int16, Sendable {
            case enrolment = 0
            case fork = 1
            case revocation = 2
        }
        package let hwm: Int64
        package let head: [UInt8]?
        package let cause: Cause
    }

    package let id: SourceID
    package let uuid: UUID
    package let shard: Int
    package let epoch: Int32
    package let hwm: Int64
    package let head: [UInt8]?
    package let durable: Int64
    package let state: State
    /// Time of the source's previous entry, microseconds.
    package let lastAt: Int64?
    package let applied: Int64
    package let hasSpooled: Bool
    /// Set when the batch names an older epoch of this source.
    package let closed: ClosedEpoch?

    package var mark: Mark { Mark(epoch: epoch, hwm: hwm, head: head) }
}

/// The intake rules of the sync protocol as a pure function of the source's row and the batch's header.
package enum IntakeStep {
    /// What to do with a batch.
    package enum Decision: Sendable {
        case take(Plan)
        /// Nothing is written.
        case answer(IngestReply)
        /// The bytes are kept in `log.spool`, then the answer goes out.
        case putAside(LogSpool.Reason, IngestReply)
    }

    /// Which messages (indexes into the batch) are compared with stored bytes, and which are appended.
    package struct Plan: Sendable, Equatable {
        package let compare: Range<Int>
        package let take: Range<Int>
        /// The mark the plan was made for; the transaction commits only if it still stands.
        package let mark: Int64
        /// The batch continues an epoch that was closed by a new enrolment.
        package let isTail: Bool
    }

    /// - Parameter row: `nil` when the source is not known here.
    package static func decide(
        _ row: SourceRow?,
        _ header: BatchHeader,
        via: Via,
        rules: Rules = .all
    ) -> Decision {
        guard let row else { return .answer(.unknownSource) }
        switch row.state {
        case .revoked: return .putAside(.revoked, .revoked)
        case .blocked: return .answer(.blocked)
        case .open: break
        }
        if header.epoch > row.epoch { return .answer(.unknownEpoch) }
        if header.epoch == row.epoch {
            return split(header, mark: row.mark, isTail: false, via: via, rules: rules)
        }
        guard let closed = row.closed else { return .answer(.unknownEpoch) }
        guard closed.cause == .enrolment else { return .answer(.staleEpoch) }
        let mark = Mark(epoch: header.epoch, hwm: closed.hwm, head: closed.head)
        let decision = split(header, mark: mark, isTail: true, via: via, rules: rules)
        // A closed epoch is continued without a gap or not at all.
        if case .answer(.gap) = decision { return .answer(.staleEpoch) }
        return decision
    }

    private static func split(
        _ header: BatchHeader,
        mark: Mark,
        isTail: Bool,
        via: Via,
        rules: Rules
    ) -> Decision {
        if header.first > mark.hwm + 1, rules.refusesGaps {
            return via.mayComeEarly ? .putAside(.early, .waiting(mark)) : .answer(.gap(mark))
        }
        let known = Int(min(max(mark.hwm - header.first + 1, 0), Int64(header.count)))
        return .take(
            Plan(compare: 0..<known, take: known..<header.count, mark: mark.hwm, isTail: isTail)
        )
    }

    /// The first message of the compared range whose stored bytes differ, or `nil`.
    ///
    /// - Parameter stored: for every index of `plan.compare` the bytes in the log; `nil` when their bucket was retired,
    ///   which counts as a duplicate.
    package static func firstConflict(
        _ batch: VerifiedBatch,
        _ plan: Plan,
        stored: [[UInt8]?],
        rules: Rules = .all
    ) -> Int? {
        guard rules.comparesDuplicates else { return nil }
        for (index, bytes) in zip(plan.compare, stored) {
            guard let bytes else { continue }
            if !bytes.elementsEqual(batch.bytes[batch.messages[index].range]) { return index }
        }
        return nil
    }

    /// The effective time of an entry: claimed time plus clock correction, not before the source's previous entry and
    /// not
    /// after its receipt. Without a readable claim it is the receipt.
    package static func boundedTime(claimed: Int64?, offset: Int64?, previous: Int64?, receipt: Int64) -> Int64 {
        guard let claimed else { return receipt }
        let (corrected, overflow) = claimed.addingReportingOverflow(offset ?? 0)
        let bounded = overflow ? receipt : min(corrected, receipt)
        return max(bounded, min(previous ?? bounded, receipt))
    }
}
