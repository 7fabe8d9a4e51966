// `posyanductl audit`: what the node can prove of itself; here, that its counts add up.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginKit

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Checks that the node's counts add up, its trail is whole and its files are there.",
        subcommands: [AuditConserve.self, AuditAccess.self, AuditAttachments.self]
    )
}

struct AuditConserve: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "conserve",
        abstract: "Accounts for every message received: no source may have lost or gained one.",
        discussion: """
            For each source, received = duplicate + conflict + refused + applied + rejected + held + dead + waiting. Exit \
            status 1 when a source does not balance.
            """
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let answer = try await daemon.get("conserve")
        console.show(answer, json: output.json, Self.report)
        if answer["balanced"]?.bool != true { throw ExitCode.failure }
    }

    static let outcomes = ["duplicate", "conflict", "refused", "applied", "rejected", "held", "dead", "waiting"]

    static func report(_ answer: JSONValue, _ isStyled: Bool) -> String {
        let cell = Printable.cell
        var table = TextTable(.left("MESSAGES"), .right("COUNT"))
        for name in ["received"] + outcomes + ["difference"] { table.add(name, cell(answer["total"]?[name])) }
        let unbalanced = answer["unbalanced"]?.array ?? []
        if answer["balanced"]?.bool == true {
            return table.text(isStyled) + "\nBalanced: every message is accounted for."
        }
        var sources = TextTable(.left("SOURCE"), .right("RECEIVED"), .right("ACCOUNTED"), .right("DIFFERENCE"))
        for source in unbalanced {
            let counts = source["counts"]
            let accounted = outcomes.reduce(0) { $0 + (counts?[$1]?.integer ?? 0) }
            sources.add(
                cell(source["source"]),
                cell(counts?["received"]),
                String(accounted),
                cell(counts?["difference"])
            )
        }
        return table.text(isStyled) + "\nNOT BALANCED:"
            + (sources.isEmpty ? " the total differs." : "\n" + sources.text(isStyled))
    }
}
