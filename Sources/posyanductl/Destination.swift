// `posyanductl destination`: try out, pause and resume one destination.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginKit

struct DestinationCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "destination",
        abstract: "Tries out a destination; pauses and resumes the sending to it.",
        subcommands: [DestinationTest.self, DestinationPause.self, DestinationResume.self]
    )
}

struct DestinationPause: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Sends nothing more to a destination; documents wait."
    )

    @Argument(help: "Its name, from posyanductl push status.")
    var name: String

    @Option(help: "Why; shown to everyone who asks.")
    var reason: String

    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        _ = try await daemon.post("destinations/\(ControlClient.segment(name))/pause", ["reason": .string(reason)])
        console.print("\(name): paused. Go on with: posyanductl destination resume \(name)")
    }
}

struct DestinationResume: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Sends to a destination again."
    )

    @Argument(help: "Its name, from posyanductl push status.")
    var name: String

    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        _ = try await daemon.post("destinations/\(ControlClient.segment(name))/resume")
        console.print("\(name): resumed")
    }
}
