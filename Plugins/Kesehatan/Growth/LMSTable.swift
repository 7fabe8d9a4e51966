// One table of L, M and S by day, month or millimetre, read from the bytes of its CSV file.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Rows of consecutive keys in flat arrays: 44 KB for 1,827 days.
struct LMSTable: Sendable {
    let keys: ClosedRange<Int>
    private let values: [Double]

    /// Reads `key,l,m,s` lines under a header, keys rising by one.
    ///
    /// - Throws: ``SetupError`` with the line that is not so.
    init(csv bytes: [UInt8], name: String) throws(SetupError) {
        var values: [Double] = []
        values.reserveCapacity(bytes.count / 7)
        var first: Int?
        var count = 0
        var line = 0
        for row in bytes.split(separator: 0x0A, omittingEmptySubsequences: true) {
            line += 1
            guard line > 1 else { continue }
            let cells = (row.last == 0x0D ? row.dropLast() : row).split(
                separator: UInt8(ascii: ","),
                omittingEmptySubsequences: false
            )
            guard cells.count == 4, let key = PlainDecimal(cells[0])?.integer, key == (first ?? key) + count,
                let l = PlainDecimal(cells[1])?.double, let m = PlainDecimal(cells[2])?.double,
                let s = PlainDecimal(cells[3])?.double, l != 0, m > 0, s > 0
            else { throw SetupError("\(name):\(line): not the next key with its L, M and S") }
            first = first ?? key
            count += 1
            values.append(l)
            values.append(m)
            values.append(s)
        }
        guard let first else { throw SetupError("\(name): no rows") }
        keys = first...(first + count - 1)
        self.values = values
    }

    /// The row of a key; nil outside the table.
    subscript(key: Int) -> LMS? {
        guard keys.contains(key) else { return nil }
        let start = (key - keys.lowerBound) * 3
        return LMS(l: values[start], m: values[start + 1], s: values[start + 2])
    }

    /// The values at a key with a fraction, between two rows; nil outside the table.
    func interpolated(_ key: Double) -> LMS? {
        guard key >= Double(keys.lowerBound), key <= Double(keys.upperBound) else { return nil }
        let low = key.rounded(.down)
        guard let row = self[Int(low)] else { return nil }
        guard key > low, let next = self[Int(low) + 1] else { return row }
        return row.interpolated(to: next, key - low)
    }
}

/// A decimal as people and tables write it: a sign, digits, at most one point. No exponent, no blanks.
package struct PlainDecimal: Hashable, Sendable {
    private let mantissa: Int64
    private let scale: Int

    /// nil for anything else, and for more than 18 digits.
    package init?(_ bytes: some Collection<UInt8>) {
        var mantissa: Int64 = 0
        var digits = 0
        var scale: Int?
        var negative = false
        for (position, byte) in bytes.enumerated() {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                digits += 1
                guard digits <= 18 else { return nil }
                mantissa = mantissa * 10 + Int64(byte - UInt8(ascii: "0"))
                if let known = scale { scale = known + 1 }
            case UInt8(ascii: "."):
                guard scale == nil else { return nil }
                scale = 0
            case UInt8(ascii: "-"), UInt8(ascii: "+"):
                guard position == 0 else { return nil }
                negative = byte == UInt8(ascii: "-")
            default: return nil
            }
        }
        guard digits > 0 else { return nil }
        self.mantissa = negative ? -mantissa : mantissa
        self.scale = scale ?? 0
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
