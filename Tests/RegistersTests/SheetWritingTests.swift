// CSV and XLSX of one sheet: what a spreadsheet sees, and that the bytes are always the same.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import Glibc
import PluginKit
import Testing

@testable import Registers

@Suite struct SheetWritingTests {
    private var sheet: RegisterSheet {
        let columns = [
            SheetColumn(heading: ["No"]), SheetColumn(heading: ["Bulan"]), SheetColumn(heading: ["Ditimbang", "L"]),
            SheetColumn(heading: ["Ditimbang", "P"]),
        ]
        let list = SheetTable(
            title: "Daftar",
            columns: [SheetColumn(heading: ["NIK"]), SheetColumn(heading: ["Nama"])],
            rows: [
                SheetRow(cells: [.text("3325010203040005"), .text("=HYPERLINK(\"http://x\")")]),
                SheetRow(cells: [.text("0000010203040005"), .text("@Siti, \"Ani\"")]),
                SheetRow(cells: [.empty, .text("-1+2")]),
            ],
            total: nil,
            isNumbered: false
        )
        return RegisterSheet(
            sector: "kesehatan",
            register: "sip_7",
            title: "SIP 7",
            head: [("Posyandu", "+Melati"), ("Tahun", "2026")],
            table: SheetTable(
                title: "SIP 7",
                columns: columns,
                rows: [
                    SheetRow(cells: [.number(1), .text("Januari"), .number(12), .number(0)], origin: .records),
                    SheetRow(cells: [.number(2), .text("Februari"), .empty, .empty]),
                    SheetRow(cells: [.number(3), .text("Maret"), .number(ExactDecimal("12.5") ?? 0), .number(-3)]),
                ],
                total: SheetRow(cells: [.empty, .text("JUMLAH"), .number(ExactDecimal("24.5") ?? 0), .number(-3)]),
                isNumbered: true
            ),
            notes: ["Kolom 4: belum dicatat."],
            lists: [list]
        )
    }

    @Test func `CSV has merged headings once, zeros, blanks, and no formulas`() {
        let expected = """
            SIP 7,,,
            Posyandu,'+Melati,,
            Tahun,2026,,
            No,Bulan,Ditimbang,
            ,,L,P
            1,2,3,4
            1,Januari,12,0
            2,Februari,,
            3,Maret,12.5,-3
            ,JUMLAH,24.5,-3
            ,,,
            Catatan,,,
            Kolom 4: belum dicatat.,,,
            ,,,
            Daftar,,,
            NIK,Nama,,
            3325010203040005,"'=HYPERLINK(""http://x"")",,
            0000010203040005,"'@Siti, ""Ani\""",,
            ,'-1+2,,

            """
        #expect(String(decoding: SheetCSV.bytes(sheet), as: UTF8.self) == expected)
    }

    @Test func `XLSX opens in another program with numbers, text, blanks and merged headings`() async throws {
        let bytes = try await SheetXLSX.bytes(sheet)
        #expect(bytes == (try await SheetXLSX.bytes(sheet)))
        let seen = try Workbook.read(bytes)
        let page = try #require(seen["sheets"]?["Rekap"])
        func cell(_ name: String) -> JSONValue? { page["cells"]?[name] }
        #expect(cell("A7") == .number(JSONNumber(1)) && cell("B7") == "Januari" && cell("D7") == .number(JSONNumber(0)))
        #expect(cell("C8") == nil && cell("D8") == nil)
        #expect(cell("C9")?.decimal == ExactDecimal("12.5"))
        #expect(cell("B2") == "+Melati")
        #expect(page["merged"]?.array?.compactMap(\.string) == ["A4:A5", "B4:B5", "C4:D4"])
        let list = try #require(seen["sheets"]?["Daftar 1"]?["cells"])
        #expect(list["A3"] == "3325010203040005" && list["A4"] == "0000010203040005")
        // Text, not a formula: the parser would call a formula "f".
        #expect(list["B3"] == "=HYPERLINK(\"http://x\")")
        #expect(seen["formulas"]?.integer == 0)
        #expect(seen["created"] == "2000-01-01T00:00:00")
    }
}

/// A workbook as openpyxl reads it.
enum Workbook {
    private static let program = """
        import datetime, json, sys, openpyxl
        book = openpyxl.load_workbook(sys.argv[1])
        seen = {"sheets": {}, "formulas": 0, "created": book.properties.created.isoformat()}
        for page in book.worksheets:
            cells = {}
            for row in page.iter_rows():
                for cell in row:
                    if cell.data_type == "f":
                        seen["formulas"] += 1
                    if cell.value is not None:
                        cells[cell.coordinate] = cell.value
            merged = sorted(str(area) for area in page.merged_cells.ranges)
            seen["sheets"][page.title] = {"cells": cells, "merged": merged}
        print(json.dumps(seen))
        """

    static func read(_ bytes: [UInt8]) throws -> JSONValue {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("posyandud-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (book, script, answer) = ("\(folder.path)/book.xlsx", "\(folder.path)/read.py", "\(folder.path)/seen.json")
        try Data(bytes).write(to: URL(fileURLWithPath: book))
        try Data(program.utf8).write(to: URL(fileURLWithPath: script))
        let status = system("/usr/bin/python3 '\(script)' '\(book)' > '\(answer)'")
        try #require(status == 0, "python3 with openpyxl (Debian: python3-openpyxl) reads the workbook")
        return try JSONParser.parse(try FileReader.read(answer, limit: 16 << 20))
    }
}
