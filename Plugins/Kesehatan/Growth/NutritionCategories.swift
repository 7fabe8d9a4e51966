// Classes of the indices: the cut-offs of Permenkes 2/2020, read from a table.
// SPDX-License-Identifier: Apache-2.0

package import PluginKit

/// The classes of each index, from `kategori_gizi.csv`: what no source confirms can be changed there, with its version.
package struct NutritionCategories: Sendable {
    /// What has classes: an index, IMT/U of school age, or the arm circumference itself.
    package enum Scale: String, CaseIterable, Sendable {
        case weightForAge = "bbu"
        case lengthForAge = "tbu"
        case weightForLength = "bbtb"
        case bodyMassForAge = "imtu"
        case schoolBodyMassForAge = "imtu_5_18"
        case headForAge = "lku"
        /// Arm circumference in cm, 6 to 59 months.
        case arm = "lila_cm"
    }

    /// One class of a scale.
    package struct Category: Hashable, Sendable {
        /// As records and CSV files spell it, `gizi_kurang`.
        package let name: String
        /// Whether it is not the normal class, as recaps count it.
        package let isAbnormal: Bool
        /// Whether a child of the class is referred.
        package let isReferred: Bool
        /// Below the normal class.
        package let isLow: Bool
        /// The bytes of the name.
        package let text: [UInt8]
        fileprivate let bound: Bound
    }

    fileprivate enum Bound: Hashable, Sendable {
        case lowest
        /// The limit belongs to the class, in hundredths.
        case from(Int)
        /// The limit belongs to the class below.
        case above(Int)

        func admits(_ hundredths: Int) -> Bool {
            switch self {
            case .lowest: true
            case .from(let limit): hundredths >= limit
            case .above(let limit): hundredths > limit
            }
        }

        var rank: Int {
            switch self {
            case .lowest: .min
            case .from(let limit): 2 * limit
            case .above(let limit): 2 * limit + 1
            }
        }
    }

    private let classes: [[Category]]

    /// Reads columns `index`, `bound` (`lowest`, `from`, `above`), `limit`, `category`, `abnormal` and `refer` (`yes`, `no`).
    ///
    /// - Throws: ``SetupError`` for a row that is none, a scale without a class for every value, or limits not rising.
    package init(_ table: Table) throws(SetupError) {
        var classes = [[Category]](repeating: [], count: Scale.allCases.count)
        for row in table.rows {
            guard let scale = row["index"].flatMap({ Scale(rawValue: $0) }), let name = row["category"],
                !name.isEmpty, let bound = Self.bound(row), let abnormal = Self.isYes(row["abnormal"]),
                let referred = Self.isYes(row["refer"])
            else { throw SetupError("kategori_gizi.csv: a row without a known index, bound, limit or category") }
            let normalSeen = classes[scale.position].contains { !$0.isAbnormal }
            if let last = classes[scale.position].last {
                guard last.bound.rank < bound.rank else {
                    throw SetupError("kategori_gizi.csv: limits of \(scale.rawValue) must rise")
                }
            } else if bound != .lowest {
                throw SetupError("kategori_gizi.csv: the first class of \(scale.rawValue) must be 'lowest'")
            }
            classes[scale.position].append(
                Category(
                    name: name,
                    isAbnormal: abnormal,
                    isReferred: referred,
                    isLow: abnormal && !normalSeen,
                    text: Array(name.utf8),
                    bound: bound
                )
            )
        }
        for scale in Scale.allCases where classes[scale.position].isEmpty {
            throw SetupError("kategori_gizi.csv: no class of \(scale.rawValue)")
        }
        self.classes = classes
    }

    /// The class of a rounded score.
    package func category(_ scale: Scale, _ score: ZScore) -> Category? {
        classes[scale.position].last { $0.bound.admits(score.hundredths) }
    }

    /// The class of an arm circumference in cm.
    package func category(arm: Double) -> Category? {
        guard arm > 0, let hundredths = ZScore(rounding: arm) else { return nil }
        return category(.arm, hundredths)
    }

    /// The lowest class: what oedema of both feet makes of a child whatever it weighs.
    package func lowest(_ scale: Scale) -> Category? { classes[scale.position].first }

    /// All classes of a scale, lowest first.
    package func all(_ scale: Scale) -> [Category] { classes[scale.position] }

    private static func isYes(_ text: String?) -> Bool? { text == "yes" ? true : text == "no" ? false : nil }

    private static func bound(_ row: Table.Row) -> Bound? {
        let limit = row["limit"].flatMap { PlainDecimal($0) }.flatMap { ZScore(rounding: $0.double) }?.hundredths
        switch row["bound"] {
        case "lowest": return .lowest
        case "from": return limit.map { .from($0) }
        case "above": return limit.map { .above($0) }
        default: return nil
        }
    }
}

extension NutritionCategories.Scale {
    fileprivate var position: Int {
        switch self {
        case .weightForAge: 0
        case .lengthForAge: 1
        case .weightForLength: 2
        case .bodyMassForAge: 3
        case .schoolBodyMassForAge: 4
        case .headForAge: 5
        case .arm: 6
        }
    }
}
