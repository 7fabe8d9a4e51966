// Referrals that findings ask for: to whom, why, by when, and not twice for what already stands.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// What one record found, in the order of the form.
struct Findings {
    /// Name in `tindak_lanjut.csv`, and what the kader reads.
    private(set) var list: [(name: String, reason: String)] = []

    /// A finding with its value in plain words, when the rule holds.
    mutating func add(_ name: String, _ reason: @autoclosure () -> String, if condition: Bool?) {
        if condition == true { list.append((name, reason())) }
    }
}

/// The rules of `tindak_lanjut.csv` and the days that a kabupaten allows.
struct FollowUp: Sendable {
    private struct Rule: Sendable {
        let topic: String
        let role: String
        let isUrgent: Bool
        let isReferred: Bool
    }

    private let rules: [String: Rule]
    private let days: Int
    private let urgentDays: Int
    private let repeatDays: Int

    init(_ setup: Setup) throws(SetupError) {
        days = try setup.integer("tenggat_rujukan_hari")
        urgentDays = try setup.integer("tenggat_rujukan_segera_hari")
        repeatDays = try setup.integer("rujukan_ulang_hari")
        var rules: [String: Rule] = [:]
        for row in try setup.table("tindak_lanjut").rows {
            guard let name = row["temuan"], let topic = row["topik"], let role = row["kepada"],
                let referred = row["rujuk"], ["ya", "tidak"].contains(referred),
                let due = row["tenggat"], ["biasa", "segera"].contains(due)
            else { throw SetupError("tindak_lanjut.csv: a row without temuan, topik, kepada, rujuk or tenggat") }
            rules[name] = Rule(topic: topic, role: role, isUrgent: due == "segera", isReferred: referred == "ya")
        }
        self.rules = rules
    }

    /// One task a topic and urgency for what is to be referred and is not referred already; their names go to `temuan`.
    ///
    /// A finding is referred already when an earlier record of the same type referred it not longer ago than
    /// `rujukan_ulang_hari`, and no answer to that referral came since. An urgent finding is always referred.
    func effects(of findings: Findings, _ type: RecordType, _ context: Context, _ fields: inout Fields) -> [Effect] {
        var named: [FieldValue] = []
        var groups: [(rule: Rule, reasons: [String])] = []
        for (name, reason) in findings.list {
            guard let rule = rules[name], rule.isReferred, rule.isUrgent || !stands(name, rule.topic, type, context)
            else { continue }
            named.append(.text(name))
            let same = groups.firstIndex {
                $0.rule.topic == rule.topic && $0.rule.isUrgent == rule.isUrgent && $0.rule.role == rule.role
            }
            if let same { groups[same].reasons.append(reason) } else { groups.append((rule, [reason])) }
        }
        fields["temuan"] = named.isEmpty ? nil : .list(named)
        return groups.map { rule, reasons in
            .raiseTask(
                kind: "rujukan",
                reason: (rule.isUrgent ? "rujuk hari ini juga: " : "rujuk: ") + reasons.joined(separator: "; "),
                dueDays: rule.isUrgent ? urgentDays : days,
                to: rule.role,
                topic: rule.topic
            )
        }
    }

    private func stands(_ name: String, _ topic: String, _ type: RecordType, _ context: Context) -> Bool {
        for earlier in context.previous {
            if earlier.type == ReferralAnswer.recordType {
                if ReferralAnswer.answers(earlier.fields, topic) { return false }
            } else if earlier.type == type, earlier.fields.list("temuan")?.contains(.text(name)) == true {
                return earlier.date.days(until: context.date) <= repeatDays
            }
        }
        return false
    }
}

extension Setup {
    /// An integer among the manifest's parameters.
    func integer(_ name: String) throws(SetupError) -> Int {
        guard let value = parameters.integer(name) else { throw SetupError("parameter \(name) is missing") }
        return value
    }

    /// A number among the manifest's parameters.
    func decimal(_ name: String) throws(SetupError) -> ExactDecimal {
        guard let value = parameters.decimal(name) else { throw SetupError("parameter \(name) is missing") }
        return value
    }
}

extension ExactDecimal {
    /// With a decimal comma, as a kader writes numbers.
    var spoken: String { String(description.map { $0 == "." ? "," : $0 }) }
}
