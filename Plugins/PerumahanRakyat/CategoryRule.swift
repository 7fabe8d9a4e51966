// When a house is sub-standard (RTLH): from a number of bad components.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Counts bad components of a house and says which category they make.
///
/// No rule of this kind is confirmed, so both halves are data: which value of a component is bad (table), and from how
/// many bad ones a house is sub-standard (parameter).
struct CategoryRule: Sendable {
    /// Bad values of each component.
    let bad: [String: Set<String>]
    let minimum: Int

    /// - Parameter components: `tables/komponen_rtlh.csv`, columns `komponen` and `nilai_buruk`, a row a bad value.
    init(components: Table, minimum: Int) {
        var bad: [String: Set<String>] = [:]
        for row in components.rows {
            if let component = row["komponen"], let value = row["nilai_buruk"] {
                bad[component, default: []].insert(value)
            }
        }
        self.bad = bad
        self.minimum = minimum
    }

    /// How many of these components (name, value) are bad.
    func badCount(_ components: [(name: String, value: String)]) -> Int {
        components.count { bad[$0.name]?.contains($0.value) ?? false }
    }

    func isSubstandard(badCount: Int) -> Bool { badCount >= minimum }
}
