// What an operator may do to one document: send again, hold, release, acknowledge by hand.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginKit

struct PushRetry: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Sends a document again that was rejected, partial or stale, or does not wait any longer."
    )

    @Argument(help: "Its id, from posyanductl push list.")
    var id: Int

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let answer = try await daemon.post("push/\(id)/retry")
        console.show(answer, json: output.json) { _, _ in "\(id): will be sent again" }
    }
}

struct PushHold: OperatorCommand {
    static let configuration = CommandConfiguration(commandName: "hold", abstract: "Keeps a document from being sent.")

    @Argument(help: "Its id, from posyanductl push list.")
    var id: Int

    @Option(help: "Why; kept with the document.")
    var reason: String

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let answer = try await daemon.post("push/\(id)/hold", ["reason": .string(reason)])
        console.show(answer, json: output.json) { _, _ in "\(id): held. Go on with: posyanductl push release \(id)" }
    }
}

struct PushRelease: OperatorCommand {
    static let configuration = CommandConfiguration(commandName: "release", abstract: "Lets a held document go.")

    @Argument(help: "Its id, from posyanductl push list.")
    var id: Int

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let answer = try await daemon.post("push/\(id)/release")
        console.show(answer, json: output.json) { _, _ in "\(id): released" }
    }
}

struct PushAcknowledge: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "ack-by-hand",
        abstract: "Records that a destination has a document, on the word of a person.",
        discussion: "For a destination that has the document and cannot say so. The proof and your name are kept."
    )

    @Argument(help: "Its id, from posyanductl push list.")
    var id: Int

    @Option(help: "What proves it: letter, screenshot, name of the official.")
    var proof: String

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let answer = try await daemon.post("push/\(id)/acknowledge", ["proof": .string(proof)])
        console.show(answer, json: output.json) { _, _ in "\(id): acknowledged by hand" }
    }
}
