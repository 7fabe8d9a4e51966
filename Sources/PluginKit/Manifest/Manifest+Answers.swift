// Checks that an answer stays within what the manifest declares.
// SPDX-License-Identifier: Apache-2.0

extension Manifest {
    /// What an answer names that the manifest does not declare, or of another type. The daemon refuses such an answer
    /// whole; the text names keys, never values.
    ///
    /// - Returns: the first problem; nil when the answer may be carried out.
    package func problem(in answer: Wire.Answer, to record: Record) -> String? {
        if answer.isRejected {
            let isEmpty = answer.effects.isEmpty && answer.contributions.isEmpty
            return isEmpty ? nil : "a rejected record has effects or contributions"
        }
        var puts = 0
        for effect in answer.effects {
            if case .put = effect { puts += 1 }
            if let problem = problem(in: effect, of: record) { return problem }
        }
        if puts > 1 { return "put occurs twice" }
        for contribution in answer.contributions {
            if let problem = problem(in: contribution) { return problem }
        }
        return nil
    }

    private func problem(in effect: Effect, of record: Record) -> String? {
        switch effect {
        case .put(let fields):
            for element in fields.elements {
                guard let field = record.field(element.name) else {
                    return "put names '\(element.name)', which is not a field of \(record.type)"
                }
                if !field.holds(element.value) { return "put gives '\(element.name)' a value of another type" }
            }
            if let service = service(of: record), let name = service.field, let text = fields.text(name) {
                let known = Set(service.services.map { String($0) })
                let words = text.split(separator: " ", omittingEmptySubsequences: false)
                if !words.allSatisfy({ known.contains(String($0)) }) {
                    return "put names in '\(name)' a service that 'spm' does not list"
                }
            }
        case .openCase:
            if workflow == nil { return "open_case without a workflow in the manifest" }
        case .advanceCase:
            return "advance_case cannot be used yet: its record becomes dead (reason answer); only messages move cases"
        case .retract:
            return "retract cannot be used yet: its record becomes dead (reason answer); only messages retract records"
        case .raiseTask(let kind, _, _, _, let topic):
            if !Identifier.isPlain(kind) { return "raise_task has a kind that is no name" }
            if let topic, !Identifier.isPlain(topic) { return "raise_task has a topic that is no name" }
        case .answerTasks(let kind, let topic):
            if !Identifier.isPlain(kind) { return "answer_tasks has a kind that is no name" }
            if let topic, !Identifier.isPlain(topic) { return "answer_tasks has a topic that is no name" }
            if record.subject == .none { return "answer_tasks in a record type without a subject" }
        case .reject:
            break
        }
        return nil
    }

    private func problem(in contribution: Contribution) -> String? {
        guard let indicator = indicator(contribution.indicator) else {
            return "contribution to '\(contribution.indicator)', which is not an indicator of the manifest"
        }
        if indicator.kind == .ratio { return "contribution to the ratio '\(indicator.name)'" }
        if indicator.period != contribution.period.kind {
            return "contribution to '\(indicator.name)' for a \(contribution.period.kind.rawValue)"
        }
        if indicator.kind == .distinct, contribution.subject == nil {
            return "contribution to '\(indicator.name)' without a subject"
        }
        return nil
    }
}

extension Manifest.Field {
    /// Whether a value has the type of the field. Ranges and choices are the payload's business.
    package func holds(_ value: FieldValue) -> Bool {
        if type == .line { return MapLine(value) != nil }
        if case .list(let values) = value { return multiple && values.allSatisfy(holdsSingle) }
        return !multiple && holdsSingle(value)
    }

    private func holdsSingle(_ value: FieldValue) -> Bool {
        switch type {
        case .text, .region, .photo: value.asText != nil
        case .choice: value.asText.map(choices.contains) ?? false
        case .integer: value.asInteger != nil
        case .decimal: value.asDecimal != nil
        case .flag: value.asFlag != nil
        case .date: value.asDate != nil
        case .point: value.asPoint != nil
        case .line: false
        }
    }
}
