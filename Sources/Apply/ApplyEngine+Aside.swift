// What was set aside: held messages whose time has come, and data that PostgreSQL refuses.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import Logging
import MessageLog
import PostgresClient

extension ApplyEngine {
    /// Messages or records taken by one transaction of a drain.
    static let atOnce = 500

    // MARK: Held messages

    /// Whether some message is held or some record waits to be asked again.
    package var isAnythingWaiting: Bool { !awaited.isEmpty || hasAskLater }

    /// Keys that held messages wait for and that are there now: ready sectors, residents, records, an operator's retry.
    package func satisfied(readySectors: Set<String>) async throws -> [String] {
        let subjects = Self.ids(awaited, "subject:")
        let records = Self.ids(awaited, "record:")
        var found = awaited.filter {
            $0 == "retry" || hopeless.contains($0) || readySectors.contains(Self.rest($0, "sector:") ?? "")
        }
        if !subjects.isEmpty || !records.isEmpty {
            let rows = try await pool.withConnection { connection in
                try connection.query(
                    """
                    select 'subject:' || id from registry.resident where id = any($1::uuid[])
                    union select 'record:' || id from registry.record where id = any($2::uuid[])
                    union select 'record:' || key from registry.record_key where key = any($2::uuid[])
                    union select 'record:' || message_id from registry.rejection where message_id = any($2::uuid[])
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

    /// Drains everything that is satisfied, and what that satisfies in turn, then asks records again whose sector is back.
    /// Nothing while apply is paused; a pause that comes meanwhile holds up the next transaction.
    /// - Throws: `CancellationError` after ``stop()``, between two commits.
    package func drain(readySectors: Set<String>) async throws -> Pass {
        var total = Pass()
        guard isAnythingWaiting else { return total }
        let consumer = settings.consumer
        let isPaused = try await pool.withConnection { try LogCursor.isPaused($0, consumer: consumer) }
        if isPaused { return total }
        while true {
            var moved = Pass()
            for key in try await satisfied(readySectors: readySectors) { moved += try await drainHeld(key) }
            moved.held = 0
            total += moved
            if moved.applied + moved.rejected + moved.dead == 0 { break }
        }
        if hasAskLater { total += try await askAgain(readySectors: readySectors) }
        return total
    }

    /// Held messages of one key, in log order; as many as there were when apply was paused.
    package func drainHeld(_ key: String) async throws -> Pass {
        var pass = Pass()
        let (consumer, sealer) = (settings.consumer, sealer)
        var after = LogPosition(shard: 0, pos: 0)
        var stuck: Set<SourceID> = []
        while true {
            let from = after
            let page = try await pool.withConnection { connection -> [HeldMessage]? in
                if try LogCursor.isPaused(connection, consumer: consumer) { return nil }
                return try SetAside.held(
                    connection,
                    consumer: consumer,
                    waitsFor: key,
                    after: from,
                    limit: Self.atOnce,
                    sealer: sealer
                )
            }
            guard let held = page else { return pass }
            guard let last = held.last else { break }
            after = last.entry.position
            try await learnSources(held.map(\.entry))
            let suspects = suspects
            for part in Self.parts(held, isSuspect: { suspects[DrainItem.name($0.entry.position)] != nil }) {
                try await applyHeld(part.map { ($0.entry, key) }, &stuck, &pass)
            }
            // Nothing moved: what it waits for is not there after all.
            if pass.applied + pass.rejected + pass.dead == 0 { break }
        }
        hopeless.remove(key)
        try await learnWaiting()
        return pass
    }

    /// One transaction; halves where PostgreSQL refuses the data. A try is counted before anybody is asked; a message alone
    /// with which the daemon ended three times goes to a person.
    /// - Parameter stuck: sources of which a message goes on waiting for its sector: later ones wait behind it.
    private func applyHeld(
        _ page: [(entry: LogEntry, heldFor: String?)],
        _ stuck: inout Set<SourceID>,
        _ pass: inout Pass
    ) async throws {
        if pulse.isStopping { throw CancellationError() }
        let entries = page.filter { !stuck.contains($0.entry.source) }
        guard !entries.isEmpty else { return }
        let names = entries.map { DrainItem.name($0.entry.position) }
        var decider: BatchDecider
        if names.count == 1, isDeadly(names[0]) {
            decider = self.decider(entries, splitAtOnce: false)
            decider.giveUp(reason: Self.deadlyReason, detail: Self.deadlyDetail)
        } else {
            try await count(names)
            decider = self.decider(entries, splitAtOnce: false)
            decider.read()
            try await decider.load()
            try await decider.run()
            if pulse.isStopping { throw CancellationError() }
        }
        let batch = Prepared(output: BatchOutput(decider), origin: .held, shard: 0, entries: entries.count)
        do {
            try await commit(batch)
            note(batch, &pass)
            for item in batch.output.items {
                guard case .held(let waitsFor, _) = item.verdict else { continue }
                if Self.rest(waitsFor, "sector:") != nil { stuck.insert(item.entry.source) }
            }
        } catch let error as PostgresError where error.isData {
            if entries.count == 1 {
                try await giveUp(batch, error, &pass)
            } else {
                let middle = entries.count / 2
                try await applyHeld(Array(entries[..<middle]), &stuck, &pass)
                try await applyHeld(Array(entries[middle...]), &stuck, &pass)
            }
        }
    }

    // MARK: Data that PostgreSQL refuses

    /// Whole transactions over halves of a batch, until one message is alone.
    func isolate(_ batch: Prepared, _ pass: inout Pass) async throws {
        guard case .log(let shard, let from, let to, _) = batch.origin else {
            throw ApplyError(.log, "only a range of the log can be halved")
        }
        log.warning("batch refused by the database, halving", metadata: ["shard": "\(shard)", "pos": "\(from)"])
        var pending = [(from, to)]
        while let (first, last) = pending.popLast() {
            guard let part = try await prepare(shard, limit: Int(last - first + 1)) else { return }
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

    /// Sets the one message of a batch aside, in the transaction that moves past it.
    private func giveUp(_ batch: Prepared, _ error: PostgresError, _ pass: inout Pass) async throws {
        var dead = decider(batch.output.items.map { ($0.entry, $0.heldFor) }, splitAtOnce: false)
        dead.giveUp(reason: "data", detail: error.sqlState ?? "refused by the database")
        let part = Prepared(output: BatchOutput(dead), origin: batch.origin, shard: batch.shard, entries: 1)
        try await commit(part)
        note(part, &pass)
    }
}

extension BatchDecider {
    /// Sets every item aside for a person without asking anybody.
    mutating func giveUp(reason: String, detail: String) {
        for index in items.indices where !items[index].entry.kind.contains(.refused) {
            items[index].verdict = .dead(reason: reason, detail: detail)
        }
        for index in items.indices where items[index].verdict == nil { items[index].verdict = .skipped }
    }
}
