// What a handler answers: effects, contributions, violations.
// SPDX-License-Identifier: Apache-2.0

/// What a record does to the registry. The daemon carries it out; a handler only says it.
public enum Effect: Hashable, Sendable {
    /// Keeps these fields of the record. Every name must be a field of the record type in the manifest.
    case put(Fields)
    /// Takes back an earlier record of the same subject. Not carried out yet: the record becomes dead (reason answer).
    case retract(record: String)
    /// Opens a case for the office that the manifest's `routing` names, unless `office` names another role.
    case openCase(reason: String, priority: String? = nil, office: String? = nil)
    /// Moves a case (its id is the id of the record that opened it) to a state of the workflow. Not carried out yet: the record
    /// becomes dead (reason answer).
    case advanceCase(case: String, to: String, remark: String? = nil)
    /// Asks a role for something, within some days of the service date. The task stays open until a later record of the same
    /// subject answers its `kind`, or a person says that it is done.
    ///
    /// `kind` and `topic` are names (`rujukan`, `tbc`); `reason` is what a kader reads, in Indonesian. Of one record and one
    /// (`kind`, `topic`, `reason`) there is one task.
    case raiseTask(kind: String, reason: String, dueDays: Int? = nil, to: String? = nil, topic: String? = nil)
    /// Says that this record does what earlier records of the same subject asked for: their tasks of `kind`, those with
    /// `topic` only unless it is nil. Earlier means of smaller (service date, id); a task that a later record raises stays open,
    /// and so does one of this same record.
    case answerTasks(kind: String, topic: String? = nil)
    /// Refuses the record. Wins over all other effects of the answer: a rejected record changes nothing.
    case reject([Violation])

    /// Refuses the record for one or more violations.
    public static func reject(_ violations: Violation...) -> Effect { .reject(violations) }
}

/// A rule that a record breaks. Goes back to its sender, so `message` is what a kader reads, in Indonesian.
public struct Violation: Hashable, Sendable {
    /// Permanent name of the rule, such as `sumur.jarak`.
    public var code: String
    /// The field that a kader should look at; nil when it is not one field.
    public var field: String?
    public var message: String

    public init(_ code: String, field: String? = nil, _ message: String) {
        self.code = code
        self.field = field
        self.message = message
    }
}

/// What a record adds to one indicator.
public struct Contribution: Hashable, Sendable {
    /// The indicator, spelled as in the manifest.
    public var indicator: String
    public var period: Period
    /// Whom it counts; needed for `distinct` and for a `stock` per subject.
    public var subject: String?
    /// 1 unless the indicator is a sum or a stock.
    public var value: ExactDecimal

    public init(_ indicator: String, _ period: Period, subject: String? = nil, value: ExactDecimal = 1) {
        self.indicator = indicator
        self.period = period
        self.subject = subject
        self.value = value
    }
}
