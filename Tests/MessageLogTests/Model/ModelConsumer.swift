// The consumer of the model: applies the log to a table keyed by the message's bytes, as apply does with the registry.
// SPDX-License-Identifier: Apache-2.0
import PostgresClient

@testable import MessageLog

/// Statements of the model's `apply`, on one connection.
struct ModelConsumer: Sendable {
    static let name = "apply"
    static let schema = """
        create schema model;
        create table model.registry(id text primary key, source_id int, epoch int, seq bigint,
                                    ord bigint generated always as identity);
        """

    struct Crash: Error {}

    let rules: Rules
    let sealer: ToySealer

    /// What one call does beside applying.
    enum Fault: Sendable {
        case none
        case crashBeforeCommit
        case crashAfterCommit
        /// Between reading and writing, another call of the same holder applies the same range.
        case overtaken
    }

    /// Reads a range and applies it. `isOpen`: whether the sector that H messages wait for answers.
    func step(
        _ c: isolated PostgresConnection,
        cursor: CursorState,
        limit: Int,
        isOpen: Bool,
        fault: Fault
    ) throws {
        let range = try LogReader(sealer: sealer, rules: rules).read(
            c,
            shard: cursor.shard,
            after: cursor.pos,
            limit: limit
        )
        guard !range.entries.isEmpty else { return }
        if fault == .overtaken { try commit(c, cursor, range, isOpen: isOpen) }
        if fault != .overtaken {
            _ = try LogCursor.countTry(
                c,
                consumer: Self.name,
                shard: cursor.shard,
                from: range.after,
                to: range.last,
                fence: cursor.fence
            )
        }
        try commit(c, cursor, range, isOpen: isOpen, crashes: fault == .crashBeforeCommit)
        if fault == .crashAfterCommit { throw Crash() }
    }

    private func commit(
        _ c: isolated PostgresConnection,
        _ cursor: CursorState,
        _ range: LogRange,
        isOpen: Bool,
        crashes: Bool = false
    ) throws {
        try c.transaction {
            var counts: [SourceID: OutcomeCounts] = [:]
            var aside: [SetAsideMessage] = []
            for entry in range.entries where !entry.kind.contains(.refused) {
                let text = String(decoding: entry.payload, as: UTF8.self)
                if text.hasPrefix("P") {
                    aside.append(SetAsideMessage(position: entry.position, state: .dead, reason: "data"))
                    counts[entry.source, default: .init()].dead += 1
                } else if text.hasPrefix("H"), !isOpen {
                    aside.append(
                        SetAsideMessage(position: entry.position, state: .held, reason: "sector", waitsFor: "sector")
                    )
                    counts[entry.source, default: .init()].held += 1
                } else {
                    try insert(c, entry, text)
                    counts[entry.source, default: .init()].applied += 1
                }
            }
            try SetAside.put(c, consumer: Self.name, aside)
            try MessageOutcomes.add(c, counts)
            try LogJournal.append(
                c,
                consumer: Self.name,
                shard: cursor.shard,
                from: range.after + 1,
                to: range.last,
                plugins: "model/1"
            )
            try LogCursor.advance(
                c,
                consumer: Self.name,
                shard: cursor.shard,
                from: range.after,
                to: range.last,
                fence: cursor.fence,
                rules: rules
            )
            if crashes { throw Crash() }
        }
    }

    /// Applies held messages that wait for `key`.
    func drain(_ c: isolated PostgresConnection, waitsFor key: String) throws {
        let held = try SetAside.held(c, consumer: Self.name, waitsFor: key, limit: 50, sealer: sealer)
        guard !held.isEmpty else { return }
        try c.transaction {
            var counts: [SourceID: OutcomeCounts] = [:]
            for message in held {
                try insert(c, message.entry, String(decoding: message.entry.payload, as: UTF8.self))
                counts[message.entry.source, default: .init()] += OutcomeCounts(applied: 1, held: -1)
            }
            try SetAside.drained(c, consumer: Self.name, held.map { ($0.entry.position, true) })
            try MessageOutcomes.add(c, counts)
        }
    }

    private func insert(_ c: isolated PostgresConnection, _ entry: LogEntry, _ text: String) throws {
        try c.execute(
            "insert into model.registry(id, source_id, epoch, seq) values ($1, $2, $3, $4) on conflict (id) do nothing",
            [.text(text), .int4(entry.source.value), .int4(entry.epoch), .int8(entry.seq)]
        )
    }
}
