// The JSON reader against a corpus of valid and broken texts, and against a second parser.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import PluginKit

@Suite struct JSONConformanceTests {
    static let valid: [String] = [
        "null", "true", "false", "0", "-0", "1", "-1", "10", "0.5", "-0.5", "1e5", "1E5", "1e+5", "1e-5", "1.5e10",
        "6.50",
        "123456789012345678901234567890", "1e400", "0e0", "\"\"", "\"a\"", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
        "\"\\u0041\"",
        "\"\\ud83d\\ude00\"", "\"\\u0000\"", "\"é€😀\"", "\"\u{7f}\"", "\"\u{2028}\"", "[]", "[ ]", "[1]", "[1,2]",
        " [ 1 , 2 ] ", "{}", "{ }", "{\"a\":1}", "{\"\":1}", "{\"a\":{\"a\":1},\"b\":{\"a\":2}}", "{\"a\":[],\"b\":{}}",
        "\t\n\r 1 \n", "[[[[]]]]", "[\"\u{10FFFF}\"]", "[\"\u{E000}\"]", "\"\\uD7FF\\uE000\"", "[{\"a\":1},{\"a\":1}]",
    ]

    static let broken: [(String, JSONError.Reason)] = [
        ("", .unexpectedEnd), (" ", .unexpectedEnd), ("nul", .badLiteral), ("nulL", .badLiteral),
        ("True", .unexpectedByte),
        ("NaN", .unexpectedByte), ("Infinity", .unexpectedByte), ("-Infinity", .badNumber), ("+1", .unexpectedByte),
        ("01", .badNumber), ("-01", .badNumber), ("-", .unexpectedEnd), ("1.", .unexpectedEnd), (".5", .unexpectedByte),
        ("1.e5", .badNumber), ("1e", .unexpectedEnd), ("1e+", .unexpectedEnd), ("1x", .trailingBytes),
        ("0x10", .trailingBytes), ("1 2", .trailingBytes), ("[1", .unexpectedEnd), ("[1,", .unexpectedEnd),
        ("[1,]", .unexpectedByte), ("[,1]", .unexpectedByte), ("[1 2]", .expectedComma), ("[1}", .expectedComma),
        ("]", .unexpectedByte), ("{", .unexpectedEnd), ("{\"a\"", .unexpectedEnd), ("{\"a\":", .unexpectedEnd),
        ("{\"a\":1", .unexpectedEnd), ("{\"a\":1,", .unexpectedEnd), ("{\"a\":1,}", .expectedName),
        ("{a:1}", .expectedName), ("{1:1}", .expectedName), ("{'a':1}", .expectedName), ("{\"a\" 1}", .expectedColon),
        ("{\"a\":1 \"b\":2}", .expectedComma), ("{\"a\":1}}", .trailingBytes), ("{\"a\":1]", .expectedComma),
        ("\"", .unexpectedEnd), ("\"a", .unexpectedEnd), ("\"\\", .unexpectedEnd), ("\"\\x\"", .badEscape),
        ("\"\\u12\"", .badEscape), ("\"\\u123g\"", .badEscape), ("\"\n\"", .controlCharacter),
        ("\"\u{0}\"", .controlCharacter), ("\"\t\"", .controlCharacter), ("\"\\ud800\"", .loneSurrogate),
        ("\"\\ud800x\"", .loneSurrogate), ("\"\\ud800\\n\"", .loneSurrogate), ("\"\\ud800\\ud800\"", .loneSurrogate),
        ("\"\\udc00\"", .loneSurrogate), ("// 1", .unexpectedByte), ("1 // one", .trailingBytes),
        ("/**/1", .unexpectedByte),
        ("\u{FEFF}1", .unexpectedByte), ("[1]\u{0}", .trailingBytes), ("{\"a\":1,\"a\":2}", .duplicateName),
        ("{\"a\":1,\"\\u0061\":2}", .duplicateName), ("[{\"x\":{\"a\":1,\"b\":2,\"a\":3}}]", .duplicateName),
        ("\u{0C}1", .unexpectedByte), ("\u{A0}1", .unexpectedByte),
    ]

    static let brokenBytes: [[UInt8]] = [
        [0x22, 0x80, 0x22], [0x22, 0xC0, 0xAF, 0x22], [0x22, 0xC1, 0xBF, 0x22], [0x22, 0xE0, 0x80, 0x80, 0x22],
        [0x22, 0xE0, 0x9F, 0xBF, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xED, 0xBF, 0xBF, 0x22],
        [0x22, 0xF0, 0x80, 0x80, 0x80, 0x22], [0x22, 0xF0, 0x8F, 0xBF, 0xBF, 0x22],
        [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22],
        [0x22, 0xF5, 0x80, 0x80, 0x80, 0x22], [0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xE2, 0x82, 0x22],
        [0x22, 0xF0, 0x9F, 0x98, 0x22], [0x22, 0xC3], [0x22, 0xE2], [0x22, 0xF0, 0x9F],
    ]

    @Test(arguments: valid) func `a valid text is read, and checked by scanner and second parser alike`(_ text: String)
        throws
    {
        let value = try JSONParser.parse(text)
        #expect(scans(Array(text.utf8)))
        if !text.contains("1e400"), !text.contains("1234567890123") {
            let second = try JSONSerialization.jsonObject(with: Data(text.utf8), options: [.fragmentsAllowed])
            #expect(equal(value, second), "\(text) → \(value)")
        }
        #expect(try JSONParser.parse(value.description) == value)
    }

    @Test(arguments: broken) func `a broken text is refused with its reason`(_ text: String, _ reason: JSONError.Reason)
    {
        #expect { try JSONParser.parse(text) } throws: { ($0 as? JSONError)?.reason == reason }
        #expect(!scans(Array(text.utf8)))
    }

    @Test(arguments: brokenBytes) func `bytes that are not UTF-8 are refused`(_ bytes: [UInt8]) {
        #expect { try JSONParser.parse(bytes) } throws: { ($0 as? JSONError)?.reason == .badUTF8 }
        #expect(!scans(bytes))
    }

    @Test func `nesting is bounded`() throws {
        let deepest = String(repeating: "[", count: 32) + String(repeating: "]", count: 32)
        #expect(throws: Never.self) { try JSONParser.parse(deepest) }
        #expect { try JSONParser.parse("[\(deepest)]") } throws: { ($0 as? JSONError)?.reason == .tooDeep }
        let flood = String(repeating: "{\"a\":", count: 200_000)
        #expect { try JSONParser.parse(flood) } throws: { ($0 as? JSONError)?.reason == .tooDeep }
        #expect(!scans(Array(flood.utf8)))
    }

    @Test func `names are unique among many`() throws {
        let names = (0..<5_000).map { "\"n\($0)\":\($0)" }
        let good = "{" + names.joined(separator: ",") + "}"
        #expect(try JSONParser.parse(good).object?.count == 5_000)
        #expect(scans(Array(good.utf8)))
        let bad = "{" + names.joined(separator: ",") + ",\"n\\u0037\":0}"
        #expect { try JSONParser.parse(bad) } throws: {
            ($0 as? JSONError) == JSONError(.duplicateName, good.utf8.count)
        }
        #expect(!scans(Array(bad.utf8)))
    }

    @Test func `a sample cut at any byte, or with any byte changed, never traps`() throws {
        let sample =
            #"{"id":"0198","a":[1,-2.50e+3,true,null,{"x":"é😀\ud83d\ude00\n"}],"b":{"k":"v","n":0.1},"c":"","d":[[],{}]}"#
        let bytes = Array(sample.utf8)
        #expect(throws: Never.self) { try JSONParser.parse(bytes) }
        for count in 0..<bytes.count {
            #expect(throws: JSONError.self) { try JSONParser.parse(Array(bytes[..<count])) }
        }
        var accepted = 0
        var disagreements = 0
        for index in bytes.indices {
            for byte in UInt8.min...UInt8.max {
                var changed = bytes
                changed[index] = byte
                let parsed = try? JSONParser.parse(changed)
                if (parsed != nil) != scans(changed) { disagreements += 1 }
                if parsed != nil { accepted += 1 }
                _ = try? changed.withUnsafeBytes { try JSONScanner.members(of: $0) }
            }
        }
        #expect(disagreements == 0)
        #expect(accepted > bytes.count)
    }

    @Test func `random texts are read as the second parser reads them`() throws {
        var generator = SplitMix(state: 42)
        for _ in 0..<2_000 {
            let value = generator.value(depth: 0)
            let text = value.description
            #expect(try JSONParser.parse(text) == value)
            let second = try JSONSerialization.jsonObject(with: Data(text.utf8), options: [.fragmentsAllowed])
            #expect(equal(value, second), "\(text)")
            #expect(scans(Array(text.utf8)))
        }
    }

    @Test func `errors name line and column`() {
        let text = Array("{\n  \"a\": 1,\n  \"b\": tru\n}".utf8)
        #expect { try JSONParser.parse(text) } throws: { error in
            guard let error = error as? JSONError else { return false }
            return error.position(in: text) == (3, 8)
        }
    }

    private func scans(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { (try? JSONScanner.check($0)) != nil }
    }

    private func equal(_ value: JSONValue, _ other: Any) -> Bool {
        switch value {
        case .null: other is NSNull
        case .bool(let flag): (other as? NSNumber)?.boolValue == flag
        case .number(let number): (other as? NSNumber)?.doubleValue == Double(number.text)
        case .string(let text): (other as? String).map { Array($0.utf8) == Array(text.utf8) } ?? false
        case .array(let elements):
            (other as? [Any]).map { $0.count == elements.count && zip(elements, $0).allSatisfy(equal) } ?? false
        case .object(let object):
            (other as? [String: Any]).map { others in
                others.count == object.count
                    && object.members.allSatisfy { member in
                        others[member.name].map { equal(member.value, $0) } ?? false
                    }
            } ?? false
        }
    }
}

/// Deterministic random JSON.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func value(depth: Int) -> JSONValue {
        switch Int.random(in: 0..<(depth < 4 ? 7 : 5), using: &self) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &self))
        case 2: return .number(JSONNumber(Int.random(in: -1_000_000...1_000_000, using: &self)))
        case 3:
            let mantissa = Int64.random(in: -999_999...999_999, using: &self)
            guard let decimal = ExactDecimal(mantissa: mantissa, scale: 3) else { return .null }
            return .number(JSONNumber(decimal))
        case 4: return .string(text())
        case 5: return .array((0..<Int.random(in: 0..<5, using: &self)).map { _ in value(depth: depth + 1) })
        default:
            var object = JSONObject()
            for _ in 0..<Int.random(in: 0..<20, using: &self) { object[text()] = value(depth: depth + 1) }
            return .object(object)
        }
    }

    private mutating func text() -> String {
        let alphabet = Array("ab\"\\/\n\t\u{1}é€😀 {}[]:,\u{7f}\u{2028}")
        return String(
            (0..<Int.random(in: 0..<8, using: &self)).map { _ in alphabet.randomElement(using: &self) ?? "a" }
        )
    }
}
