// Thins out old attempts now and then, a batch at a time.
// SPDX-License-Identifier: Apache-2.0

package import Logging
internal import ServiceLifecycle

/// Looks at start and every six hours. A failure is said and tried again at the next turn.
package struct AttemptRetention: Service {
    private static let batch = 10_000

    private let outbox: Outbox
    private let days: Int
    private let log: Logger

    /// - Parameter days: age after which attempts may go; 0 keeps all.
    package init(outbox: Outbox, days: Int, log: Logger) {
        self.outbox = outbox
        self.days = days
        self.log = log
    }

    package func run() async throws {
        guard days > 0 else {
            try? await gracefulShutdown()
            return
        }
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do {
                let instant = WallClock.now() - Int64(days) * 86_400_000_000
                var total = 0
                var went = 0
                repeat {
                    went = try await outbox.thinAttempts(before: instant, most: Self.batch)
                    total += went
                } while went == Self.batch && !Task.isShuttingDownGracefully
                if total > 0 { log.notice("old attempts thinned out", metadata: ["count": "\(total)"]) }
            } catch {
                log.warning("thinning of attempts waits: \(error)")
            }
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(6 * 3_600)) }
        }
    }
}
