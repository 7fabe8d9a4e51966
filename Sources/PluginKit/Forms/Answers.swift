// Payloads of wide forms: the answers by name, for the questions that a form asks.
// SPDX-License-Identifier: Apache-2.0

/// The questions of a form, spelled as the manifest's fields, by the kind of their answers.
///
/// A form with twenty boxes to tick needs no structure of twenty members: it names them, and its handler asks
/// ``Answers`` by name.
///
/// ```swift
/// enum Form: Questions {
///     static let texts = ["tempat"]
///     static let flags = ["edukasi", "dirujuk"]
/// }
/// typealias Payload = Answers<Form>
/// ```
public protocol Questions: Sendable {
    /// Text, and choices.
    static var texts: [String] { get }
    static var flags: [String] { get }
    static var integers: [String] { get }
    static var decimals: [String] { get }
    static var dates: [String] { get }
    static var points: [String] { get }
}

extension Questions {
    public static var texts: [String] { [] }
    public static var flags: [String] { [] }
    public static var integers: [String] { [] }
    public static var decimals: [String] { [] }
    public static var dates: [String] { [] }
    public static var points: [String] { [] }
}

/// What was answered to a form's questions, as ``Fields`` in the order of the kinds: texts, integers, decimals, flags,
/// dates, points. A member that is missing or null is left out; an unknown member of the payload is ignored; decoding one of
/// another kind fails, and the record with it.
public struct Answers<Form: Questions>: Decodable, Sendable {
    public let fields: Fields

    public init(from decoder: any Decoder) throws {
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
        for name in Form.points {
            fields[name] = try container.decodeIfPresent(MapPoint.self, forKey: Name(name)).map { .point($0) }
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
    public func total(_ names: [String]) -> Int? {
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
    public func yes(_ names: [String]) -> Int { names.count { flag($0) == true } }

    /// The fields with a value set; nil takes a field of that name out.
    public func adding(_ name: String, _ value: FieldValue?) -> Fields {
        var fields = self
        fields[name] = value
        return fields
    }
}
