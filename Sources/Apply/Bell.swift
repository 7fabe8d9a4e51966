// Wakes one waiting loop; rings that come while nobody waits are kept as one.
// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// An in-process signal. It is a hint: whoever waits looks for work at the latest after its time limit.
package final class Bell: Sendable {
    private struct State {
        var isRung = false
        var waiter: CheckedContinuation<Void, Never>?
    }
    private let state = Mutex(State())

    package init() {}

    package func ring() {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard let waiter = state.waiter else {
                state.isRung = true
                return nil
            }
            state.waiter = nil
            return waiter
        }
        waiter?.resume()
    }

    /// Returns when rung, when it was rung since the last wait, after the limit, or on cancellation. For one loop at a time: a
    /// second one that begins to wait lets the first go on.
    package func wait(atMost limit: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await Task.sleep(for: limit) }
            group.addTask { await self.nextRing() }
            await group.next()
            group.cancelAll()
        }
    }

    private func nextRing() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let released = state.withLock { state -> CheckedContinuation<Void, Never>? in
                    if state.isRung || Task.isCancelled {
                        state.isRung = false
                        return continuation
                    }
                    defer { state.waiter = continuation }
                    return state.waiter
                }
                released?.resume()
            }
        } onCancel: {
            ring()
        }
    }
}
