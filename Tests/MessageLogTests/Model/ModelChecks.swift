// Drains the world and checks the invariants of the log.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PostgresClient

@testable import MessageLog

extension ModelWorld {
    /// Everything is sent and applied; every device gets its acknowledgement.
    func drain() async throws {
        isSectorOpen = true
        for round in 0..<200 {
            var isDone = true
            for index in devices.indices {
                let device = devices[index]
                let row = try await status(device.source)
                // A blocked or re-enrolled device finds out by sending what it has.
                let first = device.acknowledged < device.log.count ? device.acknowledged + 1 : max(1, device.log.count)
                guard !device.log.isEmpty else { continue }
                guard
                    device.acknowledged < device.log.count || row?.state != .open || row?.epoch != device.epoch
                        || round == 0
                else { continue }
                isDone = false
                let count = min(50, device.log.count - first + 1)
                try await handle(index, await send([device.batch(from: first, count: count, via: .https)])[0])
            }
            try await drainSpool()
            for shard in 0..<Shards.count { try await apply(shard: shard, limit: 200, fault: .none) }
            let lag = try await log.pool.withConnection { c in
                try LogLag.read(c).reduce(0) { $0 + $1.entries }
            }
            if isDone, lag == 0 {
                let held = try await log.count("select count(*) from log.dead where state = 'held'")
                if held == 0 { return }
            }
        }
        throw Violation("the world does not come to rest")
    }

    /// Between steps and at the end.
    func checkConservation() async throws {
        let counts = try await log.conservation()
        guard counts.isBalanced else {
            let source = counts.unbalanced.first
            throw Violation(
                "conservation is off by \(source?.counts.difference ?? 0): \(String(describing: source?.counts))"
            )
        }
        let lag = try await log.pool.withConnection { c in try LogLag.read(c) }
        guard lag.allSatisfy({ $0.entries >= 0 }) else { throw Violation("a cursor is beyond the log") }
    }

    func checkEverything() async throws {
        try await checkConservation()
        let sealer = log.sealer
        let entries: [(entry: LogEntry, uuid: String)] = try await log.pool.withConnection { c in
            var names: [SourceID: String] = [:]
            for row in try c.query("select source_id, uuid from log.source") {
                names[SourceID(try row.int(0))] = try row.uuid(1).uuidString
            }
            var all: [(LogEntry, String)] = []
            for shard in 0..<Shards.count {
                var after: Int64 = 0
                while true {
                    let range = try LogReader(sealer: sealer).read(c, shard: shard, after: after, limit: 500)
                    if range.entries.isEmpty { break }
                    all += range.entries.map { ($0, names[$0.source] ?? "") }
                    after = range.last
                }
            }
            return all
        }
        try checkSequences(entries)
        try await checkPresence(entries.map(\.entry))
        try await checkOrder()
    }

    /// Dense per source and epoch in the order of positions, and only what some device wrote there.
    private func checkSequences(_ entries: [(entry: LogEntry, uuid: String)]) throws {
        var last: [String: Int64] = [:]
        for (entry, uuid) in entries {
            let key = "\(uuid)/\(entry.epoch)"
            guard entry.seq == last[key, default: 0] + 1 else {
                throw Violation("\(key): \(entry.seq) follows \(last[key, default: 0])")
            }
            last[key] = entry.seq
            let text = String(decoding: entry.payload, as: UTF8.self)
            guard written["\(key)/\(entry.seq)"]?.contains(text) == true else {
                throw Violation("\(key)/\(entry.seq) holds what nobody wrote there")
            }
        }
    }

    /// Every acknowledged message, and every message that a device still holds, is in the registry once, or dead, or
    /// was refused.
    private func checkPresence(_ entries: [LogEntry]) async throws {
        let sealer = log.sealer
        var found = Set(
            entries.filter { $0.kind.contains(.refused) }.map { String(decoding: $0.payload, as: UTF8.self) }
        )
        let registered = try await log.pool.withConnection { c in
            try c.query("select id from model.registry").map { try $0.string(0) }
        }
        found.formUnion(registered)
        let dead = try await log.pool.withConnection { c in
            try DeadLetters.list(c, consumer: ModelConsumer.name, states: ["dead"], limit: 1_000_000).compactMap {
                try DeadLetters.show(c, consumer: ModelConsumer.name, at: $0.position, sealer: sealer)?.entry.payload
            }
        }
        found.formUnion(dead.map { String(decoding: $0, as: UTF8.self) })
        for text in promised where !found.contains(text) { throw Violation("acknowledged, then lost: \(text)") }
        for device in devices {
            for message in device.log where !found.contains(message.text) {
                throw Violation("held by a device and acknowledged, but nowhere: \(message.text)")
            }
        }
    }

    /// First application follows each source's order within an epoch (held and retried messages come later by design),
    /// and a replay
    /// along the journal repeats it.
    private func checkOrder() async throws {
        let broken = try await log.count(
            """
            select count(*) from (
              select seq < max(seq) over (partition by source_id, epoch order by ord) as late
                from model.registry where id !~ '^[HP]') x where late
            """
        )
        guard broken == 0 else { throw Violation("\(broken) messages were applied out of order") }
        let sealer = log.sealer
        let (first, again): ([String], [String]) = try await log.pool.withConnection { c in
            let first = try c.query("select id from model.registry where id !~ '^[HP]' order by ord").map {
                try $0.string(0)
            }
            var seen: Set<String> = []
            var again: [String] = []
            var after: Int64 = 0
            while true {
                let rows = try LogJournal.walk(c, after: after, limit: 100)
                guard let last = rows.last else { break }
                after = last.id
                for row in rows {
                    let range = try LogReader(sealer: sealer).read(
                        c,
                        shard: row.shard,
                        after: row.from - 1,
                        limit: Int(row.to - row.from + 1)
                    )
                    for entry in range.entries where !entry.kind.contains(.refused) {
                        let text = String(decoding: entry.payload, as: UTF8.self)
                        if text.hasPrefix("H") || text.hasPrefix("P") { continue }
                        if seen.insert(text).inserted { again.append(text) }
                    }
                }
            }
            return (first, again)
        }
        guard first == again else { throw Violation("a replay along the journal gives another order") }
    }
}
