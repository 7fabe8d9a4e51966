// Splits CSV into records and cells without copying a byte.
// SPDX-License-Identifier: Apache-2.0

/// The cells of one record, as ranges of a buffer. Quotes stay part of a cell.
struct CSVRecord {
    /// The longest record; a quote that stays open longer is taken for a character.
    static let longest = 1 << 20

    /// What the separator is: `,` or `;`.
    let separator: UInt8
    private(set) var start = 0
    /// Behind the last cell.
    private(set) var end = 0
    /// Behind the line end.
    private(set) var next = 0
    private(set) var cells: [Range<Int>] = []
    /// Line feeds inside the record and at its end.
    private(set) var lines = 0
    /// A quote was opened and never closed: the record was cut at its first line end.
    private(set) var hasOpenQuote = false

    init(separator: UInt8) { self.separator = separator }

    /// Reads the record that begins at a position.
    ///
    /// - Parameter isLast: nothing follows the buffer.
    /// - Returns: false when the record goes on behind the buffer.
    mutating func read(_ buffer: UnsafeBufferPointer<UInt8>, at position: Int, isLast: Bool) -> Bool {
        if scan(buffer, at: position, isLast: isLast, quotes: true) { return true }
        guard isLast || buffer.count - position > Self.longest else { return false }
        let isComplete = scan(buffer, at: position, isLast: true, quotes: false)
        hasOpenQuote = true
        return isComplete
    }

    private mutating func scan(
        _ buffer: UnsafeBufferPointer<UInt8>,
        at position: Int,
        isLast: Bool,
        quotes: Bool
    ) -> Bool {
        cells.removeAll(keepingCapacity: true)
        lines = 0
        start = position
        hasOpenQuote = false
        var index = position
        var cell = position
        let count = buffer.count
        while true {
            if quotes, index < count, buffer[index] == UInt8(ascii: "\"") {
                guard skipQuoted(buffer, &index) else { return false }
            }
            while index < count, buffer[index] != separator, buffer[index] != 0x0A { index += 1 }
            if index < count, buffer[index] == separator {
                cells.append(cell..<index)
                index += 1
                cell = index
                continue
            }
            guard index < count || isLast else { return false }
            next = index < count ? index + 1 : index
            if index < count { lines += 1 }
            end = index > cell && buffer[index - 1] == 0x0D ? index - 1 : index
            cells.append(cell..<end)
            return true
        }
    }

    /// Steps behind the quote that closes; false when there is none.
    private mutating func skipQuoted(_ buffer: UnsafeBufferPointer<UInt8>, _ index: inout Int) -> Bool {
        index += 1
        while index < buffer.count {
            let byte = buffer[index]
            index += 1
            if byte == 0x0A { lines += 1 }
            guard byte == UInt8(ascii: "\"") else { continue }
            guard index < buffer.count, buffer[index] == UInt8(ascii: "\"") else { return true }
            index += 1
        }
        return false
    }

    /// What a cell says: without its quotes and the blanks around, and empty for `NA`.
    static func text(_ buffer: UnsafeBufferPointer<UInt8>, _ cell: Range<Int>) -> UnsafeBufferPointer<UInt8> {
        var range = trimmed(buffer, cell)
        if range.count >= 2, buffer[range.lowerBound] == UInt8(ascii: "\""),
            buffer[range.upperBound - 1] == UInt8(ascii: "\"")
        {
            range = trimmed(buffer, (range.lowerBound + 1)..<(range.upperBound - 1))
        }
        if range.count == 2, buffer[range.lowerBound] == UInt8(ascii: "N"),
            buffer[range.lowerBound + 1] == UInt8(ascii: "A")
        {
            range = range.lowerBound..<range.lowerBound
        }
        return UnsafeBufferPointer(rebasing: buffer[range])
    }

    private static func trimmed(_ buffer: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Range<Int> {
        var low = range.lowerBound
        var high = range.upperBound
        while low < high, buffer[low] == 0x20 || buffer[low] == 0x09 { low += 1 }
        while high > low, buffer[high - 1] == 0x20 || buffer[high - 1] == 0x09 { high -= 1 }
        return low..<high
    }
}
