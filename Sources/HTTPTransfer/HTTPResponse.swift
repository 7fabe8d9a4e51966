// What came back from one HTTP request.
// SPDX-License-Identifier: Apache-2.0

/// A complete answer. Any status is an answer, redirects too: judging it is the caller's work.
package struct HTTPResponse: Sendable {
    package var status: Int
    /// Header lines of the final answer in the order received, names as the peer wrote them.
    package var headers: [(name: String, value: String)]
    /// The body after decompression; empty when the request streamed it.
    package var body: [UInt8]
    /// `Retry-After` in seconds, from either of its forms; `nil` when absent, past or unreadable.
    package var retryAfterSeconds: Int?

    package init(
        status: Int,
        headers: [(name: String, value: String)] = [],
        body: [UInt8] = [],
        retryAfterSeconds: Int? = nil
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.retryAfterSeconds = retryAfterSeconds
    }

    /// The first header of that name, compared without regard to case.
    package func header(_ name: String) -> String? {
        let wanted = name.lowercased()
        return headers.first { $0.name.lowercased() == wanted }?.value
    }
}
