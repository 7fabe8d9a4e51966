// `posyanductl counts`: what the registry holds, by kecamatan.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginKit

struct CountsCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "counts",
        abstract: "Counts the registry's residents, records and cases, by kecamatan."
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        console.show(try await daemon.get("registry/counts"), json: output.json, Self.report)
    }

    static func report(_ answer: JSONValue, _ isStyled: Bool) -> String {
        let cell = Printable.cell
        var table = TextTable(.left("AREA"), .left("WHAT"), .left("STATE"), .right("COUNT"))
        for entry in answer["residents"]?.array ?? [] {
            table.add(cell(entry["area"]), "residents", "-", cell(entry["residents"]))
        }
        for entry in answer["records"]?.array ?? [] {
            table.add(cell(entry["area"]), cell(entry["type"]), "applied", cell(entry["records"]))
        }
        for entry in answer["cases"]?.array ?? [] {
            table.add(
                cell(entry["area"]),
                "cases of \(cell(entry["sector"]))",
                cell(entry["state"]),
                cell(entry["cases"])
            )
        }
        let posyandu = "\(cell(answer["posyandu"])) posyandu."
        return table.isEmpty ? posyandu : "\(posyandu)\n\(table.text(isStyled))"
    }
}
