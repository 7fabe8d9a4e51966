// `posyanductl growth`: what passes through, what is added, what is complained of.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FoundationEssentials
import Growth
import Testing

@testable import posyanductl

struct GrowthFileTests {
    private static let folder = String(#filePath.dropLast("Tests/PosyanductlTests/GrowthFileTests.swift".count))
    private static let appraisal = Result { try GrowthFolder.appraisal("\(folder)Plugins/Kesehatan/tables") }

    /// Output and complaints for a file that arrives in pieces of a size.
    private func growth(_ text: String, pieces: Int = .max) throws -> (
        out: String, complaints: [String], file: GrowthFile
    ) {
        var file = GrowthFile("in", try Self.appraisal.get())
        var out: [UInt8] = []
        var complaints: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            try file.take(rest.prefix(pieces), isLast: false, out: &out, complaints: &complaints)
            rest = rest.dropFirst(pieces)
        }
        try file.take([], isLast: true, out: &out, complaints: &complaints)
        let lines = String(decoding: complaints, as: UTF8.self).split(separator: "\n").map(String.init)
        return (String(decoding: out, as: UTF8.self), lines, file)
    }

    private static let header =
        "nama,sex,birth_date,age_days,date,weight_kg,height_cm,measure,oedema,head_cm,muac_cm,ket"
    private static let added = "," + GrowthColumns.added.joined(separator: ",")
    private static let none = String(repeating: ",", count: GrowthColumns.added.count)

    @Test(arguments: [1, 7, 64, .max]) func `cells pass through byte by byte, whatever the pieces`(pieces: Int) throws {
        let rows = [
            "\"Budi, A\",L,2025-01-15,,2025-07-15,7.9,67.6,l,n,43,14,\"kata \"\"x\"\"\"",
            " sari ,2,,1000,,\"15\",80,,n,,,\"baris\ndua\"", "Aan,m,,1001,,18,120,,n,,,",
        ]
        let results = [
            ",67.60,-0.02,0.03,0.04,-0.04,-0.24,-0.21,,normal,normal,gizi_baik,gizi_baik,normal,,0,0,0",
            ",80.00,0.95,-3.50,4.13,4.66,,,,normal,sangat_pendek,obesitas,obesitas,,,1,0,0",
            ",120.00,2.20,7.31,-2.39,-3.01,,,tbu,risiko_lebih,,gizi_kurang,gizi_buruk,,,,1,0",
        ]
        for end in ["\n", "\r\n"] {
            let text = Self.header + end + rows.joined(separator: end) + end + end
            let answer = try growth(text, pieces: pieces)
            let expected =
                Self.header + Self.added + end + zip(rows, results).map { $0 + $1 + end }.joined() + end
            #expect(answer.out == expected)
            #expect(answer.complaints == [])
            #expect(answer.file.rows == 3 && answer.file.badRows == 0)
        }
    }

    @Test(arguments: [
        ("A,L,2025-01-15,,2025-07-15,\"9,5\",67.6,l,n,,,", "weight_kg '9,5': a decimal comma: write a point, 9.5"),
        ("A,x,2025-01-15,,2025-07-15,9.5,67.6,l,n,,,", "sex 'x': not known: write L or P (1 or 2, M or F)"),
        ("A,,2025-01-15,,2025-07-15,9.5,67.6,l,n,,,", "sex: missing: write L or P"),
        ("A,L,2025-01-15,,2025-07-15,9500,67.6,l,n,,,", "weight_kg '9500': in grams? write kilograms: 9.5"),
        ("A,L,2025-01-15,,2025-07-15,9.5,8.5,l,n,,,", "height_cm '8.5': too small: write centimetres: 85.0"),
        ("A,L,2025-01-15,,2025-07-15,9.5,0.76,l,n,,,", "height_cm '0.76': in metres? write centimetres: 85.0"),
        ("A,L,2025-01-15,,2025-07-15,9.5,76,l,n,,115,", "muac_cm '115': in millimetres? write centimetres: 14.5"),
        ("A,L,2025-01-15,,2025-07-15,9.5,76,l,n,455,,", "head_cm '455': in millimetres? write centimetres: 45.5"),
        (
            "A,L,2025-08-15,,2025-07-15,9.5,67.6,l,n,,,",
            "birth_date '2025-08-15': after the date of measurement 2025-07-15: correct one of them"
        ),
        (
            "A,L,2025-02-30,,2025-07-15,9.5,67.6,l,n,,,",
            "birth_date '2025-02-30': no such date: write YYYY-MM-DD or DD/MM/YYYY"
        ),
        (
            "A,L,2023-02-29,,2025-07-15,9.5,67.6,l,n,,,",
            "birth_date '2023-02-29': 2023 has no 29 February: correct the date"
        ),
        ("A,L,15 Jan 2025,,2025-07-15,9.5,67.6,l,n,,,", "birth_date '15 Jan 2025': not a date: write YYYY-MM-DD"),
        ("A,L,0025-01-15,,2025-07-15,9.5,67.6,l,n,,,", "birth_date '0025-01-15': the year cannot be: write YYYY-MM-DD"),
        ("A,L,2025-01-15,,,9.5,67.6,l,n,,,", "date: missing: the age is counted from birth_date to date"),
        ("A,L,,-3,,9.5,76,l,n,,,", "age_days '-3': below 0: check the dates of birth and measurement"),
        ("A,L,,300,,1e1,76,l,n,,,", "weight_kg '1e1': not a number"),
        ("A,L,,300,,9,76,t,n,,,", "measure 't': not known: write l for lying, h for standing, or nothing"),
        ("A,L,,300,,9,76,l,?,,,", "oedema '?': not known: write y, n or nothing"),
    ])
    func `a cell that cannot be used is said, its row passes without results`(row: String, complaint: String) throws {
        let answer = try growth("\(Self.header)\n\(row)\nB,P,,1000,,15,80,,n,,,\n")
        #expect(answer.complaints == ["in:2: \(complaint)"])
        let lines = answer.out.split(separator: "\n")
        #expect(lines[1] == row + Self.none)
        #expect(lines[2].hasPrefix("B,P,,1000,,15,80,,n,,,,80.00,0.95"))
        #expect(answer.file.badRows == 1)
    }

    @Test func `rows of another width and open quotes cost only their line`() throws {
        let rows = "A,L,,1000,,9,5,80,l,n,,,\nB,L,,1000\n\"C,L,,1000,,15,80,,n,,,\nD,P,,1000,,15,80,,n,,,"
        let answer = try growth("\(Self.header)\n\(rows)")
        #expect(
            answer.complaints == [
                "in:2: 13 cells, the header has 12: quote cells that hold a separator, and write decimals with a point",
                "in:3: 4 cells, the header has 12: add the missing cells",
                "in:4: a quote is not closed: close it, or write \"\" for a quote inside quotes",
            ]
        )
        let lines = answer.out.split(separator: "\n")
        #expect(lines.count == 5)
        #expect(lines[2].filter { $0 == "," }.count == 28)
        #expect(lines[4].hasPrefix("D,P,,1000,,15,80,,n,,,,80.00,0.95,-3.50"))
    }

    @Test func `0 is not measured, and the other scores are there`() throws {
        let answer = try growth("\(Self.header)\nA,P,,365,,0,68.9,l,n,,,\n")
        #expect(answer.complaints == ["in:2: weight_kg '0': not above 0, counts as not measured: leave it empty"])
        #expect(answer.out.contains("A,P,,365,,0,68.9,l,n,,,,68.90,,-1.98,,,,,,,normal"))
    }

    @Test func `29 February and day-first dates are dates`() throws {
        let answer = try growth(
            "\(Self.header)\nA,L,29/02/2024,,28-2-2025,9.5,76,L,N,,,\nB,l,2024-02-29,,2025-02-28,9.5,76,l,n,,,\n"
        )
        #expect(answer.complaints == [])
        let lines = answer.out.split(separator: "\n")
        #expect(lines[1].split(separator: ",").suffix(12) == lines[2].split(separator: ",").suffix(12))
    }

    @Test func `semicolons, a byte order mark and decimal commas of a spreadsheet`() throws {
        let answer = try growth("\u{FEFF}\"sex\";age_days;Weight_KG;height_cm\r\n1;1001;18,0;120\r\n")
        #expect(answer.out.hasPrefix("\u{FEFF}\"sex\";age_days;Weight_KG;height_cm;clenhei;bbu"))
        #expect(
            answer.out.hasSuffix(
                "1;1001;18,0;120;120.00;2.20;7.31;-2.39;-3.01;;;tbu;risiko_lebih;;gizi_kurang;gizi_buruk;;;;1;0\r\n"
            )
        )
        #expect(answer.complaints.map { $0.contains("line 1: no column") } == [true, true, true])
    }

    @Test func `without an age only BB per TB is given; NA is empty`() throws {
        let answer = try growth("\(Self.header)\nA,L,,NA,,9.5,76,NA,NA,NA,NA,\n")
        #expect(answer.out.contains(",76.00,,,-0.26,,,,,,,gizi_baik,,,,,0,\n"))
        #expect(answer.complaints == [])
    }

    @Test(arguments: [
        ("", "no header line"), ("a,b\n1,2\n", "no column 'sex'"), ("sex,age_days\n1,2\n", "none of the columns"),
        ("sex,weight_kg,sex\n", "column 'sex' occurs twice"),
    ])
    func `a header that names too little is refused`(text: String, message: String) throws {
        let error = #expect(throws: OperatorError.self) { try growth(text) }
        #expect(error?.message.contains(message) == true && error?.hint != nil)
    }

    @Test func `the command reads and writes files, and leaves an old result when it fails`() throws {
        let place = "/tmp/growth-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: place) }
        func write(_ text: String) throws { try Data(text.utf8).write(to: URL(filePath: "\(place)/in.csv")) }
        func result() throws -> String {
            String(decoding: try Data(contentsOf: URL(filePath: "\(place)/out.csv")), as: UTF8.self)
        }
        let err = Bytes()
        let console = Console(out: { _ in }, err: { err.append($0) }, isStyled: false, isInteractive: false)
        let arguments = [
            "growth", "--csv", "\(place)/in.csv", "--out", "\(place)/out.csv", "--tables",
            "\(Self.folder)Plugins/Kesehatan/tables",
        ]
        let command = try #require(try Posyanductl.parseAsRoot(arguments) as? GrowthCommand)
        try write("\(Self.header)\nD,P,,1000,,15,80,,n,,,\n")
        try command.run(console)
        let first = try result()
        #expect(first.contains("D,P,,1000,,15,80,,n,,,,80.00,0.95,-3.50,4.13,4.66"))
        #expect(err.text == "growth: 1 rows, 0 of them with complaints\n")
        try write("nothing\n")
        #expect(throws: OperatorError.self) { try command.run(console) }
        #expect(try result() == first)
        #expect(try FileManager.default.contentsOfDirectory(atPath: place).sorted() == ["in.csv", "out.csv"])
        try write("\(Self.header)\nD,X,,1000,,15,80,,n,,,\n")
        #expect(throws: ExitCode.failure) { try command.run(console) }
        #expect(try result().contains("D,X,,1000,,15,80,,n,,,,,,"))
    }
}
