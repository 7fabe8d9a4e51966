// Writes a register as CSV: headings in lines of their own, a line of column numbers, rows, total, notes.
// SPDX-License-Identifier: Apache-2.0
import PluginKit

/// RFC 4180 with LF, UTF-8, every line as wide as the table. A text that a spreadsheet would take for a formula is
/// written with an apostrophe before it.
package enum SheetCSV {
    package static func bytes(_ sheet: RegisterSheet) -> [UInt8] {
        var output: [UInt8] = []
        let width = ([sheet.table] + sheet.lists).map(\.columns.count).max() ?? 1
        line([.text(sheet.title)], width, &output)
        for (label, value) in sheet.head { line([.text(label), .text(value)], width, &output) }
        table(sheet.table, width, &output)
        if !sheet.notes.isEmpty {
            line([], width, &output)
            line([.text("Catatan")], width, &output)
            for note in sheet.notes { line([.text(note)], width, &output) }
        }
        for list in sheet.lists {
            line([], width, &output)
            line([.text(list.title)], width, &output)
            table(list, width, &output)
        }
        return output
    }

    private static func table(_ table: SheetTable, _ width: Int, _ output: inout [UInt8]) {
        for spans in HeadingLayout(table.columns).lines {
            var cells = [SheetCell](repeating: .empty, count: table.columns.count)
            for span in spans { cells[span.columns.lowerBound] = .text(span.text) }
            line(cells, width, &output)
        }
        if table.isNumbered { line(table.columns.indices.map { .number(.init($0 + 1)) }, width, &output) }
        for row in table.rows { line(row.cells, width, &output) }
        if let total = table.total { line(total.cells, width, &output) }
    }

    private static func line(_ cells: [SheetCell], _ width: Int, _ output: inout [UInt8]) {
        for place in 0..<max(width, cells.count) {
            if place > 0 { output.append(UInt8(ascii: ",")) }
            guard place < cells.count else { continue }
            switch cells[place] {
            case .empty: break
            case .number(let number): output.append(contentsOf: number.normalised.description.utf8)
            case .text(let text): field(text, &output)
            }
        }
        output.append(UInt8(ascii: "\n"))
    }

    private static func field(_ text: String, _ output: inout [UInt8]) {
        var bytes: [UInt8] = []
        if let first = text.utf8.first, formulaStarts.contains(first) { bytes.append(UInt8(ascii: "'")) }
        bytes.append(contentsOf: text.utf8)
        guard bytes.contains(where: special.contains) else { return output.append(contentsOf: bytes) }
        output.append(UInt8(ascii: "\""))
        for byte in bytes {
            if byte == UInt8(ascii: "\"") { output.append(byte) }
            output.append(byte)
        }
        output.append(UInt8(ascii: "\""))
    }

    /// What makes a spreadsheet read a cell as a formula; tab and CR because some skip them first.
    private static let formulaStarts: Set<UInt8> = Set("=+-@\t\r".utf8)
    private static let special: Set<UInt8> = Set("\",\n\r".utf8)
}

/// Where the words of grouped headings stand: equal words side by side under the same group are one span.
struct HeadingLayout {
    struct Span: Equatable {
        var text: String
        var columns: ClosedRange<Int>
        var lines: ClosedRange<Int>
    }

    /// The spans that begin in each line.
    let lines: [[Span]]

    init(_ columns: [SheetColumn]) {
        let depth = columns.map(\.heading.count).max() ?? 0
        var lines: [[Span]] = []
        for line in 0..<depth {
            var spans: [Span] = []
            var place = 0
            while place < columns.count {
                let heading = columns[place].heading
                guard line < heading.count else {
                    place += 1
                    continue
                }
                var last = place
                let isGroup = line < heading.count - 1
                while isGroup, last + 1 < columns.count, columns[last + 1].heading.count > line + 1,
                    columns[last + 1].heading.prefix(line + 1) == heading.prefix(line + 1)
                {
                    last += 1
                }
                let bottom = isGroup ? line : depth - 1
                spans.append(Span(text: heading[line], columns: place...last, lines: line...bottom))
                place = last + 1
            }
            lines.append(spans)
        }
        self.lines = lines
    }
}
