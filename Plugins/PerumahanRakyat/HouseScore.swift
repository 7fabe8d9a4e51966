// When a house is sub-standard (RTLH): from the weights of its components.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Adds up the weights of a house's components and says which category they make, and why.
///
/// No rule of this kind is confirmed, so both halves are data: how much each value of a component weighs (table), and
/// from which score a house is sub-standard (parameter).
struct HouseScore: Sendable {
    /// A component of a house as the form says it.
    typealias Component = (name: String, value: String)

    private let weights: [String: [String: ExactDecimal]]
    /// A house with this score or more is sub-standard.
    let minimum: ExactDecimal
    /// The score of a house of which every component is as bad as can be.
    let worst: ExactDecimal

    /// - Parameter components: `tables/komponen_rtlh.csv`, columns `komponen`, `nilai` and `bobot`, a row a value.
    /// - Throws: ``SetupError`` when a row has no weight, or the weights do not add up.
    init(components: Table, minimum: ExactDecimal) throws(SetupError) {
        var weights: [String: [String: ExactDecimal]] = [:]
        for row in components.rows {
            guard let component = row["komponen"], let value = row["nilai"],
                let weight = row["bobot"].flatMap({ ExactDecimal($0) }), weight >= 0
            else { throw SetupError("komponen_rtlh.csv: a row without komponen, nilai or bobot") }
            weights[component, default: [:]][value] = weight
        }
        var worst: ExactDecimal = 0
        for values in weights.values {
            guard let sum = worst.adding(values.values.max() ?? 0) else {
                throw SetupError("komponen_rtlh.csv: the weights are too large")
            }
            worst = sum
        }
        self.weights = weights
        self.minimum = minimum
        self.worst = worst
    }

    /// What a component adds to the score; 0 when the table does not know the value.
    private func weight(_ component: Component) -> ExactDecimal { weights[component.name]?[component.value] ?? 0 }

    /// How many of these components weigh anything.
    func badCount(_ components: [Component]) -> Int { components.count { weight($0) > 0 } }

    /// The sum of the weights; never more than ``worst`` as long as each component occurs once.
    func score(_ components: [Component]) -> ExactDecimal {
        components.reduce(0) { $0.adding(weight($1)) ?? $0 }
    }

    func isSubstandard(_ components: [Component]) -> Bool { score(components) >= minimum }

    /// The score in words: `atap bocor 1 + lantai tanah 1 = 2 dari 6, RTLH mulai 3`.
    func explanation(_ components: [Component]) -> String {
        let parts = components.filter { weight($0) > 0 }.map { component in
            let words = (component.name + " " + component.value).split(separator: "_").joined(separator: " ")
            return "\(words) \(weight(component).normalised)"
        }
        let sum = parts.isEmpty ? "" : parts.joined(separator: " + ") + " = "
        return "\(sum)\(score(components).normalised) dari \(worst.normalised), RTLH mulai \(minimum.normalised)"
    }
}
