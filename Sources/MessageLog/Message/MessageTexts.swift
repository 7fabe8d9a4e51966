// The texts of an envelope: UUIDs, RFC 3339 instants and type names, read from bytes.
// SPDX-License-Identifier: Apache-2.0
package import FoundationEssentials
import Glibc
package import PluginKit

extension UUID {
    /// Reads the 36 characters of a UUID, either case; `nil` unless it is exactly that.
    package init?(hex text: UnsafeRawBufferPointer) {
        let dash = UInt8(ascii: "-")
        guard text.count == 36, text[8] == dash, text[13] == dash, text[18] == dash, text[23] == dash else {
            return nil
        }
        func half(_ offset: Int) -> UInt64 {
            UInt64(UInt32(littleEndian: text.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
        }
        func whole(_ offset: Int) -> UInt64 {
            UInt64(littleEndian: text.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        }
        guard let first = hexOctets(whole(0)), let second = hexOctets(half(9) | half(14) << 32),
            let third = hexOctets(half(19) | half(24) << 32), let fourth = hexOctets(whole(28))
        else { return nil }
        let words = (first.littleEndian, second.littleEndian, third.littleEndian, fourth.littleEndian)
        self.init(uuid: unsafeBitCast(words, to: uuid_t.self))
    }

    /// Version 7 of RFC 9562, with its variant.
    package var isVersion7: Bool { uuid.6 >> 4 == 7 && uuid.8 >> 6 == 2 }
}

/// The four octets that eight hexadecimal digits spell, lowest byte first in both; `nil` when one of them is no digit.
private func hexOctets(_ digits: UInt64) -> UInt32? {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let high = ones * 0x80
    guard digits & high == 0 else { return nil }
    // With no byte above 0x7F nothing carries: the high bit of each byte says whether it lies between two bounds.
    func lies(_ bytes: UInt64, from low: UInt64, to last: UInt64) -> UInt64 {
        (bytes + ones * (0x80 - low)) & ~(bytes + ones * (0x7F - last))
    }
    let isDigit = lies(digits, from: 0x30, to: 0x39)
    let isLetter = lies(digits | ones * 0x20, from: 0x61, to: 0x66)
    guard (isDigit | isLetter) & high == high else { return nil }
    let nibbles = (digits & (ones * 0x0F)) + (digits >> 6 & ones) * 9
    let pairs = (nibbles << 4 | nibbles >> 8) & 0x00FF_00FF_00FF_00FF
    let quads = (pairs | pairs >> 8) & 0x0000_FFFF_0000_FFFF
    return UInt32(truncatingIfNeeded: quads | quads >> 16)
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
struct TypeName {
    private static let prefix: StaticString = "\"id.go.posyandu."

    /// `<sector>.<name>`, as bytes of the message.
    let recordType: UnsafeRawBufferPointer
    let version: Int

    /// The record type and its version, of a JSON string without escapes; `nil` for anything else.
    init?(_ value: UnsafeRawBufferPointer) {
        let start = Self.prefix.utf8CodeUnitCount
        guard value.count > start + 4, value.count <= 200, let base = value.baseAddress,
            memcmp(base, Self.prefix.utf8Start, start) == 0
        else { return nil }
        let end = value.count - 1
        var digits = end
        while digits > 0, value[digits - 1] &- UInt8(ascii: "0") <= 9 { digits -= 1 }
        guard digits < end, end - digits <= 4, value[digits] != UInt8(ascii: "0"), digits - 2 > start,
            value[digits - 1] == UInt8(ascii: "v"), value[digits - 2] == UInt8(ascii: ".")
        else { return nil }
        let name = UnsafeRawBufferPointer(rebasing: value[start..<(digits - 2)])
        var dots = 0
        for byte in name {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): break
            case UInt8(ascii: "."): dots += 1
            default: return nil
            }
        }
        guard dots == 1, value[start] != UInt8(ascii: "."), value[digits - 3] != UInt8(ascii: ".") else { return nil }
        var version = 0
        for index in digits..<end { version = version * 10 + Int(value[index] - UInt8(ascii: "0")) }
        (recordType, self.version) = (name, version)
    }
}
