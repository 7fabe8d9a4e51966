// Whether the node does its work: asked by /readyz, by the status command and by the watchdog.
// SPDX-License-Identifier: Apache-2.0
package import Apply
package import MessageLog
package import PluginHost
package import PostgresClient
import Synchronization

/// Looks at the parts that must work together and names what does not.
package final class Readiness: Sendable {
    private let pool: PostgresPool
    private let writer: LogWriter
    private let apply: ApplyService
    private let host: SectorHost
    /// The counts of the log as last looked at, for everything that shows or judges them.
    package let conservation: ConservationWatch
    private let lastProgress = Mutex(Progress())

    private struct Progress {
        var steps = -1
        /// Questions that each worker is done with, while apply waits for one: the host may ask it in several parts.
        var answers: [Int] = []
        var since = ContinuousClock.now
    }

    package init(pool: PostgresPool, writer: LogWriter, apply: ApplyService, host: SectorHost) {
        self.pool = pool
        self.writer = writer
        self.apply = apply
        self.host = host
        conservation = ConservationWatch(pool: pool)
    }

    /// Reasons why the node is not ready, in words for an operator; empty when it is.
    package func reasons() async -> [String] {
        var reasons: [String] = []
        do {
            _ = try await pool.withConnection { try $0.query("select 1") }
        } catch {
            reasons.append("database does not answer: \(error)")
        }
        let health = writer.health
        if health.shards == 0 { reasons.append("intake does not hold the log's shards") }
        if !health.isDurable {
            reasons.append("PostgreSQL does not keep commits (fsync, full_page_writes or synchronous_commit is off)")
        }
        if let trouble = apply.now.trouble { reasons.append("apply waits: \(trouble)") }
        // One that a person switched off is as it should be.
        for sector in await host.status() where sector.state != .ready && sector.state != .disabled {
            reasons.append(
                "sector \(sector.id) is \(sector.state == .refused ? "refused" : "not ready"): its records are held"
            )
        }
        if let counts = await conservation.latest(), counts.unbalanced > 0 {
            let difference = counts.total.difference
            reasons.append(
                "messages of \(counts.unbalanced) sources are not accounted for (difference \(difference)): "
                    + "posyanductl audit conserve"
            )
        }
        return reasons
    }

    /// Whether work moved or there was none: apply made a step since the last question, or within the given time (while it waits
    /// for a sector, within the time that a question may take), or the database is away. That is waited for, not repaired by a
    /// restart; a busy pool is not asked.
    package func isProgressing(within limit: Duration) async -> Bool {
        let now = apply.now
        let allowed = now.asking > 0 ? max(limit, ApplyNumbers.longestQuestion) : limit
        let workers = await host.status().map(\.counters.batches)
        let answers = now.asking > 0 ? workers : []
        let isMoving = lastProgress.withLock { last in
            if now.steps != last.steps || answers != last.answers {
                last = Progress(steps: now.steps, answers: answers)
                return true
            }
            return last.since.duration(to: .now) < allowed
        }
        if isMoving { return true }
        return await !databaseAnswers()
    }

    /// Asks on a connection of its own, within some seconds.
    private func databaseAnswers() async -> Bool {
        var configuration = pool.configuration
        configuration.connectTimeout = .seconds(2)
        configuration.statementTimeout = .seconds(2)
        guard let connection = try? await PostgresConnection.connect(configuration) else { return false }
        let answer = try? await connection.query("select 1")
        await connection.close()
        return answer != nil
    }
}
