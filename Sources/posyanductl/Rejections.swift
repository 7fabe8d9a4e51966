// `posyanductl rejections`: records that broke their sector's rules and went back to the sender.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FoundationEssentials
import PluginKit

/// A UUID on the command line, in lower case.
struct SourceID: ExpressibleByArgument {
    let text: String

    init?(argument: String) {
        guard let uuid = UUID(uuidString: argument) else { return nil }
        text = uuid.uuidString.lowercased()
    }
}

struct RejectionsCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "rejections",
        abstract: "Lists records that broke a rule, with the rules they broke."
    )

    @Option(help: ArgumentHelp("Only those of one source.", valueName: "uuid"))
    var source: SourceID?

    @Option(help: ArgumentHelp("Only those after this lineage, the last one of the page before.", valueName: "lineage"))
    var after = 0

    @Option(help: ArgumentHelp("At most so many; the daemon gives no more than 1000.", valueName: "count"))
    var limit = 100

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let answer = try await daemon.get(
            "rejections",
            [("source", source?.text), ("after", String(after)), ("limit", String(limit))]
        )
        console.show(answer, json: output.json, Self.report)
    }

    static func report(_ answer: JSONValue, _ isStyled: Bool) -> String {
        var table = TextTable(
            .right("LINEAGE"),
            .left("SOURCE"),
            .right("EPOCH"),
            .right("SEQ"),
            .left("TYPE"),
            .left("VIOLATIONS")
        )
        let cell = Printable.cell
        for rejection in answer["rejections"]?.array ?? [] {
            let violations = (rejection["violations"]?.array ?? []).map { violation in
                let field = violation["field"]?.string.map { "\(Printable.line($0)): " } ?? ""
                return "\(field)\(cell(violation["code"]))"
            }
            table.add(
                cell(rejection["lineage"]),
                cell(rejection["source"]),
                cell(rejection["epoch"]),
                cell(rejection["seq"]),
                cell(rejection["type"]),
                violations.isEmpty ? "-" : violations.joined(separator: ", ")
            )
        }
        return table.isEmpty ? "No record was rejected." : table.text(isStyled)
    }
}
