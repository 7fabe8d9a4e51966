// One sheet of a workbook as plain values: cells in their places, merged areas, widths of columns.
// SPDX-License-Identifier: Apache-2.0

/// A sheet under construction. Places count from 0; a cell written twice keeps what came last.
package struct WorkbookSheet: Sendable, Hashable {
    package enum Style: Int, Sendable, Hashable {
        /// Text and numbers as they are.
        case plain = 0
        case bold = 1
        /// Bold, centred, wrapped, in a frame.
        case heading = 2
        /// Text that stays text when it is edited: a NIK never loses digits.
        case text = 3
        /// Long words, wrapped, at the top of the cell.
        case wrapped = 4
    }

    package enum Value: Sendable, Hashable {
        /// Decimal digits, as `12.5`.
        case number(String)
        case text(String)
        /// A cell with a style and nothing in it.
        case blank
    }

    /// An area under one text.
    struct Area: Hashable {
        var lines: ClosedRange<Int>
        var columns: ClosedRange<Int>
    }

    struct Cell: Hashable {
        var value: Value
        var style: Style
    }

    package let name: String
    /// By line, then column; nil where nothing was written.
    private(set) var lines: [[Cell?]] = []
    private(set) var merged: [Area] = []
    /// Widths in characters, from the first column on; the rest has the usual one.
    package var widths: [Double] = []

    package init(name: String) { self.name = name }

    package mutating func write(_ value: Value, line: Int, column: Int, _ style: Style = .plain) {
        while lines.count <= line { lines.append([]) }
        while lines[line].count <= column { lines[line].append(nil) }
        lines[line][column] = Cell(value: value, style: style)
    }

    /// One text over an area of more than one cell; every cell of it has the style.
    package mutating func merge(
        _ text: String,
        lines: ClosedRange<Int>,
        columns: ClosedRange<Int>,
        _ style: Style = .heading
    ) {
        for line in lines {
            for column in columns { write(.blank, line: line, column: column, style) }
        }
        write(.text(text), line: lines.lowerBound, column: columns.lowerBound, style)
        merged.append(Area(lines: lines, columns: columns))
    }
}

/// Why a workbook could not be made.
package struct WorkbookError: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    package init(description: String) { self.description = description }
}
