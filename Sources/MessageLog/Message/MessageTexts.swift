// The texts of an envelope: UUIDs, RFC 3339 instants and type names, read from bytes.
// SPDX-License-Identifier: Apache-2.0
package import FoundationEssentials
package import PluginKit

extension UUID {
    /// Reads the 36 characters of a UUID, either case; `nil` unless it is exactly that.
    package init?(hex text: UnsafeRawBufferPointer) {
        guard text.count == 36 else { return nil }
        var octets: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        let isWhole = withUnsafeMutableBytes(of: &octets) { bytes in
            var index = 0
            for octet in 0..<16 {
                if index == 8 || index == 13 || index == 18 || index == 23 {
                    guard text[index] == UInt8(ascii: "-") else { return false }
                    index += 1
                }
                guard let high = hexDigit(text[index]), let low = hexDigit(text[index + 1]) else { return false }
                bytes[octet] = high << 4 | low
                index += 2
            }
            return true
        }
        guard isWhole else { return nil }
        self.init(uuid: octets)
    }

    /// Version 7 of RFC 9562, with its variant.
    package var isVersion7: Bool { uuid.6 >> 4 == 7 && uuid.8 >> 6 == 2 }
}

private func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}

/// An instant with the civil date its writer saw.
package struct InstantText: Sendable {
    /// Microseconds since 1970-01-01T00:00:00Z; digits beyond are cut.
    package let microseconds: Int64
    /// The date as written, in the zone of the offset.
    package let date: CivilDate

    /// Reads `2026-11-03T08:15:00+07:00`, with or without a fraction, `Z` or an offset; `nil` for anything else.
    package init?(rfc3339 text: UnsafeRawBufferPointer) {
        guard text.count >= 20, text.count <= 40, text[10] == UInt8(ascii: "T"),
            let date = CivilDate(bytes: UnsafeRawBufferPointer(rebasing: text[0..<10])),
            text[13] == UInt8(ascii: ":"), text[16] == UInt8(ascii: ":"),
            let hour = Self.twoDigits(text, 11), hour < 24, let minute = Self.twoDigits(text, 14), minute < 60,
            let second = Self.twoDigits(text, 17), second < 60
        else { return nil }
        var index = 19
        var fraction: Int64 = 0
        if text[index] == UInt8(ascii: ".") {
            index += 1
            let start = index
            var unit: Int64 = 100_000
            while index < text.count, case let digit = text[index] &- UInt8(ascii: "0"), digit <= 9 {
                fraction += Int64(digit) * unit
                unit /= 10
                index += 1
            }
            guard index > start else { return nil }
        }
        guard index < text.count, let offset = Self.offset(text, index) else { return nil }
        let seconds = Int64(date.daysSince1970) * 86_400 + Int64(hour * 3_600 + minute * 60 + second - offset)
        microseconds = seconds * 1_000_000 + fraction
        self.date = date
    }

    /// Seconds east of UTC, of `Z` or `±hh:mm` that ends the text.
    private static func offset(_ text: UnsafeRawBufferPointer, _ index: Int) -> Int? {
        if text[index] == UInt8(ascii: "Z") { return index + 1 == text.count ? 0 : nil }
        guard text[index] == UInt8(ascii: "+") || text[index] == UInt8(ascii: "-"), index + 6 == text.count,
            text[index + 3] == UInt8(ascii: ":"), let hours = twoDigits(text, index + 1), hours < 24,
            let minutes = twoDigits(text, index + 4), minutes < 60
        else { return nil }
        let seconds = hours * 3_600 + minutes * 60
        return text[index] == UInt8(ascii: "-") ? -seconds : seconds
    }

    private static func twoDigits(_ text: UnsafeRawBufferPointer, _ index: Int) -> Int? {
        let (tens, ones) = (text[index] &- UInt8(ascii: "0"), text[index + 1] &- UInt8(ascii: "0"))
        return tens <= 9 && ones <= 9 ? Int(tens) * 10 + Int(ones) : nil
    }
}

/// `id.go.posyandu.<record type>.v<n>`.
enum TypeName {
    private static let prefix = Array("id.go.posyandu.".utf8)

    /// The record type and its version, of a JSON string without escapes; `nil` for anything else.
    static func parse(_ value: UnsafeRawBufferPointer) -> (recordType: String, version: Int)? {
        guard value.count > prefix.count + 5, value.count <= 200, value[0] == UInt8(ascii: "\""),
            value[1...].starts(with: prefix)
        else { return nil }
        let end = value.count - 1
        var digits = end
        while digits > 0, value[digits - 1] &- UInt8(ascii: "0") <= 9 { digits -= 1 }
        guard digits < end, end - digits <= 4, value[digits] != UInt8(ascii: "0"),
            digits - 2 > prefix.count + 1,
            value[digits - 1] == UInt8(ascii: "v"), value[digits - 2] == UInt8(ascii: ".")
        else { return nil }
        let name = value[(1 + prefix.count)..<(digits - 2)]
        var dots = 0
        for byte in name {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): break
            case UInt8(ascii: "."): dots += 1
            default: return nil
            }
        }
        guard dots == 1, name.first != UInt8(ascii: "."), name.last != UInt8(ascii: ".") else { return nil }
        var version = 0
        for byte in value[digits..<end] { version = version * 10 + Int(byte - UInt8(ascii: "0")) }
        return (String(decoding: name, as: UTF8.self), version)
    }
}
