// Runs apply as a service: wakes when messages come, drains what waited, and tells what it did.
// SPDX-License-Identifier: Apache-2.0
package import Logging
import PostgresClient
import ServiceLifecycle
import Synchronization

/// Numbers of apply since the daemon started, for metrics and the watchdog.
package struct ApplyNumbers: Sendable {
    package var entries = 0
    package var applied = 0
    package var rejected = 0
    package var held = 0
    package var dead = 0
    package var failures = 0
    /// Passes completed; the watchdog looks whether it moves.
    package var passes = 0
    /// Why apply cannot go on at present; nil when it works.
    package var trouble: String?
}

package final class ApplyService: Service {
    private let engine: ApplyEngine
    private let bell: Bell
    private let onProgress: @Sendable () -> Void
    private let sectorsReady: @Sendable () async -> Set<String>
    private let log: Logger
    private let numbers = Mutex(ApplyNumbers())
    private let mustLookForHeld = Atomic(false)

    /// - Parameters:
    ///   - bell: rung by intake after each commit, and by the host when a sector becomes ready.
    ///   - sectorsReady: ids of the sectors whose workers answer.
    ///   - onProgress: called after each pass that changed the registry.
    package init(
        engine: ApplyEngine,
        bell: Bell,
        sectorsReady: @escaping @Sendable () async -> Set<String>,
        onProgress: @escaping @Sendable () -> Void,
        log: Logger
    ) {
        self.engine = engine
        self.bell = bell
        self.sectorsReady = sectorsReady
        self.onProgress = onProgress
        self.log = log
    }

    package var now: ApplyNumbers { numbers.withLock { $0 } }

    /// Reads anew what is held: after an operator gave a dead letter back.
    package func lookForHeld() {
        mustLookForHeld.store(true, ordering: .releasing)
        bell.ring()
    }

    package func run() async throws {
        var delay = Duration.milliseconds(100)
        var isTaken = false
        var sinceRenewal = ContinuousClock.now
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do {
                if !isTaken {
                    try await engine.takeOver()
                    isTaken = true
                    sinceRenewal = .now
                } else if sinceRenewal.duration(to: .now) > .seconds(15) {
                    try await engine.renew()
                    sinceRenewal = .now
                }
                if mustLookForHeld.exchange(false, ordering: .acquiringAndReleasing) { try await engine.learnWaiting() }
                let pass = try await engine.pass()
                let drained = try await engine.drain(readySectors: await sectorsReady())
                count(pass, drained)
                delay = .milliseconds(100)
                if pass.entries + drained.applied + drained.rejected + drained.dead + drained.again > 0 {
                    onProgress()
                } else {
                    await bell.wait(atMost: .seconds(1))
                }
            } catch is CancellationError {
                break
            } catch {
                isTaken = false
                numbers.withLock {
                    $0.failures += 1
                    $0.trouble = "\(error)"
                }
                log.warning("apply waits: \(error)")
                await bell.wait(atMost: delay)
                delay = min(delay * 2, .seconds(5))
            }
        }
        try? await engine.release()
    }

    private func count(_ passes: ApplyEngine.Pass...) {
        numbers.withLock { numbers in
            for pass in passes {
                numbers.entries += pass.entries
                numbers.applied += pass.applied
                numbers.rejected += pass.rejected
                numbers.held += pass.held
                numbers.dead += pass.dead
            }
            numbers.passes += 1
            numbers.trouble = nil
        }
    }
}
