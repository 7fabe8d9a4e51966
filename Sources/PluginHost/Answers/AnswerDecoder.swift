// Reads one answer line of a worker and checks it against what the manifest declares.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Decodes answer lines of one sector where they lie in the read buffer: one checking pass, then a walk.
struct AnswerDecoder: Sendable {
    static let mostEffects = 64
    static let mostContributions = 512
    static let mostViolations = 64
    static let longestText = 2_000
    /// Why violations are refused.
    static let violationsForm = "not a list of at most \(mostViolations) objects with code and message"

    let rules: AnswerRules

    /// What a line of a worker is.
    enum Line {
        case answer(RecordAnswer)
        case end(Int)
    }

    /// - Parameters:
    ///   - id: the record whose turn it is.
    ///   - type: its record type.
    /// - Throws: a protocol error; its text quotes nothing of the line.
    func line(
        _ line: UnsafeRawBufferPointer,
        expecting id: String?,
        type: String
    ) throws(BatchFailure) -> Line {
        do {
            try JSONScanner.check(line, maximumDepth: Wire.maximumDepth)
        } catch {
            throw .protocolError("a line is not JSON: \(error)")
        }
        var json = CheckedJSON(line)
        guard json.byte == UInt8(ascii: "{") else { throw .protocolError("a line is not a JSON object") }
        var answer = RecordAnswer(id: id ?? "")
        var seenID = false
        guard json.enter(UInt8(ascii: "{")) else { throw .protocolError("a line is an empty object") }
        repeat {
            let name = json.name()
            if json.spells(name, "id") {
                guard let id, Self.isID(id, &json) else { throw .protocolError("an answer has the wrong id") }
                seenID = true
            } else if json.spells(name, "end") {
                guard let number = json.decimal()?.integer else { throw .protocolError("end without a batch number") }
                return .end(number)
            } else if json.spells(name, "effects") {
                effects(&json, type, &answer)
            } else if json.spells(name, "contributions") {
                contributions(&json, &answer)
            } else if json.spells(name, "violations") {
                if let violations = Self.violations(&json) {
                    answer.violations = violations
                } else {
                    answer.fault = "violations: \(Self.violationsForm)"
                }
            } else if json.spells(name, "error") {
                throw .protocolError("the worker answered with an error")
            } else {
                json.skipValue()
            }
        } while json.another()
        guard seenID else { throw .protocolError("a line is neither an answer nor an end") }
        settle(&answer)
        return .answer(answer)
    }

    /// A fault or a rejection leaves nothing else of the answer.
    private func settle(_ answer: inout RecordAnswer) {
        if answer.fault != nil {
            answer.violations = []
            answer.effects = []
            answer.contributions = []
        } else if !answer.violations.isEmpty || !answer.rejection.isEmpty {
            let rejection = answer.rejection
            answer.hadMoreThanRejection =
                !answer.contributions.isEmpty || answer.effects.count > (answer.violations.isEmpty ? 1 : 0)
            answer.effects = answer.violations.isEmpty ? [.reject(rejection)] : []
            answer.contributions = []
        }
    }

    private static func isID(_ id: String, _ json: inout CheckedJSON) -> Bool {
        guard let slice = json.stringSlice() else { return false }
        if slice.isEscaped { return json.string(slice) == id }
        return json.equals(slice.range, id)
    }

    // MARK: Violations

    /// nil when it is not a list of violations.
    static func violations(_ json: inout CheckedJSON) -> [Violation]? {
        guard json.byte == UInt8(ascii: "[") else {
            json.skipValue()
            return nil
        }
        var violations: [Violation] = []
        guard json.enter(UInt8(ascii: "[")) else { return [] }
        var isWellFormed = true
        repeat {
            var code: String?
            var field: String?
            var message: String?
            guard json.byte == UInt8(ascii: "{") else {
                json.skipValue()
                isWellFormed = false
                continue
            }
            if json.enter(UInt8(ascii: "{")) {
                repeat {
                    let name = json.name()
                    if json.spells(name, "code") {
                        code = json.string()
                    } else if json.spells(name, "field") {
                        field = json.string()
                    } else if json.spells(name, "message") {
                        message = json.string()
                    } else {
                        json.skipValue()
                    }
                } while json.another()
            }
            if let code, let message, violations.count < mostViolations {
                violations.append(
                    Violation(
                        String(code.prefix(longestText)),
                        field: field.map { String($0.prefix(longestText)) },
                        String(message.prefix(longestText))
                    )
                )
            } else {
                isWellFormed = false
            }
        } while json.another()
        return isWellFormed ? violations : nil
    }

    // MARK: Contributions

    private func contributions(_ json: inout CheckedJSON, _ answer: inout RecordAnswer) {
        guard json.byte == UInt8(ascii: "[") else {
            json.skipValue()
            answer.fault = answer.fault ?? "contributions: not a list"
            return
        }
        guard json.enter(UInt8(ascii: "[")) else { return }
        repeat {
            guard answer.contributions.count < Self.mostContributions else {
                answer.fault = answer.fault ?? "contributions: more than \(Self.mostContributions)"
                json.skipValue()
                continue
            }
            switch contribution(&json, answer.contributions.last?.subject) {
            case .success(let contribution): answer.contributions.append(contribution)
            case .failure(let fault): answer.fault = answer.fault ?? fault.text
            }
        } while json.another()
    }

    /// A sentence that names the key and quotes no value.
    struct Fault: Error {
        var text: String

        init(_ text: String) { self.text = text }
    }

    /// - Parameter known: the subject of the contribution before, which is nearly always the same one.
    private func contribution(_ json: inout CheckedJSON, _ known: String?) -> Result<AnswerContribution, Fault> {
        guard json.byte == UInt8(ascii: "{") else {
            json.skipValue()
            return .failure(Fault("contributions: not an object"))
        }
        var index: Int?
        var period: Period?
        var subject: String?
        var value: ExactDecimal? = 1
        if json.enter(UInt8(ascii: "{")) {
            repeat {
                let name = json.name()
                if json.spells(name, "indicator") {
                    if let slice = json.stringSlice() {
                        index = rules.indicatorNames.find(json.slice(slice.range))
                    }
                } else if json.spells(name, "period") {
                    if let slice = json.stringSlice() { period = Period(bytes: json.slice(slice.range)) }
                } else if json.spells(name, "subject") {
                    if let slice = json.stringSlice() {
                        if let known, json.equals(slice.range, known) {
                            subject = known
                        } else {
                            let text = json.string(slice)
                            subject = slice.isEscaped && !text.isStorable ? "" : text
                        }
                    }
                } else if json.spells(name, "value") {
                    value = json.decimal()
                } else {
                    json.skipValue()
                }
            } while json.another()
        }
        guard let index else {
            return .failure(Fault("contributions: an indicator that the manifest does not declare"))
        }
        let indicator = rules.indicators[index]
        let name = rules.indicatorNames.names[index]
        guard indicator.takesContributions else { return .failure(Fault("\(name): a ratio takes no contributions")) }
        guard let period, period.kind == indicator.period else {
            return .failure(Fault("\(name): the period is not a \(indicator.period.rawValue)"))
        }
        guard let value, !indicator.isWhole || value.integer != nil else {
            return .failure(Fault("\(name): the value is not \(indicator.isWhole ? "a whole number" : "a number")"))
        }
        guard subject != nil || !indicator.needsSubject else {
            return .failure(Fault("\(name): the subject is missing"))
        }
        if let subject, !(1...64).contains(subject.utf8.count) {
            return .failure(Fault("\(name): the subject is not an id"))
        }
        return .success(AnswerContribution(indicator: name, period: period, subject: subject, value: value))
    }
}
