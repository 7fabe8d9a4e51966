// The rows of a pushed document and of a frozen summary, as values to compare.
// SPDX-License-Identifier: Apache-2.0

enum DocumentRows {
    static let kinds = ["kader", "keluhan-spm", "registri-posyandu", "spm-posyandu"]

    /// `code area` → value, of a ratio `part/whole=percent` or `no value`, of a document as it is sent.
    static func values(_ document: JSON) -> Values {
        var values: Values = [:]
        for row in document.list("data") {
            let key = "\(row.text("kodeindikator")) \(row.text("wilayah"))"
            guard let value = row["nilai"].map({ Exact.normal($0.string ?? number($0)) }) else {
                values[key] = "no value"
                continue
            }
            if let part = row["pembilang"]?.int, let whole = row["penyebut"]?.int {
                values[key] = "\(part)/\(whole)=\(value)"
            } else {
                values[key] = value
            }
        }
        return values
    }

    private static func number(_ value: JSON) -> String {
        if case .number(let text) = value { text } else { "" }
    }

    /// What a frozen summary says, by the same keys as ``Expected/Month``.
    struct Frozen {
        var figures: Values = [:]
        var ratios: Values = [:]
        var registry: Values = [:]
        var cases: Values = [:]
        var reported = 0
    }

    static func frozen(_ snapshot: JSON) -> Frozen {
        var frozen = Frozen()
        frozen.reported = snapshot.int("reported")
        for row in snapshot.list("figures") {
            guard let cells = row.list, cells.count >= 8 else { continue }
            let key = "\(cells[1].string ?? "") \(cells[4].string ?? "")"
            if cells[2].string == "ratio" {
                frozen.ratios[key] = "\(cells[5].string ?? "-")/\(cells[6].string ?? "-")"
            } else {
                frozen.figures[key] = Exact.normal(cells[5].string ?? "-")
            }
        }
        for row in snapshot.list("registry") {
            guard let cells = row.list, cells.count >= 4, let area = cells[0].string else { continue }
            frozen.registry["\(area) posyandu"] = String(cells[1].int ?? -1)
            frozen.registry["\(area) registered"] = String(cells[2].int ?? -1)
            for (sector, count) in cells[3].members ?? [:] {
                frozen.registry["\(area) cadres \(sector)"] = String(count.int ?? -1)
            }
        }
        for row in snapshot.list("cases") {
            guard let cells = row.list, cells.count >= 4 else { continue }
            let key = cells.prefix(3).map { $0.string ?? "" }.joined(separator: " ")
            frozen.cases[key] = String(cells[3].int ?? -1)
        }
        return frozen
    }
}
