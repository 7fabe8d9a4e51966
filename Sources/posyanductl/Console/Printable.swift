// Makes text from elsewhere safe and readable on a terminal.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Text as it may be printed.
enum Printable {
    /// One line: control characters, which could steer the terminal, become `·`.
    static func line(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0..<0x20, 0x7F..<0xA0, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: result.append("·")
            default: result.append(scalar)
            }
        }
        return String(result)
    }

    /// The beginning of a digest: enough to compare by eye.
    static func digest(_ value: JSONValue?) -> String { String(cell(value).prefix(12)) }

    /// A value in a table; `-` when there is none.
    static func cell(_ value: JSONValue?) -> String {
        switch value {
        case nil, .null: "-"
        case .bool(let flag): flag ? "yes" : "no"
        case .number(let number): number.text
        case .string(let text): text.isEmpty ? "-" : line(text)
        case .array(let values): values.map { cell($0) }.joined(separator: ", ")
        case .object: value.map { line($0.description) } ?? "-"
        }
    }

    /// Seconds in the two largest units: `45 s`, `3 min 5 s`, `2 h 5 min`, `4 d 1 h`; `-` when there is none.
    static func duration(_ value: JSONValue?) -> String { value?.integer.map { duration($0) } ?? "-" }

    static func duration(_ seconds: Int) -> String {
        switch max(0, seconds) {
        case let seconds where seconds < 60: "\(seconds) s"
        case let seconds where seconds < 3_600: "\(seconds / 60) min \(seconds % 60) s"
        case let seconds where seconds < 86_400: "\(seconds / 3_600) h \(seconds / 60 % 60) min"
        case let seconds: "\(seconds / 86_400) d \(seconds / 3_600 % 24) h"
        }
    }

    /// Bytes with one decimal: `45.2 MB`; `-` when there are none.
    static func bytes(_ value: JSONValue?) -> String { value?.integer.map { bytes($0) } ?? "-" }

    static func bytes(_ count: Int) -> String {
        for (unit, size) in [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)] where count >= size {
            return "\(count / size).\(count % size * 10 / size) \(unit)"
        }
        return "\(count) B"
    }
}
