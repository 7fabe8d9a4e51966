// `posyanductl held`: messages that wait for a sector.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginKit

struct HeldCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "held",
        abstract: "Lists messages that wait for a sector to come back.",
        discussion: "They are applied by themselves, in order, when it is ready: posyanductl sector list."
    )

    @Option(help: ArgumentHelp("At most so many.", valueName: "count"))
    var limit = 100

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let answer = try await daemon.get("dead", [("state", "held"), ("limit", String(limit))])
        console.show(answer, json: output.json) { DeadList.report($0, .held, $1) }
    }
}
