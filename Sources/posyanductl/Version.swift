// `posyanductl version`: which programs talk to each other.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginKit

enum ProgramVersion {
    static let text = "0.1.0"
}

struct VersionCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "version",
        abstract: "Shows the versions of posyanductl and of the daemon."
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        var answer: JSONObject = ["posyanductl": .string(ProgramVersion.text)]
        do {
            answer["posyandud"] = try await daemon.get("status")["version"] ?? .null
        } catch let error as OperatorError {
            answer["posyandud"] = .null
            answer["reason"] = .string(error.message)
        }
        console.show(.object(answer), json: output.json) { answer, _ in Self.report(answer) }
    }

    static func report(_ answer: JSONValue) -> String {
        let daemon = answer["posyandud"]?.string.map(Printable.line)
        return "posyanductl \(Printable.cell(answer["posyanductl"]))\n"
            + "posyandud   \(daemon ?? "not asked: \(Printable.cell(answer["reason"]))")"
    }
}
