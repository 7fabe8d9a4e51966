// Reference tables that rules read: CSV with a header line.
// SPDX-License-Identifier: Apache-2.0

/// A CSV file of the sector's folder, read once. The first line names the columns.
public struct Table: Sendable {
    /// The largest table that is read.
    package static let maximumBytes = 8 << 20

    public let columns: [String]
    private let cells: [String]
    private let positions: [String: Int]

    /// Reads RFC 4180: commas, quotes doubled inside quotes, LF or CRLF, a byte order mark is skipped.
    ///
    /// - Parameter name: what messages call the table.
    /// - Throws: ``SetupError`` with the line, for a row of another width, an open quote or a column named twice.
    public init(csv text: String, name: String = "table") throws(SetupError) {
        try self.init(csv: Array(text.utf8), name: name)
    }

    package init(csv bytes: [UInt8], name: String) throws(SetupError) {
        var reader = CSVReader(bytes: bytes, name: name)
        guard let header = try reader.next() else { throw SetupError("\(name): the header line is missing") }
        var positions: [String: Int] = [:]
        for (index, column) in header.enumerated() {
            guard positions.updateValue(index, forKey: column) == nil else {
                throw SetupError("\(name):1: column '\(column)' occurs twice")
            }
        }
        var cells: [String] = []
        while let row = try reader.next() {
            guard row.count == header.count else {
                throw SetupError("\(name):\(reader.startLine): \(row.count) columns, the header has \(header.count)")
            }
            cells.append(contentsOf: row)
        }
        columns = header
        self.cells = cells
        self.positions = positions
    }

    public var count: Int { columns.isEmpty ? 0 : cells.count / columns.count }

    /// All rows, in the order of the file.
    public var rows: [Row] { (0..<count).map { Row(table: self, index: $0) } }

    /// The first row with these values, such as `["sex": "L", "month": "3"]`. For many questions build a dictionary
    /// of the rows in the handler's initialiser: this looks at every row.
    public func first(where values: [String: String]) -> Row? {
        (0..<count).lazy.map { Row(table: self, index: $0) }
            .first { row in values.allSatisfy { row[$0.key] == $0.value } }
    }

    /// One line of a table.
    public struct Row: Sendable {
        fileprivate let table: Table
        fileprivate let index: Int

        /// The text of a cell; nil when there is no such column.
        public subscript(column: String) -> String? {
            table.positions[column].map { table.cells[index * table.columns.count + $0] }
        }

        public func integer(_ column: String) -> Int? { self[column].flatMap { Int($0) } }
        public func decimal(_ column: String) -> ExactDecimal? { self[column].flatMap { ExactDecimal($0) } }
        public func date(_ column: String) -> CivilDate? { self[column].flatMap { CivilDate($0) } }
    }
}

/// Splits CSV into rows of cells.
package struct CSVReader {
    private let bytes: [UInt8]
    private let name: String
    private var position: Int
    private var line = 1
    /// The line on which the row read last began, from 1.
    package private(set) var startLine = 1

    package init(bytes: [UInt8], name: String) {
        self.bytes = bytes
        self.name = name
        position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    }

    /// The next row that is not empty; nil at the end.
    package mutating func next() throws(SetupError) -> [String]? {
        while position < bytes.count {
            startLine = line
            let row = try row()
            if row != [""] { return row }
        }
        return nil
    }

    private mutating func row() throws(SetupError) -> [String] {
        var row: [String] = []
        while true {
            row.append(try cell())
            guard position < bytes.count else { return row }
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: ",") { continue }
            if byte == 0x0D, position < bytes.count, bytes[position] == 0x0A { position += 1 }
            line += 1
            return row
        }
    }

    private mutating func cell() throws(SetupError) -> String {
        guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
            let start = position
            while position < bytes.count, !isDelimiter(bytes[position]) { position += 1 }
            return String(decoding: bytes[start..<position], as: UTF8.self)
        }
        position += 1
        var cell: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\"") {
                guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
                    guard position == bytes.count || isDelimiter(bytes[position]) else {
                        throw SetupError("\(name):\(line): text follows a closing quote")
                    }
                    return String(decoding: cell, as: UTF8.self)
                }
                position += 1
            }
            if byte == 0x0A { line += 1 }
            cell.append(byte)
        }
        throw SetupError("\(name):\(startLine): a quote is not closed")
    }

    private func isDelimiter(_ byte: UInt8) -> Bool { byte == UInt8(ascii: ",") || byte == 0x0A || byte == 0x0D }
}
