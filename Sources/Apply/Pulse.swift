// What apply tells of itself while it works: numbers and steps for the outside; and the sign for it to stop.
// SPDX-License-Identifier: Apache-2.0
import PluginHost
import Synchronization

/// Numbers of apply since the daemon started, for metrics and the watchdog.
package struct ApplyNumbers: Sendable {
    package var entries = 0
    package var applied = 0
    package var rejected = 0
    package var held = 0
    package var dead = 0
    package var failures = 0
    /// Batches committed, questions answered or timed out, passes completed or failed; the watchdog looks whether it moves.
    package var steps = 0
    /// Questions that are with a sector now.
    package var asking = 0
    /// Why apply cannot go on at present; nil when it works.
    package var trouble: String?

    /// Longer than a question of ``RoundAsker/recordsAtOnce`` records can be with a worker until its time-out fires: 60 s that
    /// a manifest may ask for, 50 ms a record, 5 s for a worker that starts.
    package static let longestQuestion = Duration.seconds(120)
}

/// Written by the engine and its service, read from anywhere at any time.
final class Pulse: Sendable {
    private let numbers = Mutex(ApplyNumbers())
    private let isToldToStop = Atomic(false)

    var now: ApplyNumbers { numbers.withLock { $0 } }

    /// Whether to begin nothing more: no batch, no question.
    var isStopping: Bool { isToldToStop.load(ordering: .acquiring) }

    func stop() { isToldToStop.store(true, ordering: .releasing) }

    func asked() { numbers.withLock { $0.asking += 1 } }

    func answered() {
        numbers.withLock {
            $0.asking -= 1
            $0.steps += 1
        }
    }

    func committed(_ batch: ApplyEngine.Pass) {
        numbers.withLock { numbers in
            numbers.entries += batch.entries
            numbers.applied += batch.applied
            numbers.rejected += batch.rejected
            numbers.held += batch.held
            numbers.dead += batch.dead
            numbers.steps += 1
        }
    }

    func passed() {
        numbers.withLock {
            $0.steps += 1
            $0.trouble = nil
        }
    }

    func failed(_ trouble: String) {
        numbers.withLock {
            $0.failures += 1
            $0.steps += 1
            $0.trouble = trouble
        }
    }
}

/// The sectors as the engine asks them: every outcome is a step, and once apply is to stop nobody is asked any more. What was
/// decided then is not to be committed.
struct WatchedAsking: SectorAsking {
    let host: any SectorAsking
    let pulse: Pulse

    func ask(sector: String, _ records: [WorkerRecord]) async -> BatchOutcome {
        if pulse.isStopping { return .unavailable(reason: "apply stops") }
        pulse.asked()
        let outcome = await host.ask(sector: sector, records)
        pulse.answered()
        return outcome
    }
}
