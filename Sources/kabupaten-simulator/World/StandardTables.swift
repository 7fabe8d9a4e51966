// WHO Child Growth Standards by day and by millimetre, read from the published tables; shares nothing with the registry.
// SPDX-License-Identifier: Apache-2.0

/// L, M and S of one sex and index, by a whole number: day of age, or millimetres.
struct StandardTable: Sendable {
    private let first: Int
    private let rows: [(l: Double, m: Double, s: Double)]

    init(_ path: String) throws {
        var first: Int?
        var rows: [(l: Double, m: Double, s: Double)] = []
        for line in try TextFile.text(path).split(whereSeparator: \.isNewline).dropFirst() {
            let cells = line.split(separator: ",", omittingEmptySubsequences: false)
            guard cells.count == 4, let key = Int(cells[0]), let l = Double(cells[1]), let m = Double(cells[2]),
                let s = Double(cells[3]), key == (first ?? key) + rows.count
            else { throw SimulatorError("\(path): `\(line)` is not the next line of a table") }
            first = first ?? key
            rows.append((l, m, s))
        }
        guard let first else { throw SimulatorError("\(path) is empty") }
        self.first = first
        self.rows = rows
    }

    /// nil outside of the table.
    subscript(key: Int) -> (l: Double, m: Double, s: Double)? {
        rows.indices.contains(key - first) ? rows[key - first] : nil
    }

    /// The nearest row, for the making of children.
    func nearest(_ key: Int) -> (l: Double, m: Double, s: Double) {
        rows[min(max(key - first, 0), rows.count - 1)]
    }
}

/// The tables of one sex.
struct SexStandards: Sendable {
    let weight: StandardTable
    let length: StandardTable
    let bodyMass: StandardTable
    let head: StandardTable
    let arm: StandardTable
    /// Weight for length, lying, by millimetre.
    let weightForLength: StandardTable
    /// Weight for height, standing, by millimetre.
    let weightForHeight: StandardTable
    /// Body mass from 5 to 19 years, by month.
    let schoolBodyMass: StandardTable

    init(_ folder: String, _ sex: String) throws {
        func table(_ name: String) throws -> StandardTable { try StandardTable("\(folder)/who_\(name)_\(sex).csv") }
        weight = try table("wfa")
        length = try table("lhfa")
        bodyMass = try table("bfa")
        head = try table("hcfa")
        arm = try table("acfa")
        weightForLength = try table("wfl")
        weightForHeight = try table("wfh")
        schoolBodyMass = try StandardTable("\(folder)/who2007_bfa_\(sex).csv")
    }
}

/// The standards that children grow by and that the tally judges them by.
struct StandardTables: Sendable {
    static let folder = "Plugins/Kesehatan/tables"

    let boys: SexStandards
    let girls: SexStandards

    init(_ folder: String) throws {
        boys = try SexStandards(folder, "boys")
        girls = try SexStandards(folder, "girls")
    }

    func of(isBoy: Bool) -> SexStandards { isBoy ? boys : girls }
}
