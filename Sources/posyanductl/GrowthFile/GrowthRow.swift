// Reads one row of a file into a measurement, or says which cell is wrong and how to write it.
// SPDX-License-Identifier: Apache-2.0

import Growth
import PluginKit

/// The cells of one record under the known columns.
struct GrowthRow {
    /// A cell that cannot be used.
    struct Complaint {
        let column: GrowthColumn
        let text: String
        /// What is wrong and what to write instead.
        let message: String
        /// Whether the row gets no results; else only this value is missing.
        var isFatal = true
    }

    let buffer: UnsafeBufferPointer<UInt8>
    let record: CSVRecord
    let columns: GrowthColumns
    private(set) var complaints: [Complaint] = []

    init(_ buffer: UnsafeBufferPointer<UInt8>, _ record: CSVRecord, _ columns: GrowthColumns) {
        self.buffer = buffer
        self.record = record
        self.columns = columns
    }

    /// The measurement; nil when a cell of the row cannot be used.
    mutating func measurement() -> GrowthMeasurement? {
        let sex = sex()
        let age = age()
        let measurement = GrowthMeasurement(
            sex: sex ?? .male,
            ageDays: age,
            weight: number(.weight, Self.weights, "kilograms: 9.5", "grams"),
            height: number(.height, Self.heights, "centimetres: 85.0", "millimetres"),
            posture: posture(),
            oedema: oedema(),
            head: number(.head, Self.heads, "centimetres: 45.5", "millimetres"),
            arm: number(.arm, Self.arms, "centimetres: 14.5", "millimetres")
        )
        return sex == nil || complaints.contains(where: \.isFatal) ? nil : measurement
    }

    // Beyond these a value is in another unit; what is odd inside is for the flags to say.
    private static let weights = 0.2..<200.0
    private static let heights = 20.0..<250.0
    private static let heads = 10.0..<100.0
    private static let arms = 3.0..<60.0

    private func cell(_ column: GrowthColumn) -> UnsafeBufferPointer<UInt8>? {
        guard let position = columns[column], position < record.cells.count else { return nil }
        let text = CSVRecord.text(buffer, record.cells[position])
        return text.isEmpty ? nil : text
    }

    private mutating func complain(
        _ column: GrowthColumn,
        _ text: UnsafeBufferPointer<UInt8>?,
        _ message: String,
        isFatal: Bool = true
    ) {
        let text = String(decoding: text ?? UnsafeBufferPointer(start: nil, count: 0), as: UTF8.self)
        complaints.append(Complaint(column: column, text: text, message: message, isFatal: isFatal))
    }

    private mutating func sex() -> Sex? {
        guard let text = cell(.sex) else {
            complain(.sex, nil, "missing: write L or P")
            return nil
        }
        if text.count == 1 {
            switch text[0] | 0x20 {
            case UInt8(ascii: "1") | 0x20, UInt8(ascii: "l"), UInt8(ascii: "m"): return .male
            case UInt8(ascii: "2") | 0x20, UInt8(ascii: "p"), UInt8(ascii: "f"): return .female
            default: break
            }
        }
        complain(.sex, text, "not known: write L or P (1 or 2, M or F)")
        return nil
    }

    private mutating func posture() -> GrowthMeasurement.Posture? {
        guard let text = cell(.measure) else { return nil }
        if text.count == 1, text[0] | 0x20 == UInt8(ascii: "l") { return .lying }
        if text.count == 1, text[0] | 0x20 == UInt8(ascii: "h") { return .standing }
        complain(.measure, text, "not known: write l for lying, h for standing, or nothing")
        return nil
    }

    private mutating func oedema() -> Bool {
        guard let text = cell(.oedema) else { return false }
        if text.count == 1, text[0] | 0x20 == UInt8(ascii: "y") { return true }
        if text.count == 1, text[0] | 0x20 == UInt8(ascii: "n") { return false }
        complain(.oedema, text, "not known: write y, n or nothing")
        return false
    }

    /// - Parameter range: what can be a value in the unit of the column.
    /// - Parameter unit: the unit, with an example.
    /// - Parameter small: the unit in which a number above the range may be.
    private mutating func number(
        _ column: GrowthColumn,
        _ range: Range<Double>,
        _ unit: String,
        _ small: String
    ) -> Double? {
        guard let text = cell(column), let value = decimal(column, text) else { return nil }
        guard value > 0 else {
            complain(column, text, "not above 0, counts as not measured: leave it empty", isFatal: false)
            return nil
        }
        guard range.contains(value) else {
            let guess =
                value >= range.upperBound
                ? "in \(small)?" : column == .height && value < 3 ? "in metres?" : "too small:"
            complain(column, text, "\(guess) write \(unit)")
            return nil
        }
        return value
    }

    private mutating func decimal(_ column: GrowthColumn, _ text: UnsafeBufferPointer<UInt8>) -> Double? {
        if let value = PlainDecimal(text) { return value.double }
        if let value = PlainDecimal(text, point: UInt8(ascii: ",")) {
            // Where semicolons separate, the comma can be nothing else.
            if record.separator == UInt8(ascii: ";") { return value.double }
            complain(
                column,
                text,
                "a decimal comma: write a point, \(String(decoding: text, as: UTF8.self).map { $0 == "," ? "." : String($0) }.joined())"
            )
            return nil
        }
        complain(column, text, "not a number")
        return nil
    }

    /// `age_days` where it is filled, else the days from `birth_date` to `date`; nil when the age is not known.
    private mutating func age() -> Double? {
        if let text = cell(.ageDays) {
            guard let days = decimal(.ageDays, text) else { return nil }
            guard days >= 0 else {
                complain(.ageDays, text, "below 0: check the dates of birth and measurement")
                return nil
            }
            return days
        }
        guard let birthText = cell(.birthDate) else { return nil }
        guard let dateText = cell(.date) else {
            complain(.date, nil, "missing: the age is counted from birth_date to date")
            return nil
        }
        guard let birth = date(.birthDate, birthText), let date = date(.date, dateText) else { return nil }
        guard birth <= date else {
            complain(.birthDate, birthText, "after the date of measurement \(date): correct one of them")
            return nil
        }
        return Double(birth.days(until: date))
    }

    private mutating func date(_ column: GrowthColumn, _ text: UnsafeBufferPointer<UInt8>) -> CivilDate? {
        guard let (year, month, day) = Self.parts(text) else {
            complain(column, text, "not a date: write YYYY-MM-DD")
            return nil
        }
        guard let date = CivilDate(year: year, month: month, day: day) else {
            let isLeapDay = month == 2 && day == 29
            complain(
                column,
                text,
                isLeapDay
                    ? "\(year) has no 29 February: correct the date" : "no such date: write YYYY-MM-DD or DD/MM/YYYY"
            )
            return nil
        }
        guard (1900...2100).contains(year) else {
            complain(column, text, "the year cannot be: write YYYY-MM-DD")
            return nil
        }
        return date
    }

    /// Year, month and day of `YYYY-MM-DD`, `DD-MM-YYYY` or `DD/MM/YYYY`, one or two digits of day and month.
    private static func parts(_ text: UnsafeBufferPointer<UInt8>) -> (Int, Int, Int)? {
        var values = (0, 0, 0)
        var widths = (0, 0, 0)
        var part = 0
        for byte in text {
            let digit = byte &- UInt8(ascii: "0")
            if digit <= 9 {
                switch part {
                case 0: (values.0, widths.0) = (values.0 * 10 + Int(digit), widths.0 + 1)
                case 1: (values.1, widths.1) = (values.1 * 10 + Int(digit), widths.1 + 1)
                default: (values.2, widths.2) = (values.2 * 10 + Int(digit), widths.2 + 1)
                }
                guard widths.0 <= 4, widths.1 <= 2, widths.2 <= 4 else { return nil }
            } else if byte == UInt8(ascii: "-") || byte == UInt8(ascii: "/"), part < 2 {
                part += 1
            } else {
                return nil
            }
        }
        guard part == 2, widths.0 > 0, widths.1 > 0, widths.2 > 0 else { return nil }
        if widths.0 == 4, widths.2 <= 2 { return (values.0, values.1, values.2) }
        if widths.2 == 4, widths.0 <= 2 { return (values.2, values.1, values.0) }
        return nil
    }
}
