// Reads decimal numbers from bytes, for files of millions of rows.
// SPDX-License-Identifier: Apache-2.0

/// A decimal as people and tables write it: a sign, digits, at most one point. No exponent, no blanks.
package struct PlainDecimal: Hashable, Sendable {
    private let mantissa: Int64
    private let scale: Int

    /// Decimals beyond the eighteenth digit are dropped.
    ///
    /// - Parameter point: the byte between the whole and the fraction.
    /// - Returns: nil for anything else, and for more than 18 digits before the point.
    package init?(_ bytes: UnsafeBufferPointer<UInt8>, point: UInt8 = UInt8(ascii: ".")) {
        var mantissa: Int64 = 0
        var kept = 0
        var scale = 0
        var hasDigit = false
        var hasPoint = false
        var position = 0
        let isNegative = bytes.first == UInt8(ascii: "-")
        if isNegative || bytes.first == UInt8(ascii: "+") { position = 1 }
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            let digit = byte &- UInt8(ascii: "0")
            if digit <= 9 {
                hasDigit = true
                if kept < 18 {
                    mantissa = mantissa * 10 + Int64(digit)
                    if mantissa > 0 { kept += 1 }
                    if hasPoint { scale += 1 }
                    guard scale <= 18 else { return nil }
                } else if !hasPoint {
                    return nil
                }
            } else if byte == point, !hasPoint {
                hasPoint = true
            } else {
                return nil
            }
        }
        guard hasDigit else { return nil }
        self.mantissa = isNegative ? -mantissa : mantissa
        self.scale = scale
    }

    package init?(_ text: String) {
        var text = text
        guard let value = text.withUTF8({ PlainDecimal($0) }) else { return nil }
        self = value
    }

    /// The integer, when nothing but zeros follows the point.
    package var integer: Int? {
        var rest = mantissa
        for _ in 0..<scale {
            guard rest % 10 == 0 else { return nil }
            rest /= 10
        }
        return Int(rest)
    }

    /// The nearest double: exact operands, one rounding, for up to 15 digits.
    package var double: Double { Double(mantissa) / PlainDecimal.powers[scale] }

    private static let powers: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    ]
}
