// A JSON text as a value: numbers keep their spelling, objects keep their order.
// SPDX-License-Identifier: Apache-2.0

/// Any JSON value.
public enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(JSONNumber)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

/// A JSON number, exactly as it was written: `6.50` is not `6.5`.
public struct JSONNumber: Hashable, Sendable {
    /// The literal.
    public let text: String

    package init(literal: String) { text = literal }

    public init(_ value: Int) { text = String(value) }

    public init(_ value: ExactDecimal) { text = value.description }

    /// The integer; nil when it has a fraction or does not fit. `2.0` and `1e2` are integers.
    public var integer: Int? { Int(text) ?? decimal?.integer }

    /// The exact decimal; nil when it needs more than 64 bits or 18 decimals.
    public var decimal: ExactDecimal? { ExactDecimal(text) }
}

/// The members of a JSON object in the order they were written; names are unique.
public struct JSONObject: Sendable {
    /// A name and its value.
    public struct Member: Hashable, Sendable {
        public let name: String
        public var value: JSONValue

        /// Whether the name has these bytes. Most others differ in length, which is quicker to see.
        fileprivate func isNamed(_ other: String) -> Bool { name.utf8.count == other.utf8.count && name == other }
    }

    public private(set) var members: [Member]

    public init() { members = [] }

    /// The caller answers for unique names.
    package init(unique members: [Member]) { self.members = members }

    /// The value of a member. Setting keeps the place of a name that is there; setting nil removes it.
    public subscript(name: String) -> JSONValue? {
        get {
            for index in members.indices where members[index].isNamed(name) { return members[index].value }
            return nil
        }
        set {
            let index = members.firstIndex { $0.name == name }
            switch (index, newValue) {
            case (let index?, let value?): members[index].value = value
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?): members.append(Member(name: name, value: value))
            case (nil, nil): break
            }
        }
    }

    public var isEmpty: Bool { members.isEmpty }
    public var count: Int { members.count }
    public var names: [String] { members.map(\.name) }
}

extension JSONObject: Hashable {
    /// Objects are equal when they have equal members; the order does not count.
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.members.count == right.members.count
            && left.members.allSatisfy { member in right[member.name] == member.value }
    }

    public func hash(into hasher: inout Hasher) {
        var combined = 0
        for member in members { combined ^= member.hashValue }
        hasher.combine(combined)
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        members = []
        for (name, value) in elements { self[name] = value }
    }
}

extension JSONValue {
    public var isNull: Bool {
        if case .null = self { true } else { false }
    }

    public var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    public var number: JSONNumber? {
        if case .number(let value) = self { value } else { nil }
    }

    /// The integer of a number; nil for anything else.
    public var integer: Int? { number?.integer }

    /// The exact decimal of a number; nil for anything else.
    public var decimal: ExactDecimal? { number?.decimal }

    public var string: String? {
        if case .string(let value) = self { value } else { nil }
    }

    public var array: [JSONValue]? {
        if case .array(let value) = self { value } else { nil }
    }

    public var object: JSONObject? {
        if case .object(let value) = self { value } else { nil }
    }

    /// A member of an object; nil when this is no object or has no such member.
    public subscript(name: String) -> JSONValue? { object?[name] }

    /// An element of an array; nil when this is no array or is shorter.
    public subscript(index: Int) -> JSONValue? {
        guard let array, array.indices.contains(index) else { return nil }
        return array[index]
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int) { self = .number(JSONNumber(value)) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    public init(nilLiteral: ()) { self = .null }

    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        var object = JSONObject()
        for (name, value) in elements { object[name] = value }
        self = .object(object)
    }
}

extension JSONValue: CustomStringConvertible {
    /// The value as JSON text, without white space.
    public var description: String {
        var writer = JSONWriter()
        writer.value(self)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
