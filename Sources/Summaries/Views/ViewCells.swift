// Values of a view's columns by sex and age band, and what follows from them: ratios and broken rules.
// SPDX-License-Identifier: Apache-2.0
package import PluginKit

/// Sex and age band of a cell; nil means all.
package struct CellKey: Hashable, Sendable, Comparable {
    /// `L` or `P`.
    package var sex: String?
    /// Position among the view's bands, from 0.
    package var band: Int?

    package static let all = CellKey()

    package init(sex: String? = nil, band: Int? = nil) {
        self.sex = sex
        self.band = band
    }

    package static func < (left: CellKey, right: CellKey) -> Bool {
        (left.band ?? .max, left.sex ?? "~") < (right.band ?? .max, right.sex ?? "~")
    }
}

/// A rule of a view that does not hold; nothing is corrected.
package struct ViolatedRule: Hashable, Sendable {
    /// UUID of the posyandu.
    package var posyandu: String
    package var name: String
    package var cell: CellKey
    package var rule: String
    package var left: ExactDecimal
    package var right: ExactDecimal
}

extension Manifest.View {
    /// The sum of some columns; nil when one of them has no value.
    func sum(_ terms: [Manifest.ViewTerm], _ values: [String: ExactDecimal]) -> ExactDecimal? {
        var sum: ExactDecimal = 0
        for term in terms {
            guard let value = values[term.column],
                let next = term.isSubtracted ? sum.subtracting(value) : sum.adding(value)
            else { return nil }
            sum = next
        }
        return sum
    }

    /// Percentages by name, where part and whole are known and the whole is above zero.
    package func percentages(_ values: [String: ExactDecimal]) -> [String: String] {
        var percentages: [String: String] = [:]
        for ratio in ratios {
            guard let part = sum(ratio.part, values), let whole = sum(ratio.whole, values) else { continue }
            percentages[ratio.name] = Percentage.text(part, of: whole)
        }
        return percentages
    }

    /// Rules that are broken among these values, with both sides. Values that were not reported break nothing.
    func broken(_ values: [String: ExactDecimal]) -> [(rule: String, left: ExactDecimal, right: ExactDecimal)] {
        rules.compactMap { rule in
            guard let left = sum(rule.left, values), let right = sum(rule.right, values) else { return nil }
            let holds = rule.isEqual ? left == right : !(right < left)
            return holds ? nil : (rule.name, left, right)
        }
    }

    /// `0-5`, `6-11`.
    package func bandName(_ band: Int) -> String { "\(bands[band])-\(bands[band + 1] - 1)" }
}

/// Percentages as the documents show them.
package enum Percentage {
    /// 100 × part ÷ whole, rounded half away from zero to two decimals; nil unless the whole is above zero.
    package static func text(_ part: ExactDecimal, of whole: ExactDecimal) -> String? {
        guard 0 < whole else { return nil }
        var numerator = Int128(part.mantissa) * 10_000
        var denominator = Int128(whole.mantissa)
        for _ in 0..<max(0, whole.scale - part.scale) { numerator *= 10 }
        for _ in 0..<max(0, part.scale - whole.scale) { denominator *= 10 }
        let rounded = (2 * numerator.magnitude + denominator.magnitude) / (2 * denominator.magnitude)
        guard let hundredths = Int64(exactly: rounded) else { return nil }
        let value = ExactDecimal(mantissa: numerator < 0 ? -hundredths : hundredths, scale: 2)
        return value.map { text in
            let parts = text.description.split(separator: ".", omittingEmptySubsequences: false)
            let fraction = parts.count > 1 ? String(parts[1]) : ""
            return "\(parts[0]).\(fraction)\(String(repeating: "0", count: max(0, 2 - fraction.utf8.count)))"
        }
    }
}
