// `posyanductl access-log`: who looked at whom and why.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginKit

struct AccessLogCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "access-log",
        abstract: "Lists looks at identities: who, when, at what, by which role, why. Shows no identity.",
        discussion: """
            Rows are never changed nor removed; posyanductl audit access proves it. A refused look is listed as well.
            """
    )

    @Option(help: ArgumentHelp("Only looks of this Unix user.", valueName: "user"))
    var actor: String?

    @Option(help: ArgumentHelp("Only looks at this record, case or resident.", valueName: "id"))
    var object: String?

    @Option(help: ArgumentHelp("Only looks from that day on.", valueName: "YYYY-MM-DD"))
    var since: DateArgument?

    @Flag(help: "Only refused ones.")
    var refused = false

    @Option(help: ArgumentHelp("At most so many, newest first.", valueName: "count"))
    var limit = 100

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let answer = try await daemon.get(
            "access-log",
            [
                ("actor", actor), ("object", object), ("since", since?.text), ("refused", refused ? "true" : nil),
                ("limit", String(limit)),
            ]
        )
        console.show(answer, json: output.json, Self.report)
    }

    static func report(_ answer: JSONValue, _ isStyled: Bool) -> String {
        let cell = Printable.cell
        var table = TextTable(
            .right("NO"),
            .left("AT"),
            .left("WHO"),
            .left("ROLE"),
            .left("OUTCOME"),
            .left("ACT"),
            .left("OBJECT"),
            .left("WHY")
        )
        for look in answer["looks"]?.array ?? [] {
            table.add(
                cell(look["seq"]),
                cell(look["at"]),
                cell(look["actor"]),
                cell(look["role"]),
                cell(look["outcome"]),
                cell(look["act"]),
                cell(look["object"]),
                cell(look["reason"])
            )
        }
        return table.isEmpty ? "Nobody has looked." : table.text(isStyled)
    }
}
