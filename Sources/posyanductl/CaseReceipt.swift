// `posyanductl case receipt` and `case slip`: what a villager's code tells, and the paper with the code.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginKit

struct CaseReceipt: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "receipt",
        abstract: "Shows what the code of a receipt tells its holder.",
        discussion: """
            Codes are read in any case, with o for 0 and i or l for 1, hyphens and spaces where they are. Of a confidential \
            case nothing is told but whether it is closed. The same is told at /v1/receipts/CODE of the kiosks' address.
            """
    )

    @Argument(help: "The code, as 7K2M-4QXD-W.")
    var code: String

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let answer = try await daemon.get("receipts/\(ControlClient.segment(code))")
        console.show(answer, json: output.json) { answer, _ in Self.report(answer) }
    }

    static func report(_ answer: JSONValue) -> String {
        let lines = (answer["sentences"]?.array ?? []).compactMap(\.string).map(Printable.line)
        return ([Printable.cell(answer["code"])] + lines).joined(separator: "\n")
    }
}

struct CaseSlip: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "slip",
        abstract: "Prints the slip of a receipt, for a printer of 32 columns or as a page.",
        discussion: "It names the posyandu, the code, the day and where to ask: nothing of the person or the report."
    )

    @Argument(help: "The code, as 7K2M-4QXD-W.")
    var code: String

    @Flag(help: "Print an HTML page that needs nothing else.")
    var html = false

    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let path = "receipts/\(ControlClient.segment(code))/slip"
        console.out(try await daemon.bytes(path, [("format", html ? "html" : nil)]))
    }
}
