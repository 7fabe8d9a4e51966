// One row of an import: cells by column name, checked one by one.
// SPDX-License-Identifier: Apache-2.0
internal import FoundationEssentials
internal import PluginKit

/// A column a file may have.
struct ImportColumn {
    let name: String
    let isRequired: Bool

    static func required(_ name: String) -> ImportColumn { ImportColumn(name: name, isRequired: true) }
    static func optional(_ name: String) -> ImportColumn { ImportColumn(name: name, isRequired: false) }
}

/// The header of a file, matched by name.
struct ImportHeader {
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

/// A row being read. Each reader returns the value, or nil with a complaint added; an empty optional cell is nil without.
struct ImportRow {
    /// The longest text of a cell, in characters.
    static let longestText = 500

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

    var line: Int { csv.line }
    var isGood: Bool { complaints.isEmpty }

    mutating func complain(_ column: String?, _ code: String, _ message: String, _ fix: String) {
        complaints.append(ImportComplaint(line: line, column: column, code: code, message: message, fix: fix))
    }

    /// The trimmed text of a cell.
    mutating func optional(_ column: String) -> String? {
        guard let place = header.place(column), place < csv.count else { return nil }
        guard let text = csv.text(place)?.trimmed else {
            complain(column, "not_utf8", "The text is not UTF-8.", "Save the file as CSV UTF-8.")
            return nil
        }
        guard text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) else {
            complain(column, "control_character", "The text holds a control character or a line end.", "Remove it.")
            return nil
        }
        guard text.count <= Self.longestText else {
            complain(column, "too_long", "Found \(ValueClass.of(text)).", "Shorten it to \(Self.longestText).")
            return nil
        }
        return text.isEmpty ? nil : text
    }

    mutating func required(_ column: String) -> String? {
        let before = complaints.count
        let text = optional(column)
        if text == nil, complaints.count == before, csv.count == header.width {
            complain(column, "empty", "The cell is empty.", "Fill it in.")
        }
        return text
    }

    mutating func date(_ column: String, required isRequired: Bool) -> Int32? {
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

    mutating func uuid(_ column: String, required isRequired: Bool) -> UUID? {
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

    mutating func choice(_ column: String, of choices: [String], required isRequired: Bool) -> String? {
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
    mutating func word(_ column: String) -> String? {
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

extension String {
    /// Without blanks at its ends.
    var trimmed: String {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\u{A0}" }
        guard let first = firstIndex(where: { !isBlank($0) }), let last = lastIndex(where: { !isBlank($0) }) else { return "" }
        return String(self[first...last])
    }

    /// For comparing names: lower case, single blanks.
    var nameKey: String {
        trimmed.lowercased().split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\u{A0}" }).joined(separator: " ")
    }
}
