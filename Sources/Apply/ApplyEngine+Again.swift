// Records asked again whose sector was away when their answer went out of date.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import Logging
import MessageLog
import PostgresClient

extension ApplyEngine {
    /// A row of `registry.ask_again` that waits for its sector.
    private struct AskedAgain: Sendable {
        var record: UUID
        var sector: Int16
        var isReady: Bool
    }

    /// Asks the records of `registry.ask_again` whose sector is ready, each page in one transaction with the removal of its rows.
    func askAgain(readySectors: Set<String>) async throws -> Pass {
        var pass = Pass()
        var last: UUID?
        var isAnyLeft = false
        while true {
            guard let rows = try await page(after: last, readySectors) else { return pass }
            guard let end = rows.last else { break }
            last = end.record
            let ready = rows.filter(\.isReady)
            if ready.count < rows.count { isAnyLeft = true }
            let suspects = suspects
            for part in Self.parts(ready, isSuspect: { suspects[DrainItem.name($0.record)] != nil }) {
                if try await !ask(part, &pass) { isAnyLeft = true }
            }
        }
        hasAskLater = isAnyLeft
        return pass
    }

    /// - Returns: nil while apply is paused.
    private func page(after last: UUID?, _ readySectors: Set<String>) async throws -> [AskedAgain]? {
        let (consumer, ready) = (settings.consumer, Array(readySectors))
        return try await pool.withConnection { connection -> [AskedAgain]? in
            if try LogCursor.isPaused(connection, consumer: consumer) { return nil }
            return try connection.query(
                """
                select a.record_id, a.sector_id, s.code = any($3::text[]) from registry.ask_again a
                join registry.sector s on s.id = a.sector_id
                where a.reason = $1 and ($2::uuid is null or a.record_id > $2) order by a.record_id limit $4
                """,
                [
                    .text(AskLater.unavailable), last.map { .uuid($0) } ?? .null, .textArray(ready),
                    .int8(Int64(Self.atOnce)),
                ]
            ).map { AskedAgain(record: try $0.uuid(0), sector: Int16(try $0.int(1)), isReady: try $0.bool(2)) }
        }
    }

    /// One transaction. A try is counted before anybody is asked; a record alone with which the daemon ended three times is
    /// left to a person.
    /// - Returns: whether every one of them was answered, and every other that was asked because of them.
    private func ask(_ part: [AskedAgain], _ pass: inout Pass) async throws -> Bool {
        if pulse.isStopping { throw CancellationError() }
        let ids = part.map(\.record)
        var decider = decider([], splitAtOnce: false)
        if part.count == 1, isDeadly(DrainItem.name(ids[0])) {
            decider.askLater[ids[0]] = AskLater(sector: part[0].sector, reason: Self.deadlyReason)
            log.error(
                "record left to a person: the daemon ended three times while it was asked again",
                metadata: ["record": "\(ids[0].lowercased)"]
            )
        } else {
            try await count(ids.map { DrainItem.name($0) })
            try await decider.markStale(records: ids)
            try await decider.askAgain()
            if pulse.isStopping { throw CancellationError() }
        }
        var output = BatchOutput(decider)
        output.askedAgain = ids.filter { decider.askLater[$0] == nil }
        let batch = Prepared(output: output, origin: .again(ids), shard: 0, entries: 0)
        try await commit(batch)
        note(batch, &pass)
        return output.askedAgain.count == ids.count
            && !output.askLater.contains { $0.later.reason == AskLater.unavailable }
    }
}
