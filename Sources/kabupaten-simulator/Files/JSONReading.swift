// Reads JSON: the replies of the hub, its documents, and the simulator's own tally.
// SPDX-License-Identifier: Apache-2.0

/// A JSON value. Numbers keep their text; objects keep the bytes they were read from.
enum JSON: Sendable {
    case null
    case flag(Bool)
    case number(String)
    case string(String)
    case list([JSON])
    case object([String: JSON], Range<Int>)

    subscript(name: String) -> JSON? {
        if case .object(let members, _) = self { members[name] } else { nil }
    }

    var string: String? { if case .string(let text) = self { text } else { nil } }
    var list: [JSON]? { if case .list(let list) = self { list } else { nil } }
    var flag: Bool? { if case .flag(let flag) = self { flag } else { nil } }
    /// A whole number.
    var int: Int? { if case .number(let text) = self { Int(text) } else { nil } }
    var members: [String: JSON]? { if case .object(let members, _) = self { members } else { nil } }
    /// Where an object stands in the bytes that were read.
    var range: Range<Int>? { if case .object(_, let range) = self { range } else { nil } }

    func text(_ name: String) -> String { self[name]?.string ?? "" }
    func int(_ name: String) -> Int { self[name]?.int ?? 0 }
    func list(_ name: String) -> [JSON] { self[name]?.list ?? [] }

    /// - Throws: ``SimulatorError`` when the bytes are not one JSON value.
    init(_ bytes: [UInt8]) throws(SimulatorError) {
        var reader = JSONReader(bytes: bytes)
        self = try reader.value()
        reader.skipSpace()
        guard reader.place == bytes.count else { throw SimulatorError("text behind the end of JSON") }
    }
}

private struct JSONReader {
    let bytes: [UInt8]
    var place = 0

    mutating func skipSpace() {
        while place < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[place]) { place += 1 }
    }

    mutating func value() throws(SimulatorError) -> JSON {
        skipSpace()
        guard place < bytes.count else { throw SimulatorError("JSON ends too early") }
        switch bytes[place] {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["):
            place += 1
            var list: [JSON] = []
            while try !isAtEnd(UInt8(ascii: "]"), isFirst: list.isEmpty) { list.append(try value()) }
            return .list(list)
        case UInt8(ascii: "\""): return .string(try string())
        default: return try word()
        }
    }

    private mutating func object() throws(SimulatorError) -> JSON {
        let start = place
        place += 1
        var members: [String: JSON] = [:]
        while try !isAtEnd(UInt8(ascii: "}"), isFirst: members.isEmpty) {
            skipSpace()
            let name = try string()
            skipSpace()
            guard place < bytes.count, bytes[place] == UInt8(ascii: ":") else {
                throw SimulatorError("JSON lacks a colon at byte \(place)")
            }
            place += 1
            members[name] = try value()
        }
        return .object(members, start..<place)
    }

    /// Steps over a comma or the closing bracket.
    private mutating func isAtEnd(_ bracket: UInt8, isFirst: Bool) throws(SimulatorError) -> Bool {
        skipSpace()
        guard place < bytes.count else { throw SimulatorError("JSON ends too early") }
        if bytes[place] == bracket {
            place += 1
            return true
        }
        if isFirst { return false }
        guard bytes[place] == UInt8(ascii: ",") else { throw SimulatorError("JSON lacks a comma at byte \(place)") }
        place += 1
        return false
    }

    private mutating func word() throws(SimulatorError) -> JSON {
        let start = place
        while place < bytes.count, !" \n\r\t,]}".utf8.contains(bytes[place]) { place += 1 }
        let text = String(decoding: bytes[start..<place], as: UTF8.self)
        switch text {
        case "null": return .null
        case "true": return .flag(true)
        case "false": return .flag(false)
        default:
            guard Double(text) != nil else { throw SimulatorError("`\(text.prefix(20))` is not JSON") }
            return .number(text)
        }
    }

    private mutating func string() throws(SimulatorError) -> String {
        guard place < bytes.count, bytes[place] == UInt8(ascii: "\"") else {
            throw SimulatorError("JSON lacks a string at byte \(place)")
        }
        place += 1
        var text: [UInt8] = []
        while place < bytes.count, bytes[place] != UInt8(ascii: "\"") {
            if bytes[place] == UInt8(ascii: "\\") {
                try escape(&text)
            } else {
                text.append(bytes[place])
                place += 1
            }
        }
        guard place < bytes.count else { throw SimulatorError("JSON ends in a string") }
        place += 1
        return String(decoding: text, as: UTF8.self)
    }

    private mutating func escape(_ text: inout [UInt8]) throws(SimulatorError) {
        guard place + 1 < bytes.count else { throw SimulatorError("JSON ends in a string") }
        let letter = bytes[place + 1]
        place += 2
        switch letter {
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "u"):
            var code = try hex()
            if (0xD800..<0xDC00).contains(code), place + 1 < bytes.count, bytes[place + 1] == UInt8(ascii: "u") {
                place += 2
                code = 0x10000 + (code - 0xD800) << 10 + (try hex() - 0xDC00)
            }
            text += Array(String(Unicode.Scalar(code).map(Character.init) ?? "\u{FFFD}").utf8)
        default: text.append(letter)
        }
    }

    private mutating func hex() throws(SimulatorError) -> UInt32 {
        guard place + 4 <= bytes.count,
            let code = UInt32(String(decoding: bytes[place..<(place + 4)], as: UTF8.self), radix: 16)
        else { throw SimulatorError("JSON has a broken escape") }
        place += 4
        return code
    }
}
