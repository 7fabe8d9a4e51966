// Reads CSV row by row, strictly as RFC 4180 has it, with the line of every row.
// SPDX-License-Identifier: Apache-2.0

/// Why the rest of a file cannot be read as CSV. Holds no content.
package struct CSVError: Error, Hashable, Sendable {
    package let line: Int
    package let message: String
    package let fix: String
}

/// One row: its fields as bytes, and the line it began on (1 is the header's).
package struct CSVRow: Sendable {
    package let line: Int
    private let bytes: [UInt8]
    private let ends: [Int]

    fileprivate init(line: Int, bytes: [UInt8], ends: [Int]) {
        self.line = line
        self.bytes = bytes
        self.ends = ends
    }

    package var count: Int { ends.count }

    /// The bytes of a field, without its quotes.
    package func bytes(_ index: Int) -> ArraySlice<UInt8> {
        bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
    }

    /// The text of a field; nil when its bytes are not UTF-8.
    package func text(_ index: Int) -> String? {
        String(validating: bytes(index), as: UTF8.self)
    }
}

/// Pulls rows from a ``CSVSource``. Accepts LF and CRLF, a byte order mark, quoted fields with doubled quotes, commas
/// and line ends in them, and a last line without an end. Refuses a quote inside an unquoted field, text after a
/// closing quote, an open quote at the end, NUL, a lone CR. Lines without any character are passed over.
///
/// Memory: one row and one block of 64 KiB.
package struct CSVReader: ~Copyable {
    /// The longest row accepted, in bytes.
    package static let longestRow = 256 * 1024

    private enum State { case start, unquoted, quoted, quoteInQuoted, carriageReturn }

    private var blocks: CSVSource.Blocks
    private var block: [UInt8] = []
    private var at = 0
    private var line = 1
    private var started = false
    private var finished = false

    package init(_ source: CSVSource) throws(RegistryError) {
        blocks = try source.open()
    }

    /// The next row, nil at the end of the file. After an error the reader stands still: each further call ends the
    /// file.
    package mutating func next() throws -> CSVRow? {
        while !finished {
            do {
                guard let row = try scan() else { return nil }
                if row.count == 1, row.bytes(0).isEmpty { continue }
                return row
            } catch {
                finished = true
                throw error
            }
        }
        return nil
    }

    private mutating func scan() throws -> CSVRow? {
        if !started { try skipByteOrderMark() }
        let first = line
        var state = State.start
        var bytes: [UInt8] = []
        var ends: [Int] = []
        var any = false
        while let byte = try nextByte() {
            any = true
            switch (state, byte) {
            case (.carriageReturn, 0x0A), (.start, 0x0A), (.unquoted, 0x0A), (.quoteInQuoted, 0x0A):
                line += 1
                ends.append(bytes.count)
                return CSVRow(line: first, bytes: bytes, ends: ends)
            case (.carriageReturn, _):
                throw error("holds a carriage return that ends no line", "Save the file with CRLF or LF line ends.")
            case (_, 0):
                throw error("holds a NUL byte", "Save the file as CSV in UTF-8, not as a workbook or UTF-16.")
            case (.quoted, 0x22): state = .quoteInQuoted
            case (.quoted, _):
                if byte == 0x0A { line += 1 }
                bytes.append(byte)
            case (.quoteInQuoted, 0x22):
                bytes.append(byte)
                state = .quoted
            case (.start, 0x22): state = .quoted
            case (.unquoted, 0x22):
                throw error("holds a quote inside a field that is not quoted", Self.quoteRule)
            case (_, 0x2C):
                ends.append(bytes.count)
                state = .start
            case (_, 0x0D): state = .carriageReturn
            case (.quoteInQuoted, _):
                throw error("holds text after a closing quote", Self.quoteRule)
            default:
                bytes.append(byte)
                state = .unquoted
            }
            guard bytes.count <= Self.longestRow, ends.count <= 256 else {
                throw error(
                    "is longer than \(Self.longestRow) bytes or 256 fields",
                    "Look for a quote that is not closed."
                )
            }
        }
        finished = true
        switch state {
        case .quoted: throw error(since: first, "opens a quote that the file does not close", Self.quoteRule)
        case .carriageReturn:
            throw error("holds a carriage return that ends no line", "Save the file with CRLF or LF line ends.")
        case .start, .unquoted, .quoteInQuoted: break
        }
        guard any else { return nil }
        ends.append(bytes.count)
        return CSVRow(line: first, bytes: bytes, ends: ends)
    }

    private mutating func nextByte() throws(RegistryError) -> UInt8? {
        if at == block.count {
            guard let next = try blocks.next() else { return nil }
            block = next
            at = 0
        }
        defer { at += 1 }
        return block[at]
    }

    private mutating func skipByteOrderMark() throws(RegistryError) {
        started = true
        while block.count < 3, let next = try blocks.next() { block += next }
        if block.starts(with: [0xEF, 0xBB, 0xBF]) { at = 3 }
    }

    private static let quoteRule = "Quote the whole field and double each quote in it: \"a \"\"b\"\" c\"."

    private func error(since first: Int? = nil, _ what: String, _ fix: String) -> CSVError {
        CSVError(line: first ?? line, message: "Line \(first ?? line) \(what).", fix: fix)
    }
}

/// Writes CSV fields.
enum CSVWriter {
    static func field(_ bytes: some Collection<UInt8>, to output: inout [UInt8]) {
        let special: (UInt8) -> Bool = { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }
        guard bytes.contains(where: special) else { return output.append(contentsOf: bytes) }
        output.append(0x22)
        for byte in bytes {
            if byte == 0x22 { output.append(0x22) }
            output.append(byte)
        }
        output.append(0x22)
    }
}
