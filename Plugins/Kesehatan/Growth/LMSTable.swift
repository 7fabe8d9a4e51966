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
        var line = 1
        var position = (bytes.firstIndex(of: 0x0A) ?? bytes.count) + 1
        while position < bytes.count {
            line += 1
            guard let key = LMSTable.cell(bytes, &position, end: UInt8(ascii: ","))?.integer,
                key == (first ?? key) + count,
                let l = LMSTable.cell(bytes, &position, end: UInt8(ascii: ","))?.double, l != 0,
                let m = LMSTable.cell(bytes, &position, end: UInt8(ascii: ","))?.double, m > 0,
                let s = LMSTable.cell(bytes, &position, end: 0x0A)?.double, s > 0
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

    /// The number that ends before this byte or the end of the file; steps behind it.
    private static func cell(_ bytes: [UInt8], _ position: inout Int, end: UInt8) -> PlainDecimal? {
        let start = position
        while position < bytes.count, bytes[position] != end, bytes[position] != 0x0A { position += 1 }
        guard position == bytes.count ? end == 0x0A : bytes[position] == end else { return nil }
        let stop = position > start && bytes[position - 1] == 0x0D ? position - 1 : position
        position += 1
        return bytes.withUnsafeBufferPointer { PlainDecimal(UnsafeBufferPointer(rebasing: $0[start..<stop])) }
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
