// Runs apply as a service: wakes when messages come, drains what waited, keeps the lease, and stops between two batches.
// SPDX-License-Identifier: Apache-2.0
package import Logging
import PostgresClient
import ServiceLifecycle
import Synchronization

package final class ApplyService: Service {
    private let engine: ApplyEngine
    private let bell: Bell
    private let onProgress: @Sendable () -> Void
    private let sectorsReady: @Sendable () async -> Set<String>
    private let log: Logger
    private let mustLookForHeld = Atomic(false)
    /// Whether the cursors are ours, as far as is known.
    private let isTaken = Atomic(false)

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

    /// What was done so far; moves with every batch and every question.
    package var now: ApplyNumbers { engine.pulse.now }

    /// Reads anew what is held: after an operator gave a dead letter back.
    package func lookForHeld() {
        mustLookForHeld.store(true, ordering: .releasing)
        bell.ring()
    }

    /// Reads anew what sources may do: after an operator registered some.
    package func sourcesChanged() async { await engine.forgetSources() }

    package func run() async throws {
        await withGracefulShutdownHandler {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.keepLease() }
                await work()
                group.cancelAll()
            }
        } onGracefulShutdown: {
            self.engine.stop()
            self.bell.ring()
        }
        do {
            // A task of its own: whoever cancels this one must not keep the tries counted and the lease taken.
            try await Task { [engine] in try await engine.release() }.value
        } catch {
            log.warning("the lease on the log runs out by itself: \(error)")
        }
    }

    private func work() async {
        var delay = Duration.milliseconds(100)
        while !engine.pulse.isStopping, !Task.isCancelled {
            do {
                if !isTaken.load(ordering: .acquiring) {
                    try await engine.takeOver()
                    isTaken.store(true, ordering: .releasing)
                }
                if mustLookForHeld.exchange(false, ordering: .acquiringAndReleasing) { try await engine.learnWaiting() }
                let pass = try await engine.pass()
                let drained = try await engine.drain(readySectors: await sectorsReady())
                engine.pulse.passed()
                delay = .milliseconds(100)
                if pass.entries + drained.applied + drained.rejected + drained.dead + drained.again > 0 {
                    onProgress()
                } else {
                    await bell.wait(atMost: .seconds(1))
                }
            } catch is CancellationError {
                break
            } catch {
                isTaken.store(false, ordering: .releasing)
                engine.pulse.failed("\(error)")
                log.warning("apply waits: \(error)")
                await bell.wait(atMost: delay)
                delay = min(delay * 2, .seconds(5))
            }
        }
    }

    /// Prolongs the lease whatever is in hand: a batch may take longer than it lasts.
    private func keepLease() async {
        while (try? await Task.sleep(for: engine.renewal)) != nil {
            guard isTaken.load(ordering: .acquiring) else { continue }
            do {
                try await engine.renew()
            } catch let error as ApplyError where error.code == .fenced {
                // The next pass takes the cursors anew; what another consumer took meanwhile is safe behind its fence.
                isTaken.store(false, ordering: .releasing)
            } catch {
                log.warning("the lease on the log is not prolonged yet: \(error)")
            }
        }
    }
}
