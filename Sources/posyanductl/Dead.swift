// `posyanductl dead`: messages that could not be applied, and what becomes of them.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginKit

struct DeadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead",
        abstract: "Messages that could not be applied: list, show, retry, drop.",
        subcommands: [DeadList.self, DeadShow.self, DeadRetry.self, DeadDrop.self],
        defaultSubcommand: DeadList.self
    )
}

/// A place in the log, written SHARD/POS.
struct Position: ExpressibleByArgument {
    var shard: Int
    var pos: Int

    init?(argument: String) {
        let parts = argument.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let shard = Int(parts[0]), let pos = Int(parts[1]), shard >= 0, pos >= 0 else {
            return nil
        }
        self.shard = shard
        self.pos = pos
    }

    var path: String { "dead/\(shard)/\(pos)" }
    var text: String { "\(shard)/\(pos)" }
}

struct DeadList: OperatorCommand {
    enum State: String, CaseIterable, ExpressibleByArgument {
        case dead, held, resolved
    }

    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists messages that were set aside (the default)."
    )

    @Option(help: "Which: dead wait for a person, held for a sector, resolved are done with.")
    var state = State.dead

    @Option(help: ArgumentHelp("At most so many.", valueName: "count"))
    var limit = 100

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let answer = try await daemon.get("dead", [("state", state.rawValue), ("limit", String(limit))])
        console.show(answer, json: output.json) { Self.report($0, state, $1) }
    }

    static func report(_ answer: JSONValue, _ state: State, _ isStyled: Bool) -> String {
        var table = TextTable(
            .right("POSITION"),
            .left("SOURCE"),
            .right("EPOCH"),
            .right("SEQ"),
            .left("AT"),
            .right("TRIES"),
            .left("REASON"),
            .left(state == .resolved ? "RESOLUTION" : "WAITS FOR"),
            .left("DETAIL")
        )
        let cell = Printable.cell
        for letter in answer["letters"]?.array ?? [] {
            table.add(
                "\(cell(letter["shard"]))/\(cell(letter["pos"]))",
                cell(letter["source"]),
                cell(letter["epoch"]),
                cell(letter["seq"]),
                cell(letter["at"]),
                cell(letter["tries"]),
                cell(letter["reason"]),
                cell(letter[state == .resolved ? "resolution" : "waits_for"]),
                cell(letter["detail"])
            )
        }
        return table.isEmpty ? "No message is \(state.rawValue)." : table.text(isStyled)
    }
}

struct DeadShow: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows one message that was set aside.",
        discussion: "The message itself is shown only when it names no person."
    )

    @Argument(help: ArgumentHelp("Its place in the log.", valueName: "shard/pos"))
    var position: Position

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        console.show(try await daemon.get(position.path), json: output.json, Self.report)
    }

    static func report(_ answer: JSONValue, _ isStyled: Bool) -> String {
        let cell = Printable.cell
        var facts = Facts()
        facts.add("position", "\(cell(answer["shard"]))/\(cell(answer["pos"]))")
        for name in ["source", "epoch", "seq", "state", "reason", "waits_for", "detail", "tries", "at"] {
            facts.add(name.replacing("_", with: " "), cell(answer[name]))
        }
        if answer["resolved_by"]?.string != nil {
            facts.add("resolved", "\(cell(answer["resolution"])) by \(cell(answer["resolved_by"]))")
            facts.add("why", cell(answer["resolved_why"]))
        }
        let isPersonal = answer["personal"]?.bool == true
        facts.add("message", isPersonal ? "sealed: it names a person" : cell(answer["payload"]))
        return facts.text
    }
}

struct DeadRetry: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Gives dead messages to their sector once more."
    )

    @Argument(help: ArgumentHelp("Their places in the log.", valueName: "shard/pos"))
    var positions: [Position]

    @Option(help: "What has changed; kept with the message.")
    var why: String

    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        for position in positions {
            _ = try await daemon.post("\(position.path)/retry", ["why": .string(why)])
            console.print("\(position.text): will be tried again")
        }
    }
}

struct DeadDrop: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "drop",
        abstract: "Gives dead messages up for ever; the log keeps their bytes."
    )

    @Argument(help: ArgumentHelp("Their places in the log.", valueName: "shard/pos"))
    var positions: [Position]

    @Option(help: "Why they are not needed; kept with the message.")
    var why: String

    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        for position in positions {
            _ = try await daemon.post("\(position.path)/drop", ["why": .string(why)])
            console.print("\(position.text): dropped")
        }
    }
}
