// Says what kind of text stands in a cell without saying the text.
// SPDX-License-Identifier: Apache-2.0

/// The class of a cell's value, for complaints that may be logged.
package enum ValueClass {
    package static func of(_ text: String) -> String {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty else { return "nothing" }
        if bytes.allSatisfy(isDigit) { return bytes.count == 1 ? "1 digit" : "\(bytes.count) digits" }
        if isScientific(bytes) { return "a number in a spreadsheet's scientific notation" }
        if isDayFirst(bytes) { return "a date with the day first" }
        if bytes.contains(where: { $0 == UInt8(ascii: "-") }), UUIDText.parse(text) != nil { return "a UUID" }
        if let code = RegionCode(text) { return "a region code of the level \(code.level.name)" }
        return text.count == 1 ? "a text of 1 character" : "a text of \(text.count) characters"
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    private static func isScientific(_ bytes: [UInt8]) -> Bool {
        guard let e = bytes.firstIndex(where: { $0 == UInt8(ascii: "E") || $0 == UInt8(ascii: "e") }), e > 0 else {
            return false
        }
        let mantissa = bytes[..<e].filter { $0 != UInt8(ascii: ".") && $0 != UInt8(ascii: ",") }
        let exponent = bytes[(e + 1)...].drop { $0 == UInt8(ascii: "+") }
        return !mantissa.isEmpty && !exponent.isEmpty && mantissa.allSatisfy(isDigit) && exponent.allSatisfy(isDigit)
    }

    private static func isDayFirst(_ bytes: [UInt8]) -> Bool {
        let parts = bytes.split(omittingEmptySubsequences: false) { $0 == 0x2F || $0 == 0x2D || $0 == 0x2E }
        return parts.count == 3 && (1...2).contains(parts[0].count) && (1...2).contains(parts[1].count)
            && [2, 4].contains(parts[2].count) && parts.allSatisfy { $0.allSatisfy(isDigit) }
    }
}
