// Reads the effects of an answer and checks them against the manifest.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

extension AnswerDecoder {
    func effects(_ json: inout CheckedJSON, _ type: String, _ answer: inout RecordAnswer) {
        guard json.byte == UInt8(ascii: "[") else {
            json.skipValue()
            answer.fault = answer.fault ?? "effects: not a list"
            return
        }
        guard json.enter(UInt8(ascii: "[")) else { return }
        var puts = 0
        repeat {
            guard answer.effects.count < Self.mostEffects else {
                answer.fault = answer.fault ?? "effects: more than \(Self.mostEffects)"
                json.skipValue()
                continue
            }
            do {
                let effect = try effect(&json, type)
                if case .put = effect { puts += 1 }
                answer.effects.append(effect)
            } catch {
                answer.fault = answer.fault ?? error.text
            }
        } while json.another()
        if puts > 1 { answer.fault = answer.fault ?? "effects: more than one put" }
    }

    /// One effect, stepped over whole whether it is accepted or not.
    private func effect(_ json: inout CheckedJSON, _ type: String) throws(Fault) -> AnswerEffect {
        let text = json.text
        let range = json.skipValue()
        var inner = CheckedJSON(UnsafeRawBufferPointer(rebasing: text[range]))
        guard inner.enter(UInt8(ascii: "{")) else { throw Fault("effects: not an object with one member") }
        let name = inner.name()
        if inner.spells(name, "put") { return try put(&inner, type) }
        if inner.spells(name, "reject") {
            guard let violations = Self.violations(&inner), !violations.isEmpty else {
                throw Fault("reject: \(Self.violationsForm)")
            }
            return .reject(violations)
        }
        let kind = Self.kinds.first { inner.spells(name, $0) }
        guard let kind else { throw Fault("effects: an effect that the protocol does not know") }
        return try effect(kind, texts(&inner, of: kind), of: type)
    }

    private static let kinds: [StaticString] = ["open_case", "advance_case", "raise_task", "answer_tasks", "retract"]

    /// The members of an effect that carries only text, and `due_days`.
    private struct Texts {
        var values: [String: String] = [:]
        var dueDays: Int?
    }

    private func texts(_ json: inout CheckedJSON, of kind: StaticString) throws(Fault) -> Texts {
        var texts = Texts()
        guard json.byte == UInt8(ascii: "{") else { throw Fault("\(kind): not an object") }
        guard json.enter(UInt8(ascii: "{")) else { return texts }
        repeat {
            let range = json.name()
            let name = String(decoding: json.slice(range), as: UTF8.self)
            if name == "due_days" {
                guard let days = json.decimal()?.integer, (0...3_660).contains(days) else {
                    throw Fault("\(kind): due_days is not a number of days")
                }
                texts.dueDays = days
            } else if let value = json.string() {
                guard value.utf8.count <= Self.longestText else {
                    throw Fault("\(kind): \(name) is too long")
                }
                texts.values[name] = value
            }
        } while json.another()
        return texts
    }

    private func effect(_ kind: StaticString, _ texts: Texts, of type: String) throws(Fault) -> AnswerEffect {
        func needed(_ name: String) throws(Fault) -> String {
            guard let value = texts.values[name], !value.isEmpty else { throw Fault("\(kind): \(name) is missing") }
            return value
        }
        switch kind.description {
        case "retract":
            return .retract(record: try needed("record"))
        case "open_case":
            guard !rules.states.isEmpty else { throw Fault("open_case: the manifest has no workflow") }
            return .openCase(
                reason: try needed("reason"),
                priority: texts.values["priority"],
                office: texts.values["office"]
            )
        case "advance_case":
            let state = try needed("to")
            guard rules.states.contains(state) else {
                throw Fault("advance_case: a state that the workflow does not know")
            }
            return .advanceCase(case: try needed("case"), to: state, remark: texts.values["remark"])
        default:
            let name = try needed("kind")
            guard Identifier.isPlain(name) else { throw Fault("\(kind): kind is not a name") }
            let topic = texts.values["topic"]
            if let topic, !Identifier.isPlain(topic) { throw Fault("\(kind): topic is not a name") }
            if kind.description == "answer_tasks" {
                guard rules.recordTypes[type]?.hasSubject ?? false else {
                    throw Fault("answer_tasks: the record type has no subject")
                }
                return .answerTasks(kind: name, topic: topic)
            }
            return .raiseTask(
                kind: name,
                reason: try needed("reason"),
                dueDays: texts.dueDays,
                to: texts.values["to"],
                topic: topic
            )
        }
    }

    // MARK: put

    private func put(_ json: inout CheckedJSON, _ type: String) throws(Fault) -> AnswerEffect {
        guard json.byte == UInt8(ascii: "{") else { throw Fault("put: not an object") }
        guard let record = rules.recordTypes[type] else { throw Fault("put: the record type is not declared") }
        let start = json.position
        if json.enter(UInt8(ascii: "{")) {
            repeat {
                let name = json.name()
                guard let index = record.names.find(json.slice(name)) else {
                    throw Fault("put: \(Self.shortName(json.slice(name))) is not declared")
                }
                guard Self.isValue(&json, of: record.fields[index]) else {
                    throw Fault("put: \(record.names.names[index]) has a value of another type")
                }
            } while json.another()
        }
        return .put(Array(json.slice(start..<json.position)))
    }

    /// A name that a worker invented, as far as it looks like a name; anything else might be data.
    private static func shortName(_ bytes: UnsafeRawBufferPointer) -> String {
        let name = String(decoding: bytes, as: UTF8.self)
        return Identifier.isPlain(name) ? name : "a field"
    }

    private static func isValue(_ json: inout CheckedJSON, of field: AnswerRules.Field) -> Bool {
        if json.byte == UInt8(ascii: "n") {
            json.skipValue()
            return true  // null leaves the field out
        }
        guard field.isList else { return isValue(&json, of: field.kind) }
        guard json.byte == UInt8(ascii: "[") else {
            json.skipValue()
            return false
        }
        guard json.enter(UInt8(ascii: "[")) else { return true }
        var allFit = true
        repeat {
            if !isValue(&json, of: field.kind) { allFit = false }
        } while json.another()
        return allFit
    }

    /// The value that stands here, stepped over; nil when it cannot be kept as JSON.
    private static func value(_ json: inout CheckedJSON) -> JSONValue? {
        let text = json.text
        let range = json.skipValue()
        return try? JSONParser.parse(Array(text[range]))
    }

    private static func isValue(_ json: inout CheckedJSON, of kind: AnswerRules.FieldKind) -> Bool {
        switch kind {
        case .text:
            guard let slice = json.stringSlice() else { return false }
            return !slice.isEscaped || json.string(slice).isStorable
        case .choice(let choices):
            guard let slice = json.stringSlice() else { return false }
            return choices.find(json.slice(slice.range)) != nil
        case .date:
            guard let slice = json.stringSlice() else { return false }
            return CivilDate(bytes: json.slice(slice.range)) != nil
        case .flag:
            let first = json.byte
            json.skipValue()
            return first == UInt8(ascii: "t") || first == UInt8(ascii: "f")
        case .integer:
            return json.decimal()?.integer != nil
        case .decimal:
            return json.decimal() != nil
        case .point:
            return value(&json).flatMap { MapPoint($0) } != nil
        case .line:
            return value(&json).flatMap { MapLine($0) } != nil
        case .services(let numbers):
            guard let slice = json.stringSlice() else { return false }
            let words = json.string(slice).split(separator: " ", omittingEmptySubsequences: false)
            return words.allSatisfy { numbers.contains(String($0)) }
        }
    }
}
