// Reads JSON text into values, strictly.
// SPDX-License-Identifier: Apache-2.0

/// Reads JSON as RFC 8259 defines it and nothing more: UTF-8 is checked, names are unique, surrogates are paired,
/// nesting is bounded. Total: any input gives a value or a ``JSONError``.
public enum JSONParser {
    /// The value of a text.
    public static func parse(_ text: [UInt8], maximumDepth: Int = 32) throws(JSONError) -> JSONValue {
        let result = text.withUnsafeBytes { buffer in
            Result { () throws(JSONError) in try parse(buffer, maximumDepth: maximumDepth) }
        }
        return try result.get()
    }

    /// The value of a text.
    public static func parse(_ text: String, maximumDepth: Int = 32) throws(JSONError) -> JSONValue {
        try parse(Array(text.utf8), maximumDepth: maximumDepth)
    }

    /// The value of a text in a buffer.
    package static func parse(
        _ text: UnsafeRawBufferPointer,
        maximumDepth: Int = 32
    ) throws(JSONError) -> JSONValue {
        var cursor = JSONCursor(text, maximumDepth: maximumDepth)
        cursor.skipSpace()
        let value = try value(&cursor, depth: 0)
        try cursor.finish()
        return value
    }

    private static func value(_ cursor: inout JSONCursor, depth: Int) throws(JSONError) -> JSONValue {
        switch cursor.byte {
        case UInt8(ascii: "\""):
            return .string(JSONText.string(cursor.text, try cursor.string()))
        case UInt8(ascii: "{"):
            return try object(&cursor, depth: depth + 1)
        case UInt8(ascii: "["):
            return try array(&cursor, depth: depth + 1)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            return .number(JSONNumber(literal: JSONText.string(cursor.text, try cursor.number())))
        case UInt8(ascii: "t"):
            try cursor.word("true")
            return .bool(true)
        case UInt8(ascii: "f"):
            try cursor.word("false")
            return .bool(false)
        case UInt8(ascii: "n"):
            try cursor.word("null")
            return .null
        default:
            throw cursor.failure(.unexpectedByte)
        }
    }

    private static func object(_ cursor: inout JSONCursor, depth: Int) throws(JSONError) -> JSONValue {
        try cursor.open(depth: depth)
        if cursor.close(UInt8(ascii: "}")) { return .object(JSONObject()) }
        let first = cursor.openNames
        var members: [JSONObject.Member] = []
        members.reserveCapacity(8)
        while true {
            let name = try cursor.memberName()
            let value = try value(&cursor, depth: depth)
            members.append(JSONObject.Member(name: JSONText.string(cursor.text, name), value: value))
            if try !cursor.another(before: UInt8(ascii: "}")) { break }
        }
        try cursor.closeNames(from: first)
        return .object(JSONObject(unique: members))
    }

    private static func array(_ cursor: inout JSONCursor, depth: Int) throws(JSONError) -> JSONValue {
        try cursor.open(depth: depth)
        var elements: [JSONValue] = []
        if cursor.close(UInt8(ascii: "]")) { return .array(elements) }
        while true {
            cursor.skipSpace()
            elements.append(try value(&cursor, depth: depth))
            if try !cursor.another(before: UInt8(ascii: "]")) { return .array(elements) }
        }
    }
}
