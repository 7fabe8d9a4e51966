// Gathers what one record adds to the indicators of its month.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// The contributions of a record. Names are given without the sector's prefix.
struct Tally {
    private(set) var contributions: [Contribution] = []
    private let month: Period
    private let subject: String?

    init(_ context: Context) {
        month = context.date.period
        subject = context.subject?.id
    }

    /// One for the record's subject (or one more, for an indicator that counts), when the condition holds.
    mutating func add(_ name: String, if condition: Bool? = true) {
        if condition == true { append(name, 1) }
    }

    /// One under `prefix_value`, when there is a value.
    mutating func sort(_ prefix: String, _ value: String?) {
        if let value { append("\(prefix)_\(value)", 1) }
    }

    /// A number for a sum, when there is one.
    mutating func number(_ name: String, _ value: Int?) {
        if let value { append(name, ExactDecimal(value)) }
    }

    private mutating func append(_ name: String, _ value: ExactDecimal) {
        contributions.append(Contribution("sosial." + name, month, subject: subject, value: value))
    }
}
