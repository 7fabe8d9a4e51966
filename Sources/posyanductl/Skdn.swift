// `posyanductl skdn`: the balance S, K, D, N of a month, by area, sex and age.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginKit

struct SkdnCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "skdn",
        abstract: "Shows SKDN of one month, by area, sex and age, with the rules that do not hold.",
        discussion: """
            S and K are stocks at the month's end: the last return of each posyandu, never summed over months. Where nobody \
            reported there is a dash, which is not 0. A posyandu whose figures contradict each other is listed; nothing is \
            corrected.
            """
    )

    @OptionGroup var place: PlaceOptions

    @Option(help: ArgumentHelp("Rows: kecamatan, desa or posyandu; the next below when left out.", valueName: "level"))
    var by: String?

    @OptionGroup var output: ListOutput
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let answer = try await daemon.get("views/kesehatan/skdn", place.query + [("by", by)])
        output.show(answer, console, csv: Self.lines, Self.report)
    }

    static func lines(_ answer: JSONValue) -> [[String]] {
        let columns = ViewAnswer.names(answer["columns"])
        let ratios = ViewAnswer.names(answer["ratios"])
        var lines = [["month", "area", "posyandu", "name", "sex", "age_months", "posyandu_active"]]
        lines[0] += columns.map { "reported_\($0)" } + columns + ratios
        for row in (answer["rows"]?.array ?? []) + [answer["total"]].compactMap({ $0 }) {
            for cell in [row] + (row["cells"]?.array ?? []) {
                var line = [CSVText.value(answer["month"])] + ViewAnswer.placeCells(row, answer)
                line += [CSVText.value(cell["sex"]), CSVText.value(cell["months"])]
                line.append(CSVText.value(cell["posyandu"]))
                line += columns.map { CSVText.value(cell["reported"]?[$0]) }
                line += columns.map { CSVText.value(cell["values"]?[$0]) }
                line += ratios.map { CSVText.value(cell["ratios"]?[$0]) }
                lines.append(line)
            }
        }
        return lines
    }

    static func report(_ answer: JSONValue, _ isStyled: Bool) -> String {
        guard let total = answer["total"], let rows = answer["rows"]?.array else { return "No figure." }
        let columns = ViewAnswer.names(answer["columns"])
        let ratios = ViewAnswer.names(answer["ratios"])
        var parts = ["SKDN \(Printable.cell(answer["month"]))", reporting(total, columns)]
        var table = TextTable(columns: ["PLACE"] + columns + ratios)
        for row in rows { table.add(cells: line(ViewAnswer.place(row, answer), row, columns, ratios)) }
        if rows.count != 1 { table.add(cells: line(ViewAnswer.place(total, answer), total, columns, ratios)) }
        parts.append(table.text(isStyled))
        var ages = TextTable(columns: ["SEX AND AGE"] + columns + ratios)
        for cell in total["cells"]?.array ?? [] {
            let sex = cell["sex"]?.string ?? "L+P"
            let age = cell["months"]?.string.map { "\($0) months" } ?? "all ages"
            ages.add(cells: line("\(sex) \(age)", cell, columns, ratios))
        }
        if !ages.isEmpty { parts.append(ages.text(isStyled)) }
        parts.append(violations(answer))
        return parts.joined(separator: "\n\n")
    }

    private static func reporting(_ total: JSONValue, _ columns: [String]) -> String {
        let counts = columns.prefix(3).map { "\($0) by \(Printable.cell(total["reported"]?[$0]))" }
        return "\(Printable.cell(total["posyandu"])) posyandu; reported \(counts.joined(separator: ", "))."
    }

    private static func line(_ name: String, _ row: JSONValue, _ columns: [String], _ ratios: [String]) -> [String] {
        [name] + columns.map { Printable.cell(row["values"]?[$0]) } + ratios.map { Printable.cell(row["ratios"]?[$0]) }
    }

    private static func violations(_ answer: JSONValue) -> String {
        let list = answer["violations"]?.array ?? []
        guard !list.isEmpty else { return "Every rule holds in every posyandu." }
        let lines = list.map { item in
            let cell = [item["sex"]?.string, item["months"]?.string.map { "\($0) months" }].compactMap { $0 }
            let which = cell.isEmpty ? "" : " (\(cell.joined(separator: ", ")))"
            return
                "  \(Printable.cell(item["name"])) \(Printable.cell(item["posyandu"])): \(Printable.cell(item["rule"]))"
                + " does not hold: \(Printable.cell(item["left"])), \(Printable.cell(item["right"]))\(which)"
        }
        return "Rules that do not hold:\n" + lines.joined(separator: "\n")
    }
}

extension TextTable {
    /// A table whose first column is a name and whose others are numbers.
    init(columns: [String]) {
        self.init(list: columns.enumerated().map { $0 == 0 ? .left($1) : .right($1) })
    }
}
