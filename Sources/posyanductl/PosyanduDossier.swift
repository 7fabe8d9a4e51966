// `posyanductl posyandu dossier`: the papers and steps of a registration.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginKit

struct DossierCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dossier",
        abstract: "Registration dossiers: show, fill, submit, return, register.",
        subcommands: [
            DossierList.self, DossierShow.self, DossierSet.self, DossierSubmit.self, DossierReturn.self,
            DossierRegister.self, DossierNumber.self,
        ]
    )

    static func path(_ posyandu: String, _ act: String) -> String {
        "posyandu/\(ControlClient.segment(posyandu))/dossier/\(act)"
    }
}

struct DossierList: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the dossiers of an area with their state and the papers they lack."
    )

    @OptionGroup var place: PosyanduPlaceOptions

    @Option(help: "Only draf, diajukan, dikembalikan or terdaftar.")
    var state: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let answer = try await daemon.get("posyandu/dossiers", place.query + [("state", state)])
        console.show(answer, json: output.json, Self.report)
    }

    static func report(_ answer: JSONValue, _ isStyled: Bool) -> String {
        let cell = Printable.cell
        var table = TextTable(
            .left("STATE"),
            .left("VILLAGE"),
            .left("NAME"),
            .left("NUMBER"),
            .left("LACKS"),
            .left("POSYANDU")
        )
        for dossier in answer["dossiers"]?.array ?? [] {
            table.add(
                cell(dossier["state"]),
                cell(dossier["village"]),
                cell(dossier["name"]),
                cell(dossier["number"]),
                (dossier["missing"]?.array ?? []).map { cell($0["code"]) }.joined(separator: ", "),
                cell(dossier["posyandu"])
            )
        }
        return table.isEmpty ? "No such dossier." : table.text(isStyled)
    }
}

struct DossierShow: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows the papers, numbers and steps of one posyandu, and what is missing."
    )

    @Argument(help: ArgumentHelp("By UUID or registration number.", valueName: "posyandu"))
    var posyandu: String

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let answer = try await daemon.get("posyandu/\(ControlClient.segment(posyandu))/dossier")
        console.show(answer, json: output.json, Self.report)
    }

    static func report(_ answer: JSONValue, _ isStyled: Bool) -> String {
        let cell = Printable.cell
        var facts = Facts()
        facts.add("posyandu", cell(answer["posyandu"]))
        facts.add("state", cell(answer["state"]))
        facts.add("list of papers", cell(answer["list"]))
        var parts = [facts.text]
        var papers = TextTable(
            .left("PAPER"),
            .left("NUMBER"),
            .left("DATE"),
            .left("FROM"),
            .left("UNTIL"),
            .left("IN FORCE"),
            .left("COPY"),
            .left("BY")
        )
        for paper in answer["papers"]?.array ?? [] {
            papers.add(
                cell(paper["kind"]),
                cell(paper["number"]),
                cell(paper["date"]),
                cell(paper["from"]),
                cell(paper["until"]),
                paper["withdrawn"]?.bool == true ? "withdrawn" : cell(paper["in_force"]),
                cell(paper["copy"]),
                cell(paper["by"])
            )
        }
        if !papers.isEmpty { parts.append(papers.text(isStyled)) }
        for item in answer["missing"]?.array ?? [] {
            let lapsed = item["lapsed"]?.string.map { ", lapsed \($0)" } ?? ""
            parts.append("missing: \(cell(item["name"]))\(lapsed) (\(cell(item["actor"])) must act)")
        }
        var numbers = TextTable(.left("REGISTRATION NUMBER"), .left("SINCE"), .left("IMPORTED"))
        for number in answer["numbers"]?.array ?? [] {
            numbers.add(cell(number["number"]), cell(number["registered"]), cell(number["imported"]))
        }
        if !numbers.isEmpty { parts.append(numbers.text(isStyled)) }
        var moves = TextTable(.left("DATE"), .left("FROM"), .left("TO"), .left("BY"), .left("NUMBER"), .left("WHY"))
        for move in answer["moves"]?.array ?? [] {
            moves.add(
                cell(move["date"]),
                cell(move["from"]),
                cell(move["to"]),
                cell(move["by"]),
                cell(move["number"]),
                cell(move["reason"])
            )
        }
        if !moves.isEmpty { parts.append(moves.text(isStyled)) }
        return parts.joined(separator: "\n\n")
    }
}

struct DossierSet: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Puts a paper into a dossier, corrects it, or withdraws it. What is not said stays as it was.",
        discussion: "A dossier that is submitted rests: return it first."
    )

    @Argument(help: ArgumentHelp("By UUID or registration number.", valueName: "posyandu"))
    var posyandu: String

    @Option(help: "A kind of posyandu-documents.csv, as sk_kepengurusan.")
    var kind: String

    @Option(help: "The number of the paper.")
    var number: String

    @Option(help: ArgumentHelp("The day written on it.", valueName: "YYYY-MM-DD"))
    var date: DateArgument?

    @Option(help: "The office that decided, as Kepala Desa; not a person's name.")
    var decidedBy: String?

    @Option(help: ArgumentHelp("First day in force; the day written on it when left out.", valueName: "YYYY-MM-DD"))
    var from: DateArgument?

    @Option(help: ArgumentHelp("Last day in force.", valueName: "YYYY-MM-DD"))
    var until: DateArgument?

    @Option(help: "Where the copy lies: folder, cabinet, address.")
    var copy: String?

    @Flag(help: "It does not belong here.")
    var withdraw = false

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let body: JSONValue = [
            "kind": .string(kind), "number": .string(number), "date": .optional(date?.text),
            "decided_by": .optional(decidedBy), "from": .optional(from?.text), "until": .optional(until?.text),
            "copy": .optional(copy), "withdrawn": .bool(withdraw),
        ]
        let answer = try await daemon.post(DossierCommand.path(posyandu, "document"), body)
        try ResidentCommand.show(answer, json: output.json, console)
    }
}

struct DossierSubmit: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit",
        abstract: "Submits a dossier; refused with the names of the papers that are missing."
    )

    @Argument(help: ArgumentHelp("By UUID.", valueName: "posyandu"))
    var posyandu: String

    @Option(help: "A remark; kept with the step.")
    var reason: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let answer = try await daemon.post(
            DossierCommand.path(posyandu, "submit"),
            ["reason": .optional(reason)]
        )
        try ResidentCommand.show(answer, json: output.json, console)
    }
}

struct DossierReturn: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "return",
        abstract: "Returns a submitted dossier to those who must correct it."
    )

    @Argument(help: ArgumentHelp("By UUID.", valueName: "posyandu"))
    var posyandu: String

    @Option(help: "Why; kept with the step.")
    var reason: String

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let answer = try await daemon.post(
            DossierCommand.path(posyandu, "return"),
            ["reason": .string(reason)]
        )
        try ResidentCommand.show(answer, json: output.json, console)
    }
}

/// What both commands that take a number are told.
struct NumberOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("By UUID or registration number.", valueName: "posyandu"))
    var posyandu: String

    @Option(help: "The number that the ministry gave, PP.KK.KC.DDDD.NNN.")
    var number: String

    @Option(help: ArgumentHelp("The day of registration.", valueName: "YYYY-MM-DD"))
    var date: DateArgument
}

struct DossierRegister: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "register",
        abstract: "Registers a submitted dossier with its number."
    )

    @OptionGroup var given: NumberOptions

    @Option(help: "A remark; kept with the step.")
    var reason: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let body: JSONValue = [
            "number": .string(given.number), "date": .string(given.date.text), "reason": .optional(reason),
        ]
        let answer = try await daemon.post(DossierCommand.path(given.posyandu, "register"), body)
        try ResidentCommand.show(answer, json: output.json, console)
    }
}

struct DossierNumber: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "number",
        abstract:
            "Gives a registered posyandu a further number, as after a region split. The old one stays in its history."
    )

    @OptionGroup var given: NumberOptions

    @Option(help: "Why; kept with the step.")
    var reason: String

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let body: JSONValue = [
            "number": .string(given.number), "date": .string(given.date.text), "reason": .string(reason),
        ]
        let answer = try await daemon.post(DossierCommand.path(given.posyandu, "number"), body)
        try ResidentCommand.show(answer, json: output.json, console)
    }
}
