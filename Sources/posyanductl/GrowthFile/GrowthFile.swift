// A CSV file of measurements that gets scores as it streams by.
// SPDX-License-Identifier: Apache-2.0

import Growth

/// Takes a file in pieces of any size and gives every row back, with the scores behind it. Memory stays that of a piece.
struct GrowthFile {
    /// Rows so far, without the header and empty lines.
    private(set) var rows = 0
    /// Rows with a cell that could not be used.
    private(set) var badRows = 0

    private let name: String
    private let appraisal: GrowthAppraisal
    private var columns: GrowthColumns?
    private var record = CSVRecord(separator: UInt8(ascii: ","))
    private var pending: [UInt8] = []
    /// The line on which the next record begins.
    private var line = 1

    /// - Parameter name: what complaints call the file.
    init(_ name: String, _ appraisal: GrowthAppraisal) {
        self.name = name
        self.appraisal = appraisal
    }

    /// Takes the next piece.
    ///
    /// - Parameter isLast: nothing follows.
    /// - Parameter out: gets the rows that are complete.
    /// - Parameter complaints: gets a line for each cell that cannot be used.
    /// - Throws: ``OperatorError`` when the header lacks what is needed.
    mutating func take(
        _ piece: ArraySlice<UInt8>,
        isLast: Bool,
        out: inout [UInt8],
        complaints: inout [UInt8]
    ) throws(OperatorError) {
        var bytes = pending
        pending = []
        bytes.append(contentsOf: piece)
        let result = bytes.withUnsafeBufferPointer { buffer in
            Result { () throws(OperatorError) in try read(buffer, isLast: isLast, &out, &complaints) }
        }
        bytes.removeFirst(try result.get())
        pending = bytes
    }

    /// - Returns: how many bytes are dealt with.
    private mutating func read(
        _ buffer: UnsafeBufferPointer<UInt8>,
        isLast: Bool,
        _ out: inout [UInt8],
        _ complaints: inout [UInt8]
    ) throws(OperatorError) -> Int {
        var position = 0
        if columns == nil {
            guard let separator = Self.separator(buffer, isLast: isLast) else { return 0 }
            record = CSVRecord(separator: separator)
        }
        while position < buffer.count, record.read(buffer, at: position, isLast: isLast) {
            if let columns {
                row(buffer, columns, &out, &complaints)
            } else {
                let header = try header(buffer, &out)
                for note in header.notes { complaints.append(contentsOf: Array("\(name): \(note)\n".utf8)) }
                columns = header
            }
            position = record.next
            line += record.lines
        }
        if isLast, columns == nil {
            throw OperatorError("\(name): no header line", hint: "the first line names the columns")
        }
        return position
    }

    /// `;` when the header holds more of them than commas; nil when the header is not complete yet.
    private static func separator(_ buffer: UnsafeBufferPointer<UInt8>, isLast: Bool) -> UInt8? {
        guard let end = buffer.firstIndex(of: 0x0A) ?? (isLast ? buffer.count : nil) else {
            return buffer.count > CSVRecord.longest ? UInt8(ascii: ",") : nil
        }
        let semicolons = buffer[..<end].count { $0 == UInt8(ascii: ";") }
        return semicolons > buffer[..<end].count { $0 == UInt8(ascii: ",") } ? UInt8(ascii: ";") : UInt8(ascii: ",")
    }

    private func header(_ buffer: UnsafeBufferPointer<UInt8>, _ out: inout [UInt8]) throws(OperatorError)
        -> GrowthColumns
    {
        var names = record.cells.map { String(decoding: CSVRecord.text(buffer, $0), as: UTF8.self).lowercased() }
        if names[0].unicodeScalars.first == "\u{FEFF}" {
            names[0] = String(String.UnicodeScalarView(names[0].unicodeScalars.dropFirst()))
                .filter { $0 != "\"" }
        }
        let columns = try GrowthColumns(names)
        out.append(contentsOf: buffer[record.start..<record.end])
        for added in GrowthColumns.added {
            out.append(record.separator)
            out.append(contentsOf: added.utf8)
        }
        appendLineEnd(buffer, &out)
        return columns
    }

    private mutating func row(
        _ buffer: UnsafeBufferPointer<UInt8>,
        _ columns: GrowthColumns,
        _ out: inout [UInt8],
        _ complaints: inout [UInt8]
    ) {
        out.append(contentsOf: buffer[record.start..<record.end])
        guard record.end > record.start else { return appendLineEnd(buffer, &out) }
        rows += 1
        for _ in 0..<max(0, columns.count - record.cells.count) { out.append(record.separator) }
        if let trouble = trouble(columns) {
            badRows += 1
            complaints.append(contentsOf: "\(name):\(line): \(trouble)\n".utf8)
            GrowthAppraisal.appendEmpty(to: &out, separator: record.separator)
            return appendLineEnd(buffer, &out)
        }
        var row = GrowthRow(buffer, record, columns)
        if let measurement = row.measurement() {
            appraisal.append(measurement, to: &out, separator: record.separator)
        } else {
            GrowthAppraisal.appendEmpty(to: &out, separator: record.separator)
        }
        appendLineEnd(buffer, &out)
        guard !row.complaints.isEmpty else { return }
        badRows += 1
        for complaint in row.complaints {
            let text = complaint.text.isEmpty ? "" : " '\(Printable.line(String(complaint.text.prefix(40))))'"
            complaints.append(
                contentsOf: "\(name):\(line): \(complaint.column.name)\(text): \(complaint.message)\n".utf8
            )
        }
    }

    /// What is wrong with the row as a whole.
    private func trouble(_ columns: GrowthColumns) -> String? {
        if record.hasOpenQuote { return "a quote is not closed: close it, or write \"\" for a quote inside quotes" }
        guard record.cells.count != columns.count else { return nil }
        let hint =
            record.cells.count > columns.count
            ? "quote cells that hold a separator, and write decimals with a point" : "add the missing cells"
        return "\(record.cells.count) cells, the header has \(columns.count): \(hint)"
    }

    private func appendLineEnd(_ buffer: UnsafeBufferPointer<UInt8>, _ out: inout [UInt8]) {
        out.append(contentsOf: buffer[record.end..<record.next])
    }
}
