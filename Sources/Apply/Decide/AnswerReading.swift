// Sorts the effects of an answer into what apply does with each.
// SPDX-License-Identifier: Apache-2.0
import PluginHost
import PluginKit

/// The effects of one answer, by kind.
struct AnswerReading {
    struct Opening {
        var reason: String
        var priority: String?
        var office: String?
    }
    struct Task {
        var kind: String
        var reason: String
        var dueDays: Int?
        var role: String?
        var topic: String?
    }
    struct Advance {
        var record: String
        var state: String
        var remark: String?
    }

    /// Why the record is refused; empty when it may be applied.
    var violations: [Violation]
    /// The fields put, as a JSON object.
    var fields: [UInt8] = Array("{}".utf8)
    var opening: Opening?
    var advances: [Advance] = []
    var tasks: [Task] = []
    /// Tasks of earlier records that the record answers.
    var answers: [TaskAnswer] = []
    /// Records that the answer retracts.
    var retracted: [String] = []

    /// Of a record that is kept and has no effect.
    static let nothing = AnswerReading(RecordAnswer(id: ""))

    init(_ answer: RecordAnswer) {
        violations = answer.rejection
        for effect in answer.effects {
            switch effect {
            case .put(let json): fields = json
            case .retract(let record): retracted.append(record)
            case .openCase(let reason, let priority, let office):
                opening = Opening(reason: reason, priority: priority, office: office)
            case .advanceCase(let record, let state, let remark):
                advances.append(Advance(record: record, state: state, remark: remark))
            case .raiseTask(let kind, let reason, let dueDays, let role, let topic):
                let isSaid = tasks.contains { $0.kind == kind && $0.topic == topic && $0.reason == reason }
                if isSaid { continue }
                tasks.append(Task(kind: kind, reason: reason, dueDays: dueDays, role: role, topic: topic))
            case .answerTasks(let kind, let topic):
                let answer = TaskAnswer(kind: kind, topic: topic)
                if !answers.contains(answer) { answers.append(answer) }
            case .reject: continue
            }
        }
    }
}
