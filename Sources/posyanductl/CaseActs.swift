// `posyanductl case move` and its kin: steps of a case that the office enters, in the role of the one who decided.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginKit

/// Which case, and in whose name.
struct CaseActOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("The case: the record that opened it.", valueName: "case"))
    var id: SourceID

    @Option(
        help: ArgumentHelp(
            "The role that decided: kader, bidan, pengurus, pemdes, kades, opd, kecamatan, tp_posyandu, admin.",
            valueName: "role"
        )
    )
    var by: String

    @Option(help: "Words about the step; kept sealed.")
    var remark: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    /// Enters the step and tells what became of it.
    func enter(
        _ act: String,
        _ more: [(name: String, value: JSONValue)],
        _ daemon: ControlClient,
        _ console: Console
    ) async throws {
        var body: JSONObject = ["by": .string(by)]
        if let remark { body["remark"] = .string(remark) }
        for member in more { body[member.name] = member.value }
        let answer = try await daemon.post("cases/\(id.text)/\(act)", .object(body))
        try ResidentCommand.show(answer, json: output.json, console)
    }
}

/// A field of a step on the command line, `no_surat=470/12`.
struct StepFieldArgument: ExpressibleByArgument {
    let name: String
    let text: String

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        (name, text) = (String(parts[0]), String(parts[1]))
    }

    /// A number when it is written as one.
    var value: JSONValue { Int(text).map { .number(JSONNumber($0)) } ?? .string(text) }
}

struct CaseMove: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "move",
        abstract: "Moves a case to another state."
    )

    @OptionGroup var act: CaseActOptions

    @Option(help: ArgumentHelp("The state, as disposisi_opd.", valueName: "state"))
    var to: String

    @Option(help: ArgumentHelp("The state that you saw; the present one when left out.", valueName: "state"))
    var from: String?

    @Option(help: ArgumentHelp("The office that gets it, as pekerjaan_umum.", valueName: "role"))
    var office: String?

    @Option(
        help: ArgumentHelp("A paper that is there now, as dok_ktp; as often as there are papers.", valueName: "code")
    )
    var document: [String] = []

    @Option(
        help: ArgumentHelp("A field that the step asks for; as often as there are fields.", valueName: "name=value")
    )
    var field: [StepFieldArgument] = []

    @Flag(help: "The Kepala Desa has approved it.")
    var approved = false

    var control: ControlOptions { act.control }

    func run(on daemon: ControlClient, _ console: Console) async throws {
        var more: [(name: String, value: JSONValue)] = [("to", .string(to))]
        if let from { more.append(("from", .string(from))) }
        if let office { more.append(("office", .string(office))) }
        if !document.isEmpty { more.append(("documents", .array(document.map { .string($0) }))) }
        if !field.isEmpty {
            var fields = JSONObject()
            for one in field { fields[one.name] = one.value }
            more.append(("fields", .object(fields)))
        }
        if approved { more.append(("approved", true)) }
        try await act.enter("move", more, daemon, console)
    }
}

struct CasePause: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Stops the clocks of a case for a reason that its sector knows."
    )

    @OptionGroup var act: CaseActOptions

    @Option(help: ArgumentHelp("Why, as menunggu_dokumen.", valueName: "code"))
    var reason: String

    var control: ControlOptions { act.control }

    func run(on daemon: ControlClient, _ console: Console) async throws {
        try await act.enter("pause", [("reason", .string(reason))], daemon, console)
    }
}

struct CaseResume: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Lets the clocks of a paused case run on."
    )

    @OptionGroup var act: CaseActOptions
    var control: ControlOptions { act.control }

    func run(on daemon: ControlClient, _ console: Console) async throws {
        try await act.enter("resume", [], daemon, console)
    }
}

struct CaseReopen: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "reopen",
        abstract: "Opens a case again that has ended; its limits start anew. Needs --remark."
    )

    @OptionGroup var act: CaseActOptions
    var control: ControlOptions { act.control }

    func run(on daemon: ControlClient, _ console: Console) async throws {
        try await act.enter("reopen", [], daemon, console)
    }
}

struct CaseRate: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "rate",
        abstract: "Keeps the reporter's mark for the answer, 1 to 5."
    )

    @OptionGroup var act: CaseActOptions

    @Option(help: ArgumentHelp("1, bad, to 5, good.", valueName: "mark"))
    var mark: Int

    var control: ControlOptions { act.control }

    func run(on daemon: ControlClient, _ console: Console) async throws {
        try await act.enter("rate", [("rating", .number(JSONNumber(mark)))], daemon, console)
    }
}

struct CaseApprove: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve",
        abstract: "Keeps the Kepala Desa's approval that a case is forwarded."
    )

    @OptionGroup var act: CaseActOptions
    var control: ControlOptions { act.control }

    func run(on daemon: ControlClient, _ console: Console) async throws {
        try await act.enter("approve", [], daemon, console)
    }
}

struct CaseEscalate: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "escalate",
        abstract: "Looks for limits that have passed and tells the next role, as the daemon does by itself.",
        discussion: "A role is told once in an episode of a case, however often one looks."
    )

    @Option(help: ArgumentHelp("Ask about that day instead of today.", valueName: "YYYY-MM-DD"))
    var at: DateArgument?

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let answer = try await daemon.post("escalations", ["date": at.map { .string($0.text) } ?? .null])
        console.show(answer, json: output.json) { answer, _ in Self.report(answer) }
    }

    static func report(_ answer: JSONValue) -> String {
        if answer["behind"]?.bool == true { return "Apply has not come to what the node said last: look again later." }
        return "\(Printable.cell(answer["cases"])) open cases, \(Printable.cell(answer["told"])) roles told."
    }
}
