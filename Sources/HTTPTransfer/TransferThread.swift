// The one thread that owns the libcurl multi handle: takes requests from a queue, performs, resumes the callers.
// SPDX-License-Identifier: Apache-2.0

internal import CCurl
internal import CLibCurl
internal import FailPoints
internal import Glibc
internal import Synchronization

/// A request on its way to the transfer thread.
struct PendingTransfer: Sendable {
    let id: UInt64
    let request: HTTPRequest
    /// Begins at once, however many are under way.
    let isOutOfTurn: Bool
    let finish: @Sendable (Result<HTTPResponse, HTTPTransferError>) -> Void
}

/// The queue between callers and the transfer thread, and the thread's loop.
final class TransferThread: @unchecked Sendable {  // `multi` belongs to the thread; others only wake it, under the lock
    private struct Inbox {
        var pending: [PendingTransfer] = []
        var cancelled: [UInt64] = []
        /// Submitted and not yet finished.
        var open: Set<UInt64> = []
        /// Cancelled before they were submitted.
        var early: Set<UInt64> = []
        /// What the thread has taken and not begun is given back.
        var recalls = false
        var nextID: UInt64 = 0
        var stopping = false
        /// False before the thread has made its multi handle and after it has cleaned it up.
        var wakeable = false
    }

    private let inbox = Mutex(Inbox())
    private let multi: CurlCalls.Multi?
    private let sockets = SocketLedger()
    /// Requests under way at once; others wait in their order.
    private let limit: Int
    /// What a test has planned to fail, of the task that made this: the calls of libcurl are made on the thread.
    private let plan = CallFault.plan

    init(limit: Int) {
        self.limit = max(1, limit)
        multi = CurlCalls.processIsReady ? CurlCalls.makeMulti() : nil
    }

    /// Starts the thread. When there is no thread or no handle, every submission fails `beforeSend`.
    func start() {
        guard multi != nil else { return close() }
        inbox.withLock { $0.wakeable = true }
        var thread = pthread_t()
        let me = Unmanaged.passRetained(self)
        let made = pthread_create(
            &thread,
            nil,
            { context in
                if let context {
                    let owner = Unmanaged<TransferThread>.fromOpaque(context).takeRetainedValue()
                    CallFault.$plan.withValue(owner.plan) { owner.run() }
                }
                return nil
            },
            me.toOpaque()
        )
        if made == 0 {
            pthread_detach(thread)
        } else {
            me.release()
            close()
        }
    }

    // MARK: Called from any thread

    func newID() -> UInt64 {
        inbox.withLock { inbox in
            inbox.nextID += 1
            return inbox.nextID
        }
    }

    func submit(_ transfer: PendingTransfer) {
        let refusal: HTTPTransferError? = inbox.withLock { inbox in
            if inbox.early.contains(transfer.id) { return Self.cancelledBeforeSend }
            if inbox.stopping { return Self.stoppedBeforeSend }
            inbox.open.insert(transfer.id)
            inbox.pending.append(transfer)
            wake(inbox)
            return nil
        }
        if let refusal { transfer.finish(.failure(refusal)) }
    }

    func cancel(_ id: UInt64) {
        inbox.withLock { inbox in
            if inbox.open.contains(id) {
                inbox.cancelled.append(id)
                wake(inbox)
            } else {
                inbox.early.insert(id)
            }
        }
    }

    /// Forgets a cancellation that came too late or too early.
    func forget(_ id: UInt64) {
        inbox.withLock { inbox in _ = inbox.early.remove(id) }
    }

    /// Gives back what was submitted before and has not begun.
    func recall() {
        let unseen = inbox.withLock { inbox in
            let unseen = inbox.pending.filter { !$0.isOutOfTurn }
            inbox.pending.removeAll { !$0.isOutOfTurn }
            inbox.recalls = true
            wake(inbox)
            return unseen
        }
        for transfer in unseen { finish(transfer, .failure(.recalled)) }
    }

    func stop() {
        inbox.withLock { inbox in
            inbox.stopping = true
            wake(inbox)
        }
    }

    private func wake(_ inbox: borrowing Inbox) {
        if inbox.wakeable, let multi { CurlCalls.wakeUp(multi) }
    }

    // MARK: The thread

    private func run() {
        guard let multi else { return }
        var active: [CurlCalls.Easy: (transfer: ActiveTransfer, finish: PendingTransfer)] = [:]
        var waiting: [PendingTransfer] = []
        while true {
            let (arrived, cancelled, recalls, stopping) = inbox.withLock { inbox in
                defer {
                    inbox.pending.removeAll()
                    inbox.cancelled.removeAll()
                    inbox.recalls = false
                }
                return (inbox.pending, inbox.cancelled, inbox.recalls, inbox.stopping)
            }
            if recalls { end(&waiting, .recalled) { _ in true } }
            waiting += arrived
            if stopping {
                for transfer in waiting { finish(transfer, .failure(Self.stoppedBeforeSend)) }
                break
            }
            end(&waiting, Self.cancelledBeforeSend) { cancelled.contains($0.id) }
            for id in cancelled {
                for (easy, entry) in active where entry.transfer.id == id {
                    end(easy, multi, &active) { .failure($0.failure(42, "cancelled by the caller")) }
                }
            }
            for pending in waiting where pending.isOutOfTurn { begin(pending, multi, &active) }
            waiting.removeAll { $0.isOutOfTurn }
            beginWaiting(&waiting, multi, &active)
            if CurlCalls.perform(multi) != CURLM_OK {
                endAll(multi, &active) { .failure($0.failure(2, "the transfer engine failed")) }
            }
            while let (easy, code) = CurlCalls.nextDone(multi) {
                if code == CURLE_ABORTED_BY_CALLBACK, let entry = active[easy], entry.transfer.wasUnfit {
                    CurlCalls.remove(easy, from: multi)
                    active[easy] = nil
                    begin(entry.finish, multi, &active, isFresh: true)
                } else {
                    end(easy, multi, &active) { $0.result(code) }
                }
            }
            beginWaiting(&waiting, multi, &active)
            if CurlCalls.poll(multi, milliseconds: 1000) != CURLM_OK {
                usleep(1000)  // a failing poll must not become a busy loop
            }
        }
        endAll(multi, &active) { .failure($0.failure(42, "the transfer engine was shut down")) }
        close()
        CurlCalls.cleanUp(multi: multi)
    }

    /// As many as may be under way. What is added makes the next poll return at once.
    private func beginWaiting(
        _ waiting: inout [PendingTransfer],
        _ multi: CurlCalls.Multi,
        _ active: inout [CurlCalls.Easy: (transfer: ActiveTransfer, finish: PendingTransfer)]
    ) {
        while active.count < limit, !waiting.isEmpty { begin(waiting.removeFirst(), multi, &active) }
    }

    /// Ends those that have not begun and are meant.
    private func end(
        _ waiting: inout [PendingTransfer],
        _ error: HTTPTransferError,
        _ isMeant: (PendingTransfer) -> Bool
    ) {
        for transfer in waiting where isMeant(transfer) { finish(transfer, .failure(error)) }
        waiting.removeAll(where: isMeant)
    }

    private func begin(
        _ pending: PendingTransfer,
        _ multi: CurlCalls.Multi,
        _ active: inout [CurlCalls.Easy: (transfer: ActiveTransfer, finish: PendingTransfer)],
        isFresh: Bool = false
    ) {
        do throws(HTTPTransferError) {
            let transfer = try ActiveTransfer(
                id: pending.id,
                request: pending.request,
                sockets: sockets,
                isFresh: isFresh
            )
            guard CurlCalls.add(transfer.easy, to: multi) == CURLM_OK else {
                throw HTTPTransferError(curlCode: 2, phase: .beforeSend, message: "the handle could not be added")
            }
            active[transfer.easy] = (transfer, pending)
        } catch {
            finish(pending, .failure(error))
        }
    }

    private func end(
        _ easy: CurlCalls.Easy,
        _ multi: CurlCalls.Multi,
        _ active: inout [CurlCalls.Easy: (transfer: ActiveTransfer, finish: PendingTransfer)],
        _ result: (ActiveTransfer) -> Result<HTTPResponse, HTTPTransferError>
    ) {
        guard let entry = active[easy] else { return }
        let outcome = result(entry.transfer)
        CurlCalls.remove(easy, from: multi)
        active[easy] = nil  // not before: the last reference frees the handle
        finish(entry.finish, outcome)
    }

    private func endAll(
        _ multi: CurlCalls.Multi,
        _ active: inout [CurlCalls.Easy: (transfer: ActiveTransfer, finish: PendingTransfer)],
        _ result: (ActiveTransfer) -> Result<HTTPResponse, HTTPTransferError>
    ) {
        for easy in active.keys { end(easy, multi, &active, result) }
    }

    private func finish(_ transfer: PendingTransfer, _ result: Result<HTTPResponse, HTTPTransferError>) {
        inbox.withLock { inbox in _ = inbox.open.remove(transfer.id) }
        transfer.finish(result)
    }

    /// From now on nothing is accepted and nobody wakes the handle.
    private func close() {
        let left = inbox.withLock { inbox in
            inbox.stopping = true
            inbox.wakeable = false
            defer { inbox.pending.removeAll() }
            return inbox.pending
        }
        for transfer in left { finish(transfer, .failure(Self.stoppedBeforeSend)) }
    }

    private static let cancelledBeforeSend = HTTPTransferError(
        curlCode: 42,
        phase: .beforeSend,
        message: "cancelled by the caller"
    )
    private static let stoppedBeforeSend = HTTPTransferError(
        curlCode: 42,
        phase: .beforeSend,
        message: "the transfer engine is shut down"
    )
}
