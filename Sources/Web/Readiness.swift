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
    private let lastProgress = Mutex(Progress())

    private struct Progress {
        var passes = -1
        var since = ContinuousClock.now
    }

    package init(pool: PostgresPool, writer: LogWriter, apply: ApplyService, host: SectorHost) {
        self.pool = pool
        self.writer = writer
        self.apply = apply
        self.host = host
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
        for sector in host.catalog.sectors where !host.readySectors.contains(sector.id) {
            reasons.append("sector \(sector.id) is not ready: its records are held")
        }
        return reasons
    }

    /// Whether work moved or there was none: the database answers and apply finished a pass since the last question, or
    /// within the given time.
    package func isProgressing(within limit: Duration) async -> Bool {
        guard (try? await pool.withConnection { try $0.query("select 1") }) != nil else {
            // A database that is away is waited for, not repaired by a restart.
            return true
        }
        let passes = apply.now.passes + apply.now.failures
        return lastProgress.withLock { last in
            if passes != last.passes {
                last = Progress(passes: passes)
                return true
            }
            return last.since.duration(to: .now) < limit
        }
    }
}
