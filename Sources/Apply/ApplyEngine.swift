// Takes the log into the registry, batch by batch, exactly once in effect.
// SPDX-License-Identifier: Apache-2.0
import FailPoints
import FoundationEssentials
package import Logging
package import MessageLog
import PluginHost
package import PostgresClient
package import Registry

/// The one consumer of the log that makes the registry.
///
/// For each batch: read at the cursor, count the try, decide (which asks the sectors), commit effects, verdicts, journal and
/// cursor in one transaction. While one batch commits, the next one of another shard is decided, unless the two share a
/// resident or record. Data that PostgreSQL refuses are isolated by halving; a batch that ended the daemon is halved when
/// it is read again.
package actor ApplyEngine {
    package struct Settings: Sendable {
        package var consumer: String
        package var batch: Int
        package var owner: String
        package var leaseSeconds: Int

        package init(consumer: String = "apply", batch: Int = 1_000, owner: String, leaseSeconds: Int = 60) {
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
    }

    private struct Prepared: Sendable {
        var output: BatchOutput
        var origin: BatchOrigin
        var shard: Int
        var entries: Int
    }

    private let pool: PostgresPool
    private let reader: LogReader
    private let sealer: (any MessageLog.PayloadSealer)?
    private let host: any SectorAsking
    private let directory: PosyanduDirectory
    private let sealing: ResidentCipher
    private let settings: Settings
    private let log: Logger
    private var catalogue: ApplyCatalogue
    private var cursors: [Int: CursorState] = [:]
    /// Position up to which each shard is applied; runs ahead of what `cursors` said when it was read.
    private var applied: [Int: Int64] = [:]
    private var limits: [Int: Int] = [:]
    private var sourcePosyandu: [SourceID: UUID] = [:]
    private var knownSources: Set<SourceID> = []
    private var waiting: Set<WaitingKey> = []
    /// Keys that some held message waits for.
    private var awaited: Set<String> = []
    private var nextShard = 0

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
        self.pool = pool
        self.reader = LogReader(sealer: sealer)
        self.sealer = sealer
        self.host = host
        self.directory = directory
        self.sealing = sealing
        self.catalogue = catalogue
        self.settings = settings
        self.log = log
    }

    /// Takes the cursors and learns what waits. Called at start and after every error.
    /// - Throws: `ApplyError.fenced` when another consumer holds them.
    package func takeOver() async throws {
        let (consumer, owner, seconds) = (settings.consumer, settings.owner, settings.leaseSeconds)
        let taken = try await pool.withConnection { connection in
            try LogCursor.register(connection, consumer: consumer)
            return try LogCursor.take(connection, consumer: consumer, owner: owner, seconds: seconds)
        }
        guard taken.count == Shards.count else {
            throw ApplyError(.fenced, "another apply holds \(Shards.count - taken.count) shards of the log")
        }
        cursors = Dictionary(uniqueKeysWithValues: taken.map { ($0.shard, $0) })
        applied = cursors.mapValues(\.pos)
        limits = [:]
        for cursor in taken where cursor.tries > 0 && cursor.tryTo > cursor.pos {
            limits[cursor.shard] = max(1, Int(cursor.tryTo - cursor.pos) / 2)
        }
        knownSources = []
        try await learnWaiting()
    }

    /// Prolongs the lease.
    package func renew() async throws {
        let held = cursors.values.sorted { $0.shard < $1.shard }
        let (owner, seconds) = (settings.owner, settings.leaseSeconds)
        let kept = try await pool.withConnection { connection in
            try LogCursor.renew(connection, held, owner: owner, seconds: seconds)
        }
        guard kept.count == held.count else { throw ApplyError(.fenced, "the lease on the log was lost") }
        for cursor in kept { cursors[cursor.shard] = cursor }
    }

    package func release() async throws {
        let (consumer, owner) = (settings.consumer, settings.owner)
        try await pool.withConnection { try LogCursor.release($0, consumer: consumer, owner: owner) }
    }

    package func use(_ catalogue: ApplyCatalogue) { self.catalogue = catalogue }

    // MARK: Passes

    /// Applies what the log holds, up to `batches` batches; returns when there is nothing left or the count is reached.
    package func pass(batches: Int = 64) async throws -> Pass {
        var pass = Pass()
        guard cursors.values.allSatisfy({ $0.paused == nil }) else { return pass }
        var done = 0
        var current = try await prepareNext(besides: nil)
        while let batch = current, done < batches {
            done += 1
            async let commit: Void = commit(batch)
            let following: Prepared?
            do {
                following = done < batches ? try await prepareNext(besides: batch) : nil
            } catch {
                try await commit
                throw error
            }
            do {
                try await commit
            } catch let error as PostgresError where error.isData {
                try await isolate(batch, &pass)
                current = nil
                continue
            }
            note(batch, &pass)
            current = following
            if current == nil, done < batches { current = try await prepareNext(besides: nil) }
        }
        return pass
    }

    /// Applies exactly one range, for replay by journal.
    package func apply(shard: Int, from: Int64, to: Int64) async throws -> Pass {
        var pass = Pass()
        guard applied[shard] == from - 1 else {
            throw ApplyError(.log, "shard \(shard): the journal goes on at \(from), the cursor stands elsewhere")
        }
        if let batch = try await prepare(shard, limit: Int(to - from + 1), besides: nil) {
            try await commit(batch)
            note(batch, &pass)
        }
        return pass
    }

    /// Held messages whose sector, resident or record is there now.
    package func drainHeld(_ key: String) async throws -> Pass {
        var pass = Pass()
        let consumer = settings.consumer
        let sealer = sealer
        var after = LogPosition(shard: 0, pos: 0)
        while true {
            let from = after
            let held = try await pool.withConnection { connection in
                try SetAside.held(
                    connection, consumer: consumer, waitsFor: key, after: from, limit: 500, sealer: sealer)
            }
            guard let last = held.last else { break }
            after = last.entry.position
            try await learnSources(held.map(\.entry))
            var decider = decider(held.map { ($0.entry, true) }, splitAtOnce: false)
            decider.read()
            try await decider.run()
            let output = BatchOutput(decider)
            let batch = Prepared(output: output, origin: .held, shard: 0, entries: held.count)
            try await commit(batch)
            note(batch, &pass)
            // Nothing moved: what it waits for is not there after all.
            if pass.applied + pass.rejected + pass.dead == 0 { break }
        }
        if key != "retry" { try await learnWaiting() }
        return pass
    }

    package var isAnythingWaiting: Bool { !awaited.isEmpty }

    /// Keys that held messages wait for and that are there now: ready sectors, residents, records, an operator's retry.
    package func satisfied(readySectors: Set<String>) async throws -> [String] {
        let subjects = Self.ids(awaited, "subject:")
        let records = Self.ids(awaited, "record:")
        var found = awaited.filter { $0 == "retry" || readySectors.contains(Self.rest($0, "sector:") ?? "") }
        if !subjects.isEmpty || !records.isEmpty {
            let rows = try await pool.withConnection { connection in
                try connection.query(
                    """
                    select 'subject:' || id from registry.resident where id = any($1::uuid[])
                    union all select 'record:' || id from registry.record where id = any($2::uuid[])
                    """,
                    [.uuidArray(subjects), .uuidArray(records)]
                ).map { try $0.string(0) }
            }
            found.formUnion(rows)
        }
        return found.sorted()
    }

    private static func rest(_ key: String, _ prefix: String) -> String? {
        key.hasPrefix(prefix) ? String(key.dropFirst(prefix.count)) : nil
    }

    private static func ids(_ keys: Set<String>, _ prefix: String) -> [UUID] {
        keys.compactMap { rest($0, prefix).flatMap(UUID.init(uuidString:)) }
    }

    // MARK: One batch

    private func prepareNext(besides current: Prepared?) async throws -> Prepared? {
        let lags = try await lagging()
        for offset in 0..<Shards.count {
            let shard = (nextShard + offset) % Shards.count
            guard lags.contains(shard), shard != current?.shard else { continue }
            let limit = limits[shard] ?? settings.batch
            guard let batch = try await prepare(shard, limit: limit, besides: current) else { continue }
            nextShard = (shard + 1) % Shards.count
            return batch
        }
        return nil
    }

    private func lagging() async throws -> Set<Int> {
        let rows = try await pool.withConnection { connection in
            try connection.query("select shard, next_pos from log.shard").map { (try $0.int(0), Int64(try $0.int(1))) }
        }
        return Set(rows.filter { shard, next in (applied[shard] ?? .max) < next - 1 }.map { $0.0 })
    }

    private func prepare(_ shard: Int, limit: Int, besides current: Prepared?) async throws -> Prepared? {
        guard let cursor = cursors[shard], let after = applied[shard] else { return nil }
        let reader = reader
        let range = try await pool.withConnection { connection in
            try reader.read(connection, shard: shard, after: after, limit: limit)
        }
        guard !range.entries.isEmpty else { return nil }
        try await learnSources(range.entries)
        var decider = decider(range.entries.map { ($0, false) }, splitAtOnce: limits[shard] != nil)
        decider.read()
        if let current, decider.shares(current.output.touched) { return nil }
        let consumer = settings.consumer
        let tries = try await pool.withConnection { connection in
            try LogCursor.countTry(
                connection, consumer: consumer, shard: shard, from: after, to: range.last, fence: cursor.fence)
        }
        FailPoint.hit("apply.try-counted")
        if range.entries.count == 1, tries > 3 {
            decider.giveUp(reason: "crash", detail: "the daemon ended three times with this message in hand")
        } else {
            try await decider.run()
        }
        return Prepared(
            output: BatchOutput(decider),
            origin: .log(shard: shard, from: after + 1, to: range.last, fence: cursor.fence), shard: shard,
            entries: range.entries.count)
    }

    private func decider(_ entries: [(entry: LogEntry, isHeldBefore: Bool)], splitAtOnce: Bool) -> BatchDecider {
        BatchDecider(
            entries: entries, catalogue: catalogue, directory: directory.snapshot, host: host,
            reading: RegistryReader(pool: pool, log: reader, sectors: catalogue.sectorOfType, cipher: sealing),
            sourcePosyandu: sourcePosyandu, waiting: waiting, splitAtOnce: splitAtOnce)
    }

    private func commit(_ batch: Prepared) async throws {
        let commit = BatchCommit(
            consumer: settings.consumer, sealing: sealing, plugins: catalogue.plugins)
        try await commit.write(batch.output, batch.origin, pool)
    }

    private func note(_ batch: Prepared, _ pass: inout Pass) {
        if case .log(let shard, _, let to, _) = batch.origin {
            applied[shard] = to
            if let limit = limits[shard] { limits[shard] = limit * 2 >= settings.batch ? nil : limit * 2 }
        }
        pass.entries += batch.entries
        waiting.formUnion(batch.output.newlyWaiting)
        for item in batch.output.items {
            switch item.verdict {
            case .applied: pass.applied += 1
            case .rejected: pass.rejected += 1
            case .held(let waitsFor, _):
                pass.held += 1
                awaited.insert(waitsFor)
            case .dead(let reason, let detail):
                pass.dead += 1
                log.error(
                    "message set aside for a person: \(reason), \(detail)",
                    metadata: [
                        "shard": "\(item.entry.position.shard)", "pos": "\(item.entry.position.pos)",
                        "record": "\(item.message?.id.lowercased ?? "")",
                    ])
            case .skipped, nil: continue
            }
        }
    }

    /// PostgreSQL refused the data of a batch: whole transactions over halves, until one message is alone.
    private func isolate(_ batch: Prepared, _ pass: inout Pass) async throws {
        guard case .log(let shard, let from, let to, _) = batch.origin else {
            throw ApplyError(.log, "held messages cannot be applied")
        }
        log.warning("batch refused by the database, halving", metadata: ["shard": "\(shard)", "pos": "\(from)"])
        var pending = [(from, to)]
        while let (first, last) = pending.popLast() {
            guard let part = try await prepare(shard, limit: Int(last - first + 1), besides: nil) else { return }
            do {
                try await commit(part)
                note(part, &pass)
            } catch let error as PostgresError where error.isData {
                if first == last {
                    try await giveUp(part, error, &pass)
                } else {
                    let middle = (first + last) / 2
                    pending.append((middle + 1, last))
                    pending.append((first, middle))
                }
            }
        }
    }

    private func giveUp(_ batch: Prepared, _ error: PostgresError, _ pass: inout Pass) async throws {
        var dead = decider(batch.output.items.map { ($0.entry, false) }, splitAtOnce: false)
        dead.giveUp(reason: "data", detail: error.sqlState ?? "refused by the database")
        let part = Prepared(
            output: BatchOutput(dead), origin: batch.origin, shard: batch.shard, entries: 1)
        try await commit(part)
        note(part, &pass)
    }

    // MARK: What the engine remembers

    private func learnSources(_ entries: [LogEntry]) async throws {
        let unknown = Set(entries.map(\.source)).subtracting(knownSources)
        guard !unknown.isEmpty else { return }
        let ids = unknown.map(\.value)
        let rows = try await pool.withConnection { connection in
            try connection.query(
                "select source_id, posyandu from log.source where source_id = any($1::int[])", [.int4Array(ids)]
            ).map { (SourceID(try $0.int(0)), try $0.optionalUUID(1)) }
        }
        for (source, posyandu) in rows { sourcePosyandu[source] = posyandu }
        knownSources.formUnion(unknown)
    }

    /// Reads what held messages wait for.
    package func learnWaiting() async throws {
        let consumer = settings.consumer
        let rows = try await pool.withConnection { connection in
            try connection.query(
                "select distinct source_id, waits_for from log.dead where consumer = $1 and state = 'held'",
                [.text(consumer)]
            ).map { (SourceID(try $0.int(0)), try $0.optionalString(1) ?? "") }
        }
        awaited = Set(rows.map(\.1))
        waiting = Set(
            rows.compactMap { source, key in
                key.hasPrefix("sector:") ? WaitingKey(source: source, sector: String(key.dropFirst(7))) : nil
            })
    }
}

extension BatchDecider {
    /// Whether the batch has a message, subject or record in common with another that is being committed.
    func shares(_ touched: Set<UUID>) -> Bool {
        items.contains { item in
            guard let message = item.message else { return false }
            return touched.contains(message.id) || message.subject.map(touched.contains) ?? false
                || message.corrects.map(touched.contains) ?? false || touched.contains(message.posyandu)
        }
    }

    /// Sets every item aside for a person without asking anybody.
    mutating func giveUp(reason: String, detail: String) {
        for index in items.indices where !items[index].entry.kind.contains(.refused) {
            items[index].verdict = .dead(reason: reason, detail: detail)
        }
        for index in items.indices where items[index].verdict == nil { items[index].verdict = .skipped }
    }
}
