// What the scores of a child mean: classes, stunting, wasting, underweight.
// SPDX-License-Identifier: Apache-2.0

/// The classes of one measurement. A flagged score has none: it is kept, marked, and counted nowhere.
package struct NutritionFindings: Sendable {
    package let weightForAge: NutritionCategories.Category?
    package let lengthForAge: NutritionCategories.Category?
    /// The lowest class with oedema of both feet: `[C: WorldHealthOrganization/anthro]` counts such a child as below -3
    /// in every index that uses the weight.
    package let weightForLength: NutritionCategories.Category?
    package let bodyMassForAge: NutritionCategories.Category?
    package let headForAge: NutritionCategories.Category?
    /// Colour of the arm tape, from 6 to 59 months.
    package let arm: NutritionCategories.Category?
    /// Below day 0 and from 60 months on nothing is said of a child with oedema either.
    private static let months = 0.0..<60.0

    package init(_ result: GrowthResult, _ child: GrowthMeasurement, _ categories: NutritionCategories) {
        func category(_ index: GrowthIndex, _ scale: NutritionCategories.Scale) -> NutritionCategories.Category? {
            result.plausible(index).flatMap { categories.category(scale, $0) }
        }
        let months = child.ageDays.map { $0 / GrowthTables.daysOfMonth }
        let isSwollen = child.oedema && months.map(Self.months.contains) ?? true
        weightForAge =
            isSwollen && months != nil ? categories.lowest(.weightForAge) : category(.weightForAge, .weightForAge)
        lengthForAge = category(.lengthForAge, .lengthForAge)
        weightForLength = isSwollen ? categories.lowest(.weightForLength) : category(.weightForLength, .weightForLength)
        bodyMassForAge =
            isSwollen && months != nil ? categories.lowest(.bodyMassForAge) : category(.bodyMassForAge, .bodyMassForAge)
        headForAge = category(.headForAge, .headForAge)
        if let months, months >= 6, months < 60, !result.isFlagged(.armForAge) {
            arm = child.arm.flatMap { categories.category(arm: $0) }
        } else {
            arm = nil
        }
    }

    /// The class of an index.
    package subscript(scale: NutritionCategories.Scale) -> NutritionCategories.Category? {
        switch scale {
        case .weightForAge: weightForAge
        case .lengthForAge: lengthForAge
        case .weightForLength: weightForLength
        case .bodyMassForAge: bodyMassForAge
        case .headForAge: headForAge
        case .arm: arm
        case .schoolBodyMassForAge: nil
        }
    }

    /// PB/U or TB/U below -2; nil when there is no plausible score.
    package var stunting: Bool? { lengthForAge?.isLow }
    /// BB/PB or BB/TB below -2, or oedema.
    package var wasting: Bool? { weightForLength?.isLow }
    /// BB/U below -2, or oedema.
    package var underweight: Bool? { weightForAge?.isLow }
}
