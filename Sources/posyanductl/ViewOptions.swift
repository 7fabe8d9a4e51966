// What the commands for views share: place and month; CSV for every list.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginKit

/// A month on the command line.
struct MonthArgument: ExpressibleByArgument {
    let text: String

    init?(argument: String) {
        guard let period = Period(argument), period.kind == .month else { return nil }
        text = period.description
    }
}

/// Which part of the kabupaten, and which month.
struct PlaceOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Kabupaten, kecamatan or desa; the whole kabupaten when left out.", valueName: "code"))
    var area: String?

    @Option(help: ArgumentHelp("One posyandu instead of an area.", valueName: "uuid"))
    var posyandu: String?

    @Option(help: ArgumentHelp("The month, 2026-11.", valueName: "month"))
    var month: MonthArgument

    func validate() throws {
        if area != nil && posyandu != nil { throw ValidationError("--area and --posyandu exclude each other") }
    }

    var query: ControlClient.Query { [("month", month.text), ("area", area), ("posyandu", posyandu)] }
}

/// CSV as RFC 4180 has it, with LF.
enum CSVText {
    static func text(_ rows: [[String]]) -> String {
        rows.map { row in row.map(cell).joined(separator: ",") + "\n" }.joined()
    }

    private static func cell(_ text: String) -> String {
        let needsQuotes = text.contains { ",\"\n\r".contains($0) }
        return needsQuotes
            ? "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
            : text
    }

    /// A value as a cell; nothing reported is an empty cell, which is not 0.
    static func value(_ value: JSONValue?) -> String {
        switch value {
        case .string(let text): text
        case .number(let number): number.text
        default: ""
        }
    }
}

/// Reads answers of views for reports.
enum ViewAnswer {
    static func names(_ list: JSONValue?) -> [String] { list?.array?.compactMap(\.string) ?? [] }

    /// `33.25.01 Wonotunggal`, or the name alone of a posyandu; `all` for the whole place that was asked for.
    static func place(_ row: JSONValue, _ answer: JSONValue) -> String {
        guard let name = row["name"]?.string else {
            return "all of \(Printable.cell(answer["area"] ?? answer["posyandu"]))"
        }
        return "\(Printable.cell(row["area"])) \(Printable.line(name))"
    }

    /// Code, posyandu and name as CSV cells.
    static func placeCells(_ row: JSONValue, _ answer: JSONValue) -> [String] {
        guard row["name"] != nil else {
            return [CSVText.value(answer["area"]), CSVText.value(answer["posyandu"]), ""]
        }
        return [CSVText.value(row["area"]), CSVText.value(row["posyandu_id"]), CSVText.value(row["name"])]
    }
}
