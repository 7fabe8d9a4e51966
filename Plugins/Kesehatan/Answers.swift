// Payloads of wide forms: the answers by name, for the questions that a form asks.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// The questions of a form, spelled as the manifest's fields, by the kind of their answers.
protocol Questions: Sendable {
    /// Text, and choices.
    static var texts: [String] { get }
    static var flags: [String] { get }
    static var integers: [String] { get }
    static var decimals: [String] { get }
    static var dates: [String] { get }
}

extension Questions {
    static var texts: [String] { [] }
    static var flags: [String] { [] }
    static var integers: [String] { [] }
    static var decimals: [String] { [] }
    static var dates: [String] { [] }
}

/// What was answered to a form's questions; an unknown member of the payload is ignored.
struct Answers<Form: Questions>: Decodable, Sendable {
    let fields: Fields

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Name.self)
        var fields = Fields()
        for name in Form.texts {
            fields[name] = try container.decodeIfPresent(String.self, forKey: Name(name)).map { .text($0) }
        }
        for name in Form.integers {
            fields[name] = try container.decodeIfPresent(Int.self, forKey: Name(name)).map { .integer($0) }
        }
        for name in Form.decimals {
            fields[name] = try container.decodeIfPresent(ExactDecimal.self, forKey: Name(name)).map { .decimal($0) }
        }
        for name in Form.flags {
            fields[name] = try container.decodeIfPresent(Bool.self, forKey: Name(name)).map { .flag($0) }
        }
        for name in Form.dates {
            fields[name] = try container.decodeIfPresent(CivilDate.self, forKey: Name(name)).map { .date($0) }
        }
        self.fields = fields
    }

    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}

extension Fields {
    /// The sum of integer answers; nil when one is missing or the sum does not fit.
    func total(_ names: [String]) -> Int? {
        var total = 0
        for name in names {
            guard let value = integer(name) else { return nil }
            let (sum, overflow) = total.addingReportingOverflow(value)
            if overflow { return nil }
            total = sum
        }
        return total
    }

    /// How many of these answers are yes.
    func yes(_ names: [String]) -> Int { names.count { flag($0) == true } }

    /// The fields with a value added; nil adds nothing.
    func adding(_ name: String, _ value: FieldValue?) -> Fields {
        var fields = self
        fields[name] = value
        return fields
    }
}
