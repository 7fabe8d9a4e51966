// The shorter periods that a period is made of.
// SPDX-License-Identifier: Apache-2.0
package import PluginKit

extension Period {
    /// Its own name first, then the names of the quarters and months that lie in it: what its figures are made of. A quarter has four names, a
    /// year seventeen, a month one.
    package var withParts: [String] {
        let shorter: [Kind] =
            switch kind {
            case .month: []
            case .quarter: [.month]
            case .year: [.quarter, .month]
            }
        return [description] + shorter.flatMap { parts($0) }
    }

    /// The months that lie in it, itself when it is one.
    package var monthNames: [String] { kind == .month ? [description] : parts(.month) }

    private func parts(_ kind: Kind) -> [String] {
        var names: [String] = []
        var part = Period.of(kind, first)
        while part.first <= last {
            names.append(part.description)
            part = Period.of(kind, part.last.adding(days: 1))
        }
        return names
    }
}
