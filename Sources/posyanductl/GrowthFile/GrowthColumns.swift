// The columns that `posyanductl growth` reads, found in a file's header.
// SPDX-License-Identifier: Apache-2.0

/// A column that is read.
enum GrowthColumn: Int, CaseIterable {
    case sex, birthDate, ageDays, date, weight, height, measure, oedema, head, arm

    var name: String {
        switch self {
        case .sex: "sex"
        case .birthDate: "birth_date"
        case .ageDays: "age_days"
        case .date: "date"
        case .weight: "weight_kg"
        case .height: "height_cm"
        case .measure: "measure"
        case .oedema: "oedema"
        case .head: "head_cm"
        case .arm: "muac_cm"
        }
    }
}

/// Where the columns stand. All others pass through.
struct GrowthColumns {
    /// The columns that are added, in this order.
    static let added = [
        "clenhei", "bbu", "tbu", "bbtb", "imtu", "lku", "lilau", "flags", "bbu_kategori", "tbu_kategori",
        "bbtb_kategori",
        "imtu_kategori", "lku_kategori", "lila_kategori", "stunting", "wasting", "underweight",
    ]

    let count: Int
    private let positions: [Int?]

    /// What the operator should know of a header that is good enough.
    private(set) var notes: [String] = []

    /// - Throws: ``OperatorError`` for a column that occurs twice, and when there is no sex or nothing measured.
    init(_ names: [String]) throws(OperatorError) {
        count = names.count
        var positions: [Int?] = []
        for column in GrowthColumn.allCases {
            let found = names.indices.filter { names[$0] == column.name }
            guard found.count <= 1 else {
                throw OperatorError("line 1: column '\(column.name)' occurs twice", hint: "rename one of them")
            }
            positions.append(found.first)
        }
        self.positions = positions
        func has(_ column: GrowthColumn) -> Bool { positions[column.rawValue] != nil }
        let known = GrowthColumn.allCases.map(\.name).joined(separator: ", ")
        guard has(.sex) else {
            throw OperatorError("line 1: no column 'sex'", hint: "the header names the columns: \(known)")
        }
        let measured: [GrowthColumn] = [.weight, .height, .head, .arm]
        guard measured.contains(where: has) else {
            throw OperatorError(
                "line 1: none of the columns \(measured.map(\.name).joined(separator: ", "))",
                hint: "rename the columns of the measurements"
            )
        }
        for column in measured where !has(column) {
            notes.append("line 1: no column '\(column.name)': what needs it stays empty")
        }
        if !has(.ageDays), !has(.birthDate) || !has(.date) {
            notes.append("line 1: no age, only bbtb can be given: add 'age_days', or 'birth_date' and 'date'")
        }
        if !has(.measure) { notes.append("line 1: no column 'measure': lengths and heights are not corrected") }
        for name in Self.added where names.contains(name) {
            notes.append("line 1: column '\(name)' is already there: the result is the last column of that name")
        }
    }

    subscript(column: GrowthColumn) -> Int? { positions[column.rawValue] }
}
