// `posyanductl list`: whom the cadres of a posyandu visit at home and fetch to the open day.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginKit

struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists for cadres: home visits, and whom to fetch to the open day.",
        subcommands: [HomeVisitsCommand.self, PickUpCommand.self]
    )
}

/// What both lists are asked.
struct ListOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Whose residents.", valueName: "uuid"))
    var posyandu: SourceID

    @Option(help: ArgumentHelp("The day for which the list holds.", valueName: "YYYY-MM-DD"))
    var date: DateArgument

    @Option(help: ArgumentHelp("Only the share of one cadre.", valueName: "uuid"))
    var cadre: SourceID?

    @Option(help: "Show names and addresses, for this purpose; every resident shown is noted in the access log.")
    var purpose: String?

    @Flag(help: "Print CSV instead of a table.")
    var csv = false

    func run(_ list: String, on daemon: ControlClient, _ console: Console, json: Bool) async throws {
        let answer = try await daemon.get(
            "lists/\(list)",
            [("posyandu", posyandu.text), ("date", date.text), ("cadre", cadre?.text), ("purpose", purpose)]
        )
        if csv {
            console.print(Self.text(answer))
        } else {
            console.show(answer, json: json) { Self.report($0, hasNames: purpose != nil, $1) }
        }
    }

    static func report(_ answer: JSONValue, hasNames: Bool, _ isStyled: Bool) -> String {
        let cell = Printable.cell
        guard answer["rules"]?.integer != 0 else { return "No sector that is installed declares such a list." }
        var table = TextTable(
            .left("CADRE"),
            .left("DUE"),
            .left(hasNames ? "NAME" : "RESIDENT"),
            .left("SEX"),
            .right("MONTHS"),
            .left("WHY"),
            .left(hasNames ? "ADDRESS" : "")
        )
        for resident in answer["residents"]?.array ?? [] {
            table.add(
                cell(resident["cadre"]),
                cell(resident["due"]),
                cell(resident[hasNames ? "name" : "resident"]),
                cell(resident["sex"]),
                cell(resident["months"]),
                cell(resident["reasons"]),
                hasNames ? cell(resident["address"]) : ""
            )
        }
        return table.isEmpty ? "Nobody is on the list." : table.text(isStyled)
    }

    private static let columns = ["cadre", "due", "resident", "name", "address", "sex", "months", "reasons"]

    /// A head line and one line a resident, RFC 4180 without the last line end.
    static func text(_ answer: JSONValue) -> String {
        let rows = (answer["residents"]?.array ?? []).map { resident in
            columns.map { field(resident[$0]) }.joined(separator: ",")
        }
        return ([columns.joined(separator: ",")] + rows).joined(separator: "\r\n")
    }

    private static func field(_ value: JSONValue?) -> String {
        let text =
            switch value {
            case nil, .null: ""
            case .array(let values): values.compactMap(\.string).joined(separator: "; ")
            case .string(let text): text
            default: Printable.cell(value)
            }
        // A cell that begins like a formula is text to a spreadsheet only behind an apostrophe.
        let safe = text.first.map { "=+-@\t".contains($0) } ?? false ? "'" + text : text
        guard safe.contains(where: { ",\"\r\n".contains($0) }) else { return safe }
        return "\"" + safe.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}

struct HomeVisitsCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "home-visits",
        abstract: "Whom the cadres of a posyandu visit at home, and why."
    )

    @OptionGroup var list: ListOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        try await list.run("home_visits", on: daemon, console, json: output.json)
    }
}

struct PickUpCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "pick-up",
        abstract: "Whom the cadres of a posyandu fetch to the open day, and why."
    )

    @OptionGroup var list: ListOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        try await list.run("pick_up", on: daemon, console, json: output.json)
    }
}
