// The doses of immunisation.csv: ages, intervals and series, found by code or by an old label of the SIP sheets.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// An age or an interval as the table writes it: `42d`, `9m`, `1y`.
enum Span: Hashable, Sendable {
    case days(Int)
    case months(Int)
    case years(Int)

    init?(_ text: String) {
        guard let number = Int(text.dropLast()), number >= 0 else { return nil }
        switch text.last {
        case "d": self = .days(number)
        case "m": self = .months(number)
        case "y": self = .years(number)
        default: return nil
        }
    }

    /// The first day on which the span has passed.
    func after(_ date: CivilDate) -> CivilDate {
        switch self {
        case .days(let number): date.adding(days: number)
        case .months(let number): date.adding(months: number)
        case .years(let number): date.adding(months: 12 * number)
        }
    }
}

/// One row of the schedule.
struct Dose: Hashable, Sendable {
    enum Kind: String, Sendable {
        case routine, bias, wus
    }

    /// The set of doses that a dose belongs to: of the first year (IDL), or of the second (IBL, which includes IDL).
    enum Completes: String, Sendable {
        case idl, ibl
    }

    let code: String
    let kind: Kind
    /// Doses of one antigen and kind follow each other; intervals are counted within a series.
    let series: String
    /// Place in the series, from 0 or 1.
    let number: Int
    /// nil for both.
    let sex: Sex?
    /// When it is due: an age, or a year of age in whose ``campaignMonth`` it is given at school.
    let due: Span?
    /// Youngest age at which it counts.
    let minimum: Span?
    /// Age from which it is not given any more.
    let before: Span?
    /// Least time since the dose given before it in its series.
    let interval: Span?
    let campaignMonth: Int?
    let completes: Completes?
    /// The kabupaten gives it: false where a switch of the manifest's parameters is off.
    let isGivenHere: Bool
    /// The dose is asked for before this day only, because a later decree took it off the schedule.
    let until: CivilDate?
    /// Months that it protects against tetanus.
    let protectsMonths: Int?
    let indicator: String

    /// What a task calls the dose: `opv2`.
    var topic: String { String(indicator.dropFirst("imunisasi_".utf8.count)) }

    /// The day from which age alone allows it, for a child of that birth date; nil for the WUS series.
    func dueDate(birth: CivilDate) -> CivilDate? {
        if case .years(let years)? = due, let campaignMonth {
            return CivilDate(year: birth.year + years, month: campaignMonth, day: 1)
        }
        return due?.after(birth)
    }
}

/// The rows of `immunisation.csv`, read once.
struct DoseTable: Sendable {
    /// What a label on a form stands for `[I]`: mapped, never dropped.
    enum Meaning: Hashable, Sendable {
        case dose(Dose)
        /// Part of the dose named, which is reported by itself: kept, never counted twice.
        case contained(in: String)
        /// A dose whose number is not known.
        case unnumbered
        case ask(String)
        case unknown
    }

    /// All doses, in the order of the table: within a series by number.
    let doses: [Dose]
    private let byCode: [String: Dose]
    private let meanings: [String: Meaning]

    /// - Parameter parameters: of the manifest; a flag that the column `switch` names turns its row on.
    /// - Throws: ``SetupError`` that names the row that cannot be read.
    init(_ table: Table, _ parameters: Fields) throws(SetupError) {
        var doses: [Dose] = []
        var meanings: [String: Meaning] = [:]
        for row in table.rows {
            let dose = try DoseTable.dose(row, parameters)
            doses.append(dose)
            meanings[DoseTable.key(dose.code)] = .dose(dose)
            for part in (row["legacy_label"] ?? "").split(separator: ";") {
                let label = DoseTable.key(part)
                if label.hasPrefix("hepb") {
                    // Hepatitis B is part of the combined dose; the first may also stand for the dose at birth.
                    meanings[label] = label == "hepbi" ? .ask("HB0 atau \(dose.code)") : .contained(in: dose.code)
                } else {
                    meanings[label] = dose.kind == .wus ? .unnumbered : .dose(dose)
                }
            }
        }
        self.doses = doses
        byCode = Dictionary(doses.map { ($0.code, $0) }) { first, _ in first }
        self.meanings = meanings
    }

    subscript(code: String) -> Dose? { byCode[code] }

    func meaning(of label: String) -> Meaning { meanings[DoseTable.key(label)] ?? .unknown }

    private static func dose(_ row: Table.Row, _ parameters: Fields) throws(SetupError) -> Dose {
        guard let code = row["dose_code"], let kind = row["kind"].flatMap({ Dose.Kind(rawValue: $0) }),
            let antigen = row["antigen"], let number = row.integer("dose_no")
        else { throw SetupError("immunisation.csv: a row without kind, dose_code, antigen or dose_no") }
        func span(_ column: String) throws(SetupError) -> Span? {
            guard let text = row[column], !text.isEmpty else { return nil }
            guard let span = Span(text) else {
                throw SetupError("immunisation.csv: \(code): \(column) '\(text)' is not like 42d, 9m or 1y")
            }
            return span
        }
        let condition = row["switch"] ?? ""
        return Dose(
            code: code,
            kind: kind,
            series: "\(kind.rawValue) \(antigen)",
            number: number,
            sex: row["sex"].flatMap { Sex(rawValue: $0) },
            due: try span("due"),
            minimum: try span("minimum"),
            before: try span("before"),
            interval: try span("interval"),
            campaignMonth: row.integer("campaign_month"),
            completes: row["complete"].flatMap { Dose.Completes(rawValue: $0) },
            isGivenHere: condition.isEmpty || parameters.flag(condition) == true,
            until: row.date("until"),
            protectsMonths: row.integer("protects_months"),
            indicator: indicator(code)
        )
    }

    /// Upper and lower case, blanks and dashes do not tell labels apart.
    private static func key(_ label: some StringProtocol) -> String {
        String(decoding: label.utf8.compactMap { alphanumeric($0) }, as: UTF8.self)
    }

    /// `DPT-HB-Hib1` is counted as `imunisasi_dpt_hb_hib1`.
    private static func indicator(_ code: String) -> String {
        let words = code.utf8.map { alphanumeric($0) ?? UInt8(ascii: " ") }.split(separator: UInt8(ascii: " "))
        return (["imunisasi"] + words.map { String(decoding: $0, as: UTF8.self) }).joined(separator: "_")
    }

    private static func alphanumeric(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): byte
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
        default: nil
        }
    }
}
