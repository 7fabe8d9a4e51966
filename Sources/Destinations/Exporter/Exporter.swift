// The dialect of a destination as pure functions: bytes and requests out, meanings in.
// SPDX-License-Identifier: Apache-2.0

package import HTTPTransfer
package import Summaries

/// What the transfer gave: a complete answer, or how far it came.
package typealias HTTPResult = Result<HTTPResponse, HTTPTransferError>

/// Which question a request asked. The same status means different things to each.
package enum PushAct: String, Sendable, Hashable, CaseIterable {
    case login, put, poll
    case readBack = "read_back"
}

/// What proves our identity in a request: one header line. Never logged, never stored.
package struct Credential: Sendable, CustomStringConvertible {
    package var header: String
    package var value: String

    package init(header: String, value: String) {
        self.header = header
        self.value = value
    }

    package var description: String { "‹redacted›" }
}

/// A dialect. No function does I/O, reads a clock or draws a number; each is total.
package protocol Exporter: Sendable {
    /// The documents of a snapshot with deterministic bytes. `revisions` overrides the snapshot's revision per kind,
    /// for a destination that already holds a higher one.
    func plan(
        _ snapshot: PeriodSnapshot,
        revisions: [DocumentKind: Int]
    ) throws(PlanError) -> [OutboundDocument]

    /// The login call, for a destination with one.
    func login(secret: String) -> HTTPRequest?
    /// What the login call gave.
    func granted(_ result: HTTPResult) -> LoginResult

    /// Sends a document.
    func request(_ document: OutboundDocument, _ credential: Credential?) -> HTTPRequest
    /// Asks after a pending transaction.
    func poll(_ transaction: String, _ credential: Credential?) -> HTTPRequest
    /// Asks what the destination holds.
    func readBack(_ key: NaturalKey, _ credential: Credential?) -> HTTPRequest

    /// The class of an answer to `act` about `document`; `transaction` is the one that was polled.
    func classify(
        _ act: PushAct,
        _ result: HTTPResult,
        _ document: OutboundDocument,
        transaction: String?
    ) -> Outcome
    /// Compares what a read-back shows with the document.
    func reconcile(_ result: HTTPResult, _ document: OutboundDocument) -> ReadBackFinding
}
