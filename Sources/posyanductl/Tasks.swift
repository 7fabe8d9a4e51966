// `posyanductl task`: what records ask people to do, and saying that it is done.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginKit

struct TaskCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "task",
        abstract: "Follow-up tasks and reminders: list those that are open, answer one by hand.",
        subcommands: [TaskListCommand.self, TaskAnswer.self],
        defaultSubcommand: TaskListCommand.self
    )
}

struct TaskListCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists open tasks by the day they are due (the default). Shows no names.",
        discussion: """
            Below them, reminders of missing reports before a reporting window closes (kind lapor): once for each posyandu and \
            kecamatan; the report answers them.
            """
    )

    @Option(help: "A region code from kabupaten to desa.")
    var area: String?

    @Option(help: ArgumentHelp("Only residents served there.", valueName: "uuid"))
    var posyandu: SourceID?

    @Option(help: ArgumentHelp("Only the share of one cadre.", valueName: "uuid"))
    var cadre: SourceID?

    @Option(help: ArgumentHelp("Only those due up to that day.", valueName: "YYYY-MM-DD"))
    var due: DateArgument?

    @Option(help: "Only one kind, as rujukan.")
    var kind: String?

    @Flag(help: "Those that were answered as well.")
    var answered = false

    @Option(help: ArgumentHelp("At most so many.", valueName: "count"))
    var limit = 1_000

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let answer = try await daemon.get(
            "tasks",
            [
                ("area", area), ("posyandu", posyandu?.text), ("cadre", cadre?.text), ("due", due?.text),
                ("kind", kind),
                ("answered", answered ? "true" : nil), ("limit", String(limit)),
            ]
        )
        console.show(answer, json: output.json, Self.report)
    }

    static func report(_ answer: JSONValue, _ isStyled: Bool) -> String {
        let cell = Printable.cell
        var table = TextTable(
            .left("DUE"),
            .left("KIND"),
            .left("TOPIC"),
            .left("TO"),
            .left("REASON"),
            .left("RAISED"),
            .left("ANSWERED"),
            .left("RECORD"),
            .left("RESIDENT"),
            .left("CADRE")
        )
        for task in answer["tasks"]?.array ?? [] {
            table.add(
                cell(task["due"]),
                cell(task["kind"]),
                cell(task["topic"]),
                cell(task["to"]),
                cell(task["reason"]),
                cell(task["raised"]),
                cell(task["answered"]),
                cell(task["record"]),
                cell(task["subject"]),
                cell(task["cadre"])
            )
        }
        let reminders = reminders(answer, isStyled)
        if table.isEmpty { return reminders ?? "No such task is open." }
        return [table.text(isStyled), reminders].compactMap { $0 }.joined(separator: "\n\n")
    }

    private static func reminders(_ answer: JSONValue, _ isStyled: Bool) -> String? {
        let cell = Printable.cell
        var table = TextTable(
            .left("DUE"),
            .left("TO"),
            .left("AREA"),
            .left("NAME"),
            .left("DESTINATION"),
            .left("REASON"),
            .left("RAISED"),
            .left("STATE"),
            .left("OWNER")
        )
        for reminder in answer["reminders"]?.array ?? [] {
            table.add(
                cell(reminder["due"]),
                cell(reminder["to"]),
                cell(reminder["area"]),
                cell(reminder["name"]),
                cell(reminder["destination"]),
                cell(reminder["reason"]),
                cell(reminder["raised"]),
                cell(reminder["state"]),
                cell(reminder["owner"])
            )
        }
        return table.isEmpty ? nil : table.text(isStyled)
    }
}

struct TaskAnswer: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "answer",
        abstract: "Says that a task is done which no record answers."
    )

    @Argument(help: ArgumentHelp("The record that asks for it.", valueName: "record"))
    var record: SourceID

    @Argument(help: "The task's kind, as rujukan.")
    var kind: String

    @Option(help: "The task's topic, if it has one.")
    var topic: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let body: JSONValue = ["kind": .string(kind), "topic": topic.map { .string($0) } ?? .null]
        let answer = try await daemon.post("tasks/\(record.text)/answer", body)
        try ResidentCommand.show(answer, json: output.json, console)
    }
}
