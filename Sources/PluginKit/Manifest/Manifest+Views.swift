// Views of a sector's figures that are more than a list: balances, prevalences, cohorts.
// SPDX-License-Identifier: Apache-2.0

extension Manifest {
    /// A table that is read from contributions: which indicators stand in which column, and what must hold between them.
    ///
    /// The daemon knows no sector's letters; everything that a view says by name stands here (`docs/decisions/0015`).
    package struct View: Sendable {
        package enum Kind: String, CaseIterable, Sendable {
            /// Columns side by side in one month, per area, sex and age, with rules that must hold between them.
            case balance
            /// Of the distinct residents measured: how many have the value 1 at their latest measurement.
            case prevalence
            /// Residents by month of birth, and how many of them a column counts.
            case cohort
        }

        package var name: String
        package var kind: Kind
        package var title: Title
        package var columns: [ViewColumn]
        /// Bounds of the age bands in completed months, rising: `[0, 6, 12]` makes 0-5 and 6-11. Empty: no bands.
        package var bands: [Int]
        /// Prevalence: months in which the latest measurement is looked for. Cohort: months of birth shown.
        package var months: Int
        package var ratios: [ViewRatio]
        package var rules: [ViewRule]

        package func column(_ name: String) -> ViewColumn? { columns.first { $0.name == name } }

        /// Every indicator that the view reads.
        package var indicators: [String] { columns.flatMap { $0.indicators + $0.bySex } }
    }

    /// One column of a view.
    package struct ViewColumn: Sendable {
        package var name: String
        package var title: Title?
        /// The indicator; of a cohort's column several, of which one is enough.
        package var indicators: [String]
        /// Indicators of boys and of girls, for a column whose own indicator names no resident.
        package var bySex: [String]
        /// Counts residents of whom there is a value, not only those whose value is above zero.
        package var isPresence: Bool
        /// Looks at all months up to the one asked for, not at that one only.
        package var isEver: Bool
    }

    /// A column's name with a sign.
    package struct ViewTerm: Hashable, Sendable {
        package var column: String
        package var isSubtracted: Bool

        package init(column: String, isSubtracted: Bool) {
            self.column = column
            self.isSubtracted = isSubtracted
        }
    }

    /// A percentage made of sums of columns.
    package struct ViewRatio: Sendable {
        package var name: String
        package var part: [ViewTerm]
        package var whole: [ViewTerm]
    }

    /// What must hold between sums of columns wherever all of them are reported.
    package struct ViewRule: Sendable {
        package var name: String
        package var left: [ViewTerm]
        package var right: [ViewTerm]
        /// `=` when true, else `<=`.
        package var isEqual: Bool
    }

    package func view(_ name: String) -> View? { views.first { $0.name == name } }
}
