// Workbooks as bytes: what a parser finds in them is what was written, and no clock or file is in them.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Workbook

@Suite struct WorkbookTests {
    private var sheet: WorkbookSheet {
        var sheet = WorkbookSheet(name: "Rekap")
        sheet.merge("A & B", lines: 0...0, columns: 0...1)
        sheet.write(.number("12.5"), line: 1, column: 0)
        sheet.write(.text("=1+1"), line: 1, column: 27, .text)
        sheet.widths = [12, 40.5]
        return sheet
    }

    @Test func `a sheet is this XML`() {
        let xml = String(decoding: SheetXML.bytes(sheet), as: UTF8.self)
        #expect(
            xml == """
                <?xml version="1.0" encoding="UTF-8" standalone="yes"?>
                <worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">\
                <cols><col min="1" max="1" width="12.0" customWidth="1"/>\
                <col min="2" max="2" width="40.5" customWidth="1"/></cols><sheetData>\
                <row r="1"><c r="A1" s="2" t="inlineStr"><is><t xml:space="preserve">A &amp; B</t></is></c>\
                <c r="B1" s="2"/></row>\
                <row r="2"><c r="A2"><v>12.5</v></c>\
                <c r="AB2" s="3" t="inlineStr"><is><t xml:space="preserve">=1+1</t></is></c></row></sheetData>\
                <mergeCells count="1"><mergeCell ref="A1:B1"/></mergeCells></worksheet>
                """
        )
    }

    @Test func `the same sheets are the same bytes, an archive with an end`() throws {
        let bytes = try WorkbookFile.bytes([sheet])
        #expect(bytes == (try WorkbookFile.bytes([sheet])))
        #expect(bytes.prefix(4) == [0x50, 0x4B, 3, 4])
        #expect(bytes.suffix(22).prefix(4) == [0x50, 0x4B, 5, 6])
        #expect(bytes.suffix(22).dropFirst(10).prefix(2) == [7, 0])
    }

    @Test(arguments: [("a\u{7}b", "a_x0007_b"), ("_x0041_", "_x005F_x0041_"), ("_x004_", "_x004_"), ("ä_é", "ä_é")])
    func `what XML cannot hold is written as spreadsheets do`(_ text: String, _ written: String) {
        #expect(SheetXML.encoded(text) == written)
    }

    @Test(arguments: [
        ("<a href='x'>\"&\"</a>", "&lt;a href=&apos;x&apos;&gt;&quot;&amp;&quot;&lt;/a&gt;"),
        ("a\tb\nc\r", "a&#9;b&#10;c&#13;"),
        ("Desa Pécinan 12", "Desa Pécinan 12"),
    ])
    func `text is escaped`(_ text: String, _ escaped: String) {
        #expect(XMLText.escaped(text) == escaped)
    }

    @Test(arguments: ["", "a/b", "[a]", "'a", String(repeating: "a", count: 32), "a\u{1}"])
    func `a sheet without a good name is refused`(_ name: String) {
        #expect(throws: WorkbookError.self) { try WorkbookFile.bytes([WorkbookSheet(name: name)]) }
    }

    @Test func `two sheets of one name, and no sheet, are refused`() {
        #expect(throws: WorkbookError.self) { try WorkbookFile.bytes([]) }
        #expect(throws: WorkbookError.self) {
            try WorkbookFile.bytes([WorkbookSheet(name: "a"), WorkbookSheet(name: "A")])
        }
    }
}
