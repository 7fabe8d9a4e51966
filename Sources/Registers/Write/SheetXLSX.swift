// Writes a register as an Excel workbook through libxlsxwriter, the same bytes for the same register.
// SPDX-License-Identifier: Apache-2.0
import CXlsxWriter
import FoundationEssentials
import Glibc
import PluginKit
import Registry

/// Why a workbook could not be made.
package struct WorkbookError: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String
}

/// Numbers are numbers, everything else is text (a NIK never loses digits, nothing is a formula), groups of headings are
/// merged. The date of making is that of no clock: 1 January of the year 2000.
package enum SheetXLSX {
    /// - Parameter folder: where the library may put its temporary files; they are removed.
    package static func bytes(_ sheet: RegisterSheet, folder: String = "/tmp") async throws -> [UInt8] {
        try await OwnThread.run { try make(sheet, folder) }
    }

    private static let created: time_t = 946_684_800

    private static func make(_ sheet: RegisterSheet, _ folder: String) throws -> [UInt8] {
        var template = Array("\(folder)/posyandud-register-XXXXXX".utf8CString)
        guard
            let path = template.withUnsafeMutableBufferPointer({ $0.baseAddress.flatMap { mkdtemp($0) } })
                .map({ String(cString: $0) })
        else { throw WorkbookError(description: "no folder for temporary files in \(folder) (errno \(errno))") }
        defer { rmdir(path) }
        let file = "\(path)/register.xlsx"
        defer { unlink(file) }
        let error = path.withCString { folder in
            var options = lxw_workbook_options()
            options.tmpdir = UnsafeMutablePointer(mutating: folder)
            guard let book = workbook_new_opt(file, &options) else { return LXW_ERROR_MEMORY_MALLOC_FAILED }
            var properties = lxw_doc_properties()
            properties.created = created
            workbook_set_properties(book, &properties)
            var writer = WorkbookWriter(book)
            writer.add(sheet)
            return workbook_close(book)
        }
        guard error == LXW_NO_ERROR else {
            throw WorkbookError(description: "the workbook was not written: \(String(cString: lxw_strerror(error)))")
        }
        return try read(file)
    }

    private static func read(_ path: String) throws -> [UInt8] {
        do {
            return try FileReader.read(path, limit: 512 << 20)
        } catch {
            throw WorkbookError(description: "the workbook cannot be read: \(error.message)")
        }
    }
}

/// Fills one workbook. The C objects belong to the workbook, which frees them when it is closed.
private struct WorkbookWriter {
    private let book: UnsafeMutablePointer<lxw_workbook>
    private let bold: UnsafeMutablePointer<lxw_format>?
    private let heading: UnsafeMutablePointer<lxw_format>?
    private let text: UnsafeMutablePointer<lxw_format>?

    init(_ book: UnsafeMutablePointer<lxw_workbook>) {
        self.book = book
        bold = workbook_add_format(book)
        format_set_bold(bold)
        heading = workbook_add_format(book)
        format_set_bold(heading)
        format_set_text_wrap(heading)
        format_set_align(heading, UInt8(LXW_ALIGN_CENTER.rawValue))
        format_set_align(heading, UInt8(LXW_ALIGN_VERTICAL_CENTER.rawValue))
        format_set_border(heading, UInt8(LXW_BORDER_THIN.rawValue))
        text = workbook_add_format(book)
        format_set_num_format(text, "@")
    }

    mutating func add(_ sheet: RegisterSheet) {
        let page = workbook_add_worksheet(book, "Rekap")
        var line = 0
        write(.text(sheet.title), page, line, 0, bold)
        line += 1
        for (label, value) in sheet.head {
            write(.text(label), page, line, 0, nil)
            write(.text(value), page, line, 1, text)
            line += 1
        }
        add(sheet.table, page, &line)
        if !sheet.notes.isEmpty {
            line += 1
            for note in ["Catatan"] + sheet.notes {
                write(.text(note), page, line, 0, nil)
                line += 1
            }
        }
        for (place, list) in sheet.lists.enumerated() {
            let page = workbook_add_worksheet(book, "Daftar \(place + 1)")
            write(.text(list.title), page, 0, 0, bold)
            var line = 1
            add(list, page, &line)
        }
    }

    private func add(_ table: SheetTable, _ page: UnsafeMutablePointer<lxw_worksheet>?, _ line: inout Int) {
        let layout = HeadingLayout(table.columns)
        for spans in layout.lines {
            for span in spans {
                let lines = span.lines.lowerBound...span.lines.upperBound
                let top = line + lines.lowerBound
                let bottom = line + lines.upperBound
                if span.columns.count > 1 || lines.count > 1 {
                    worksheet_merge_range(
                        page,
                        UInt32(top),
                        UInt16(span.columns.lowerBound),
                        UInt32(bottom),
                        UInt16(span.columns.upperBound),
                        span.text,
                        heading
                    )
                } else {
                    write(.text(span.text), page, top, span.columns.lowerBound, heading)
                }
            }
        }
        line += layout.lines.count
        if table.isNumbered {
            for place in table.columns.indices { write(.number(ExactDecimal(place + 1)), page, line, place, heading) }
            line += 1
        }
        for row in table.rows + [table.total].compactMap(\.self) {
            for (place, cell) in row.cells.enumerated() { write(cell, page, line, place, text) }
            line += 1
        }
    }

    private func write(
        _ cell: SheetCell,
        _ page: UnsafeMutablePointer<lxw_worksheet>?,
        _ line: Int,
        _ column: Int,
        _ format: UnsafeMutablePointer<lxw_format>?
    ) {
        switch cell {
        case .empty: break
        case .number(let number):
            let isText = format == text
            worksheet_write_number(page, UInt32(line), UInt16(column), number.double, isText ? nil : format)
        case .text(let value): worksheet_write_string(page, UInt32(line), UInt16(column), value, format)
        }
    }
}

extension ExactDecimal {
    /// The nearest double; what a workbook holds.
    fileprivate var double: Double { Double(description) ?? 0 }
}
