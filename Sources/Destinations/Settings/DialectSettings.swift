// What differs from dialect to dialect: how periods and areas are written, how many rows fit, the dialect's own options.
// SPDX-License-Identifier: Apache-2.0

package import PluginKit

/// Renderings and options of one destination. `sipd-rekap` needs none of them.
package struct DialectSettings: Sendable, Hashable {
    /// How an area is named at the destination.
    package struct OrgUnits: Sendable, Hashable {
        package enum Scheme: String, Sendable, Hashable, CaseIterable {
            /// The Kemendagri code as it is, `33.25.01`.
            case dotted
            /// The same without dots, `332501`.
            case plain
        }
        package var scheme: Scheme
        /// By dotted code; wins over the scheme.
        package var overrides: [String: String]

        package init(scheme: Scheme = .dotted, overrides: [String: String] = [:]) {
            self.scheme = scheme
            self.overrides = overrides
        }

        package func name(_ area: String) -> String {
            if let override = overrides[area] { return override }
            return scheme == .plain ? area.filter { $0 != "." } : area
        }
    }

    /// Periods of these lengths become documents; others are not for this destination.
    package var periods: Set<Period.Kind>
    /// How a period is written: `{yyyy}`, `{mm}`, `{q}`, `{start}`, `{end}` are replaced.
    package var periodFormat: String
    package var orgUnits: OrgUnits
    /// Rows of one request at most; more become another document.
    package var maximumRows: Int
    /// Has the peer check a document before it is sent, where the dialect can.
    package var checksFirst: Bool
    /// What only one dialect knows, by name as in the file.
    package var options: [String: String]
    /// The basic services of a worksheet, in its order; for `espm-worksheet`.
    package var services: [BasicService] = []
    /// Request, reply and read-back as data; for `http-template`.
    package var template: HTTPTemplate?

    package init(
        periods: Set<Period.Kind> = Set(Period.Kind.allCases),
        periodFormat: String = "",
        orgUnits: OrgUnits = OrgUnits(),
        maximumRows: Int = 500,
        checksFirst: Bool = false,
        options: [String: String] = [:]
    ) {
        self.periods = periods
        self.periodFormat = periodFormat
        self.orgUnits = orgUnits
        self.maximumRows = maximumRows
        self.checksFirst = checksFirst
        self.options = options
    }

    /// The period in the destination's spelling; its usual one for this length when the file gives none.
    package func text(_ period: Period, usual: String) -> String {
        var text = periodFormat.isEmpty ? usual : periodFormat
        let month = period.first.components.month
        let values = [
            "{yyyy}": "\(period.year)", "{mm}": month < 10 ? "0\(month)" : "\(month)",
            "{q}": "\((month - 1) / 3 + 1)", "{start}": period.first.description, "{end}": period.last.description,
        ]
        for (mark, value) in values { text = text.replacing(mark, with: value) }
        return text
    }
}
