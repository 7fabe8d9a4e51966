// What a kabupaten may set of a sector's parameters, and what is wrong with what it set.
// SPDX-License-Identifier: Apache-2.0

extension Manifest {
    /// A value that was set for a parameter and cannot hold.
    package struct ParameterProblem: Hashable, Sendable {
        /// The parameter as it was written, whether the manifest declares it or not.
        package var name: String
        /// What follows the name: `is 40, not a whole number from 1 to 30`.
        package var message: String
        /// What to do: `set tenggat to a whole number from 1 to 30, or remove it and 5 holds`.
        package var fix: String
    }

    /// What cannot hold of the values that were set, in their order; empty when all can.
    package func problems(withParameters values: Fields) -> [ParameterProblem] {
        values.elements.compactMap { element -> ParameterProblem? in
            guard let declared = parameter(element.name) else { return unknown(element.name) }
            let allowed = bounded(declared)
            if let value = allowed.fitted(element.value), allowed.problem(with: value) == nil { return nil }
            let standard = declared.standard.written.map { " and \($0) holds" } ?? ""
            return ParameterProblem(
                name: element.name,
                message: "is \(element.value.shown), not \(allowed.wanted)",
                fix: "set \(element.name) to \(allowed.wanted), or remove it\(standard)"
            )
        }
    }

    private func unknown(_ name: String) -> ParameterProblem {
        let near = parameters.map(\.name).min { Spelling.distance($0, name) < Spelling.distance($1, name) }
        let meant = near.flatMap { Spelling.distance($0, name) <= 3 ? $0 : nil }
        return ParameterProblem(
            name: name,
            message: "is not a parameter of \(id)",
            fix: meant.map { "write \($0) in place of \(name)" }
                ?? "remove \(name): what may be set is in 'parameters' of the sector's sector.json"
        )
    }

    /// The parameter with the bounds that hold for what is set: days of a deadline are days that a calendar can count.
    private func bounded(_ parameter: Parameter) -> Parameter {
        guard workflow?.deadlines.contains(where: { $0.workdays.uses(parameter.name) }) ?? false else {
            return parameter
        }
        let least = ExactDecimal(Workflow.Workdays.range.lowerBound)
        let most = ExactDecimal(Workflow.Workdays.range.upperBound)
        var bounded = parameter
        bounded.minimum = max(parameter.minimum ?? least, least)
        bounded.maximum = min(parameter.maximum ?? most, most)
        return bounded
    }
}

extension Manifest.Parameter {
    /// Why a value does not fit the parameter; nil when it does.
    package func problem(with value: FieldValue) -> String? {
        let fits =
            switch type {
            case .integer: value.asInteger != nil
            case .decimal: value.asDecimal != nil
            case .flag: value.asFlag != nil
            case .date: value.asDate != nil
            case .text, .region, .photo: value.asText != nil
            case .choice: value.asText.map(choices.contains) ?? false
            case .point, .line: false
            }
        guard fits else { return "does not fit the type \(type.rawValue)" }
        if let measure = value.asDecimal ?? length(of: value) {
            if let minimum, measure < minimum { return "is below the minimum \(minimum)" }
            if let maximum, measure > maximum { return "is above the maximum \(maximum)" }
        }
        return nil
    }

    /// The characters of a text; nil for other types.
    private func length(of value: FieldValue) -> ExactDecimal? {
        guard type == .text, let text = value.asText else { return nil }
        return ExactDecimal(text.unicodeScalars.count)
    }

    /// The value in the parameter's own type; nil when it has another one. A settings file knows no types: digits, `true` and
    /// `false` that are meant as text come as a number or a flag.
    package func fitted(_ value: FieldValue) -> FieldValue? {
        switch type {
        case .integer: value.asInteger.map { .integer($0) }
        case .decimal: value.asDecimal.map { .decimal($0) }
        case .flag: value.asFlag.map { .flag($0) }
        case .date: value.asDate == nil ? nil : value
        case .text, .region, .photo, .choice: value.written.map { .text($0) }
        case .point, .line: nil
        }
    }

    /// What may be set, in words: `a whole number from 1 to 30 (workday)`.
    fileprivate var wanted: String {
        let kind =
            switch type {
            case .integer: "a whole number"
            case .decimal: "a number"
            case .flag: "true or false"
            case .date: "a date (YYYY-MM-DD)"
            case .choice: "one of \(choices.joined(separator: ", "))"
            case .text, .region, .photo: "text"
            case .point, .line: "a \(type.rawValue)"
            }
        let characters = type == .text ? " characters" : ""
        let bounds =
            switch (minimum, maximum) {
            case (let minimum?, let maximum?): " from \(minimum) to \(maximum)\(characters)"
            case (let minimum?, nil): " of at least \(minimum)\(characters)"
            case (nil, let maximum?): " of at most \(maximum)\(characters)"
            case (nil, nil): ""
            }
        return kind + bounds + (unit.map { " (\($0))" } ?? "")
    }
}

extension Manifest.Workflow.Workdays {
    /// How many working days a deadline may have.
    package static let range = 1...3_660

    /// Whether the days are those of a parameter, for any priority.
    fileprivate func uses(_ parameter: String) -> Bool {
        switch self {
        case .fixed: false
        case .parameter(let name): name == parameter
        case .byPriority(let days, let others):
            others.uses(parameter) || days.values.contains { $0.uses(parameter) }
        }
    }
}

extension FieldValue {
    /// As an operator writes it, without quotes; nil for what a settings file cannot say.
    fileprivate var written: String? {
        switch self {
        case .text(let value): value
        case .flag(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .decimal(let value): value.description
        case .date, .point, .list: nil
        }
    }

    /// In a sentence for an operator: text in quotes and not at length.
    fileprivate var shown: String {
        if let text = asText { return "'\(text.prefix(60))'" }
        return written ?? "another kind of value"
    }
}
