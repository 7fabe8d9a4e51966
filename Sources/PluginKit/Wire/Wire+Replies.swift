// Reads the lines that a worker answers.
// SPDX-License-Identifier: Apache-2.0

extension Wire {
    /// Reads a line of a worker, without its line feed. Unknown members are ignored; anything else that is not of the
    /// wire is an error, because the worker can be anyone's program.
    package static func reply(_ line: UnsafeRawBufferPointer) throws(WireError) -> Reply {
        let members = try scan(line)
        if members["id"] != nil { return .answer(try answer(members)) }
        if let number = members.integer("end") { return .end(number) }
        if let body = members["initialized"] { return .initialized(try initialized(body)) }
        if let body = members["error"] {
            let error = try parse(body)
            guard let code = error["code"]?.string, let message = error["message"]?.string else {
                throw WireError("an error line lacks code or message")
            }
            return .error(code: code, message: message)
        }
        throw WireError("a line is neither initialized, answer, end nor error")
    }

    private static func initialized(_ body: UnsafeRawBufferPointer) throws(WireError) -> Initialized {
        let json = try parse(body)
        guard let number = json["protocol"]?.integer, let version = json["version"]?.string,
            let types = json["types"]?.array
        else { throw WireError("initialized lacks protocol, version or types") }
        let names = types.compactMap(\.string)
        guard names.count == types.count else { throw WireError("initialized.types holds something but names") }
        return Initialized(wireProtocol: number, version: version, types: names)
    }

    private static func answer(_ members: JSONMembers) throws(WireError) -> Answer {
        guard let id = members.string("id") else { throw WireError("an answer's id is not text") }
        var answer = Answer(id: id)
        if let bytes = members["violations"] { answer.violations = try violations(try parse(bytes)) }
        for effect in try elements(members, "effects") {
            let effect = try self.effect(effect)
            if case .reject(let violations) = effect {
                answer.violations += violations
            } else {
                answer.effects.append(effect)
            }
        }
        for contribution in try elements(members, "contributions") {
            answer.contributions.append(try self.contribution(contribution))
        }
        guard answer.violations.isEmpty || (answer.effects.isEmpty && answer.contributions.isEmpty) else {
            throw WireError("an answer rejects its record and has effects or contributions")
        }
        return answer
    }

    private static func elements(_ members: JSONMembers, _ name: StaticString) throws(WireError) -> [JSONValue] {
        guard let bytes = members[name] else { return [] }
        guard let elements = try parse(bytes).array else { throw WireError("an answer's \(name) is not an array") }
        return elements
    }

    /// Reads a list of violations.
    package static func violations(_ json: JSONValue) throws(WireError) -> [Violation] {
        guard let elements = json.array else { throw WireError("violations are not an array") }
        var violations: [Violation] = []
        for element in elements {
            let code = try text(element, "code", of: "a violation")
            let message = try text(element, "message", of: "a violation")
            violations.append(Violation(code, field: try optional(element, "field", of: "a violation"), message))
        }
        return violations
    }

    /// Reads one effect.
    package static func effect(_ json: JSONValue) throws(WireError) -> Effect {
        guard let object = json.object, object.count == 1, let member = object.members.first else {
            throw WireError("an effect is not an object of one member")
        }
        let body = member.value
        switch member.name {
        case "put":
            guard let object = body.object, let fields = Fields(object), fields.isStorable else {
                throw WireError("put holds a value that cannot be kept")
            }
            return .put(fields)
        case "retract":
            return .retract(record: try text(body, "record", of: "retract"))
        case "open_case":
            return .openCase(
                reason: try text(body, "reason", of: "open_case"),
                priority: try optional(body, "priority", of: "open_case"),
                office: try optional(body, "office", of: "open_case")
            )
        case "advance_case":
            return .advanceCase(
                case: try text(body, "case", of: "advance_case"),
                to: try text(body, "to", of: "advance_case"),
                remark: try optional(body, "remark", of: "advance_case")
            )
        case "raise_task":
            return .raiseTask(
                kind: try text(body, "kind", of: "raise_task"),
                reason: try text(body, "reason", of: "raise_task"),
                dueDays: try dueDays(body),
                to: try optional(body, "to", of: "raise_task"),
                topic: try optional(body, "topic", of: "raise_task")
            )
        case "answer_tasks":
            return .answerTasks(
                kind: try text(body, "kind", of: "answer_tasks"),
                topic: try optional(body, "topic", of: "answer_tasks")
            )
        case "reject":
            let violations = try violations(body)
            guard !violations.isEmpty else { throw WireError("reject names no violation") }
            return .reject(violations)
        default:
            throw WireError(
                "an effect is none of put, retract, open_case, advance_case, raise_task, answer_tasks, reject"
            )
        }
    }

    private static func dueDays(_ body: JSONValue) throws(WireError) -> Int? {
        guard let value = body["due_days"], value != .null else { return nil }
        guard let days = value.integer, (0...3_660).contains(days) else {
            throw WireError("raise_task.due_days is not 0 to 3660")
        }
        return days
    }

    /// Reads one contribution.
    package static func contribution(_ json: JSONValue) throws(WireError) -> Contribution {
        let indicator = try text(json, "indicator", of: "a contribution")
        guard let period = Period(try text(json, "period", of: "a contribution")) else {
            throw WireError("a contribution's period is not a month, quarter or year")
        }
        let value = json["value"] ?? 1
        guard let value = value.decimal else {
            throw WireError("a contribution's value is not a number of at most 64 bits and 18 decimals")
        }
        return Contribution(
            indicator,
            period,
            subject: try optional(json, "subject", of: "a contribution"),
            value: value
        )
    }

    private static func text(_ json: JSONValue, _ name: String, of owner: String) throws(WireError) -> String {
        guard let value = try optional(json, name, of: owner) else { throw WireError("\(owner) lacks \(name)") }
        return value
    }

    private static func optional(_ json: JSONValue, _ name: String, of owner: String) throws(WireError) -> String? {
        guard let value = json[name], value != .null else { return nil }
        guard let text = value.string, text.isStorable else { throw WireError("\(name) of \(owner) is not text") }
        return text
    }
}

extension String {
    /// Whether PostgreSQL can keep it as text: everything but U+0000.
    package var isStorable: Bool { !utf8.contains(0) }
}

extension Fields {
    /// Whether PostgreSQL can keep every name and text.
    package var isStorable: Bool {
        elements.allSatisfy { $0.name.isStorable && $0.value.isStorable }
    }
}

extension FieldValue {
    fileprivate var isStorable: Bool {
        switch self {
        case .text(let text): text.isStorable
        case .list(let values): values.allSatisfy(\.isStorable)
        case .flag, .integer, .decimal, .date, .point: true
        }
    }
}
