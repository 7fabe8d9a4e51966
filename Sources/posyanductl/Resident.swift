// `posyanductl resident`: residents that may be one person, merging and parting them, deaths told by the office.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginKit

struct ResidentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resident",
        abstract: "Residents: find those that may be one person, merge, unmerge, tell a death.",
        subcommands: [ResidentCandidates.self, ResidentMerge.self, ResidentUnmerge.self, ResidentDied.self]
    )

    /// What became of a message that the office put into the log.
    static func outcome(_ answer: JSONValue, _ isStyled: Bool) -> String {
        let cell = Printable.cell
        let broken = (answer["violations"]?.array ?? []).map { "\n  \(cell($0["code"])): \(cell($0["message"]))" }
        return "\(cell(answer["state"]))  message \(cell(answer["message"]))" + broken.joined()
    }

    /// Shows it; a message that was refused is a failure.
    static func show(_ answer: JSONValue, json: Bool, _ console: Console) throws {
        console.show(answer, json: json, outcome)
        if answer["state"]?.string == "rejected" { throw ExitCode.failure }
    }
}

/// A date on the command line.
struct DateArgument: ExpressibleByArgument {
    let text: String

    init?(argument: String) {
        guard let date = CivilDate(argument) else { return nil }
        text = date.description
    }
}

struct ResidentCandidates: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "candidates",
        abstract: "Lists pairs of residents that may be one person, with the rules that say so. Merges nobody."
    )

    @Option(help: "A region code from kabupaten to desa: at least one of the two is served there.")
    var area: String?

    @Option(help: ArgumentHelp("At most so many, those with the most points.", valueName: "count"))
    var limit = 100

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let answer = try await daemon.get("residents/candidates", [("area", area), ("limit", String(limit))])
        console.show(answer, json: output.json, Self.report)
    }

    static func report(_ answer: JSONValue, _ isStyled: Bool) -> String {
        let cell = Printable.cell
        var table = TextTable(
            .right("POINTS"),
            .left("RESIDENT"),
            .left("RESIDENT"),
            .left("BORN"),
            .left("SEX"),
            .left("WHY")
        )
        for candidate in answer["candidates"]?.array ?? [] {
            let two = candidate["residents"]?.array ?? []
            guard two.count == 2 else { continue }
            func both(_ name: String) -> String {
                let (one, other) = (cell(two[0][name]), cell(two[1][name]))
                return one == other ? one : "\(one) / \(other)"
            }
            let rules = (candidate["rules"]?.array ?? []).map { "\(cell($0["code"])) \(cell($0["points"]))" }
            table.add(
                cell(candidate["score"]),
                cell(two[0]["id"]),
                cell(two[1]["id"]),
                both("birth_date"),
                both("sex"),
                rules.joined(separator: ", ")
            )
        }
        return table.isEmpty ? "No two residents look like one person." : table.text(isStyled)
    }
}

struct ResidentMerge: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge",
        abstract: "Says that two residents are one person: their records count for the first."
    )

    @Argument(help: ArgumentHelp("Whose sex, birth date and posyandu hold from now on.", valueName: "kept"))
    var kept: SourceID

    @Argument(help: ArgumentHelp("The other one.", valueName: "other"))
    var other: SourceID

    @Option(help: "Why; kept with the message.")
    var reason: String

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let body: JSONValue = ["other": .string(other.text), "reason": .string(reason)]
        try ResidentCommand.show(
            try await daemon.post("residents/\(kept.text)/merge", body),
            json: output.json,
            console
        )
    }
}

struct ResidentUnmerge: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "unmerge",
        abstract: "Says that two residents are not one person: each has her own records again."
    )

    @Argument(help: ArgumentHelp("One of the two.", valueName: "resident"))
    var kept: SourceID

    @Argument(help: ArgumentHelp("The other one.", valueName: "other"))
    var other: SourceID

    @Option(help: "Why; kept with the message.")
    var reason: String

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let body: JSONValue = ["other": .string(other.text), "reason": .string(reason)]
        let answer = try await daemon.post("residents/\(kept.text)/unmerge", body)
        try ResidentCommand.show(answer, json: output.json, console)
    }
}

struct ResidentDied: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "died",
        abstract: "Tells the day of a death, or takes it back: no later record of that resident is taken."
    )

    @Argument(help: ArgumentHelp("Who died.", valueName: "resident"))
    var resident: SourceID

    @Option(help: ArgumentHelp("The day.", valueName: "YYYY-MM-DD"))
    var date: DateArgument?

    @Flag(help: "It was a mistake.")
    var undo = false

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func validate() throws {
        if (date == nil) != undo { throw ValidationError("Say --date YYYY-MM-DD or --undo.") }
    }

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let body: JSONValue = ["date": date.map { .string($0.text) } ?? .null]
        let answer = try await daemon.post("residents/\(resident.text)/died", body)
        try ResidentCommand.show(answer, json: output.json, console)
    }
}
