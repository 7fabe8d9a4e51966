// Tells the next role that a deadline has passed: as messages of the node's own source, once per level and episode.
// SPDX-License-Identifier: Apache-2.0
import Cases
import FoundationEssentials
package import Logging
package import MessageLog
package import PluginKit
import PostgresClient
import ServiceLifecycle

/// What a look for passed deadlines found.
package struct EscalationRound: Sendable, Equatable {
    /// Open cases looked at.
    package var cases = 0
    /// Messages appended.
    package var told = 0
    /// Nothing was looked at: apply has not come to what the node said before.
    package var isBehind = false
}

/// Finds the open cases whose deadlines have passed more often than roles were told, and says so in the log. What the message does
/// is decided when it is applied, on the case as it stands then: two looks at once tell nobody twice.
package struct CaseEscalation: Sendable {
    /// Messages in one append.
    private static let atOnce = 500

    private let book: CaseBook
    private let writer: LogWriter
    private let own: OwnSource
    private let wakeApply: @Sendable () -> Void
    private let log: Logger

    package init(
        book: CaseBook,
        writer: LogWriter,
        own: OwnSource,
        wakeApply: @escaping @Sendable () -> Void = {},
        log: Logger
    ) {
        self.book = book
        self.writer = writer
        self.own = own
        self.wakeApply = wakeApply
        self.log = log
    }

    /// Looks once.
    /// - Parameter today: the day on which the deadlines are asked about; nil for today in the kabupaten.
    package func look(today: CivilDate? = nil) async throws -> EscalationRound {
        var round = EscalationRound()
        let now = WallClock.microseconds()
        let day = today ?? book.day(of: now)
        let (pool, own) = (book.pool, own)
        let rows = try await pool.withConnection { connection -> [CaseRow]? in
            try own.register(connection)
            guard try Self.isApplied(connection) else { return nil }
            return try CaseRow.read(connection, CaseQuery(), offices: false, today: day)
        }
        guard let rows else {
            round.isBehind = true
            return round
        }
        round.cases = rows.count
        var messages: [LocalMessage] = []
        for listed in book.reckon(rows.filter { $0.pauseReason == nil }, today: day) {
            messages += try tell(listed, on: day, at: now)
        }
        round.told = messages.count
        while !messages.isEmpty {
            _ = try await writer.append(Array(messages.prefix(Self.atOnce)), to: own.uuid)
            messages.removeFirst(min(Self.atOnce, messages.count))
        }
        if round.told > 0 {
            log.notice("deadlines have passed", metadata: ["told": "\(round.told)", "open": "\(round.cases)"])
            wakeApply()
        }
        return round
    }

    /// A message for each level that is to be told; each expects the one before it to have been applied.
    private func tell(_ listed: ListedCase, on day: CivilDate, at now: Int64) throws -> [LocalMessage] {
        guard let flow = book.sectors().first(where: { $0.id == listed.row.sector })?.workflow else { return [] }
        var (told, revision) = (listed.row.told, listed.row.revision)
        var messages: [LocalMessage] = []
        while let (deadline, role) = flow.escalation(of: listed.deadlines, told: told) {
            let data: JSONObject = [
                "kasus": .string(listed.row.id.uuidString.lowercased()),
                "episode": .number(JSONNumber(listed.row.episode)),
                "tenggat": .string(deadline), "tingkat": .string(role.rawValue),
                "revisi": .number(JSONNumber(revision)),
                "tanggal": .string(day.description),
            ]
            let made = try own.message("kasus.dieskalasi", posyandu: listed.row.posyandu, data: data, at: now)
            messages.append(made.message)
            told.append(role.rawValue)
            revision += 1
        }
        return messages
    }

    /// Whether apply has come to the end of the node's own shard: else a second look would say the same again.
    private static func isApplied(_ connection: isolated PostgresConnection) throws -> Bool {
        let rows = try connection.query(
            """
            select s.next_pos - 1 <= coalesce(c.pos, 0) from log.shard s
            left join log.cursor c on c.shard = s.shard and c.consumer = 'apply' where s.shard = $1
            """,
            [.int2(Int16(Shards.own))]
        )
        return try rows.first?.bool(0) ?? true
    }
}

/// Looks for passed deadlines again and again.
package struct EscalationService: Service {
    private let escalation: CaseEscalation
    private let minutes: Int
    private let log: Logger

    /// - Parameter minutes: between two looks; 0 for never.
    package init(_ escalation: CaseEscalation, every minutes: Int, log: Logger) {
        self.escalation = escalation
        self.minutes = minutes
        self.log = log
    }

    package func run() async throws {
        guard minutes > 0 else {
            try? await gracefulShutdown()
            return
        }
        // Not at once: apply takes in first what has come while the node was down.
        var pause = Duration.seconds(60)
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            let wait = pause
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: wait) }
            guard !Task.isShuttingDownGracefully, !Task.isCancelled else { return }
            do {
                let round = try await escalation.look()
                pause = round.isBehind ? .seconds(60) : .seconds(60 * minutes)
            } catch {
                log.warning("deadlines wait: \(error)")
                pause = .seconds(60)
            }
        }
    }
}
