// One row of an import: cells by column name, checked one by one.
// SPDX-License-Identifier: Apache-2.0
package import FoundationEssentials
internal import PluginKit

/// A column a file may have.
package struct ImportColumn: Sendable {
    let name: String
    let isRequired: Bool

    package static func required(_ name: String) -> ImportColumn { ImportColumn(name: name, isRequired: true) }
    package static func optional(_ name: String) -> ImportColumn { ImportColumn(name: name, isRequired: false) }
}

/// The header of a file, matched by name.
struct ImportHeader: Sendable {
    /// Columns of a rejects file; allowed everywhere, so that a corrected one can be imported as it is.
    static let ignored = ["baris_asal", "alasan"]

    let width: Int
    private let places: [String: Int]

    /// Names every column that is unknown, missing or there twice, all at once.
    init(_ row: CSVRow, columns: [ImportColumn], findings: inout ImportFindings) {
        var places: [String: Int] = [:]
        let known = Set(columns.map(\.name) + Self.ignored)
        let list = columns.map { $0.isRequired ? $0.name : "\($0.name) (optional)" }.joined(separator: ", ")
        func refuse(_ code: String, _ message: String, _ fix: String) {
            findings.fatal(ImportComplaint(line: row.line, column: nil, code: code, message: message, fix: fix))
        }
        if row.count == 1, let text = row.text(0), text.contains(where: { $0 == ";" || $0 == "\t" }) {
            refuse("header_separator", "The columns are not separated by commas.", "Save the file as CSV with commas.")
        } else {
            for index in 0..<row.count {
                let name = row.text(index)?.trimmed ?? ""
                if !known.contains(name) {
                    let shown = name.count <= 40 && name.allSatisfy { $0.isLetter || $0 == "_" } ? " '\(name)'" : ""
                    refuse("column_unknown", "Column \(index + 1)\(shown) is not known.", "Columns: \(list).")
                } else if places.updateValue(index, forKey: name) != nil {
                    refuse("column_twice", "Column '\(name)' is there twice.", "Remove one.")
                }
            }
            for column in columns where column.isRequired && places[column.name] == nil {
                refuse("column_missing", "Column '\(column.name)' is missing.", "Columns: \(list).")
            }
        }
        self.places = places
        width = row.count
    }

    func place(_ column: String) -> Int? { places[column] }
}

/// A row being read. Each reader returns the value, or nil with a complaint added; an empty optional cell is nil
/// without.
package struct ImportRow: Sendable {
    /// The longest text of a cell, in bytes.
    static let longestText = 1_000

    let csv: CSVRow
    let header: ImportHeader
    private(set) var complaints: [ImportComplaint] = []

    init(_ csv: CSVRow, _ header: ImportHeader) {
        self.csv = csv
        self.header = header
        if csv.count != header.width {
            complain(
                nil,
                "field_count",
                "The line has \(csv.count) fields, the header \(header.width).",
                "Look for a comma that needs quotes around its field."
            )
        }
    }

    package var line: Int { csv.line }
    package var isGood: Bool { complaints.isEmpty }

    package mutating func complain(_ column: String?, _ code: String, _ message: String, _ fix: String) {
        complaints.append(ImportComplaint(line: line, column: column, code: code, message: message, fix: fix))
    }

    /// The trimmed text of a cell; nil for any cell of a line whose fields cannot be told apart.
    package mutating func optional(_ column: String) -> String? {
        guard csv.count == header.width, let place = header.place(column) else { return nil }
        let bytes = csv.bytes(place).trimmed
        guard !bytes.isEmpty else { return nil }
        guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            complain(column, "control_character", "The text holds a control character or a line end.", "Remove it.")
            return nil
        }
        guard bytes.count <= Self.longestText else {
            complain(column, "too_long", "The text has \(bytes.count) bytes.", "Shorten it to \(Self.longestText).")
            return nil
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            complain(column, "not_utf8", "The text is not UTF-8.", "Save the file as CSV UTF-8.")
            return nil
        }
        return text
    }

    package mutating func required(_ column: String) -> String? {
        let before = complaints.count
        let text = optional(column)
        if text == nil, complaints.count == before, csv.count == header.width {
            complain(column, "empty", "The cell is empty.", "Fill it in.")
        }
        return text
    }

    package mutating func date(_ column: String, required isRequired: Bool) -> Int32? {
        guard let text = isRequired ? required(column) : optional(column) else { return nil }
        guard let date = CivilDate(text) else {
            complain(
                column,
                "date_form",
                "Found \(ValueClass.of(text)) instead of a real date.",
                "Write YYYY-MM-DD, as in 2026-11-03."
            )
            return nil
        }
        return date.daysSince1970
    }

    package mutating func uuid(_ column: String, required isRequired: Bool) -> UUID? {
        guard let text = isRequired ? required(column) : optional(column) else { return nil }
        guard let uuid = UUIDText.parse(text) else {
            complain(
                column,
                "uuid_form",
                "Found \(ValueClass.of(text)) instead of a UUID.",
                "Write it as 0192f0c1-5d2e-7c3a-8f00-0123456789ab."
            )
            return nil
        }
        return uuid
    }

    package mutating func choice(_ column: String, of choices: [String], required isRequired: Bool) -> String? {
        guard let text = isRequired ? required(column) : optional(column) else { return nil }
        guard choices.contains(text) else {
            complain(
                column,
                "choice",
                "Found \(ValueClass.of(text)) that is none of the choices.",
                "Write one of: \(choices.joined(separator: ", "))."
            )
            return nil
        }
        return text
    }

    /// A word of lower case letters, digits and underscores.
    package mutating func word(_ column: String) -> String? {
        guard let text = required(column) else { return nil }
        let bytes = Array(text.utf8)
        let isWord = bytes.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F }
        guard isWord, (0x61...0x7A).contains(bytes[0]) else {
            complain(
                column,
                "word_form",
                "Found \(ValueClass.of(text)) instead of a code word.",
                "Use lower case letters, digits and underscores, as in dinas_pendidikan."
            )
            return nil
        }
        return text
    }

    /// Latitude and longitude in decimal degrees inside Indonesia's bounds, both or neither.
    mutating func coordinates(_ latitude: String, _ longitude: String) -> (latitude: Double, longitude: Double)? {
        let north = degrees(latitude, -11.5...6.5)
        let east = degrees(longitude, 94.5...141.5)
        guard isGood else { return nil }
        switch (north, east) {
        case (let north?, let east?): return (north, east)
        case (nil, nil): return nil
        case (nil, _?), (_?, nil):
            complain(latitude, "coordinate_half", "Only one of the two coordinates is given.", "Give both or none.")
            return nil
        }
    }

    private mutating func degrees(_ column: String, _ bounds: ClosedRange<Double>) -> Double? {
        guard let text = optional(column) else { return nil }
        guard let value = Double(text), bounds.contains(value) else {
            complain(
                column,
                "coordinate",
                "Found \(ValueClass.of(text)) that is no coordinate in Indonesia.",
                "Write decimal degrees with a point, as in -6.9083 and 109.7304."
            )
            return nil
        }
        return value
    }
}

extension ArraySlice<UInt8> {
    /// Without blanks, tabs and no-break spaces (C2 A0) at its ends.
    var trimmed: ArraySlice<UInt8> {
        var slice = self
        while let first = slice.first {
            if first == 0x20 || first == 0x09 {
                slice.removeFirst()
            } else if slice.starts(with: [0xC2, 0xA0]) {
                slice.removeFirst(2)
            } else {
                break
            }
        }
        while let last = slice.last {
            if last == 0x20 || last == 0x09 {
                slice.removeLast()
            } else if last == 0xA0, slice.dropLast().last == 0xC2 {
                slice.removeLast(2)
            } else {
                break
            }
        }
        return slice
    }
}

extension String {
    /// Without blanks at its ends.
    var trimmed: String { String(decoding: Array(utf8)[...].trimmed, as: UTF8.self) }

    /// For comparing names: lower case, single blanks.
    var nameKey: String {
        lowercased().split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\u{A0}" }).joined(separator: " ")
    }
}
