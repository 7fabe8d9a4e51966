// Writes JSON straight into bytes.
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Appends JSON without white space to bytes. Commas are its own business; nesting is the caller's.
public struct JSONWriter: Sendable {
    public var bytes: [UInt8]
    private var needsComma = false

    /// Appends to these bytes.
    public init(_ bytes: [UInt8] = []) { self.bytes = bytes }

    public mutating func beginObject() { begin(UInt8(ascii: "{")) }
    public mutating func endObject() { end(UInt8(ascii: "}")) }
    public mutating func beginArray() { begin(UInt8(ascii: "[")) }
    public mutating func endArray() { end(UInt8(ascii: "]")) }

    /// Writes a member name that needs no escape.
    public mutating func name(_ name: StaticString) {
        comma()
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a member name.
    public mutating func name(_ name: String) {
        string(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    public mutating func null() { word("null") }
    public mutating func bool(_ value: Bool) { word(value ? "true" : "false") }

    public mutating func integer(_ value: Int) {
        comma()
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        appendDigits(UInt64(value.magnitude), to: &bytes)
        needsComma = true
    }

    public mutating func decimal(_ value: ExactDecimal) {
        comma()
        value.appendText(to: &bytes)
        needsComma = true
    }

    public mutating func number(_ value: JSONNumber) {
        comma()
        bytes.append(contentsOf: value.text.utf8)
        needsComma = true
    }

    /// Writes a date as a string.
    public mutating func date(_ value: CivilDate) {
        comma()
        bytes.append(UInt8(ascii: "\""))
        value.appendText(to: &bytes)
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    /// Writes a period as a string.
    public mutating func period(_ value: Period) {
        comma()
        bytes.append(UInt8(ascii: "\""))
        value.appendText(to: &bytes)
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    public mutating func string(_ value: String) {
        comma()
        bytes.append(UInt8(ascii: "\""))
        var value = value
        value.withUTF8 { buffer in
            if JSONText.isPlain(UnsafeRawBufferPointer(buffer)) {
                bytes.append(contentsOf: buffer)
            } else {
                for byte in buffer { append(byte) }
            }
        }
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    /// Writes any value, members in their own order.
    public mutating func value(_ value: JSONValue) { write(value, sorted: false) }

    /// The canonical bytes of a value: no white space, members sorted by the bytes of their names, shortest escapes.
    public static func canonical(_ value: JSONValue) -> [UInt8] {
        var writer = JSONWriter()
        writer.write(value, sorted: true)
        return writer.bytes
    }

    /// Writes bytes that are JSON already, turning the line breaks between tokens into spaces.
    package mutating func raw(_ json: UnsafeRawBufferPointer) {
        comma()
        needsComma = true
        guard let base = json.baseAddress else { return }
        let start = bytes.count
        json.withMemoryRebound(to: UInt8.self) { bytes.append(contentsOf: $0) }
        if memchr(base, 0x0A, json.count) == nil, memchr(base, 0x0D, json.count) == nil { return }
        for index in start..<bytes.count where bytes[index] == 0x0A || bytes[index] == 0x0D { bytes[index] = 0x20 }
    }

    /// Ends a line and begins anew.
    package mutating func newline() {
        bytes.append(0x0A)
        needsComma = false
    }

    private mutating func write(_ value: JSONValue, sorted: Bool) {
        switch value {
        case .null: null()
        case .bool(let flag): bool(flag)
        case .number(let value): number(value)
        case .string(let text): string(text)
        case .array(let elements):
            beginArray()
            for element in elements { write(element, sorted: sorted) }
            endArray()
        case .object(let object):
            beginObject()
            let members = sorted ? object.members.sorted { JSONWriter.precedes($0.name, $1.name) } : object.members
            for member in members {
                name(member.name)
                write(member.value, sorted: sorted)
            }
            endObject()
        }
    }

    private static func precedes(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }

    private mutating func append(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): escape(byte)
        case 0x08: escape(UInt8(ascii: "b"))
        case 0x09: escape(UInt8(ascii: "t"))
        case 0x0A: escape(UInt8(ascii: "n"))
        case 0x0C: escape(UInt8(ascii: "f"))
        case 0x0D: escape(UInt8(ascii: "r"))
        case 0..<0x20:
            escape(UInt8(ascii: "u"))
            bytes.append(UInt8(ascii: "0"))
            bytes.append(UInt8(ascii: "0"))
            for digit in [byte >> 4, byte & 15] {
                bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            }
        default: bytes.append(byte)
        }
    }

    private mutating func escape(_ byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
    }

    private mutating func word(_ word: StaticString) {
        comma()
        bytes.append(contentsOf: UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
        needsComma = true
    }

    private mutating func begin(_ bracket: UInt8) {
        comma()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func end(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func comma() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }
}
