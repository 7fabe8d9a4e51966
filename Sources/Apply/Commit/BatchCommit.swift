// One transaction: what a batch does to the registry, its verdicts, and the move of the cursor.
// SPDX-License-Identifier: Apache-2.0
import FailPoints
import FoundationEssentials
import MessageLog
import PluginKit
import PostgresClient
import Registry

/// Where a batch came from, and so what its transaction does to the log.
enum BatchOrigin: Sendable {
    /// Read at the cursor: positions `from ... to` of a shard.
    case log(shard: Int, from: Int64, to: Int64, fence: Int64)
    /// Held messages tried again.
    case held
    /// These records asked again because their sector is back.
    case again([UUID])
}

struct BatchCommit: Sendable {
    let consumer: String
    let sealing: ResidentCipher
    let bodies: BodySealing
    let plugins: String
    /// One of the cursors that this engine holds: what comes from no range of the log is written under its fence.
    let cursor: CursorState?

    func write(_ output: BatchOutput, _ origin: BatchOrigin, _ pool: PostgresPool) async throws {
        FailPoint.hit("apply.before-begin")
        try await pool.transaction { connection in
            switch origin {
            case .log: break
            case .held, .again: if let cursor { try LogCursor.require(connection, cursor) }
            }
            try ResidentWriting.write(output.residents, connection, sealing)
            try PersonWriter.write(output.persons, connection)
            try DossierWriter.write(output.posyandu, connection)
            try RecordWriter.write(output, connection, bodies: bodies)
            try CaseWriter.write(output, connection, sealing: bodies)
            try RecordChange.write(output.changes, connection, sealing: sealing)
            try AttachmentRows.name(connection, output.items.flatMap(\.attachments))
            FailPoint.hit("apply.effects-written")
            try writeVerdicts(output, connection)
            switch origin {
            case .log(let shard, let from, let to, let fence):
                try LogJournal.append(
                    connection,
                    consumer: consumer,
                    shard: shard,
                    from: from,
                    to: to,
                    plugins: plugins
                )
                try LogCursor.advance(
                    connection,
                    consumer: consumer,
                    shard: shard,
                    from: from - 1,
                    to: to,
                    fence: fence
                )
            case .held, .again:
                let tried = output.tried(origin)
                try DrainTries.forget(connection, consumer: consumer, tried.settled)
                try DrainTries.takeBack(connection, consumer: consumer, tried.waiting)
            }
            FailPoint.hit("apply.before-commit")
        }
        FailPoint.hit("apply.after-commit")
    }

    private func writeVerdicts(_ output: BatchOutput, _ connection: isolated PostgresConnection) throws {
        var counts: [SourceID: OutcomeCounts] = [:]
        var aside: [SetAsideMessage] = []
        var drained: [(position: LogPosition, isApplied: Bool)] = []
        var rejected: [(item: Item, violations: [Violation])] = []
        for item in output.items {
            guard let verdict = item.verdict else { continue }
            var change = OutcomeCounts()
            var isAside = false
            switch verdict {
            case .skipped: continue
            case .applied:
                change.applied = 1
                if item.heldFor != nil { drained.append((item.entry.position, true)) }
            case .rejected(let violations):
                change.rejected = 1
                rejected.append((item, violations))
                if item.heldFor != nil { drained.append((item.entry.position, false)) }
            case .held(let waitsFor, let reason):
                // It goes on waiting for the same: nothing to write.
                if waitsFor == item.heldFor { continue }
                change.held = 1
                isAside = true
                aside.append(
                    SetAsideMessage(
                        position: item.entry.position,
                        state: .held,
                        reason: reason,
                        waitsFor: waitsFor
                    )
                )
            case .dead(let reason, let detail):
                change.dead = 1
                isAside = true
                aside.append(
                    SetAsideMessage(
                        position: item.entry.position,
                        state: .dead,
                        reason: reason,
                        detail: detail,
                        tries: 3
                    )
                )
            }
            if item.heldFor != nil { change.held -= 1 }
            counts[item.entry.source, default: OutcomeCounts()] += change
            if isAside { FailPoint.hit("apply.set-aside") }
        }
        try SetAside.put(connection, consumer: consumer, aside)
        try SetAside.drained(connection, consumer: consumer, drained)
        try writeRejections(rejected, connection)
        try MessageOutcomes.add(connection, counts)
    }

    private func writeRejections(
        _ rejected: [(item: Item, violations: [Violation])],
        _ connection: isolated PostgresConnection
    ) throws {
        guard !rejected.isEmpty else { return }
        try connection.execute(
            """
            insert into registry.rejection(lineage, source_id, epoch, seq, message_id, type, violations)
            select * from unnest($1::bigint[], $2::int[], $3::int[], $4::bigint[], $5::uuid[], $6::text[], $7::text[])
            on conflict (lineage) do update set violations = excluded.violations, at = now()
            """,
            [
                .int8Array(rejected.map(\.item.entry.lineage)), .int4Array(rejected.map(\.item.entry.source.value)),
                .int4Array(rejected.map(\.item.entry.epoch)), .int8Array(rejected.map(\.item.entry.seq)),
                .uuidOptionalArray(rejected.map(\.item.message?.id)),
                .textArray(rejected.map { $0.item.message?.type ?? "" }),
                .textArray(
                    rejected.map { item, violations in
                        let isSealed = item.entry.kind.contains(.sealed)
                        return Self.json(
                            RejectionText.withoutQuotes(violations, of: item.message, isSealed: isSealed)
                        )
                    }
                ),
            ]
        )
    }

    static func json(_ violations: [Violation]) -> String {
        var writer = JSONWriter()
        writer.beginArray()
        for violation in violations {
            writer.beginObject()
            writer.name("code")
            writer.string(violation.code)
            if let field = violation.field {
                writer.name("field")
                writer.string(field)
            }
            writer.name("message")
            writer.string(violation.message)
            writer.endObject()
        }
        writer.endArray()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
