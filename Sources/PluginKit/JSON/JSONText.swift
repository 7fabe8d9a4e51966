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

    /// The string that a checked slice spells.
    package static func string(_ text: UnsafeRawBufferPointer, _ slice: JSONSlice) -> String {
        slice.isEscaped
            ? String(decoding: unescaped(text, slice), as: UTF8.self)
            : String(decoding: text[slice.start..<slice.end], as: UTF8.self)
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
