// Takes a group of uploads, each of another source, through one database transaction.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import Logging
import PostgresClient

/// The thin shell around ``IntakeStep``: reads, decides, compares, prepares, writes. Runs on a connection's own thread.
struct IngestTransaction: Sendable {
    let sealer: (any PayloadSealer)?
    let requiresDurability: Bool
    /// How many bytes of a source may wait in the spool.
    let spoolLimit: Int64
    let log: Logger
    let rules: Rules
    /// Called at every stage after its fail point; tests throw from here.
    let fault: (@Sendable (IngestStage) throws -> Void)?

    /// A mark or position moved between reading and writing: read again.
    private struct Moved: Error {}

    /// - Parameters:
    ///   - uploads: at most one a source.
    ///   - fences: the shards of this group; an upload of another shard is answered `elsewhere`.
    /// - Returns: one outcome an upload, in order; every acknowledgement is committed.
    /// - Throws: `PostgresError`, ``MessageLogError`` `.fenced`, `.notDurable`. Nothing was acknowledged then.
    func process(
        _ c: isolated PostgresConnection,
        _ uploads: [Upload],
        fences: [Int: Int64],
        now: Int64
    ) throws -> [UploadOutcome] {
        for _ in 0..<8 {
            let state = try IntakeState.read(
                c,
                shards: fences.keys.sorted(),
                epochs: uploads.map { ($0.source, $0.epoch) }
            )
            try reached(.read)
            var outcomes = [UploadOutcome?](repeating: nil, count: uploads.count)
            var takings: [Taking] = []
            for (index, upload) in uploads.enumerated() {
                switch try prepare(c, upload, state, fences, now) {
                case .outcome(let outcome): outcomes[index] = outcome
                case .taking(let taking):
                    outcomes[index] = taking.outcome
                    takings.append(taking)
                }
            }
            do {
                if !takings.isEmpty { try write(c, takings, state, fences, now) }
            } catch is Moved {
                continue
            }
            return outcomes.compactMap(\.self)
        }
        throw MessageLogError(.conflict, "another writer moves the same marks; the upload was not taken")
    }

    private enum Prepared {
        case outcome(UploadOutcome)
        case taking(Taking)
    }

    private func prepare(
        _ c: isolated PostgresConnection,
        _ upload: Upload,
        _ state: IntakeState,
        _ fences: [Int: Int64],
        _ now: Int64
    ) throws -> Prepared {
        let row = state.sources[upload.source]
        if let row, fences[row.shard] == nil {
            return .outcome(.elsewhere(shard: row.shard))
        }
        switch upload {
        case .local(let source, let messages):
            guard let row, row.epoch > 0, row.state == .open else {
                throw MessageLogError(.unknown, "own source \(source) is not registered or not open")
            }
            return .taking(try Taking(messages, row, now: now, sealer: sealer))
        case .batch(let batch):
            switch IntakeStep.decide(row, batch.header, via: batch.via, rules: rules) {
            case .answer(let reply):
                return .outcome(.reply(reply))
            case .putAside(let reason, let reply):
                let isKept = try putAside(c, batch, reason, row: nil)
                return .outcome(.reply(isKept ? reply : reply.whenNotKept))
            case .take(let plan):
                guard let row else { return .outcome(.reply(.unknownSource)) }
                if try firstConflict(c, batch, plan, row) != nil {
                    _ = try putAside(c, batch, .fork, row: row)
                    let head = plan.isTail ? row.closed?.head : row.head
                    return .outcome(.reply(.fork(Mark(epoch: batch.header.epoch, hwm: plan.mark, head: head))))
                }
                try reached(.compared)
                return .taking(try Taking(batch, plan, row, now: now, sealer: sealer))
            }
        }
    }

    private func firstConflict(
        _ c: isolated PostgresConnection,
        _ batch: VerifiedBatch,
        _ plan: IntakeStep.Plan,
        _ row: SourceRow
    ) throws -> Int? {
        guard !plan.compare.isEmpty else { return nil }
        let first = batch.header.first
        let stored = try StoredMessages.read(
            c,
            source: row.id,
            epoch: batch.header.epoch,
            seqs: (first + Int64(plan.compare.lowerBound))...(first + Int64(plan.compare.upperBound) - 1),
            sealer: sealer
        )
        return IntakeStep.firstConflict(batch, plan, stored: stored, rules: rules)
    }

    /// Keeps a batch for later or for a person. A fork also blocks the source and counts the batch as a conflict.
    ///
    /// - Returns: whether it is kept; false when the spool of its source is full.
    private func putAside(
        _ c: isolated PostgresConnection,
        _ batch: VerifiedBatch,
        _ reason: LogSpool.Reason,
        row: SourceRow?
    ) throws -> Bool {
        try reached(.beforeSpool)
        let limit = spoolLimit
        let isKept = try c.transaction(.init(strictCommit: true)) {
            let isKept = try LogSpool.put(c, batch, reason, limit: limit)
            if let row, reason == .fork { try LogSources.block(c, row.id, conflicts: batch.header.count) }
            return isKept
        }
        if !isKept {
            log.warning(
                "batch not kept: the spool of its source is full",
                metadata: ["node": "\(batch.header.source)", "reason": "\(reason.rawValue)"]
            )
        }
        try reached(.afterSpool)
        return isKept
    }

    // MARK: The transaction

    private func write(
        _ c: isolated PostgresConnection,
        _ takings: [Taking],
        _ state: IntakeState,
        _ fences: [Int: Int64],
        _ now: Int64
    ) throws {
        let layout = try IngestLayout(takings, state, today: LogBuckets.bucket(of: now), now: now)
        for bucket in layout.newBuckets { try LogBuckets.ensure(c, from: bucket) }
        try reached(.prepared)
        try c.transaction(.init(strictCommit: true)) {
            try reached(.begin)
            try lockShards(c, layout, fences)
            try reached(.shardLocked)
            if layout.buffer.rows > 0 {
                _ = try c.copyIn(
                    """
                    copy log.entry(bucket,shard,pos,source_id,epoch,seq,kind,at,recv,payload)
                    from stdin with (format binary)
                    """,
                    layout.buffer
                )
            }
            try reached(.copied)
            let answers = try c.pipeline(layout.statements)
            for (answer, expected) in zip(answers, layout.expectedRows) where answer.affected != expected {
                throw Moved()
            }
            try reached(.marked)
            try reached(.runWritten)
            try reached(.beforeCommit)
        }
        try reached(.afterCommit)
    }

    /// Takes the positions under the row locks of the shards; a rollback gives them back, so there is never a hole.
    private func lockShards(
        _ c: isolated PostgresConnection,
        _ layout: IngestLayout,
        _ fences: [Int: Int64]
    ) throws {
        let rows = try c.query(
            rules.checksFence ? Self.takePositions : Self.takePositionsUnfenced,
            [
                .int2Array(layout.shards.map { Int16($0.shard) }), .int8Array(layout.shards.map(\.count)),
                .int8Array(layout.shards.map { fences[$0.shard] ?? -1 }),
            ]
        )
        guard rows.count == layout.shards.count else {
            throw MessageLogError(.fenced, "another writer holds the shard")
        }
        for row in rows {
            if requiresDurability, try !row.bool(2) {
                throw MessageLogError(.notDurable, "fsync, full_page_writes or synchronous_commit is off")
            }
            let (shard, first) = (try row.int(0), Int64(try row.int(1)))
            guard layout.shards.contains(where: { $0.shard == shard && $0.first == first }) else { throw Moved() }
        }
    }

    private static let takePositions = """
        update log.shard s set next_pos = s.next_pos + v.n
          from (select * from unnest($1::smallint[], $2::bigint[], $3::bigint[]) t(shard, n, fence) order by 1) v
         where s.shard = v.shard and s.fence = v.fence
        returning s.shard, s.next_pos - v.n,
          current_setting('fsync')::bool and current_setting('full_page_writes')::bool
            and current_setting('synchronous_commit') <> 'off'
        """

    private static let takePositionsUnfenced = """
        update log.shard s set next_pos = s.next_pos + v.n
          from (select * from unnest($1::smallint[], $2::bigint[], $3::bigint[]) t(shard, n, fence) order by 1) v
         where s.shard = v.shard
        returning s.shard, s.next_pos - v.n, true
        """

    private func reached(_ stage: IngestStage) throws {
        stage.hit()
        try fault?(stage)
    }
}
