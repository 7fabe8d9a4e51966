// What the bupati asks: stunting, wasting, underweight, participation and success of growth, per kecamatan.
// SPDX-License-Identifier: Apache-2.0

/// The generator's own figures of one month, and whether everything that was looked at says the same.
struct NutritionRows: Sendable {
    struct Row: Sendable {
        let area: String
        /// Name, part, whole, percentage.
        let ratios: [(name: String, part: String, whole: String, percent: String?)]
        /// Values of these figures, ratios included, that differ anywhere.
        let differences: Int
    }

    static let columns: [(name: String, ratio: String, part: String, whole: String)] = [
        ("stunting", "kesehatan.prevalensi_stunting", "kesehatan.stunting", "kesehatan.tbu_terukur"),
        ("wasting", "kesehatan.prevalensi_wasting", "kesehatan.wasting", "kesehatan.bbtb_terukur"),
        ("underweight", "kesehatan.prevalensi_underweight", "kesehatan.underweight", "kesehatan.bbu_terukur"),
        ("D/S", "kesehatan.d_per_s", "kesehatan.d", "kesehatan.s"),
        ("N/D", "kesehatan.n_per_d", "kesehatan.n", "kesehatan.d"),
    ]

    let period: String
    let rows: [Row]

    init(_ month: Expected.Month, _ comparisons: [Comparison]) {
        period = month.period
        let figures = month.figures
        let areas = Set(month.json.list("figures").map { $0.text("area") }).sorted()
        let differing = comparisons.flatMap(\.differences).map { $0.key.lowercased() }
        rows = areas.map { area in
            let names = Self.columns.flatMap { [$0.ratio, $0.part, $0.whole] }
            return Row(
                area: area,
                ratios: Self.columns.map { column in
                    let part = figures["\(column.part) \(area)"] ?? "0"
                    let whole = figures["\(column.whole) \(area)"] ?? "0"
                    return (column.name, part, whole, Exact.percent(part, whole))
                },
                differences: differing.count { key in
                    key.hasSuffix(" " + area) && names.contains { key.hasPrefix($0 + " ") }
                }
            )
        }
    }

    /// A table for people: of every ratio the percentage and, in brackets, of how many.
    var text: String {
        func pad(_ text: String) -> String { String(repeating: " ", count: max(1, 20 - text.count)) + text }
        let heading = "\(period)    " + Self.columns.map { pad("\($0.name) %") }.joined() + pad("all stages")
        return
            ([heading]
            + rows.map { row in
                let cells = row.ratios.map { pad("\($0.percent ?? "-") (\($0.whole))") }.joined()
                let name = row.area + String(repeating: " ", count: max(1, 11 - row.area.count))
                return name + cells + pad(row.differences == 0 ? "equal" : "\(row.differences) differ")
            }).joined(separator: "\n")
    }

    func write(to json: inout JSONText) {
        json.open("{")
        json.member("period", period)
        json.name("areas")
        json.open("[")
        for row in rows {
            json.open("{")
            json.member("area", row.area)
            json.member("differences", row.differences)
            for ratio in row.ratios {
                json.name(ratio.name)
                json.open("{")
                json.member("part", ratio.part)
                json.member("of", ratio.whole)
                if let percent = ratio.percent { json.member("percent", percent) }
                json.close("}")
            }
            json.close("}")
        }
        json.close("]")
        json.close("}")
    }
}
