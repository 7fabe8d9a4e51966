// Reads numbers and months as people and spreadsheets write them, and names what a spreadsheet did to them.
// SPDX-License-Identifier: Apache-2.0
import PluginKit

/// What stands in a cell instead of what should.
struct CellArtefact: Error, Hashable {
    var code: String
    var message: String
    var fix: String
}

/// A count: digits only. Zero is a number, an empty cell is none.
enum RecapNumber {
    static func read(_ cell: String) -> Result<Int, CellArtefact> {
        let bytes = Array(cell.utf8)
        if bytes.allSatisfy({ $0 &- 48 <= 9 }) {
            guard bytes.count <= 7, let value = Int(cell) else {
                return artefact("too_large", "The number has \(bytes.count) digits.", "Write the count of one month.")
            }
            return .success(value)
        }
        if cell.contains(":"), cell.allSatisfy({ $0.isNumber || $0 == ":" }) {
            return artefact(
                "time",
                "Found the time of day '\(cell)'.",
                "The spreadsheet made a time of a number: write the number."
            )
        }
        if bytes.count == 1, "x*-vXV√✓.?".contains(cell) {
            return artefact(
                "mark",
                "Found the mark '\(cell)' instead of a number.",
                "Write 0 for none; leave the cell empty when nothing was reported."
            )
        }
        if cell == "√" || cell == "✓" || cell == "–" || cell == "—" {
            return artefact("mark", "Found the mark '\(cell)' instead of a number.", "Write the number, 0 for none.")
        }
        if bytes.first == UInt8(ascii: "#") {
            return artefact(
                "formula_error",
                "Found the spreadsheet's error '\(cell)'.",
                "Correct the formula, save values only."
            )
        }
        if bytes.first == UInt8(ascii: "=") {
            return artefact("formula", "Found a formula.", "Save values, not formulas.")
        }
        if bytes.first == UInt8(ascii: "-"), Int(cell) != nil {
            return artefact("negative", "Found the negative number \(cell).", "A count is 0 or more.")
        }
        if cell.contains(where: { $0 == "." || $0 == "," }), cell.allSatisfy({ $0.isNumber || $0 == "." || $0 == "," })
        {
            return artefact("decimal", "Found '\(cell)'.", "Write whole numbers without points or commas.")
        }
        if bytes.contains(UInt8(ascii: "/")) || cell.filter({ $0 == "-" }).count == 2 {
            return artefact(
                "date",
                "Found what looks like a date.",
                "The spreadsheet made a date of a number: write the number."
            )
        }
        return artefact("text", "Found a text of \(cell.count) characters.", "Write the number alone.")
    }

    private static func artefact(_ code: String, _ message: String, _ fix: String) -> Result<Int, CellArtefact> {
        .failure(CellArtefact(code: code, message: message, fix: fix))
    }
}

/// A month by its Indonesian name, its number, or as 2026-03.
enum RecapMonth {
    struct Found: Equatable {
        var month: Period
        /// The year that the cell names, when it is not the one that counts.
        var otherYear: Int?
    }

    static func read(_ cell: String, year: Int) -> Result<Found, CellArtefact> {
        guard !cell.isEmpty else {
            return artefact("month_missing", "The line has values but no month.", "Write the month's name.")
        }
        if let period = Period(cell), period.kind == .month {
            return found(period.first.month, year, named: period.first.year)
        }
        if let number = Int(cell), (1...12).contains(number) { return found(number, year, named: nil) }
        let words = cell.split(separator: " ").map(String.init)
        let named = words.count == 2 ? Int(words[1]) : nil
        guard let word = words.first, words.count == 1 || named != nil else { return unknown(cell) }
        let lower = word.lowercased()
        for (place, name) in MonthName.all.enumerated() where name.lowercased() == lower {
            return found(place + 1, year, named: named)
        }
        return unknown(word)
    }

    private static func found(_ number: Int, _ year: Int, named: Int?) -> Result<Found, CellArtefact> {
        guard let day = CivilDate(year: year, month: number, day: 1) else { return unknown("\(year)") }
        return .success(Found(month: .month(of: day), otherYear: named == year ? nil : named))
    }

    private static func unknown(_ word: String) -> Result<Found, CellArtefact> {
        let near = MonthName.all.min {
            Spelling.distance($0.lowercased(), word.lowercased())
                < Spelling.distance($1.lowercased(), word.lowercased())
        }
        let isNear = near.map { Spelling.distance($0.lowercased(), word.lowercased()) <= 2 } ?? false
        let shown = word.count <= 12 && word.allSatisfy(\.isLetter) ? "'\(word)'" : "a text of \(word.count) characters"
        return artefact(
            "month",
            "Found \(shown) instead of a month.",
            isNear ? "Write \(near ?? "")." : "Write Januari to Desember, or 1 to 12."
        )
    }

    private static func artefact(_ code: String, _ message: String, _ fix: String) -> Result<Found, CellArtefact> {
        .failure(CellArtefact(code: code, message: message, fix: fix))
    }
}
