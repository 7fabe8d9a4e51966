// Three batches at once: one commits, one is decided, one is read.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import MessageLog
import PostgresClient

extension ApplyEngine {
    /// Batches that are decided at once, behind the one that commits.
    private static let mostUnderway = 2

    /// A batch whose sectors are being asked.
    private struct Underway {
        let shard: Int
        /// What it touches, by its messages and the registry.
        let keys: Set<UUID>
        let decided: Task<Prepared, any Error>
    }

    /// Applies what the log holds, up to `batches` batches; returns when there is nothing left or the count is reached.
    ///
    /// Batches commit one after the other, in the order in which they were begun. All that are in hand at one time are of
    /// different shards and share no resident, record or keyed posyandu, so that each is decided on what the registry will say
    /// when it commits. Once an operator has paused apply, no batch is begun any more.
    /// - Throws: `CancellationError` after ``stop()``, between two commits.
    package func pass(batches: Int = 64) async throws -> Pass {
        var pass = Pass()
        var left = batches
        var underway: [Underway] = []
        do {
            while true {
                try await fill(&underway, &left, besides: nil)
                if pulse.isStopping { throw CancellationError() }
                guard !underway.isEmpty else { return pass }
                let batch = try await underway.removeFirst().decided.value
                if underway.contains(where: { !$0.keys.isDisjoint(with: batch.output.unforeseen) }) {
                    await drop(&underway, &left)
                }
                async let commit: Void = commit(batch)
                let filling = await filled(&underway, &left, besides: batch)
                do {
                    try await commit
                    note(batch, &pass)
                } catch let error as PostgresError where error.isData {
                    // What follows was decided beside a batch that did not happen: it is read again.
                    await drop(&underway, &left)
                    try await isolate(batch, &pass)
                }
                try filling.get()
            }
        } catch {
            await drop(&underway, &left)
            throw error
        }
    }

    /// ``fill(_:_:besides:)`` as a value: its error waits until the batch that commits has been noted.
    private func filled(
        _ underway: inout [Underway],
        _ left: inout Int,
        besides committing: Prepared
    ) async -> Result<Void, any Error> {
        do {
            return .success(try await fill(&underway, &left, besides: committing))
        } catch {
            return .failure(error)
        }
    }

    /// Begins batches until enough are underway or nothing more can be begun now.
    private func fill(
        _ underway: inout [Underway],
        _ left: inout Int,
        besides committing: Prepared?
    ) async throws {
        while underway.count < Self.mostUnderway, left > 0, !pulse.isStopping {
            guard let begun = try await beginNext(besides: committing, underway) else { return }
            left -= 1
            underway.append(
                Underway(
                    shard: begun.shard,
                    keys: Set(begun.decider.keys.joined()),
                    decided: Task.detached { try await begun.decide() }
                )
            )
        }
    }

    /// Waits for what is underway and forgets it; nothing of it was written but its try, which this process outlives
    /// or takes back.
    private func drop(_ underway: inout [Underway], _ left: inout Int) async {
        left += underway.count
        for batch in underway { _ = await batch.decided.result }
        underway = []
    }

    /// The next batch of some shard that shares nothing with those in hand.
    private func beginNext(besides committing: Prepared?, _ underway: [Underway]) async throws -> Begun? {
        let busy = Set(underway.map(\.shard) + [committing?.shard].compactMap { $0 })
        let others = underway.map(\.keys) + [committing?.output.touched].compactMap { $0 }
        let lags = try await lagging().subtracting(busy)
        for offset in 0..<Shards.count {
            let shard = (nextShard + offset) % Shards.count
            guard lags.contains(shard) else { continue }
            let limit = limits[shard] ?? settings.batch
            guard let begun = try await begin(shard, limit: limit, besides: others) else { continue }
            nextShard = (shard + 1) % Shards.count
            return begun
        }
        return nil
    }

    /// Shards with entries that are not begun yet; none while apply is paused.
    private func lagging() async throws -> Set<Int> {
        let consumer = settings.consumer
        let rows = try await pool.withConnection { connection in
            try connection.query(
                """
                select shard, next_pos, exists (select from log.cursor where consumer = $1 and paused is not null)
                from log.shard
                """,
                [.text(consumer)]
            ).map { (shard: try $0.int(0), next: Int64(try $0.int(1)), isPaused: try $0.bool(2)) }
        }
        if rows.contains(where: \.isPaused) { return [] }
        return Set(rows.filter { (applied[$0.shard] ?? .max) < $0.next - 1 }.map(\.shard))
    }
}
