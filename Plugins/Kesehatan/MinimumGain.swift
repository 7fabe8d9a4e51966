// The least weight that a child must gain in a month, by sex and age.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Kenaikan berat minimal (KBM): grams that a child must gain in a month, by sex and completed month of age.
struct MinimumGain: Sendable {
    private let boys: [Int: Int]
    private let girls: [Int: Int]

    init(_ table: Table) throws(SetupError) {
        var boys: [Int: Int] = [:]
        var girls: [Int: Int] = [:]
        for row in table.rows {
            guard let sex = row["sex"].flatMap({ Sex(rawValue: $0) }), let month = row.integer("month"),
                let grams = row.integer("kbm_gram")
            else { throw SetupError("kbm.csv: a row without sex, month or kbm_gram") }
            if sex == .male { boys[month] = grams } else { girls[month] = grams }
        }
        self.boys = boys
        self.girls = girls
    }

    /// nil for a month that the table does not hold: month 0, and 61 on.
    func grams(_ sex: Sex, month: Int) -> Int? { sex == .male ? boys[month] : girls[month] }
}
