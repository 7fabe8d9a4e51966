// Text inside XML: escaped so that a parser gives it back exactly.
// SPDX-License-Identifier: Apache-2.0

/// Text of others inside element content and attribute values.
package enum XMLText {
    /// Whether XML 1.0 has a way to write the text: control characters other than tab and line breaks have none.
    package static func isWritable(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            switch scalar.value {
            case 0x09, 0x0A, 0x0D: true
            case ..<0x20, 0xFFFE, 0xFFFF: false
            default: true
            }
        }
    }

    /// Good for content and for attribute values in either quote. Line breaks and tabs are written as references, because
    /// a parser would turn them into spaces in an attribute.
    package static func escaped(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 > 0x3E || ($0 >= 0x28 && $0 < 0x3C) || $0 == 0x20 }) { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&apos;"
            case "\t", "\n", "\r": result += "&#\(scalar.value);"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
