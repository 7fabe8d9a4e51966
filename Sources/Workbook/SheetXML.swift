// Writes the cells of one sheet as the XML of a worksheet.
// SPDX-License-Identifier: Apache-2.0

enum SheetXML {
    private static let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

    static func bytes(_ sheet: WorkbookSheet) -> [UInt8] {
        var output = Array(WorkbookFile.head.utf8)
        output += "<worksheet xmlns=\"\(main)\">".utf8
        if !sheet.widths.isEmpty {
            output += "<cols>".utf8
            for (index, width) in sheet.widths.enumerated() {
                output += "<col min=\"\(index + 1)\" max=\"\(index + 1)\" width=\"\(width)\" customWidth=\"1\"/>".utf8
            }
            output += "</cols>".utf8
        }
        output += "<sheetData>".utf8
        for (line, cells) in sheet.lines.enumerated() where cells.contains(where: { $0 != nil }) {
            output += "<row r=\"\(line + 1)\">".utf8
            for (column, cell) in cells.enumerated() {
                if let cell { write(cell, name(line, column), &output) }
            }
            output += "</row>".utf8
        }
        output += "</sheetData>".utf8
        if !sheet.merged.isEmpty {
            output += "<mergeCells count=\"\(sheet.merged.count)\">".utf8
            for area in sheet.merged {
                let first = name(area.lines.lowerBound, area.columns.lowerBound)
                let last = name(area.lines.upperBound, area.columns.upperBound)
                output += "<mergeCell ref=\"\(first):\(last)\"/>".utf8
            }
            output += "</mergeCells>".utf8
        }
        output += "</worksheet>".utf8
        return output
    }

    private static func write(_ cell: WorkbookSheet.Cell, _ place: String, _ output: inout [UInt8]) {
        let style = cell.style == .plain ? "" : " s=\"\(cell.style.rawValue)\""
        output += "<c r=\"\(place)\"\(style)".utf8
        switch cell.value {
        case .blank: output += "/>".utf8
        case .number(let digits): output += "><v>\(XMLText.escaped(digits))</v></c>".utf8
        case .text(let text):
            let content = XMLText.escaped(Self.encoded(text))
            output += " t=\"inlineStr\"><is><t xml:space=\"preserve\">\(content)</t></is></c>".utf8
        }
    }

    /// `A1` for the first place.
    static func name(_ line: Int, _ column: Int) -> String {
        var letters: [UInt8] = []
        var number = column + 1
        while number > 0 {
            letters.insert(UInt8(ascii: "A") + UInt8((number - 1) % 26), at: 0)
            number = (number - 1) / 26
        }
        return String(decoding: letters, as: UTF8.self) + String(line + 1)
    }

    /// What XML cannot hold is written the spreadsheets' way, `_x0007_`; a text that looks like it is kept apart from it.
    static func encoded(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "_") }) { return text }
        let plain = Array(text.unicodeScalars)
        var result = String.UnicodeScalarView()
        for (index, scalar) in plain.enumerated() {
            if !XMLText.isWritable(String(scalar)) || looksEncoded(plain[index...]) {
                let digits = String(scalar.value, radix: 16, uppercase: true)
                result.append(
                    contentsOf: "_x\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)_".unicodeScalars
                )
            } else {
                result.append(scalar)
            }
        }
        return String(result)
    }

    private static func looksEncoded(_ rest: ArraySlice<Unicode.Scalar>) -> Bool {
        let head = Array(rest.prefix(7))
        return head.count == 7 && head[0] == "_" && head[1] == "x" && head[6] == "_"
            && head[2...5].allSatisfy { $0.properties.isASCIIHexDigit }
    }
}
