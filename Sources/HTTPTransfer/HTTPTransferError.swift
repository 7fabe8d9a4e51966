// Why no complete answer came back, and whether the peer may have seen the request.
// SPDX-License-Identifier: Apache-2.0

/// A transfer that ended without a complete answer.
package struct HTTPTransferError: Error, Sendable, CustomStringConvertible {
    /// How far the transfer had come.
    package enum Phase: String, Sendable {
        /// No byte of the request left this machine: the peer cannot have acted on it.
        case beforeSend
        /// Bytes of the request were sent: the peer may have acted on it, the outcome is unknown.
        case bytesSent
    }

    /// libcurl's result code (`CURLcode`); a cancelled transfer has 42.
    package var curlCode: Int
    package var phase: Phase
    /// libcurl's own words, without URL, header values or body.
    package var message: String
    /// The status line's code, when one had arrived before the transfer broke.
    package var status: Int?
    /// Taken back while it waited for its turn (``HTTPTransfer/recall()``).
    package private(set) var wasRecalled = false

    static let recalled = {
        var error = HTTPTransferError(curlCode: 42, phase: .beforeSend, message: "taken back before its turn")
        error.wasRecalled = true
        return error
    }()

    package init(curlCode: Int, phase: Phase, message: String, status: Int? = nil) {
        self.curlCode = curlCode
        self.phase = phase
        self.message = message
        self.status = status
    }

    /// Whether the caller's task was cancelled or the engine shut down.
    package var isCancellation: Bool { curlCode == 42 }

    package var description: String { "curl \(curlCode) (\(phase.rawValue)): \(message)" }
}
