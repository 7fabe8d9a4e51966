// Writes a register as an Excel workbook, the same bytes for the same register.
// SPDX-License-Identifier: Apache-2.0
import PluginKit
import Registry
import Workbook

/// Numbers are numbers, everything else is text (a NIK never loses digits, nothing is a formula), groups of headings are
/// merged.
package enum SheetXLSX {
    /// - Throws: `WorkbookError` when the workbook would be larger than the format allows.
    package static func bytes(_ sheet: RegisterSheet) async throws -> [UInt8] {
        try await OwnThread.run { try WorkbookFile.bytes(pages(sheet)) }
    }

    private static func pages(_ sheet: RegisterSheet) -> [WorkbookSheet] {
        var page = WorkbookSheet(name: "Rekap")
        var line = 0
        page.write(.text(sheet.title), line: line, column: 0, .bold)
        line += 1
        for (label, value) in sheet.head {
            page.write(.text(label), line: line, column: 0)
            page.write(.text(value), line: line, column: 1, .text)
            line += 1
        }
        add(sheet.table, to: &page, &line)
        if !sheet.notes.isEmpty {
            line += 1
            for note in ["Catatan"] + sheet.notes {
                page.write(.text(note), line: line, column: 0)
                line += 1
            }
        }
        return [page]
            + sheet.lists.enumerated().map { place, list in
                var page = WorkbookSheet(name: "Daftar \(place + 1)")
                page.write(.text(list.title), line: 0, column: 0, .bold)
                var line = 1
                add(list, to: &page, &line)
                return page
            }
    }

    private static func add(_ table: SheetTable, to page: inout WorkbookSheet, _ line: inout Int) {
        let layout = HeadingLayout(table.columns)
        for spans in layout.lines {
            for span in spans {
                let lines = line + span.lines.lowerBound...line + span.lines.upperBound
                if span.columns.count > 1 || lines.count > 1 {
                    page.merge(span.text, lines: lines, columns: span.columns)
                } else {
                    page.write(.text(span.text), line: lines.lowerBound, column: span.columns.lowerBound, .heading)
                }
            }
        }
        line += layout.lines.count
        if table.isNumbered {
            for place in table.columns.indices {
                page.write(.number(String(place + 1)), line: line, column: place, .heading)
            }
            line += 1
        }
        for row in table.rows + [table.total].compactMap(\.self) {
            for (place, cell) in row.cells.enumerated() {
                switch cell {
                case .empty: break
                case .number(let number): page.write(.number(number.normalised.description), line: line, column: place)
                case .text(let text): page.write(.text(text), line: line, column: place, .text)
                }
            }
            line += 1
        }
    }
}
