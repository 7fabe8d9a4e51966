// The engine's hold on the log: lease and fence, and the tries that are counted before a handler sees anything.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import MessageLog
import PostgresClient

extension ApplyEngine {
    /// Of a message or record alone: this many tries that the daemon did not outlive, and nobody is asked about it any more.
    static let mostTries = 3
    static let deadlyReason = "crash"
    static let deadlyDetail = "the daemon ended three times with this message in hand"

    // MARK: Lease

    /// Takes the cursors and learns what waits. Called at start and after every error.
    /// - Throws: `ApplyError.fenced` when another consumer holds them.
    package func takeOver() async throws {
        let (consumer, owner, seconds, outlived) = (settings.consumer, settings.owner, settings.leaseSeconds, inHand)
        let (taken, tries) = try await pool.withConnection { connection in
            try LogCursor.register(connection, consumer: consumer)
            let taken = try LogCursor.take(connection, consumer: consumer, owner: owner, seconds: seconds)
            try DrainTries.takeBack(connection, consumer: consumer, outlived)
            return (taken, try DrainTries.read(connection, consumer: consumer))
        }
        inHand = []
        suspects = tries
        guard taken.count == Shards.count else {
            throw ApplyError(.fenced, "another apply holds \(Shards.count - taken.count) shards of the log")
        }
        cursors = Dictionary(uniqueKeysWithValues: taken.map { ($0.shard, $0) })
        for cursor in taken where applied[cursor.shard] != cursor.pos { survived[cursor.shard] = nil }
        applied = cursors.mapValues(\.pos)
        limits = [:]
        for cursor in taken where cursor.tries > survived[cursor.shard] ?? 0 && cursor.tryTo > cursor.pos {
            limits[cursor.shard] = max(1, Int(cursor.tryTo - cursor.pos) / 2)
        }
        hasAskLater = true
        forgetSources()
        try await learnWaiting(isFirst: true)
    }

    /// How often the lease is prolonged: four times while it lasts.
    nonisolated var renewal: Duration { .milliseconds(settings.leaseSeconds * 250) }

    /// Prolongs the lease; may be called while a batch is in hand.
    /// - Throws: `ApplyError.fenced` when another consumer has taken a cursor.
    package func renew() async throws {
        let held = cursors.values.sorted { $0.shard < $1.shard }
        let (owner, seconds) = (settings.owner, settings.leaseSeconds)
        let kept = try await pool.withConnection { connection in
            try LogCursor.renew(connection, held, owner: owner, seconds: seconds)
        }
        guard kept.count == held.count else { throw ApplyError(.fenced, "the lease on the log was lost") }
    }

    /// Begins nothing more: what is being decided is dropped, what is being committed is committed. For ever.
    package nonisolated func stop() { pulse.stop() }

    /// Gives the cursors back. What was begun and dropped was no crash.
    package func release() async throws {
        let (consumer, owner, outlived) = (settings.consumer, settings.owner, inHand)
        let begun = survived.compactMap { shard, tries in cursors[shard].map { (cursor: $0, tries: tries) } }
        let applied = applied
        try await pool.withConnection { connection in
            for (cursor, tries) in begun {
                try LogCursor.takeBackTries(
                    connection,
                    consumer: consumer,
                    shard: cursor.shard,
                    from: applied[cursor.shard] ?? cursor.pos,
                    fence: cursor.fence,
                    tries: tries
                )
            }
            try DrainTries.takeBack(connection, consumer: consumer, outlived)
            try LogCursor.release(connection, consumer: consumer, owner: owner)
        }
        survived = [:]
        inHand = []
    }

    // MARK: Tries

    /// Counts a try before a handler sees the batch. Tries that failed while this process lived are taken back first: what is
    /// counted is how often the daemon ended.
    func count(_ shard: Int, _ cursor: CursorState, to last: Int64) async throws -> Int {
        let (consumer, outlived, after) = (settings.consumer, survived[shard] ?? 0, applied[shard] ?? 0)
        let tries = try await pool.withConnection { connection in
            if outlived > 0 {
                try LogCursor.takeBackTries(
                    connection,
                    consumer: consumer,
                    shard: shard,
                    from: after,
                    fence: cursor.fence,
                    tries: outlived
                )
            }
            return try LogCursor.countTry(
                connection,
                consumer: consumer,
                shard: shard,
                from: after,
                to: last,
                fence: cursor.fence
            )
        }
        survived[shard] = 1
        return tries
    }

    /// Counts a try of what a drain takes in hand, by ``DrainItem``, as ``count(_:_:to:)`` does for the log.
    func count(_ items: [String]) async throws {
        let (consumer, outlived) = (settings.consumer, inHand)
        try await pool.withConnection { connection in
            try DrainTries.count(connection, consumer: consumer, items, outlived: outlived)
        }
        inHand = items
    }

    /// Whether the daemon ended too often with this of a drain in hand.
    func isDeadly(_ item: String) -> Bool { suspects[item, default: 0] >= Self.mostTries }

    /// Splits a page of a drain in its order: what may have ended the daemon is alone.
    static func parts<Element>(_ page: [Element], isSuspect: (Element) -> Bool) -> [[Element]] {
        var parts: [[Element]] = []
        var isOpen = false
        for element in page {
            let isAlone = isSuspect(element)
            if isOpen, !isAlone {
                parts[parts.count - 1].append(element)
            } else {
                parts.append([element])
            }
            isOpen = !isAlone
        }
        return parts
    }
}

/// Under which names the tries of drains are counted.
enum DrainItem {
    static func name(_ held: LogPosition) -> String { "held \(held.shard)/\(held.pos)" }
    static func name(_ record: UUID) -> String { "again \(record.lowercased)" }
}

extension BatchOutput {
    /// What a drain had in hand: items it is done with, and items that wait as before.
    func tried(_ origin: BatchOrigin) -> (settled: [String], waiting: [String]) {
        var settled: [String] = []
        var waiting: [String] = []
        switch origin {
        case .log: break
        case .held:
            for item in items {
                var isWaiting = false
                if case .held(let waitsFor, _) = item.verdict { isWaiting = waitsFor == item.heldFor }
                let name = DrainItem.name(item.entry.position)
                if isWaiting { waiting.append(name) } else { settled.append(name) }
            }
        case .again(let records):
            let unavailable = Set(askLater.filter { $0.later.reason == AskLater.unavailable }.map(\.record))
            for record in records {
                let name = DrainItem.name(record)
                if unavailable.contains(record) { waiting.append(name) } else { settled.append(name) }
            }
        }
        return (settled, waiting)
    }
}
