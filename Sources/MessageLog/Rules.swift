// The rules that keep the log correct, each removable by a test that must then notice.
// SPDX-License-Identifier: Apache-2.0

/// Production code uses ``all``. The random-model test removes one rule at a time to prove that it would notice.
package struct Rules: Sendable {
    /// Messages at or below the mark are compared with the stored bytes.
    var comparesDuplicates = true
    /// A batch that begins behind the mark is refused.
    var refusesGaps = true
    /// A writer or consumer whose fence is old changes nothing.
    var checksFence = true
    /// The bucket of a position is asked from `log.segment`, not guessed from the neighbour.
    var asksSegment = true
    /// The cursor moves only from where the consumer read.
    var movesCursorFromReadPosition = true

    package static let all = Rules()
}
