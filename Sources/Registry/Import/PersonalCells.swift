// Reads the cells of a person: NIK and telephone.
// SPDX-License-Identifier: Apache-2.0
internal import PluginKit
internal import PostgresClient

/// Checks NIKs by form, and warns of what is odd about those it accepts.
struct PersonalCells {
    /// 1 January 1900, days since 1970.
    static let earliestBirth: Int32 = -25_567

    /// Kecamatan codes of every list, since a NIK keeps the code of the first registration.
    private var districts: Set<RegionCode> = []

    init() {}

    mutating func begin(_ connection: isolated PostgresConnection) throws {
        let rows = try connection.query("select distinct code from registry.region where level = 'kecamatan'")
        districts = Set(try rows.compactMap { RegionCode(try $0.string(0)) })
    }

    func nik(_ row: inout ImportRow) -> NIK? {
        guard let text = row.optional("nik") else { return nil }
        do {
            return try NIK(text)
        } catch {
            let found = error == .notDigits ? ": found \(ValueClass.of(text))" : ""
            row.complain(
                "nik",
                "nik_form",
                "The NIK \(error.description)\(found).",
                "Write the 16 digits of the card as text; leave the cell empty while there is none."
            )
            return nil
        }
    }

    func warn(_ nik: NIK, _ line: Int, sex: String, birthDate: Int32, _ findings: inout ImportFindings) {
        let date = CivilDate(daysSince1970: birthDate)
        var oddities = nik.oddities(sex: sex, year: date.year, month: date.month, day: date.day)
        if let district = nik.district, !districts.isEmpty, !districts.contains(district) {
            oddities.append(.regionUnknown)
        }
        for oddity in oddities {
            findings.warn(
                ImportComplaint(
                    line: line,
                    column: "nik",
                    code: "nik_odd",
                    message: "The NIK \(oddity.description).",
                    fix: "Compare with the card; the line is accepted."
                )
            )
        }
    }

    /// A telephone number of 8 to 15 digits, with or without +.
    static func telephone(_ row: inout ImportRow, _ column: String) -> String? {
        guard let text = row.optional(column) else { return nil }
        let digits = text.utf8.filter { $0 >= 0x30 && $0 <= 0x39 }.count
        let isNumber = text.utf8.enumerated().allSatisfy { place, byte in
            (0x30...0x39).contains(byte) || byte == 0x20 || byte == 0x2D || (place == 0 && byte == 0x2B)
        }
        guard isNumber, (8...15).contains(digits) else {
            row.complain(
                column,
                "telephone_form",
                "Found \(ValueClass.of(text)) instead of a telephone number.",
                "Write 8 to 15 digits as text, as in 081234567890."
            )
            return nil
        }
        return text
    }
}
