// The dialect of a destination as pure functions: bytes and requests out, meanings in.
// SPDX-License-Identifier: Apache-2.0

package import HTTPTransfer
package import Summaries

/// What the transfer gave: a complete answer, or how far it came.
package typealias HTTPResult = Result<HTTPResponse, HTTPTransferError>

/// Which question a request asked. The same status means different things to each.
package enum PushAct: String, Sendable, Hashable, CaseIterable {
    case login
    /// A dry run: the peer checks the document and stores nothing.
    case check
    case put, poll
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
    /// for a destination that already holds a higher one. What went out `earlier` decides with the snapshot what would disclose a
    /// small count, and is left out; rows that disclose one cannot be planned (``PlanError`` `.disclosure`).
    func plan(
        _ snapshot: PeriodSnapshot,
        revisions: [DocumentKind: Int],
        after earlier: [EarlierSnapshot]
    ) throws(PlanError) -> [OutboundDocument]

    /// The exporter as it plans a period whose windows these are, by document kind: itself where no document shows its closing.
    func planning(within windows: [DocumentKind: ReportingWindow]) -> any Exporter

    /// The figures that a frozen document of ours shows; nil where the dialect cannot tell from the bytes.
    func shows(_ document: OutboundDocument) -> Set<ShownFigure>?

    /// Whether a person carries the documents: nothing is ever requested, and a person acknowledges.
    var isByHand: Bool { get }

    /// Whether the destination can be asked what it holds. Where it cannot, a person confirms what was announced.
    var canReadBack: Bool { get }

    /// Whether ``ReadBackFinding/same`` can only come from an answer about this very document, as when the answer has the digest of
    /// its bytes: then an answer to another request, left on a connection, cannot be taken for it. One page, always.
    var readBackIsBound: Bool { get }

    /// The login call, for a destination with one.
    func login(secret: String) -> HTTPRequest?
    /// What the login call gave.
    func granted(_ result: HTTPResult) -> LoginResult

    /// Has the document checked without storing it; nil when the dialect has no such call.
    func check(_ document: OutboundDocument, _ credential: Credential?) -> HTTPRequest?
    /// Sends a document.
    func request(_ document: OutboundDocument, _ credential: Credential?) -> HTTPRequest
    /// Asks after a pending transaction of the document.
    func poll(_ transaction: String, _ document: OutboundDocument, _ credential: Credential?) -> HTTPRequest
    /// Asks what the destination holds of the document; `page` counts from 0.
    func readBack(_ document: OutboundDocument, page: Int, _ credential: Credential?) -> HTTPRequest

    /// The class of an answer to `act` about `document`; `transaction` is the one that was polled.
    func classify(
        _ act: PushAct,
        _ result: HTTPResult,
        _ document: OutboundDocument,
        transaction: String?
    ) -> Outcome
    /// Compares what the pages of a read-back show with the document. ``ReadBackFinding/more`` asks for the next page; only
    /// the last page may be a failure.
    func reconcile(_ pages: [HTTPResult], _ document: OutboundDocument) -> ReadBackFinding
    /// What the destination's people say of a document that is held; nil where the dialect does not tell.
    func standing(_ pages: [HTTPResult], _ document: OutboundDocument) -> Standing?
}

extension Exporter {
    /// The documents of a snapshot before which nothing went out.
    package func plan(
        _ snapshot: PeriodSnapshot,
        revisions: [DocumentKind: Int]
    ) throws(PlanError) -> [OutboundDocument] { try plan(snapshot, revisions: revisions, after: []) }

    package func planning(within windows: [DocumentKind: ReportingWindow]) -> any Exporter { self }
    package func shows(_ document: OutboundDocument) -> Set<ShownFigure>? { nil }
    package var isByHand: Bool { false }
    package var canReadBack: Bool { true }
    package var readBackIsBound: Bool { false }
    package func login(secret: String) -> HTTPRequest? { nil }
    package func granted(_ result: HTTPResult) -> LoginResult {
        .refused(Outcome(.auth, code: "no-login", detail: "the dialect has no login"))
    }
    package func check(_ document: OutboundDocument, _ credential: Credential?) -> HTTPRequest? { nil }
    package func standing(_ pages: [HTTPResult], _ document: OutboundDocument) -> Standing? { nil }
}
