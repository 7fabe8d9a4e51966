// What a manifest says about printed registers: lists of records, and recap sheets made of figures.
// SPDX-License-Identifier: Apache-2.0

extension Manifest {
    /// A printed register.
    package struct Register: Sendable {
        package var name: String
        package var title: Title?
        /// The record types it prints; all of the sector when the file does not say.
        package var types: [String]
        /// Columns of a list of records; empty for a recap.
        package var columns: [String]
        /// The sheet of figures; nil for a list of records.
        package var recap: Recap?
    }

    /// A sheet of figures: a row a month for one posyandu, or a row a posyandu for one month.
    package struct Recap: Sendable {
        /// In the order of print. A column's number on the sheet is its place, from 1.
        package var columns: [Column]
        /// Rules that a line entered from paper must keep, over indicators.
        package var rules: [Rule]
        /// Which records make their subject a visitor; nil when no column counts visitors.
        package var visits: Visits?
        /// Lists of residents with a mark for every month of attendance.
        package var lists: [NameList]
    }

    /// One column of a recap.
    package struct Column: Sendable {
        package enum Content: Sendable {
            /// Number of the row.
            case number
            /// The month, or the posyandu.
            case label
            /// Remarks: where the figures of the row come from.
            case remarks
            /// The sum of these indicators, less those.
            case figure(plus: [String], minus: [String])
            /// The first indicator over the second.
            case ratio(String, String)
            /// Visitors; from paper, the indicator.
            case visitors(Visitors, paper: String?)
            /// Nothing is recorded for it: always empty.
            case notRecorded
        }
        /// From the group down to the column.
        package var heading: [String]
        package var content: Content
        /// What a reader must know of it.
        package var note: Title?
        /// False when the months of it may not be added up although its indicators could be.
        package var isAdditive: Bool
        /// The whole column in words, for messages: the heading in one line.
        package var name: String { heading.joined(separator: " / ") }
    }

    /// A group of visitors: residents with a visit in the month.
    package struct Visitors: Sendable {
        /// Completed months of age at the first visit of the month.
        package var months: ClosedRange<Int>
        /// `L` or `P`; nil for both.
        package var sex: String?
        /// True: only those who never came to this posyandu before the month; false: only those who did; nil: all.
        package var isNew: Bool?
    }

    /// Which records are visits.
    package struct Visits: Sendable {
        package var types: [String]
        /// Records whose field has this value are none.
        package var except: Condition?
    }

    /// A list of residents, a row each, with a mark for every month in which they had one of these records.
    package struct NameList: Sendable {
        package var name: String
        package var title: Title
        package var types: [String]
        /// Completed months of age at the first visit of the year; nil for any.
        package var months: ClosedRange<Int>?
    }

    /// What the aggregates of a record type share with records, so that the two are never mixed.
    package struct Aggregate: Sendable {
        /// Indicators whose figures must come from one origin, because they describe one thing. A name that ends with `*`
        /// stands for all that begin so.
        package var families: [(name: String, indicators: [String])]

        package func family(of indicator: String) -> String? {
            families.first { $0.indicators.contains { Aggregate.matches($0, indicator) } }?.name
        }

        static func matches(_ pattern: String, _ indicator: String) -> Bool {
            pattern.last == "*" ? indicator.hasPrefix(pattern.dropLast()) : pattern == indicator
        }
    }

    /// The family of an indicator: its own name unless an aggregate record type ties it to others.
    package func family(of indicator: String) -> String {
        for record in records {
            if let family = record.aggregate?.family(of: indicator) { return family }
        }
        return indicator
    }

    package func register(_ name: String) -> Register? { registers.first { $0.name == name } }
}

extension Manifest.Rule {
    /// Why values break the rule, in Indonesian; nil when they keep it. A rule over values that are not there is kept.
    package func broken(by values: [String: Int]) -> String? {
        func short(_ name: String) -> String { name.split(separator: ".").last.map(String.init) ?? name }
        switch self {
        case .ordered(let names):
            let known = names.compactMap { name in values[name].map { (name, $0) } }
            for (smaller, larger) in zip(known, known.dropFirst()) where smaller.1 > larger.1 {
                return "\(short(smaller.0)) (\(smaller.1)) lebih besar daripada \(short(larger.0)) (\(larger.1))"
            }
        case .addsUp(let total, let parts):
            let known = parts.compactMap { values[$0] }
            guard let given = values[total], known.count == parts.count else { return nil }
            var sum = 0
            for value in known {
                let (next, overflow) = sum.addingReportingOverflow(value)
                if overflow { return "jumlah \(short(total)) terlalu besar" }
                sum = next
            }
            if sum != given { return "\(short(total)) (\(given)) bukan jumlah bagiannya (\(sum))" }
        }
        return nil
    }
}
