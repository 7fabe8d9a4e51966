// What the engine remembers between batches: how far it is, who may write what, and what waits.
// SPDX-License-Identifier: Apache-2.0
import Cases
import FoundationEssentials
import Logging
import MessageLog
import PostgresClient

extension ApplyEngine {
    /// Remembers what a committed batch changed for the next ones, and counts it.
    func note(_ batch: Prepared, _ pass: inout Pass) {
        var part = Pass()
        part.entries = batch.entries
        part.again = batch.output.askedAgain.count
        waiting.formUnion(batch.output.newlyWaiting)
        holding.formUnion(batch.output.newlyHolding)
        if !batch.output.askLater.isEmpty { hasAskLater = true }
        for item in batch.output.items {
            switch item.verdict {
            case .applied: part.applied += 1
            case .rejected: part.rejected += 1
            case .held(let waitsFor, _):
                part.held += 1
                awaited.insert(waitsFor)
            case .dead(let reason, let detail):
                part.dead += 1
                tell(item, reason, detail)
            case .skipped, nil: continue
            }
        }
        pass += part
        switch batch.origin {
        case .log(let shard, _, let to, _):
            applied[shard] = to
            survived[shard] = nil
            if let limit = limits[shard] { limits[shard] = limit * 2 >= settings.batch ? nil : limit * 2 }
        case .held, .again:
            inHand = []
            for item in batch.output.tried(batch.origin).settled { suspects[item] = nil }
            // They were held before.
            part.held = 0
        }
        pulse.committed(part)
    }

    private func tell(_ item: Item, _ reason: String, _ detail: String) {
        log.error(
            "message set aside for a person: \(reason), \(detail)",
            metadata: [
                "shard": "\(item.entry.position.shard)", "pos": "\(item.entry.position.pos)",
                "record": "\(item.message?.id.lowercased ?? "")",
            ]
        )
    }

    /// Learns for which posyandu each source may write, and what: all sources anew when an unknown one appears.
    func learnSources(_ entries: [LogEntry]) async throws {
        guard entries.contains(where: { !knownSources.contains($0.source) }) else { return }
        let version = sourcesVersion
        let rows = try await pool.withConnection { connection in
            try connection.query(
                """
                select source_id, posyandu, shard, array_to_string(roles, ' '), array_to_string(offices, ' '), area
                from log.source
                """
            ).map { (SourceID(try $0.int(0)), try $0.optionalUUID(1), try Self.duty($0)) }
        }
        for (source, posyandu, duty) in rows {
            sourcePosyandu[source] = posyandu
            duties[source] = duty
        }
        if version == sourcesVersion { knownSources = Set(rows.map(\.0)) }
    }

    /// What sources may do is learned anew with the next entries that are read.
    package func forgetSources() {
        knownSources = []
        sourcesVersion += 1
    }

    private static func duty(_ row: PostgresRow) throws -> SourceDuty {
        if try row.int(2) == Shards.own { return SourceDuty(rights: .own) }
        func words(_ column: Int) throws -> [String]? {
            try row.optionalString(column).map { $0.split(separator: " ").map(String.init) }
        }
        let rights = CaseRights(
            roles: try words(3),
            offices: try words(4) ?? [],
            hasPosyandu: try row.optionalUUID(1) != nil
        )
        return SourceDuty(rights: rights, area: try row.optionalString(5))
    }

    /// Reads what held messages wait for.
    /// - Parameter isFirst: nothing is remembered from before.
    package func learnWaiting(isFirst: Bool = false) async throws {
        let consumer = settings.consumer
        let rows = try await pool.withConnection { connection in
            try connection.query(
                "select distinct source_id, waits_for from log.dead where consumer = $1 and state = 'held'",
                [.text(consumer)]
            ).map { (SourceID(try $0.int(0)), try $0.optionalString(1) ?? "") }
        }
        let before = holding
        awaited = Set(rows.map(\.1))
        holding = Set(rows.filter { !WaitingKey.isRecord($0.1) }.map(\.0))
        let released = isFirst ? nil : before.subtracting(holding)
        for (source, key) in rows where WaitingKey.isRecord(key) && !holding.contains(source) {
            if released?.contains(source) ?? true { hopeless.insert(key) }
        }
        waiting = Set(
            rows.compactMap { source, key in
                key.hasPrefix("sector:") ? WaitingKey(source: source, sector: String(key.dropFirst(7))) : nil
            }
        )
    }
}
