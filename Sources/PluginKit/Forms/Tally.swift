// Gathers what one record adds to the indicators of its month.
// SPDX-License-Identifier: Apache-2.0

/// The contributions of a record to indicators of the month of its service date, for its subject.
///
/// Names are given without the sector's prefix. A sector spares its handlers the argument with an extension of its own:
///
/// ```swift
/// extension Tally { init(_ context: Context) { self.init(context, sector: "kesehatan") } }
/// ```
public struct Tally: Sendable {
    public private(set) var contributions: [Contribution] = []
    private let prefix: String
    private let month: Period
    private let subject: String?
    private let sex: Sex?

    /// - Parameter sector: the id of the sector, which stands before the dot of each indicator.
    public init(_ context: Context, sector: String) {
        prefix = sector + "."
        month = context.date.period
        subject = context.subject?.id
        sex = context.subject?.sex
    }

    /// One for the record's subject (or one more, for an indicator that counts), when the condition holds.
    public mutating func add(_ name: String, if condition: Bool? = true) {
        if condition == true { append(name, 1) }
    }

    /// One under the name, and one under the name of the subject's sex: `name`, and `name_l` or `name_p`.
    public mutating func split(_ name: String, if condition: Bool? = true) {
        guard condition == true else { return }
        append(name, 1)
        if let sex { append(name + (sex == .male ? "_l" : "_p"), 1) }
    }

    /// One under the first name for yes, under the second for no, nowhere when it was not answered.
    public mutating func decide(_ answer: Bool?, yes: String, no: String) {
        if let answer { append(answer ? yes : no, 1) }
    }

    /// One under `prefix_value`, when there is a value.
    public mutating func sort(_ prefix: String, _ value: String?) {
        if let value { append("\(prefix)_\(value)", 1) }
    }

    /// Whether the subject is in a state that a stock counts: 1 when it is.
    ///
    /// - Parameter sexes: also under the name of the subject's sex.
    /// - Parameter again: 0 when it is not, to outdo what was said of the subject earlier in the month.
    /// - Parameter says0: 0 when it is not, under the plain name: none is a figure too.
    public mutating func state(
        _ name: String,
        _ holds: Bool,
        sexes: Bool = false,
        again: Bool = false,
        says0: Bool = false
    ) {
        if holds || again || says0 { append(name, holds ? 1 : 0) }
        guard sexes, holds || again, let sex else { return }
        append(name + (sex == .male ? "_l" : "_p"), holds ? 1 : 0)
    }

    /// A number for a sum or a stock, when there is one.
    public mutating func number(_ name: String, _ value: Int?) {
        if let value { append(name, ExactDecimal(value)) }
    }

    private mutating func append(_ name: String, _ value: ExactDecimal) {
        contributions.append(Contribution(prefix + name, month, subject: subject, value: value))
    }
}
