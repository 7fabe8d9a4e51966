// A moment as messages and commands write it: RFC 3339 with its distance from UTC.
// SPDX-License-Identifier: Apache-2.0
package import PluginKit

/// A moment, to the second.
package struct Instant: Hashable, Comparable, Sendable {
    /// Seconds since 1970-01-01T00:00:00Z.
    package let seconds: Int

    package init(seconds: Int) { self.seconds = seconds }

    /// Reads RFC 3339, `2026-11-23T06:30:00+07:00`; a fraction of a second is dropped. nil for anything else: a moment without
    /// its distance from UTC could be on two days.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes[10] == UInt8(ascii: "T") || bytes[10] == UInt8(ascii: "t"),
            let date = CivilDate(String(decoding: bytes[..<10], as: UTF8.self)),
            bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            let hour = Self.two(bytes[11..<13], below: 24), let minute = Self.two(bytes[14..<16], below: 60),
            let second = Self.two(bytes[17..<19], below: 61)
        else { return nil }
        var rest = bytes[19...]
        if rest.first == UInt8(ascii: ".") {
            let fraction = rest.dropFirst().prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            guard !fraction.isEmpty else { return nil }
            rest = rest.dropFirst(1 + fraction.count)
        }
        guard let offset = Self.offset(rest) else { return nil }
        seconds = Int(date.daysSince1970) * 86_400 + hour * 3_600 + minute * 60 + min(second, 59) - offset
    }

    /// The day on which this moment falls in a zone.
    package func date(in zone: CivilZone) -> CivilDate {
        let local = seconds + zone.offset
        let days = local >= 0 ? local / 86_400 : (local - 86_399) / 86_400
        return CivilDate(daysSince1970: Int32(clamping: days))
    }

    package static func < (left: Instant, right: Instant) -> Bool { left.seconds < right.seconds }

    private static func offset(_ bytes: ArraySlice<UInt8>) -> Int? {
        if bytes.elementsEqual([UInt8(ascii: "Z")]) || bytes.elementsEqual([UInt8(ascii: "z")]) { return 0 }
        let start = bytes.startIndex
        guard bytes.count == 6, bytes[start + 3] == UInt8(ascii: ":"),
            let hours = two(bytes[start + 1..<start + 3], below: 24),
            let minutes = two(bytes[start + 4..<start + 6], below: 60)
        else { return nil }
        switch bytes[start] {
        case UInt8(ascii: "+"): return hours * 3_600 + minutes * 60
        case UInt8(ascii: "-"): return -(hours * 3_600 + minutes * 60)
        default: return nil
        }
    }

    private static func two(_ digits: ArraySlice<UInt8>, below limit: Int) -> Int? {
        var number = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            number = number * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return number < limit ? number : nil
    }
}
