// Reads a recap sheet that people filled in: a CSV of one posyandu's year, or of many posyandu, by column numbers.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
package import PluginKit
import Registry

/// Something wrong, or odd, in one line.
package struct RecapComplaint: Hashable, Sendable {
    /// 1 is the first line of the file.
    package var line: Int
    /// The column as the sheet numbers it, or by name; nil for the whole line.
    package var column: String?
    /// A stable word for programs.
    package var code: String
    package var message: String
    package var fix: String
}

/// One posyandu's month as the paper has it.
package struct RecapLine: Hashable, Sendable {
    package var line: Int
    /// As written: a UUID or registration number; nil when the whole file is of one posyandu.
    package var posyandu: String?
    package var month: Period
    /// Indicator → value. A blank cell is absent; zero is there.
    package var values: [String: Int]
    /// Column number → value, of columns that count nowhere.
    package var uncounted: [Int: Int]
}

/// A file read as far as it can be without the registry.
package struct RecapFile: Sendable {
    package private(set) var lines: [RecapLine] = []
    package private(set) var complaints: [RecapComplaint] = []
    package private(set) var warnings: [RecapComplaint] = []
    /// Lines with a month and values, good or bad.
    package private(set) var rows = 0
    /// Months that stand there without any value: not reported.
    package private(set) var blank = 0
    /// The file cannot be taken in any mode.
    package private(set) var isFatal = false

    private let recap: Manifest.Recap
    private let manifest: Manifest
    private let year: Int
    private let today: CivilDate
    private var header = Header()

    private struct Header {
        var width = 0
        /// Place in the row → column number, from 1.
        var numbers: [Int: Int] = [:]
        var posyandu: Int?
        var label: Int?
    }

    package init(
        _ bytes: [UInt8],
        _ recap: Manifest.Recap,
        of manifest: Manifest,
        year: Int,
        isOfOne: Bool,
        today: CivilDate
    ) {
        self.recap = recap
        self.manifest = manifest
        self.year = year
        self.today = today
        do {
            var reader = try CSVReader(.bytes(bytes))
            var isInTable = false
            while let row = try reader.next() {
                let cells = (0..<row.count).map { (row.text($0) ?? "\u{FFFD}").trimmed }
                if !isInTable {
                    isInTable = readHeader(cells, isOfOne)
                } else if !read(cells, row.line, isOfOne) {
                    break
                }
            }
            if !isInTable { missingHeader() }
        } catch let error as CSVError {
            fatal(RecapComplaint(line: error.line, code: "csv", message: error.message, fix: error.fix))
        } catch {
            fatal(RecapComplaint(line: 1, code: "file", message: "The file cannot be read.", fix: "Save it as CSV."))
        }
        checkTwice()
        checkStocks()
    }

    // MARK: Header

    /// The line of column numbers under the headings; words for posyandu and month may stand in it.
    private mutating func readHeader(_ cells: [String], _ isOfOne: Bool) -> Bool {
        var found = Header(width: cells.count)
        var last = 0
        for (place, cell) in cells.enumerated() where !cell.isEmpty {
            let word = cell.lowercased()
            if word == "posyandu" {
                found.posyandu = place
            } else if word == "bulan" {
                found.label = place
            } else if let number = Int(cell), number > last, number <= recap.columns.count {
                found.numbers[place] = number
                last = number
            } else {
                return false
            }
        }
        for (place, number) in found.numbers {
            if case .label = recap.columns[number - 1].content { found.label = found.label ?? place }
        }
        let values = found.numbers.values.filter { RecapColumn(recap.columns[$0 - 1]) != .none }
        guard found.label != nil, !values.isEmpty, isOfOne == (found.posyandu == nil) else { return false }
        header = found
        return true
    }

    private mutating func missingHeader() {
        fatal(
            RecapComplaint(
                line: 1,
                code: "header_missing",
                message: "There is no line of column numbers (1, 2, 3 … \(recap.columns.count)).",
                fix: "Keep the line of numbers that stands under the headings; with several posyandu begin it with "
                    + "posyandu,bulan and leave --posyandu away."
            )
        )
    }

    // MARK: Lines

    /// - Returns: false when the table has ended.
    private mutating func read(_ cells: [String], _ line: Int, _ isOfOne: Bool) -> Bool {
        guard cells.contains(where: { !$0.isEmpty }) else { return true }
        if let first = cells.first(where: { !$0.isEmpty && Int($0) == nil })?.uppercased(),
            ["JUMLAH", "TOTAL", "CATATAN"].contains(where: first.hasPrefix)
        {
            return !isOfOne
        }
        let before = complaints.count
        if cells.count > header.width, cells[header.width...].contains(where: { !$0.isEmpty }) {
            complain(line, nil, "line_too_long", "The line has more cells than the line of numbers.", Self.commaFix)
        }
        var result = RecapLine(line: line, posyandu: nil, month: .month(of: today), values: [:], uncounted: [:])
        for (place, cell) in cells.enumerated().prefix(header.width) where !cell.isEmpty {
            guard place != header.label, place != header.posyandu else { continue }
            guard let number = header.numbers[place] else {
                let name = "field \(place + 1)"
                complain(line, name, "column_unnumbered", "A value stands in a column without a number.", Self.mergeFix)
                continue
            }
            take(cell, number, line, &result)
        }
        let label = header.label.flatMap { $0 < cells.count ? cells[$0] : nil } ?? ""
        let isBlank = result.values.isEmpty && result.uncounted.isEmpty && complaints.count == before
        if isBlank, label.isEmpty { return true }
        let month = month(label, line)
        if isBlank {
            if month != nil { blank += 1 }
            return true
        }
        rows += 1
        if let place = header.posyandu {
            let name = place < cells.count ? cells[place] : ""
            if name.isEmpty {
                complain(
                    line,
                    "posyandu",
                    "empty",
                    "The posyandu is missing.",
                    "Write its UUID or registration number."
                )
            }
            result.posyandu = name
        }
        if let month {
            result.month = month
            if month.first > today {
                complain(line, "bulan", "month_ahead", "\(month) has not begun yet.", "Correct the month or --year.")
            }
        }
        complete(&result)
        check(result)
        if complaints.count == before { lines.append(result) }
        return true
    }

    private mutating func take(_ cell: String, _ number: Int, _ line: Int, _ result: inout RecapLine) {
        let column = recap.columns[number - 1]
        let kind = RecapColumn(column)
        guard kind != .none else { return }
        switch RecapNumber.read(cell) {
        case .failure(let artefact):
            complain(line, "\(number) (\(column.name))", artefact.code, artefact.message, artefact.fix)
        case .success(let value):
            switch kind {
            case .counts(let indicator): result.values[indicator] = value
            case .uncounted: result.uncounted[number] = value
            case .none: break
            }
        }
    }

    private mutating func month(_ label: String, _ line: Int) -> Period? {
        switch RecapMonth.read(label, year: year) {
        case .success(let found):
            if let other = found.otherYear {
                warnings.append(
                    RecapComplaint(
                        line: line,
                        column: "bulan",
                        code: "other_year",
                        message: "The line says \(other); what counts is the year given with the file, \(year).",
                        fix: "Check that it is the right sheet."
                    )
                )
            }
            return found.month
        case .failure(let artefact):
            complain(line, "bulan", artefact.code, artefact.message, artefact.fix)
            return nil
        }
    }

    // MARK: Rules

    /// Totals that the sheet does not print, from their parts.
    private func complete(_ line: inout RecapLine) {
        for case .addsUp(let total, let parts) in recap.rules where line.values[total] == nil {
            let known = parts.compactMap { line.values[$0] }
            if known.count == parts.count { line.values[total] = known.reduce(0, +) }
        }
    }

    private mutating func check(_ line: RecapLine) {
        for rule in recap.rules {
            switch rule {
            case .ordered(let names):
                let known = names.compactMap { name in line.values[name].map { (name, $0) } }
                for (smaller, larger) in zip(known, known.dropFirst()) where smaller.1 > larger.1 {
                    let message = "\(shown(smaller.0)) is \(smaller.1), more than \(shown(larger.0)) with \(larger.1)."
                    complain(line.line, column(of: smaller.0), "order", message, "Compare with the paper.")
                }
            case .addsUp(let total, let parts):
                let known = parts.compactMap { line.values[$0] }
                guard let given = line.values[total], known.count == parts.count, known.reduce(0, +) != given else {
                    continue
                }
                let message = "\(shown(total)) is \(given), its parts add up to \(known.reduce(0, +))."
                complain(line.line, column(of: total), "sum", message, "Compare with the paper.")
            }
        }
    }

    private mutating func checkTwice() {
        var seen: [String: Int] = [:]
        for line in lines {
            let key = "\(line.posyandu?.lowercased() ?? "") \(line.month)"
            if let first = seen[key] {
                complain(
                    line.line,
                    "bulan",
                    "month_twice",
                    "\(line.month) stands in line \(first) already.",
                    "Remove one."
                )
            } else {
                seen[key] = line.line
            }
        }
        let bad = Set(complaints.map(\.line))
        lines.removeAll { bad.contains($0.line) }
    }

    /// Stocks move slowly: a jump of more than a fifth from one month to the next is worth a look.
    private mutating func checkStocks() {
        let byPost = Dictionary(grouping: lines) { $0.posyandu?.lowercased() ?? "" }
        for (_, lines) in byPost.sorted(by: { $0.key < $1.key }) {
            let sorted = lines.sorted { $0.month < $1.month }
            for (earlier, later) in zip(sorted, sorted.dropFirst()) where earlier.month.next == later.month {
                for (name, value) in later.values.sorted(by: { $0.key < $1.key }) {
                    guard manifest.indicator(name)?.kind == .stock, let before = earlier.values[name], before >= 10,
                        abs(value - before) * 5 > before, column(of: name) != nil
                    else { continue }
                    warnings.append(
                        RecapComplaint(
                            line: later.line,
                            column: column(of: name),
                            code: "stock_jump",
                            message: "\(shown(name)) goes from \(before) to \(value) in a month.",
                            fix: "Compare with the paper."
                        )
                    )
                }
            }
        }
    }

    // MARK: Words

    private static let commaFix = "Look for a comma too many, or for text that needs quotes."
    private static let mergeFix = "Undo merged cells and remove trailing commas; every value needs a numbered column."

    private func number(of indicator: String) -> Int? {
        recap.columns.firstIndex { RecapColumn($0) == .counts(indicator) }.map { $0 + 1 }
    }

    private func column(of indicator: String) -> String? {
        number(of: indicator).map { "\($0) (\(recap.columns[$0 - 1].name))" }
    }

    private func shown(_ indicator: String) -> String { number(of: indicator).map { "Column \($0)" } ?? indicator }

    private mutating func complain(_ line: Int, _ column: String?, _ code: String, _ message: String, _ fix: String) {
        complaints.append(RecapComplaint(line: line, column: column, code: code, message: message, fix: fix))
    }

    private mutating func fatal(_ complaint: RecapComplaint) {
        complaints.append(complaint)
        isFatal = true
    }
}

/// What a value of a column means when it comes from paper.
enum RecapColumn: Equatable {
    case counts(String)
    /// Kept as reported, counted nowhere: it stands in another column already, or nothing is recorded for it.
    case uncounted
    case none

    init(_ column: Manifest.Column) {
        switch column.content {
        case .figure(let plus, let minus) where plus.count == 1 && minus.isEmpty: self = .counts(plus[0])
        case .visitors(_, let paper): self = paper.map { .counts($0) } ?? .uncounted
        case .figure, .ratio, .notRecorded: self = .uncounted
        case .number, .label, .remarks: self = .none
        }
    }
}

extension String {
    /// Without spaces at its ends, no-break spaces included.
    var trimmed: String {
        var text = Substring(self)
        let isSpace: (Character) -> Bool = { $0.isWhitespace || $0 == "\u{00A0}" }
        while let first = text.first, isSpace(first) { text.removeFirst() }
        while let last = text.last, isSpace(last) { text.removeLast() }
        return String(text)
    }
}
