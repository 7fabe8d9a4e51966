// `posyanductl stunting` and `posyanductl hpk`: prevalences of malnutrition, and the cohorts of the first 1000 days.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginKit

struct StuntingCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "stunting",
        abstract: "Shows stunting, wasting and underweight among the children measured, by area.",
        discussion: """
            Of every child the latest valid measurement of the window counts, once, where it was taken. Beside each figure \
            stands how many children were measured: a prevalence among few of them says little.
            """
    )

    @OptionGroup var place: PlaceOptions

    @Option(help: ArgumentHelp("Rows: kecamatan, desa or posyandu; the next below when left out.", valueName: "level"))
    var by: String?

    @Option(help: ArgumentHelp("Look for the latest measurement in this many months.", valueName: "number"))
    var months: Int?

    @OptionGroup var output: ListOutput
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let query = place.query + [("by", by), ("months", months.map { String($0) })]
        output.show(try await daemon.get("views/kesehatan/stunting", query), console, csv: Self.lines, Self.report)
    }

    static func lines(_ answer: JSONValue) -> [[String]] {
        let columns = ViewAnswer.names(answer["columns"])
        var lines = [["month", "window_months", "area", "posyandu", "name", "sex", "age_months"]]
        for column in columns { lines[0] += [column, "\(column)_measured", "\(column)_percent"] }
        for row in (answer["rows"]?.array ?? []) + [answer["total"]].compactMap({ $0 }) {
            for cell in [row] + (row["cells"]?.array ?? []) {
                var line = [CSVText.value(answer["month"]), CSVText.value(answer["months"])]
                line +=
                    ViewAnswer.placeCells(row, answer) + [CSVText.value(cell["sex"]), CSVText.value(cell["months"])]
                for column in columns {
                    let value = cell["values"]?[column]
                    line += [value?["affected"], value?["measured"], value?["percent"]].map { CSVText.value($0) }
                }
                lines.append(line)
            }
        }
        return lines
    }

    static func report(_ answer: JSONValue, _ isStyled: Bool) -> String {
        guard let total = answer["total"], let rows = answer["rows"]?.array else { return "No figure." }
        let columns = ViewAnswer.names(answer["columns"])
        var table = TextTable(columns: ["PLACE"] + columns.flatMap { [$0, "of", "%"] })
        func line(_ name: String, _ row: JSONValue) -> [String] {
            [name]
                + columns.flatMap { column in
                    let value = row["values"]?[column]
                    return [value?["affected"], value?["measured"], value?["percent"]].map { Printable.cell($0) }
                }
        }
        for row in rows { table.add(cells: line(ViewAnswer.place(row, answer), row)) }
        if rows.count != 1 { table.add(cells: line(ViewAnswer.place(total, answer), total)) }
        for cell in total["cells"]?.array ?? [] {
            table.add(cells: line("\(cell["sex"]?.string ?? "-") \(cell["months"]?.string ?? "-") months", cell))
        }
        let months = answer["months"]?.integer ?? 1
        let window = months == 1 ? "of the month" : "of \(months) months"
        return "Latest valid measurement \(window), \(Printable.cell(answer["month"])).\n\n\(table.text(isStyled))"
    }
}

struct HpkCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "hpk",
        abstract: "Shows the children of the first 1000 days by month of birth: coverage, faltering, risk.",
        discussion: """
            A cohort is who was born in a month, lives in the area by the register and is alive at the end of the month asked \
            for. Every column counts children of the cohort, wherever they were served.
            """
    )

    @OptionGroup var place: PlaceOptions

    @Option(help: ArgumentHelp("Show this many months of birth.", valueName: "number"))
    var months: Int?

    @OptionGroup var output: ListOutput
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let query = place.query + [("months", months.map { String($0) })]
        output.show(try await daemon.get("views/kesehatan/hpk", query), console, csv: Self.lines, Self.report)
    }

    static func lines(_ answer: JSONValue) -> [[String]] {
        let columns = ViewAnswer.names(answer["columns"])
        var lines = [["month", "area", "posyandu", "born", "age_months", "children"]]
        for column in columns { lines[0] += [column, "\(column)_percent"] }
        for cohort in (answer["cohorts"]?.array ?? []) + [answer["total"]].compactMap({ $0 }) {
            var line = [answer["month"], answer["area"], answer["posyandu"]].map { CSVText.value($0) }
            line += [cohort["born"], cohort["age_months"], cohort["size"]].map { CSVText.value($0) }
            for column in columns {
                line += [CSVText.value(cohort["counts"]?[column]), CSVText.value(cohort["percent"]?[column])]
            }
            lines.append(line)
        }
        return lines
    }

    static func report(_ answer: JSONValue, _ isStyled: Bool) -> String {
        guard let total = answer["total"], let cohorts = answer["cohorts"]?.array else { return "No figure." }
        let columns = ViewAnswer.names(answer["columns"])
        var table = TextTable(columns: ["BORN", "AGE", "CHILDREN"] + columns.flatMap { [$0, "%"] })
        for cohort in cohorts + [total] {
            let counts = columns.flatMap { column in
                [cohort["counts"]?[column], cohort["percent"]?[column]].map { Printable.cell($0) }
            }
            table.add(
                cells: [
                    cohort["born"]?.string ?? "all", Printable.cell(cohort["age_months"]),
                    Printable.cell(cohort["size"]),
                ] + counts
            )
        }
        let place = Printable.cell(answer["area"] ?? answer["posyandu"])
        return
            "Children by month of birth, \(place), as of \(Printable.cell(answer["month"])).\n\n\(table.text(isStyled))"
    }
}
