// What was set aside: held messages whose time has come, records asked again, and data that PostgreSQL refuses.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import Logging
import MessageLog
import PostgresClient

extension ApplyEngine {
    /// Messages or records taken by one transaction of a drain.
    private static let atOnce = 500

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
    package func drain(readySectors: Set<String>) async throws -> Pass {
        var total = Pass()
        guard isAnythingWaiting else { return total }
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

    /// Held messages of one key, in log order.
    package func drainHeld(_ key: String) async throws -> Pass {
        var pass = Pass()
        let (consumer, sealer) = (settings.consumer, sealer)
        hopeless.remove(key)
        var after = LogPosition(shard: 0, pos: 0)
        while true {
            let from = after
            let held = try await pool.withConnection { connection in
                try SetAside.held(
                    connection,
                    consumer: consumer,
                    waitsFor: key,
                    after: from,
                    limit: Self.atOnce,
                    sealer: sealer
                )
            }
            guard let last = held.last else { break }
            after = last.entry.position
            try await learnSources(held.map(\.entry))
            try await applyHeld(held.map { ($0.entry, key) }, &pass)
            // Nothing moved: what it waits for is not there after all.
            if pass.applied + pass.rejected + pass.dead == 0 { break }
        }
        try await learnWaiting()
        return pass
    }

    /// One transaction; halves where PostgreSQL refuses the data.
    private func applyHeld(_ entries: [(entry: LogEntry, heldFor: String?)], _ pass: inout Pass) async throws {
        var decider = decider(entries, splitAtOnce: false)
        decider.read()
        try await decider.load()
        try await decider.run()
        let batch = Prepared(output: BatchOutput(decider), origin: .held, shard: 0, entries: entries.count)
        do {
            try await commit(batch)
            note(batch, &pass)
        } catch let error as PostgresError where error.isData {
            if entries.count == 1 {
                try await giveUp(batch, error, &pass)
            } else {
                let middle = entries.count / 2
                try await applyHeld(Array(entries[..<middle]), &pass)
                try await applyHeld(Array(entries[middle...]), &pass)
            }
        }
    }

    // MARK: Records asked again

    /// Asks the records of `registry.ask_again` whose sector is ready, each page in one transaction with the removal of its rows.
    private func askAgain(readySectors: Set<String>) async throws -> Pass {
        var pass = Pass()
        var last: UUID?
        var isAnyLeft = false
        while true {
            let (from, ready) = (last, Array(readySectors))
            let rows = try await pool.withConnection { connection in
                try connection.query(
                    """
                    select a.record_id, s.code = any($3::text[]) from registry.ask_again a
                    join registry.sector s on s.id = a.sector_id
                    where a.reason = $1 and ($2::uuid is null or a.record_id > $2) order by a.record_id limit $4
                    """,
                    [
                        .text(AskLater.unavailable), from.map { .uuid($0) } ?? .null, .textArray(ready),
                        .int8(Int64(Self.atOnce)),
                    ]
                ).map { (id: try $0.uuid(0), isReady: try $0.bool(1)) }
            }
            guard let end = rows.last else { break }
            last = end.id
            let ids = rows.filter(\.isReady).map(\.id)
            if ids.count < rows.count { isAnyLeft = true }
            guard !ids.isEmpty else { continue }
            var decider = decider([], splitAtOnce: false)
            try await decider.markStale(records: ids)
            try await decider.askAgain()
            var output = BatchOutput(decider)
            output.askedAgain = ids.filter { decider.askLater[$0] == nil }
            if output.askedAgain.count < ids.count { isAnyLeft = true }
            let batch = Prepared(output: output, origin: .again, shard: 0, entries: 0)
            try await commit(batch)
            note(batch, &pass)
        }
        hasAskLater = isAnyLeft
        return pass
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
