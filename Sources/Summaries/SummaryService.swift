// Keeps figures up to date while records come in.
// SPDX-License-Identifier: Apache-2.0
package import Logging
package import PostgresClient
import ServiceLifecycle
import Synchronization

/// Recomputes dirty cells as they come; a failure is retried, the marks stay.
package final class SummaryService: Service {
    /// Numbers since the daemon started.
    package struct Numbers: Sendable {
        package var cells = 0
        package var failures = 0
        /// Why figures cannot be recomputed at present; nil when they can.
        package var trouble: String?
    }

    private let pool: PostgresPool
    private let log: Logger
    private let waitForWork: @Sendable () async -> Void
    private let numbers = Mutex(Numbers())

    /// - Parameter waitForWork: returns when apply changed something, or after a while.
    package init(pool: PostgresPool, waitForWork: @escaping @Sendable () async -> Void, log: Logger) {
        self.pool = pool
        self.waitForWork = waitForWork
        self.log = log
    }

    package var now: Numbers { numbers.withLock { $0 } }

    package func run() async throws {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do {
                let cells = try await Recomputation.step(pool)
                numbers.withLock {
                    $0.cells += cells
                    $0.trouble = nil
                }
                if cells == 0 { await waitForWork() }
            } catch is CancellationError {
                break
            } catch {
                numbers.withLock {
                    $0.failures += 1
                    $0.trouble = "\(error)"
                }
                log.warning("summaries wait: \(error)")
                await waitForWork()
            }
        }
    }
}
