// Takes the log into the registry, batch by batch, exactly once in effect.
// SPDX-License-Identifier: Apache-2.0
package import Cases
import FoundationEssentials
package import Logging
package import MessageLog
import PluginHost
package import PostgresClient
package import Registry

/// The one consumer of the log that makes the registry.
///
/// For each batch: read at the cursor, count the try, decide (which asks the sectors), commit effects, verdicts, journal and
/// cursor in one transaction. While one batch commits, the next ones of other shards are read and decided, unless two of
/// them share a resident or record: see ``pass(batches:)``. Data that PostgreSQL refuses are isolated by halving; a batch
/// that ended the daemon is halved when it is read again, and what a drain had in hand then is taken one by one.
package actor ApplyEngine {
    package struct Settings: Sendable {
        package var consumer: String
        package var batch: Int
        package var owner: String
        package var leaseSeconds: Int
        /// The kabupaten's days, by which steps of cases are judged.
        package var time: CaseTime

        package init(
            consumer: String = "apply",
            batch: Int = 1_000,
            owner: String,
            leaseSeconds: Int = 60,
            time: CaseTime = CaseTime()
        ) {
            self.time = time
            self.consumer = consumer
            self.batch = batch
            self.owner = owner
            self.leaseSeconds = leaseSeconds
        }
    }

    /// What one pass did.
    package struct Pass: Sendable {
        package var entries = 0
        package var applied = 0
        package var rejected = 0
        package var held = 0
        package var dead = 0
        /// Records whose answer was out of date and that were asked again.
        package var again = 0

        package static func += (left: inout Pass, right: Pass) {
            left.entries += right.entries
            left.applied += right.applied
            left.rejected += right.rejected
            left.held += right.held
            left.dead += right.dead
            left.again += right.again
        }
    }

    /// A batch that is read, with what the registry says of it, before its sectors are asked.
    struct Begun: Sendable {
        var decider: BatchDecider
        var origin: BatchOrigin
        var shard: Int
        /// Its one message ended the daemon three times.
        var isDeadly: Bool
        var pulse: Pulse

        /// Asks the sectors, or gives up. Runs beside the engine: nothing of the engine is touched.
        /// - Throws: `CancellationError` when apply is to stop: some sector may not have been asked.
        @concurrent func decide() async throws -> Prepared {
            var decider = decider
            if isDeadly {
                decider.giveUp(reason: ApplyEngine.deadlyReason, detail: ApplyEngine.deadlyDetail)
            } else {
                try await decider.run()
                if pulse.isStopping { throw CancellationError() }
            }
            let output = BatchOutput(decider)
            return Prepared(output: output, origin: origin, shard: shard, entries: output.items.count)
        }
    }

    /// A decided batch on its way to its commit.
    struct Prepared: Sendable {
        var output: BatchOutput
        var origin: BatchOrigin
        var shard: Int
        var entries: Int
    }

    let pool: PostgresPool
    let reader: LogReader
    let sealer: (any MessageLog.PayloadSealer)?
    let host: any SectorAsking
    let directory: PosyanduDirectory
    let sealing: ResidentCipher
    let settings: Settings
    let log: Logger
    nonisolated let pulse: Pulse
    var catalogue: ApplyCatalogue
    var cursors: [Int: CursorState] = [:]
    /// Position up to which each shard is applied; runs ahead of what `cursors` said when it was read.
    var applied: [Int: Int64] = [:]
    /// Entries at once in shards where a batch ended the daemon.
    var limits: [Int: Int] = [:]
    /// Tries counted in the database that this process outlived: they are no crashes.
    var survived: [Int: Int] = [:]
    /// What a drain may have ended the daemon with, by ``DrainItem``: how often.
    var suspects: [String: Int] = [:]
    /// What a drain of this process counted last and is not done with.
    var inHand: [String] = []
    var sourcePosyandu: [SourceID: UUID] = [:]
    var duties: [SourceID: SourceDuty] = [:]
    var knownSources: Set<SourceID> = []
    /// Moves when what is known of sources may be out of date.
    var sourcesVersion = 0
    var waiting: Set<WaitingKey> = []
    /// Sources with messages held for a sector or a resident.
    var holding: Set<SourceID> = []
    /// Keys of records that no held message can bring any more: what waits for them is decided once more.
    var hopeless: Set<String> = []
    /// Keys that some held message waits for.
    var awaited: Set<String> = []
    /// Whether `registry.ask_again` may hold rows.
    var hasAskLater = true
    /// Where the search for the next batch begins.
    var nextShard = 0

    package init(
        pool: PostgresPool,
        sealer: (any MessageLog.PayloadSealer)?,
        host: any SectorAsking,
        directory: PosyanduDirectory,
        sealing: ResidentCipher,
        catalogue: ApplyCatalogue,
        settings: Settings,
        log: Logger
    ) {
        let pulse = Pulse()
        self.pulse = pulse
        self.pool = pool
        self.reader = LogReader(sealer: sealer)
        self.sealer = sealer
        self.host = WatchedAsking(host: host, pulse: pulse)
        self.directory = directory
        self.sealing = sealing
        self.catalogue = catalogue
        self.settings = settings
        self.log = log
    }

    package func use(_ catalogue: ApplyCatalogue) { self.catalogue = catalogue }

    /// Applies exactly one range, for replay by journal.
    package func apply(shard: Int, from: Int64, to: Int64) async throws -> Pass {
        var pass = Pass()
        guard applied[shard] == from - 1 else {
            throw ApplyError(.log, "shard \(shard): the journal goes on at \(from), the cursor stands elsewhere")
        }
        guard let batch = try await prepare(shard, limit: Int(to - from + 1)) else { return pass }
        do {
            try await commit(batch)
            note(batch, &pass)
        } catch let error as PostgresError where error.isData {
            try await isolate(batch, &pass)
        }
        return pass
    }

    // MARK: One batch

    /// Reads and decides the next entries of a shard.
    /// - Returns: nil when there are none.
    func prepare(_ shard: Int, limit: Int) async throws -> Prepared? {
        guard let begun = try await begin(shard, limit: limit, besides: []) else { return nil }
        return try await begun.decide()
    }

    /// Reads the next entries of a shard and what the registry says of them, and counts the try.
    /// - Parameter others: what the batches touch that are decided or committed meanwhile.
    /// - Returns: nil when there are no entries, or when they share something with one of the others.
    func begin(_ shard: Int, limit: Int, besides others: [Set<UUID>]) async throws -> Begun? {
        guard let cursor = cursors[shard], let after = applied[shard] else { return nil }
        let reader = reader
        let range = try await pool.withConnection { connection in
            try reader.read(connection, shard: shard, after: after, limit: limit)
        }
        guard !range.entries.isEmpty else { return nil }
        try await learnSources(range.entries)
        var decider = decider(range.entries.map { ($0, nil) }, splitAtOnce: limits[shard] != nil)
        decider.read()
        if others.contains(where: decider.shares) { return nil }
        let added = try await decider.load()
        if others.contains(where: { added.contains(where: $0.contains) }) { return nil }
        let tries = try await count(shard, cursor, to: range.last)
        return Begun(
            decider: decider,
            origin: .log(shard: shard, from: after + 1, to: range.last, fence: cursor.fence),
            shard: shard,
            isDeadly: tries > Self.mostTries && range.entries.count == 1,
            pulse: pulse
        )
    }

    func decider(_ entries: [(entry: LogEntry, heldFor: String?)], splitAtOnce: Bool) -> BatchDecider {
        var decider = BatchDecider(
            entries: entries,
            catalogue: catalogue,
            directory: directory.snapshot,
            host: host,
            reading: RegistryReader(pool: pool, log: reader, sectors: catalogue.sectorOfType, cipher: sealing),
            sourcePosyandu: sourcePosyandu,
            waiting: waiting,
            holding: holding,
            splitAtOnce: splitAtOnce
        )
        decider.duties = duties
        decider.time = settings.time
        return decider
    }

    func commit(_ batch: Prepared) async throws {
        let commit = BatchCommit(
            consumer: settings.consumer,
            sealing: sealing,
            bodies: BodySealing(cipher: sealing, openFields: catalogue.openFields),
            plugins: catalogue.plugins,
            cursor: cursors[0]
        )
        try await commit.write(batch.output, batch.origin, pool)
    }
}
