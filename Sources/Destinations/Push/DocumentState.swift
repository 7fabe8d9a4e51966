// The states of a document in the outbox.
// SPDX-License-Identifier: Apache-2.0

/// Where a document stands. One document of a natural key at most is in flight.
///
/// ```
/// planned → sending → pending → verifying → acknowledged
///     ↑        │         │          │
///     └── uncertain ←────┴──────────┘      (read back first, then resend the same bytes)
/// stopped, until a newer revision or a person: partial, rejected, stale, window_closed, held
/// superseded: a newer revision took its place
/// ```
package enum DocumentState: String, Sendable, Hashable, CaseIterable {
    /// Waits to be sent.
    case planned
    /// A PUT is under way, or was when its daemon ended.
    case sending
    /// Accepted for processing: its transaction is polled.
    case pending
    /// Announced as stored: believed when a read-back shows revision and digest.
    case verifying
    /// The outcome of a PUT is unknown: read back before anything else.
    case uncertain
    /// Stored at the destination, seen by read-back.
    case acknowledged
    case partial, rejected, stale
    case windowClosed = "window_closed"
    /// A person holds it.
    case held
    case superseded

    /// Something of it may be on its way or at the peer: no other revision of the key may be sent.
    package var isInFlight: Bool {
        switch self {
        case .sending, .pending, .verifying, .uncertain: true
        default: false
        }
    }

    /// Stopped for a reason that a newer revision or a person removes.
    package var isStopped: Bool {
        switch self {
        case .partial, .rejected, .stale, .windowClosed, .held: true
        default: false
        }
    }

    /// Nothing more happens to it.
    package var isFinal: Bool { self == .acknowledged || self == .superseded }
}
