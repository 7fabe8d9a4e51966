// The daemon's HTTP client: libcurl's multi interface on a thread of its own, behind one async call.
// SPDX-License-Identifier: Apache-2.0

/// Sends requests over libcurl. Any number of tasks may call ``send(_:)`` at once; connections are kept and reused.
///
/// HTTP/1.1 always, TLS 1.2 at least, no redirects, no proxy and no netrc by accident. An answer of any status is a
/// response; an error tells whether bytes of the request had left (`docs/interop.md` §13 has the reasons).
/// A kept connection that the peer has closed or reset meanwhile carries no request: a new one does. When it ends while the request is under
/// way, libcurl itself sends a GET or HEAD once more on a new one; any other request ends as one whose outcome is unknown.
package final class HTTPTransfer: Sendable {
    private let thread: TransferThread

    /// Prepares libcurl for this process (once, SIGPIPE ignored) and starts the thread.
    ///
    /// At most `atOnce` requests are under way. Others wait in their order, and begin on the transfer thread as soon as one ends, without
    /// a task that is woken in between; their time limits begin with them.
    package init(atOnce: Int = .max) {
        thread = TransferThread(limit: atOnce)
        thread.start()
    }

    deinit {
        thread.stop()
    }

    /// Sends one request and waits for the complete answer. Cancelling the task ends the transfer at once.
    /// One that is `outOfTurn` does not wait for others and is never given back.
    package func send(
        _ request: HTTPRequest,
        outOfTurn: Bool = false
    ) async throws(HTTPTransferError) -> HTTPResponse {
        let id = thread.newID()
        defer { thread.forget(id) }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                thread.submit(
                    PendingTransfer(id: id, request: request, isOutOfTurn: outOfTurn) {
                        continuation.resume(returning: $0)
                    }
                )
            }
        } onCancel: {
            thread.cancel(id)
        }
        return try result.get()
    }

    /// Gives back what waits and has not begun, as ``HTTPTransferError/wasRecalled``. What is submitted later is sent.
    package func recall() {
        thread.recall()
    }

    /// Ends all transfers (curl code 42, each with its phase) and the thread. Later requests fail before sending.
    package func shutdown() {
        thread.stop()
    }
}
