// The values of the push step: a document's row, what happens to it, what follows.
// SPDX-License-Identifier: Apache-2.0

/// The part of an outbox row that the step reads and writes.
package struct PushRow: Sendable, Hashable {
    package var state: DocumentState
    /// When it is due, µs since 1970 UTC.
    package var nextAt: Int64
    /// PUTs begun.
    package var attempts = 0
    /// Failures since the last progress; they make the back-off grow.
    package var failures = 0
    /// Polls since the peer accepted it, whatever transactions it named meanwhile.
    package var polls = 0
    /// Read-backs that did not yet show what was announced.
    package var verifications = 0
    /// How often, since it was last seen there, what the peer said of it and what it showed contradicted each other: announced
    /// and not stored, accepted and never finished, refused as outdated where nothing newer is.
    package var losses = 0
    /// Whether our identity was refused since a request of the same sort was last let through.
    package var wasUnauthorised = false
    package var transaction: String?
    /// Revision that a read-back showed, when it is higher than ours.
    package var remoteRevision: Int?
    /// When the reporting window closes.
    package var closesAt: Int64?
    /// Whether a newer revision of the key waits.
    package var newerWaits = false
    /// Why it stands where it stands: an outcome's code or a person's words.
    package var reason: String?

    package init(state: DocumentState, nextAt: Int64) {
        self.state = state
        self.nextAt = nextAt
    }

    /// Why a document waits that a person carries: it is never sent, only acknowledged.
    static let byHand = "by-hand"
    var isByHand: Bool { state == .held && reason == Self.byHand }

    /// Whether it failed so often that the next time may be no better, and somebody who looks should read why.
    package var isFailing: Bool { failures >= 3 }
}

/// What happened to a document.
package enum PushEvent: Sendable, Hashable {
    /// It was claimed because it is due.
    case due
    /// An answer to the PUT or the poll that was sent last.
    case answered(Outcome)
    /// What the read-back showed.
    case found(ReadBackFinding)
    /// What a later read-back showed of a document that was acknowledged.
    case reconciled(ReadBackFinding)
    /// No request went out: the login gave no token.
    case loginFailed(Outcome)
    /// No request went out: its destination was closed, or its daemon ends, before its turn came.
    case withdrawn
    /// A newer revision was planned.
    case newerPlanned
    case hold(String), release, retry
    /// A person confirms it, with a letter's number or another proof.
    case acknowledgedByHand(String)
}

/// What the shell does next for a document.
package enum PushAction: Sendable, Hashable {
    case send, poll, readBack, none
}

/// What a document's event means for its destination.
package enum DestinationEffect: Sendable, Hashable {
    /// The peer answered sensibly.
    case succeeded
    /// The peer failed: counts for the breaker.
    case failed
    /// The token is no longer good.
    case dropToken
    /// Nothing more is sent until a person resumes it.
    case pause(String)
    /// Somebody should look; the push goes on.
    case alert(String)
}

/// The result of a step.
package struct PushDecision: Sendable, Hashable {
    package var row: PushRow
    package var action = PushAction.none
    package var effects: [DestinationEffect] = []
}
