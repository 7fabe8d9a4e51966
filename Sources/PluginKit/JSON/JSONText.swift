// The characters behind string slices that a cursor has checked.
// SPDX-License-Identifier: Apache-2.0

/// The characters behind string slices that a cursor has checked.
package enum JSONText {
    static func hexDigit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    /// Where a run of printable ASCII ends: at a quote, a backslash, a control character, a byte of a longer character, or
    /// the end of the text. Looks at eight bytes at a time.
    static func endOfPlain(_ text: UnsafeRawBufferPointer, from start: Int) -> Int {
        guard let base = text.baseAddress else { return text.count }
        var place = start
        while place + 8 <= text.count {
            let word = UInt64(littleEndian: (base + place).loadUnaligned(as: UInt64.self))
            let found = escapes(in: word) | word & 0x8080_8080_8080_8080
            if found != 0 { return place + found.trailingZeroBitCount / 8 }
            place += 8
        }
        while place < text.count, text[place] < 0x80, isPlain(text[place]) { place += 1 }
        return place
    }

    /// Whether a text has nothing that JSON writes as an escape.
    static func isPlain(_ text: UnsafeRawBufferPointer) -> Bool {
        guard let base = text.baseAddress else { return true }
        var place = 0
        while place + 8 <= text.count {
            if escapes(in: UInt64(littleEndian: (base + place).loadUnaligned(as: UInt64.self))) != 0 { return false }
            place += 8
        }
        while place < text.count {
            if !isPlain(text[place]) { return false }
            place += 1
        }
        return true
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    /// Non-zero when one of eight bytes is a quote, a backslash or below 0x20; the lowest bit that is set is the highest bit
    /// of the first such byte. A subtraction borrows only past a byte that is one of them.
    private static func escapes(in word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quotes = word ^ (ones * 0x22)
        let slashes = word ^ (ones * 0x5C)
        let below = (quotes &- ones) & ~quotes | (slashes &- ones) & ~slashes | (word &- ones * 0x20) & ~word
        return below & (ones * 0x80)
    }

    /// The string that a checked slice spells.
    package static func string(_ text: UnsafeRawBufferPointer, _ slice: JSONSlice) -> String {
        slice.isEscaped
            ? String(decoding: unescaped(text, slice), as: UTF8.self)
            : String(decoding: UnsafeRawBufferPointer(rebasing: text[slice.start..<slice.end]), as: UTF8.self)
    }

    /// The UTF-8 bytes of a checked slice with its escapes resolved.
    static func unescaped(_ text: UnsafeRawBufferPointer, _ slice: JSONSlice) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(slice.end - slice.start)
        var index = slice.start
        while index < slice.end {
            let byte = text[index]
            index += 1
            guard byte == UInt8(ascii: "\\"), index < slice.end else {
                bytes.append(byte)
                continue
            }
            let escape = text[index]
            index += 1
            switch escape {
            case UInt8(ascii: "b"): bytes.append(0x08)
            case UInt8(ascii: "f"): bytes.append(0x0C)
            case UInt8(ascii: "n"): bytes.append(0x0A)
            case UInt8(ascii: "r"): bytes.append(0x0D)
            case UInt8(ascii: "t"): bytes.append(0x09)
            case UInt8(ascii: "u"): appendCharacter(text, &index, slice.end, to: &bytes)
            default: bytes.append(escape)
            }
        }
        return bytes
    }

    private static func appendCharacter(
        _ text: UnsafeRawBufferPointer,
        _ index: inout Int,
        _ end: Int,
        to bytes: inout [UInt8]
    ) {
        var unit = hexUnit(text, &index, end)
        if (0xD800...0xDBFF).contains(unit), index + 6 <= end {
            index += 2
            let low = hexUnit(text, &index, end)
            unit = 0x1_0000 + (unit - 0xD800) << 10 + (low & 0x3FF)
        }
        let scalar = Unicode.Scalar(unit) ?? "\u{FFFD}"
        bytes.append(contentsOf: String(Character(scalar)).utf8)
    }

    private static func hexUnit(_ text: UnsafeRawBufferPointer, _ index: inout Int, _ end: Int) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 where index < end {
            unit = unit << 4 | (hexDigit(text[index]) ?? 0)
            index += 1
        }
        return unit
    }
}
