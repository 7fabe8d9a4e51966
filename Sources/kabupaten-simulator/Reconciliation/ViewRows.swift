// What the views of the health sector say, under the names of the figures that they are made of.
// SPDX-License-Identifier: Apache-2.0

enum ViewRows {
    private static let skdn = [
        "S": "s", "K": "k", "D": "d", "N": "n", "T": "t", "O": "o", "B": "b", "2T": "dua_t", "BGM": "bgm", "R": "r",
    ]
    private static let measured = ["stunting": "tbu_terukur", "wasting": "bbtb_terukur", "underweight": "bbu_terukur"]

    /// The figures that both views are about.
    static func isCompared(_ key: String) -> Bool {
        let name = key.split(separator: " ").first.map(String.init) ?? ""
        return (Array(skdn.values) + measured.keys + measured.values).contains { name == "kesehatan.\($0)" }
    }

    /// `indicator area` → value, above zero, of the rows and the total of both answers.
    static func values(skdn answer: JSON, stunting other: JSON) -> Values {
        var values: Values = [:]
        func note(_ name: String, _ area: String, _ value: String?) {
            if let value, value != "0" { values["kesehatan.\(name) \(area)"] = Exact.normal(value) }
        }
        for row in answer.list("rows") + [answer["total"]].compactMap({ $0 }) {
            let area = row["area"] == nil ? answer.text("area") : row.text("area")
            for (column, name) in skdn { note(name, area, row["values"]?[column]?.string) }
        }
        for row in other.list("rows") + [other["total"]].compactMap({ $0 }) {
            let area = row["area"] == nil ? other.text("area") : row.text("area")
            for (column, name) in measured {
                let value = row["values"]?[column]
                note(column, area, value?["affected"]?.string)
                note(name, area, (value?.int("measured")).map { String($0) })
            }
        }
        return values
    }
}
