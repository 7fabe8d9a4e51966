// Recap sheets as people fill them in: what is taken, what is refused with which line, and what a spreadsheet spoiled.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import Testing

@testable import PluginKit
@testable import Registers

/// The health sector's manifest, from the repository.
enum Health {
    static let manifest: Manifest = {
        let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let bytes = (try? FileReader.read("\(root)/Plugins/Kesehatan/sector.json", limit: 1 << 20)) ?? []
        switch Manifest.parse(bytes, file: "sector.json") {
        case .success(let manifest): return manifest
        case .failure(let findings):
            Issue.record("\(findings)")
            return Manifest()
        }
    }()

    static func recap(_ name: String) throws -> Manifest.Recap { try #require(manifest.register(name)?.recap) }
}

@Suite struct RecapFileTests {
    private func read(_ text: String, register: String = "sip_7", isOfOne: Bool = true, year: Int = 2026) throws
        -> RecapFile
    {
        let today = try #require(CivilDate("2026-11-22"))
        return RecapFile(
            Array(text.utf8),
            try Health.recap(register),
            of: Health.manifest,
            year: year,
            isOfOne: isOfOne,
            today: today
        )
    }

    private func numbers(_ last: Int) -> String { (1...last).map(String.init).joined(separator: ",") }

    /// Code and line of every complaint.
    private func codes(_ file: RecapFile) -> [String] { file.complaints.map { "\($0.line) \($0.code)" } }

    @Test func `a sheet with headings, numbers, blanks, zeros and a total is read by its column numbers`() throws {
        let file = try read(
            """
            DATA HASIL KEGIATAN,,
            NO,BULAN,IBU HAMIL,,,BUSUI
            ,,JUMLAH,DIPERIKSA,FE
            1,2,3,4,5,6,,
            1,Januari,8,7,0,5,,
            2,Februari,,,,,,
            3,maret 2026,9,9,9,
            ,,,,,
            JUMLAH,,17,16,9,5,,
            1,2,3
            1,Januari,99
            """
        )
        #expect(codes(file) == [])
        #expect(file.lines.map(\.month.description) == ["2026-01", "2026-03"])
        #expect(file.blank == 1 && file.rows == 2)
        #expect(
            file.lines.first?.values == [
                "kesehatan.sasaran_bumil": 8, "kesehatan.bumil_datang": 7, "kesehatan.bumil_ttd": 0,
                "kesehatan.sasaran_busui": 5,
            ]
        )
        #expect(file.lines.last?.values["kesehatan.sasaran_busui"] == nil)
    }

    @Test func `what a spreadsheet spoils is named with its line and column`() throws {
        let cells = [
            ("6:00", "time"), ("x", "mark"), ("*", "mark"), ("-", "mark"), ("#REF!", "formula_error"),
            ("=SUM(A1)", "formula"),
            ("-3", "negative"), ("1.200", "decimal"), ("6/1/2026", "date"), ("tiga", "text"), ("12345678", "too_large"),
        ]
        var text = "1,2,3\n"
        for (cell, _) in cells { text += "1,Januari,\(cell)\n" }
        let file = try read(text)
        #expect(codes(file) == cells.enumerated().map { "\($0 + 2) \($1.1)" })
        #expect(file.complaints.first?.column == "3 (Ibu hamil / Jumlah)")
        #expect(file.lines.isEmpty)
    }

    @Test func `months are names, numbers or dates; misspelled ones are not guessed`() throws {
        let file = try read(
            "1,2,3\n1,Februai,5\n2,Pebruari,5\n3,xyz,5\n4,,5\n5,2026-05,5\n6,6,5\n7,Desember,5\n8,MEI,5\n"
        )
        #expect(codes(file) == ["2 month", "3 month", "4 month", "5 month_missing", "8 month_ahead", "9 month_twice"])
        #expect(file.complaints.first?.fix == "Write Februari.")
        #expect(file.lines.map(\.month.description) == ["2026-05", "2026-06"])
    }

    @Test func `a year in the line does not count, but is pointed out`() throws {
        let file = try read("1,2,3\n1,Januari 2025,5\n")
        #expect(file.lines.first?.month.description == "2026-01")
        #expect(file.warnings.map(\.code) == ["other_year"])
    }

    @Test func `identities of SKDN are kept or the line is refused`() throws {
        let heads = "1,2,15,16,17,18,19,20,21,22\n"
        #expect(codes(try read(heads + "1,Januari,20,22,20,22,18,19,15,16\n")) == [])
        #expect(codes(try read(heads + "1,Januari,20,22,20,22,18,19,19,16\n")) == ["2 order"])
        #expect(codes(try read(heads + "1,Januari,20,22,21,22,18,19,15,16\n")) == ["2 order"])
        let file = try read(heads + "1,Januari,20,22,20,22,18,19,15,16\n2,Februari,30,22,20,22,18,19,15,\n")
        #expect(file.lines.first?.values["kesehatan.s"] == 42 && file.lines.first?.values["kesehatan.d"] == 37)
        // A total whose part is blank is not made.
        #expect(file.lines.last?.values["kesehatan.n"] == nil && file.lines.last?.values["kesehatan.n_l"] == 15)
        #expect(file.warnings.map(\.code) == ["stock_jump"])
    }

    @Test func `columns that count nowhere are kept apart, remarks are passed over`() throws {
        let file = try read("1,2,46,47,52,56\n1,Januari,3,0,4,hujan\n")
        #expect(codes(file) == [])
        #expect(file.lines.first?.uncounted == [46: 3, 47: 0])
        #expect(file.lines.first?.values == ["kesehatan.diare_l": 4])
    }

    @Test func `values beside the numbered columns are refused`() throws {
        #expect(codes(try read("1,2,3,,5\n1,Januari,4,9,3\n")) == ["2 column_unnumbered"])
        #expect(codes(try read("1,2,3\n1,Januari,4,9\n")) == ["2 line_too_long"])
    }

    @Test func `a file of many posyandu names them in every line`() throws {
        let file = try read("posyandu,bulan,3,4\nA,1,5,4\na,Januari,5,4\n,2,5,4\nB,1,0,0\n", isOfOne: false)
        #expect(codes(file) == ["4 empty", "3 month_twice"])
        #expect(file.lines.map(\.posyandu) == ["A", "B"])
        #expect(try read("posyandu,bulan,3\nA,1,5\n").isFatal)
        #expect(try read("1,2,3\n1,Januari,5\n", isOfOne: false).isFatal)
    }

    @Test func `any file is answered`() throws {
        for text in ["", ",,,\n", "\"open", "1,2,3", "No,Bulan\n", "1,2\n1,Januari\n", "\u{FEFF}1,2,3\n1,Mei,3\n"] {
            let file = try read(text)
            #expect(file.isFatal == (file.lines.isEmpty && text != "1,2,3"), "\(text)")
        }
        var generator = SystemRandomNumberGenerator()
        let parts = ["1", "2", "3", ",", ",", "\n", "Januari", "posyandu", "\"", "9", "x", "=", "é"]
        for _ in 0..<2_000 {
            let text = (0..<Int.random(in: 0..<40, using: &generator))
                .map { _ in parts.randomElement(using: &generator) ?? "" }.joined()
            let file = try read("1,2,3,15,16\n" + text)
            #expect(Set(file.complaints.map(\.line)).isDisjoint(with: file.lines.map(\.line)))
        }
    }

    @Test func `the sheets have the columns of the field`() throws {
        let counts = ["sip_6": 37, "sip_7": 56, "ilp_ibu": 29, "ilp_balita": 32, "ilp_remaja": 25, "ilp_dewasa": 38]
        for (name, count) in counts { #expect(try Health.recap(name).columns.count == count) }
    }
}
