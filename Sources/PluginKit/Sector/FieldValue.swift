// Values of registry fields: text, flags, integers, exact decimals, dates, points and lists of them.
// SPDX-License-Identifier: Apache-2.0

/// What a field holds. Never a `Double`: sums must not depend on their order.
public enum FieldValue: Hashable, Sendable {
    /// Also choices, regions and photos.
    case text(String)
    case flag(Bool)
    case integer(Int)
    case decimal(ExactDecimal)
    case date(CivilDate)
    case point(MapPoint)
    /// The value of a field with `"multiple": true`, and of a line.
    case list([FieldValue])

    /// Text; nil for another kind. A date read from JSON is text, because JSON has no dates: see ``asDate``.
    public var asText: String? {
        if case .text(let value) = self { value } else { nil }
    }

    public var asFlag: Bool? {
        if case .flag(let value) = self { value } else { nil }
    }

    /// An integer, or a decimal without a fraction.
    public var asInteger: Int? {
        switch self {
        case .integer(let value): value
        case .decimal(let value): value.integer
        default: nil
        }
    }

    /// A decimal or an integer.
    public var asDecimal: ExactDecimal? {
        switch self {
        case .integer(let value): ExactDecimal(value)
        case .decimal(let value): value
        default: nil
        }
    }

    /// A date, or text that spells one.
    public var asDate: CivilDate? {
        switch self {
        case .date(let value): value
        case .text(let value): CivilDate(value)
        default: nil
        }
    }

    public var asPoint: MapPoint? {
        if case .point(let value) = self { value } else { nil }
    }

    public var asList: [FieldValue]? {
        if case .list(let value) = self { value } else { nil }
    }

    /// The value that JSON spells; nil for null, objects that are no points, and numbers beyond 64 bits or 18 decimals.
    public init?(_ json: JSONValue) {
        switch json {
        case .bool(let value):
            self = .flag(value)
        case .string(let value):
            self = .text(value)
        case .number(let value):
            if let integer = Int(value.text) {
                self = .integer(integer)
            } else if let decimal = value.decimal {
                self = .decimal(decimal)
            } else {
                return nil
            }
        case .array(let elements):
            var values: [FieldValue] = []
            for element in elements {
                guard let value = FieldValue(element), value.asList == nil else { return nil }
                values.append(value)
            }
            self = .list(values)
        case .object:
            guard let point = MapPoint(json) else { return nil }
            self = .point(point)
        case .null:
            return nil
        }
    }

    package func write(to writer: inout JSONWriter) {
        switch self {
        case .text(let value): writer.string(value)
        case .flag(let value): writer.bool(value)
        case .integer(let value): writer.integer(value)
        case .decimal(let value): writer.decimal(value)
        case .date(let value): writer.date(value)
        case .point(let value): value.write(to: &writer)
        case .list(let values):
            writer.beginArray()
            for value in values { value.write(to: &writer) }
            writer.endArray()
        }
    }
}

/// Named values in the order they were set. A literal is written like a dictionary's.
///
/// ```swift
/// var fields: Fields = ["berat_gram": .integer(payload.grams)]
/// fields["catatan"] = payload.note.map { .text($0) }      // nil leaves the field out
/// return [.put(fields)]
/// ```
public struct Fields: Sendable {
    /// A name and its value.
    public struct Element: Hashable, Sendable {
        public let name: String
        public var value: FieldValue
    }

    public private(set) var elements: [Element]

    public init() { elements = [] }

    /// The members of a JSON object that are values of fields; null members are left out.
    /// nil when a member is an object that is no point, or a number that cannot be kept exactly.
    public init?(_ object: JSONObject) {
        elements = []
        elements.reserveCapacity(object.count)
        for member in object.members where member.value != .null {
            guard let value = FieldValue(member.value) else { return nil }
            elements.append(Element(name: member.name, value: value))
        }
    }

    /// The value of a field. Setting keeps the place of a name that is there; setting nil removes it.
    public subscript(name: String) -> FieldValue? {
        get { elements.first { $0.name == name }?.value }
        set {
            let index = elements.firstIndex { $0.name == name }
            switch (index, newValue) {
            case (let index?, let value?): elements[index].value = value
            case (let index?, nil): elements.remove(at: index)
            case (nil, let value?): elements.append(Element(name: name, value: value))
            case (nil, nil): break
            }
        }
    }

    /// Sets a field whose name is new.
    mutating func append(_ name: String, _ value: FieldValue) { elements.append(Element(name: name, value: value)) }

    public func text(_ name: String) -> String? { self[name]?.asText }
    public func flag(_ name: String) -> Bool? { self[name]?.asFlag }
    public func integer(_ name: String) -> Int? { self[name]?.asInteger }
    public func decimal(_ name: String) -> ExactDecimal? { self[name]?.asDecimal }
    public func date(_ name: String) -> CivilDate? { self[name]?.asDate }
    public func point(_ name: String) -> MapPoint? { self[name]?.asPoint }
    public func list(_ name: String) -> [FieldValue]? { self[name]?.asList }

    public var isEmpty: Bool { elements.isEmpty }
    public var count: Int { elements.count }

    /// The fields as a JSON object, in their order.
    package var json: [UInt8] {
        var writer = JSONWriter()
        write(to: &writer)
        return writer.bytes
    }

    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        for element in elements {
            writer.name(element.name)
            element.value.write(to: &writer)
        }
        writer.endObject()
    }
}

extension Fields: Hashable {
    /// Equal when the same names have the same values; the order does not count.
    public static func == (left: Fields, right: Fields) -> Bool {
        left.elements.count == right.elements.count
            && left.elements.allSatisfy { right[$0.name] == $0.value }
    }

    public func hash(into hasher: inout Hasher) {
        var combined = 0
        for element in elements { combined ^= element.hashValue }
        hasher.combine(combined)
    }
}

extension Fields: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, FieldValue)...) {
        self.elements = []
        for (name, value) in elements { self[name] = value }
    }
}
