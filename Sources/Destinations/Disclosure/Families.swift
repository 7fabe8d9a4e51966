// Which indicators add up to another: by sex, by the names of the parts, as the destination file says.
// SPDX-License-Identifier: Apache-2.0

/// An indicator and others that add up to it.
package struct AddsUp: Sendable, Hashable {
    package var total: String
    package var parts: [String]

    package init(total: String, parts: [String]) {
        self.total = total
        self.parts = parts
    }
}

/// Finds what an attacker would find by looking at names and adding up.
enum Families {
    /// Children that are tried in all combinations; of more only all together.
    private static let combinations = 12

    /// - Parameters:
    ///   - figures: whole numbers by indicator and area, of one sector and period; no ratios.
    ///   - declared: what the destination file says.
    /// - Returns: `X_l` and `X_p` of `X`, whatever they add up to; the declared ones; and of the other indicators whose name goes on
    ///   where another's ends (`d_0_5` of `d`) those sets that add up to it exactly in every area.
    static func find(_ figures: [String: [String: Int]], declared: [AddsUp]) -> [AddsUp] {
        var families = Set(
            declared.filter { family in figures[family.total] != nil }.map { family in
                AddsUp(total: family.total, parts: family.parts.filter { figures[$0] != nil })
            }
        )
        let names = figures.keys.sorted()
        for name in names {
            let sexes = ["\(name)_l", "\(name)_p"].filter { figures[$0] != nil }
            if sexes.count == 2 { families.insert(AddsUp(total: name, parts: sexes)) }
            let children = names.filter { child in
                child.hasPrefix("\(name)_") && !sexes.contains(child)
                    && figures[child]?.contains { $0.value != 0 } == true
            }
            guard children.count > 1, let whole = figures[name] else { continue }
            for parts in subsets(children) where addUp(parts, to: whole, figures) {
                families.insert(AddsUp(total: name, parts: parts))
            }
        }
        return families.filter { !$0.parts.isEmpty }.sorted {
            ($0.total, $0.parts.count, $0.parts.joined(separator: " ")) < (
                $1.total, $1.parts.count, $1.parts.joined(separator: " ")
            )
        }
    }

    private static func subsets(_ children: [String]) -> [[String]] {
        guard children.count <= combinations else { return [children] }
        return (0..<(1 << children.count)).compactMap { mask in
            guard mask.nonzeroBitCount > 1 else { return nil }
            return children.indices.filter { mask >> $0 & 1 == 1 }.map { children[$0] }
        }
    }

    private static func addUp(_ parts: [String], to whole: [String: Int], _ figures: [String: [String: Int]]) -> Bool {
        var areas = Set(whole.keys)
        for part in parts { areas.formUnion((figures[part] ?? [:]).keys) }
        return areas.allSatisfy { area in
            parts.reduce(0) { $0 &+ (figures[$1]?[area] ?? 0) } == whole[area] ?? 0
        }
    }
}
