// The troubles of a bad line that a source meets on purpose.
// SPDX-License-Identifier: Apache-2.0

/// What goes wrong with one batch on its way.
enum Trouble: Sendable {
    /// The same batch arrives twice.
    case twice
    /// The answer is lost: the batch is sent again as it was.
    case lostAnswer
    /// The answer is lost: the source asks for the mark and goes on from there.
    case lostAnswerThenMark
    /// After success the source begins again some messages earlier.
    case earlier
    /// The batch behind it is sent first.
    case outOfOrder
    /// A byte is damaged on the way.
    case damaged
    /// A stranger's signature.
    case foreignSignature
    /// The time-out strikes before anything was taken; then the batch is cut shorter.
    case shorter

    static func draw(_ chance: inout SplitMix) -> Trouble? {
        switch chance.unit() {
        case ..<0.06: .twice
        case ..<0.08: .lostAnswer
        case ..<0.10: .lostAnswerThenMark
        case ..<0.12: .earlier
        case ..<0.14: .outOfOrder
        case ..<0.15: .damaged
        case ..<0.16: .foreignSignature
        case ..<0.18: .shorter
        default: nil
        }
    }
}
