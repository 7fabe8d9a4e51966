// Scores of children's measurements against the WHO Child Growth Standards (2006) and the WHO Reference (2007).
// SPDX-License-Identifier: Apache-2.0

package import PluginKit

/// The WHO tables, read once. Every question is pure and allocates nothing.
///
/// Algorithm `[C: WorldHealthOrganization/anthro]`, see `docs/domain.md` §6.5.
package struct GrowthTables: Sendable {
    /// The tables of one sex.
    fileprivate struct Standards: Sendable {
        let weightForAge: LMSTable
        let lengthForAge: LMSTable
        let bodyMassForAge: LMSTable
        let headForAge: LMSTable
        let armForAge: LMSTable
        let weightForLength: LMSTable
        let weightForHeight: LMSTable
        /// WHO Reference 2007, by month from 61 to 228.
        let schoolBodyMass: LMSTable

        init(_ sex: String, _ read: (_ table: String) throws(SetupError) -> [UInt8]) throws(SetupError) {
            func table(_ name: String) throws(SetupError) -> LMSTable {
                try LMSTable(csv: try read("\(name)_\(sex)"), name: "\(name)_\(sex).csv")
            }
            weightForAge = try table("who_wfa")
            lengthForAge = try table("who_lhfa")
            bodyMassForAge = try table("who_bfa")
            headForAge = try table("who_hcfa")
            armForAge = try table("who_acfa")
            weightForLength = try table("who_wfl")
            weightForHeight = try table("who_wfh")
            schoolBodyMass = try table("who2007_bfa")
        }
    }

    private let boys: Standards
    private let girls: Standards

    /// - Parameter read: gives the bytes of `tables/<name>.csv`.
    /// - Throws: what `read` throws, or ``SetupError`` with the line that is no row of such a table.
    package init(_ read: (_ table: String) throws(SetupError) -> [UInt8]) throws(SetupError) {
        boys = try Standards("boys", read)
        girls = try Standards("girls", read)
    }

    /// A month of the standards, in days.
    package static let daysOfMonth = 30.4375

    /// From this day on children are measured standing, and the height standards apply.
    package static let firstHeightDay = 731
    /// Between lying and standing, cm.
    private static let postureDifference = 0.7

    /// The scores of a measurement of a child under 60 months.
    ///
    /// All scores are missing below day 0 and from 60 months on; without an age only weight-for-length/height is there.
    package func assess(_ child: GrowthMeasurement) -> GrowthResult {
        let standards = child.sex == .male ? boys : girls
        let height = child.height.flatMap(Self.positive)
        let weight = child.oedema ? nil : child.weight.flatMap(Self.positive)
        var result = GrowthResult()
        guard let age = child.ageDays else {
            result.correctedLength = height
            if let height, let weight {
                let isLength = child.posture.map { $0 == .lying } ?? (height < 87)
                result.weightForLength = standards.weightForLength(weight, height, isLength: isLength)
            }
            return result
        }
        guard age.magnitude < 1_000_000 else {
            result.correctedLength = height
            return result
        }
        let day = Int((age + 0.5).rounded(.down))
        let months = age / Self.daysOfMonth
        let length = height.map { Self.corrected($0, child.posture, day: day, months: months) }
        result.correctedLength = length
        guard age >= 0, months < 60 else { return result }
        if let weight {
            result.weightForAge = standards.weightForAge.score(weight, at: day)
            if let length {
                let isLength = day < Self.firstHeightDay
                result.weightForLength = standards.weightForLength(weight, length, isLength: isLength)
                let metres = length / 100
                result.bodyMassForAge = standards.bodyMassForAge.score(weight / (metres * metres), at: day)
            }
        }
        result.lengthForAge = length.flatMap { standards.lengthForAge.score($0, at: day, restricted: false) }
        result.headForAge = child.head.flatMap(Self.positive).flatMap { standards.headForAge.score($0, at: day) }
        result.armForAge = child.arm.flatMap(Self.positive).flatMap { standards.armForAge.score($0, at: day) }
        return result
    }

    /// IMT/U from 5 to 19 years, WHO Reference 2007.
    ///
    /// - Parameter ageMonths: days of age ÷ 30.4375, from 61 to 228; between two months L, M and S are interpolated.
    /// - Parameter bodyMass: kg/m².
    /// - Returns: nil outside that age, or for a body mass that is not positive.
    package func bmiForAge5to19(_ sex: Sex, ageMonths: Double, bodyMass: Double) -> ZScore? {
        guard bodyMass > 0, bodyMass.isFinite, ageMonths.isFinite,
            let row = (sex == .male ? boys : girls).schoolBodyMass.interpolated(ageMonths)
        else { return nil }
        return ZScore(rounding: row.score(bodyMass, restricted: true))
    }

    private static func positive(_ value: Double) -> Double? { value > 0 && value.isFinite ? value : nil }

    /// A child stands only from 9 months on: before, `standing` is taken for a mistake and says nothing.
    private static func corrected(
        _ height: Double,
        _ posture: GrowthMeasurement.Posture?,
        day: Int,
        months: Double
    ) -> Double {
        switch posture {
        case .standing where months >= 9 && day < firstHeightDay: decimal(height + postureDifference)
        case .lying where day >= firstHeightDay: decimal(height - postureDifference)
        default: height
        }
    }

    /// The sum of two decimals as a decimal: 44.3 + 0.7 is 45, at the edge of a table or not.
    private static func decimal(_ value: Double) -> Double { (value * 1e9).rounded() / 1e9 }
}

extension GrowthTables.Standards {
    /// Rows are 0.1 cm apart; between two of them L, M and S are interpolated. Missing outside 45-110 and 65-120 cm.
    fileprivate func weightForLength(_ weight: Double, _ length: Double, isLength: Bool) -> ZScore? {
        let millimetres = (length * 1e10).rounded() / 1e9
        guard let row = (isLength ? weightForLength : weightForHeight).interpolated(millimetres) else { return nil }
        return ZScore(rounding: row.score(weight, restricted: true))
    }
}

extension LMSTable {
    fileprivate func score(_ value: Double, at key: Int, restricted: Bool = true) -> ZScore? {
        self[key].flatMap { ZScore(rounding: $0.score(value, restricted: restricted)) }
    }
}
