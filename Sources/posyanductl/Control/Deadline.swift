// The end of a wait.
// SPDX-License-Identifier: Apache-2.0

/// An instant that a wait must not pass; none waits for ever.
struct Deadline {
    private let end: ContinuousClock.Instant?

    init(seconds: Int?) { end = seconds.map { .now + .seconds($0) } }

    var isPast: Bool { end.map { $0 <= .now } ?? false }
}
