// `posyanductl case close` and `case months`: months of case registers that are closed.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginKit

struct CaseClose: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "close",
        abstract: "Closes the registers of a month: what they say is kept for ever.",
        discussion: """
            What is corrected, retracted or comes late afterwards is shown below the closed register, with its reason. A month \
            is closed once, after its last day.
            """
    )

    @Argument(help: "The month, 2026-11.")
    var month: MonthArgument

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let answer = try await daemon.post("case-months/\(month.text)/close")
        console.show(answer, json: output.json) { answer, _ in Self.report(answer) }
    }

    static func report(_ answer: JSONValue) -> String {
        let what = answer["new"]?.bool == true ? "closed" : "was closed before, \(Printable.cell(answer["closed_at"]))"
        return """
            \(Printable.cell(answer["month"])) \(what): \(Printable.cell(answer["registers"])) registers, digest \
            \(Printable.cell(answer["digest"])).
            """
    }
}

struct CaseMonths: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "months",
        abstract: "Lists the months whose case registers are closed."
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        console.show(try await daemon.get("case-months"), json: output.json, Self.report)
    }

    static func report(_ answer: JSONValue, _ isStyled: Bool) -> String {
        let cell = Printable.cell
        var table = TextTable(.left("MONTH"), .left("CLOSED"), .left("BY"), .right("REGISTERS"), .left("DIGEST"))
        for month in answer["months"]?.array ?? [] {
            table.add(
                cell(month["month"]),
                cell(month["closed_at"]),
                cell(month["closed_by"]),
                cell(month["registers"]),
                String(cell(month["digest"]).prefix(16))
            )
        }
        return table.isEmpty ? "No month is closed." : table.text(isStyled)
    }
}
