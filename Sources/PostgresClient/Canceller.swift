// Interrupts the running statement of a connection from any thread.
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// Sends cancel requests for one connection. `PQcancel` opens a connection of its own and may block, so it always
/// runs on a short-lived thread.
final class Canceller: Sendable {
    private let state = Mutex(State())

    private struct State {
        var target: CancelTarget?
        /// Someone asked for the running statement to be cancelled since the last `begin`.
        var isAsked = false
        /// The whole use of the connection was given up: no statement may start any more.
        var isAbandoned = false
        /// COMMIT is under way and must not be interrupted by us.
        var isShielded = false
        /// The use has ended; the thread that repeats cancel requests stops.
        var isOver = false
    }

    /// What to cancel, once the connection stands.
    func attach(_ target: CancelTarget) { state.withLock { $0.target = target } }

    /// Whether a statement that ended with 57014 was cancelled by us, rather than by a time limit or an administrator.
    var isAsked: Bool { state.withLock { $0.isAsked } }

    var isAbandoned: Bool { state.withLock { $0.isAbandoned } }

    /// A statement starts: earlier requests are forgotten.
    func begin() { state.withLock { $0.isAsked = $0.isAbandoned } }

    func shield(_ shielded: Bool) { state.withLock { $0.isShielded = shielded } }

    /// The use of the connection is over. True if it was abandoned, and the connection has to be closed.
    func end() -> Bool {
        state.withLock { state in
            state.isOver = true
            return state.isAbandoned
        }
    }

    /// Starts a use of the connection.
    func reset() { state.withLock { $0 = State(target: $0.target) } }

    /// Cancels the statement that is running now, if any.
    func cancelOnce() {
        state.withLock { $0.isAsked = true }
        onThread { $0.request() }
    }

    /// Cancels whatever this use of the connection runs, now and until it ends, except COMMIT. Repeated every 50 ms,
    /// because a request that arrives between two statements does nothing.
    func abandon() {
        let isFirst = state.withLock { state in
            // After its end the connection may serve someone else already.
            if state.isOver || state.isAbandoned { return false }
            (state.isAsked, state.isAbandoned) = (true, true)
            return true
        }
        guard isFirst else { return }
        onThread { canceller in
            while true {
                let (over, shielded) = canceller.state.withLock { ($0.isOver, $0.isShielded) }
                if over { return }
                if !shielded { canceller.request() }
                usleep(50_000)
            }
        }
    }

    private func request() {
        state.withLock { $0.target }?.request()
    }

    /// Runs `work` on a detached thread; without a thread to be had the statement runs into its own time limit.
    private func onThread(_ work: @escaping @Sendable (Canceller) -> Void) {
        let box = Unmanaged.passRetained(Work(canceller: self, work: work))
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, 1 << 18)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        var thread = pthread_t()
        let status = pthread_create(
            &thread,
            &attributes,
            { argument in
                guard let argument else { return nil }
                let box = Unmanaged<Work>.fromOpaque(argument).takeRetainedValue()
                box.work(box.canceller)
                return nil
            },
            box.toOpaque()
        )
        if status != 0 { box.release() }
    }

    private final class Work {
        let canceller: Canceller
        let work: @Sendable (Canceller) -> Void

        init(canceller: Canceller, work: @escaping @Sendable (Canceller) -> Void) {
            self.canceller = canceller
            self.work = work
        }
    }
}
