// Looks now and then whether a window closes soon and who has to be reminded.
// SPDX-License-Identifier: Apache-2.0

package import Logging
package import PostgresClient
internal import ServiceLifecycle

/// Raises reminders at start and every quarter of an hour. A failure is said and tried again at the next turn.
package struct ReminderService: Service {
    private let pool: PostgresPool
    private let calendar: ReportingCalendar
    private let log: Logger

    package init(pool: PostgresPool, calendar: ReportingCalendar, log: Logger) {
        self.pool = pool
        self.calendar = calendar
        self.log = log
    }

    package func run() async throws {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do {
                let calendar = calendar
                let raised = try await pool.transaction { try calendar.remind($0, now: WallClock.now()) }
                if raised > 0 { log.notice("reminders of missing reports raised", metadata: ["count": "\(raised)"]) }
            } catch {
                log.warning("reminders wait: \(error)")
            }
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(900)) }
        }
    }
}
