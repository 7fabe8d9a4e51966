// The writer of the log: groups waiting uploads, takes them through transactions, answers after COMMIT.
// SPDX-License-Identifier: Apache-2.0
package import FoundationEssentials
package import Logging
package import PostgresClient
import Synchronization

/// Everything that enters the log goes through here: batches of other nodes and the messages this node makes itself.
///
/// ``run()`` works until ``stop()``; callers wait in ``ingest(_:)`` and ``append(_:to:)``. An answer other than an
/// error is given only after
/// COMMIT returned OK without a warning, with fsync, full_page_writes and synchronous_commit on.
package final class LogWriter: Sendable {
    package struct Configuration: Sendable {
        /// Name of this writer in `log.shard.owner`: one a daemon, the same after a restart.
        package var owner: String
        /// How many transactions may be under way at once, each on a connection of the pool.
        package var connections = 2
        package var maximumMessagesPerTransaction = 5_000
        /// Beyond this many waiting bytes uploads are answered `overloaded`.
        package var maximumWaitingBytes = 64 << 20
        package var leaseSeconds = 30
        package var retryAfterSeconds = 5
        /// Beyond this many bytes of one source in the spool a batch that comes early is answered `spool-full`.
        package var spoolBytesPerSource = LogSpool.bytesPerSource
        /// Off only where a test cluster runs without fsync.
        package var requiresDurability = true
        var rules = Rules.all
        var fault: (@Sendable (IngestStage) throws -> Void)?

        package init(owner: String) { self.owner = owner }
    }

    private enum Phase {
        case idle
        case running
        case stopping
        case stopped
    }

    private struct State {
        var queues = UploadQueues()
        /// Sources whose shard is not the one their UUID gives: this node's own.
        var shards: [UUID: Int] = [:]
        var idle: [CheckedContinuation<Void, Never>] = []
        var phase = Phase.idle
    }

    private let pool: PostgresPool
    private let configuration: Configuration
    private let transaction: IngestTransaction
    private let holder: ShardHolder
    private let log: Logger
    private let now: @Sendable () -> Int64
    private let state = Mutex(State())

    /// - Parameter now: microseconds since 1970 UTC.
    package init(
        pool: PostgresPool,
        configuration: Configuration,
        sealer: (any PayloadSealer)?,
        log: Logger,
        now: @escaping @Sendable () -> Int64 = WallClock.microseconds
    ) {
        self.pool = pool
        self.configuration = configuration
        self.log = log
        self.now = now
        holder = ShardHolder(pool: pool, configuration: configuration, log: log, now: now)
        transaction = IngestTransaction(
            sealer: sealer,
            requiresDurability: configuration.requiresDurability,
            spoolLimit: configuration.spoolBytesPerSource,
            log: log,
            rules: configuration.rules,
            fault: configuration.fault
        )
    }

    // MARK: Callers

    /// Takes one batch. Returns after COMMIT, or with the reason why nothing was consumed.
    ///
    /// - Throws: ``MessageLogError`` `.notDurable`, `.unacknowledged`, `.stopped`, or the `PostgresError` that
    ///   persisted:
    ///   the sender gets 503 and sends again; what was committed meanwhile will be a duplicate.
    package func ingest(_ batch: VerifiedBatch) async throws -> IngestReply {
        IngestStage.received.hit()
        try configuration.fault?(.received)
        switch try await wait(for: .batch(batch)) {
        case .reply(let reply): return reply
        case .local, .elsewhere: throw MessageLogError(.conflict, "a batch got the answer of another upload")
        }
    }

    /// Appends messages that this node makes itself; what is returned is on stable storage.
    ///
    /// - Parameter source: an own source, registered with ``LogSources/register(_:_:shard:)``.
    package func append(_ messages: [LocalMessage], to source: UUID) async throws -> LocalReceipt {
        precondition(!messages.isEmpty, "an append has at least one message")
        switch try await wait(for: .local(source: source, messages: messages)) {
        case .local(let receipt): return receipt
        case .reply, .elsewhere: throw MessageLogError(.conflict, "an append got the answer of another upload")
        }
    }

    /// How much waits for the writer: uploads and bytes.
    package var waiting: (uploads: Int, bytes: Int) {
        state.withLock { ($0.queues.waitingCount, $0.queues.waitingBytes) }
    }

    /// The shards this writer holds, and whether PostgreSQL promised to keep commits when last asked.
    package var health: (shards: Int, isDurable: Bool) {
        (state.withLock { $0.phase == .running } ? holder.fences.count : 0, holder.isDurable)
    }

    private func wait(for upload: Upload) async throws -> UploadOutcome {
        try await withCheckedThrowingContinuation { continuation in
            enqueue(WaitingUpload(upload: upload) { continuation.resume(with: $0) })
        }
    }

    private func enqueue(_ waiter: WaitingUpload) {
        let refusal: Result<UploadOutcome, any Error>? = state.withLock { state in
            guard state.phase == .running else {
                return .failure(MessageLogError(.stopped, "the writer does not run"))
            }
            let shard = state.shards[waiter.upload.source] ?? Shards.choose(for: waiter.upload.source)
            guard holder.holds(shard),
                state.queues.waitingBytes + waiter.upload.byteCount <= configuration.maximumWaitingBytes
                    || state.queues.waitingCount == 0
            else { return waiter.upload.overloaded(configuration.retryAfterSeconds) }
            state.queues.add(waiter, shard: shard)
            return nil
        }
        if let refusal { waiter.resume(refusal) } else { wakeWorkers() }
    }

    // MARK: The service

    /// Takes the shards' leases, works until ``stop()`` or cancellation, and answers everything that waits before it
    /// returns.
    package func run() async throws {
        try await holder.take()
        state.withLock { if $0.phase == .idle { $0.phase = .running } }
        log.info("log writer started", metadata: ["shards": "\(holder.fences.count)"])
        await withTaskCancellationHandler {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.holder.keep() }
                await withTaskGroup(of: Void.self) { workers in
                    for _ in 0..<max(1, self.configuration.connections) {
                        workers.addTask { await self.work() }
                    }
                }
                group.cancelAll()
            }
        } onCancel: {
            stop()
        }
        let left = state.withLock { state in
            state.phase = .stopped
            return state.queues.drain()
        }
        for waiter in left { waiter.resume(.failure(MessageLogError(.stopped, "the writer has stopped"))) }
        await holder.release()
    }

    /// Takes nothing new; what waits is still committed and answered. ``run()`` returns then.
    package func stop() {
        state.withLock { if $0.phase == .running || $0.phase == .idle { $0.phase = .stopping } }
        wakeWorkers()
    }

    private func work() async {
        while let group = await nextGroup() {
            await handle(group.uploads)
            state.withLock { $0.queues.finish(group) }
            wakeWorkers()
        }
    }

    private func nextGroup() async -> UploadQueues.Group? {
        let shardsEach = max(1, Shards.count / max(1, configuration.connections))
        while true {
            let (group, isOver) = state.withLock { state in
                let group = state.queues.take(
                    maximumMessages: configuration.maximumMessagesPerTransaction,
                    maximumShards: shardsEach
                )
                return (group, group == nil && state.phase != .running && state.queues.waitingCount == 0)
            }
            if let group { return group }
            if isOver { return nil }
            await withCheckedContinuation { continuation in
                let goesOn = state.withLock { state in
                    let isOver = state.phase != .running && state.queues.waitingCount == 0
                    if state.queues.hasReady || isOver { return true }
                    state.idle.append(continuation)
                    return false
                }
                if goesOn { continuation.resume() }
            }
        }
    }

    private func wakeWorkers() {
        let idle = state.withLock { state in
            let idle = state.idle
            state.idle = []
            return idle
        }
        for continuation in idle { continuation.resume() }
    }

    // MARK: One group

    private func handle(_ waiters: [WaitingUpload]) async {
        IngestStage.grouped.hit()
        var failure: any Error = MessageLogError(.unacknowledged, "the outcome of the commit is not known")
        for _ in 0..<3 {
            do {
                let outcomes = try await process(waiters)
                answer(waiters, outcomes)
                return
            } catch let error as PostgresError where error.code == .commitUnknown || error.isTransient {
                // Read the marks again: what was committed meanwhile is found as duplicate, the rest is written anew.
                failure = error
                log.notice("log transaction repeated", metadata: ["code": "\(error.code)"])
            } catch let error as PostgresError where error.code == .commitWarning {
                failure = MessageLogError(.unacknowledged, "COMMIT came with a warning; not acknowledged")
                log.warning("commit with a warning: acknowledgement withheld")
                break
            } catch let error as PostgresError where waiters.count > 1 && error.code == .server {
                log.warning("log group split", metadata: ["code": "\(error.sqlState ?? "")"])
                for waiter in waiters { await handle([waiter]) }
                return
            } catch let error as MessageLogError where error.code == .fenced {
                if waiters.count > 1 {
                    for waiter in waiters { await handle([waiter]) }
                    return
                }
                log.warning("shard lost to another writer")
                for waiter in waiters {
                    holder.lose(shard(of: waiter.upload))
                    waiter.resume(waiter.upload.overloaded(configuration.retryAfterSeconds))
                }
                return
            } catch {
                failure = error
                break
            }
        }
        for waiter in waiters { waiter.resume(.failure(failure)) }
    }

    private func process(_ waiters: [WaitingUpload]) async throws -> [UploadOutcome] {
        let uploads = waiters.map(\.upload)
        let shards = Set(uploads.map { self.shard(of: $0) })
        let fences = holder.fences.filter { shards.contains($0.key) }
        let (transaction, now) = (self.transaction, self.now())
        return try await pool.withConnection { c in
            try transaction.process(c, uploads, fences: fences, now: now)
        }
    }

    private func shard(of upload: Upload) -> Int {
        state.withLock { $0.shards[upload.source] } ?? Shards.choose(for: upload.source)
    }

    private func answer(_ waiters: [WaitingUpload], _ outcomes: [UploadOutcome]) {
        IngestStage.beforeAcknowledge.hit()
        for (waiter, outcome) in zip(waiters, outcomes) {
            if case .elsewhere(let shard) = outcome {
                let isKnown = state.withLock { state in
                    let isKnown = state.shards[waiter.upload.source] == shard
                    state.shards[waiter.upload.source] = shard
                    return isKnown
                }
                if isKnown {
                    waiter.resume(waiter.upload.overloaded(configuration.retryAfterSeconds))
                } else {
                    enqueueAgain(waiter, shard: shard)
                }
                continue
            }
            waiter.resume(.success(outcome))
            IngestStage.halfAcknowledged.hit()
        }
    }

    private func enqueueAgain(_ waiter: WaitingUpload, shard: Int) {
        guard holder.holds(shard) else {
            waiter.resume(waiter.upload.overloaded(configuration.retryAfterSeconds))
            return
        }
        state.withLock { $0.queues.add(waiter, shard: shard) }
    }
}
