// What is measured on a child, and the scores that follow from it.
// SPDX-License-Identifier: Apache-2.0

package import PluginKit

/// One measurement of a child under five. Whatever was not measured is nil.
package struct GrowthMeasurement: Hashable, Sendable {
    /// How the length or height was taken.
    package enum Posture: Hashable, Sendable { case lying, standing }

    package var sex: Sex
    /// Days from birth to measurement; a fraction is allowed. nil when the age is not known.
    package var ageDays: Double?
    /// Kilograms.
    package var weight: Double?
    /// Length or height as measured, cm.
    package var height: Double?
    /// nil when it is not known.
    package var posture: Posture?
    /// Swelling of both feet: scores that use the weight are missing then.
    package var oedema: Bool
    /// Head circumference, cm.
    package var head: Double?
    /// Mid-upper-arm circumference, cm.
    package var arm: Double?

    package init(
        sex: Sex,
        ageDays: Double? = nil,
        weight: Double? = nil,
        height: Double? = nil,
        posture: Posture? = nil,
        oedema: Bool = false,
        head: Double? = nil,
        arm: Double? = nil
    ) {
        self.sex = sex
        self.ageDays = ageDays
        self.weight = weight
        self.height = height
        self.posture = posture
        self.oedema = oedema
        self.head = head
        self.arm = arm
    }
}

/// The six indices, by the names that records, tables and CSV files use.
package enum GrowthIndex: String, CaseIterable, Sendable {
    case weightForAge = "bbu"
    /// PB/U below day 731, TB/U from then on.
    case lengthForAge = "tbu"
    /// BB/PB or BB/TB.
    case weightForLength = "bbtb"
    case bodyMassForAge = "imtu"
    case headForAge = "lku"
    case armForAge = "lilau"

    /// Scores outside are kept, marked, and left out of recaps `[C: WorldHealthOrganization/anthro]`, in hundredths.
    var plausible: ClosedRange<Int> {
        switch self {
        case .weightForAge: -600...500
        case .lengthForAge: -600...600
        default: -500...500
        }
    }
}

/// The scores of one measurement.
package struct GrowthResult: Hashable, Sendable {
    /// Length or height after the correction for how it was measured, cm (`clenhei`); nil when none was taken.
    package var correctedLength: Double?
    package var weightForAge: ZScore?
    package var lengthForAge: ZScore?
    package var weightForLength: ZScore?
    package var bodyMassForAge: ZScore?
    package var headForAge: ZScore?
    package var armForAge: ZScore?

    /// The score of an index; nil where it is missing.
    package subscript(index: GrowthIndex) -> ZScore? {
        switch index {
        case .weightForAge: weightForAge
        case .lengthForAge: lengthForAge
        case .weightForLength: weightForLength
        case .bodyMassForAge: bodyMassForAge
        case .headForAge: headForAge
        case .armForAge: armForAge
        }
    }

    /// Whether a score lies outside what WHO holds for plausible: keep it, mark it, count it nowhere.
    package func isFlagged(_ index: GrowthIndex) -> Bool {
        self[index].map { !index.plausible.contains($0.hundredths) } ?? false
    }

    /// A score that may be counted: there and plausible.
    package func plausible(_ index: GrowthIndex) -> ZScore? { isFlagged(index) ? nil : self[index] }
}
