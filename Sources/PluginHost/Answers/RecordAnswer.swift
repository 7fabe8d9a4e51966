// What a worker answered about one record, checked against the sector's manifest.
// SPDX-License-Identifier: Apache-2.0

package import PluginKit

/// The answer to one record.
package struct RecordAnswer: Sendable {
    /// The record's id, as it was asked.
    package var id: String
    /// The rules it breaks; when there are any, it has no effects and no contributions.
    package var violations: [Violation] = []
    package var effects: [AnswerEffect] = []
    package var contributions: [AnswerContribution] = []
    /// Why the answer is refused whole, in words that name keys and quote no value: an undeclared field, effect or
    /// indicator, a value of another type. Effects and contributions are then empty. It is a failure of this record.
    package var fault: String?
    /// Whether the worker rejected the record and yet said effects or contributions; they were dropped. A mistake that
    /// only conformance minds.
    package var hadMoreThanRejection = false

    package init(id: String) {
        self.id = id
    }

    /// What the worker rejected it for: its violations, or those of a `reject` effect.
    package var rejection: [Violation] {
        if !violations.isEmpty { return violations }
        for case .reject(let violations) in effects { return violations }
        return []
    }
}

/// One effect of a record on the registry.
package enum AnswerEffect: Sendable {
    /// The record's fields, as a JSON object: the worker's bytes, every member declared and of its declared type.
    case put([UInt8])
    case retract(record: String)
    case openCase(reason: String, priority: String?, office: String?)
    case advanceCase(case: String, to: String, remark: String?)
    case raiseTask(kind: String, reason: String, dueDays: Int?, to: String?, topic: String?)
    case answerTasks(kind: String, topic: String?)
    case reject([Violation])
}

/// What a record adds to one indicator.
package struct AnswerContribution: Sendable, Hashable {
    /// The indicator's full name, declared in the manifest.
    package var indicator: String
    package var period: Period
    /// A resident or household; nil where the indicator has none.
    package var subject: String?
    package var value: ExactDecimal
}
