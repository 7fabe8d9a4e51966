// `posyanductl log`: how far the consumers of the log are; pause, resume, wait.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginKit

struct LogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "Shows how far the log is applied; pauses and resumes it.",
        subcommands: [LogShow.self, LogPause.self, LogResume.self, LogWait.self],
        defaultSubcommand: LogShow.self
    )
}

struct LogShow: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows each consumer's lag by shard (the default)."
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        console.show(try await daemon.get("log"), json: output.json, Self.report)
    }

    static func report(_ answer: JSONValue, _ isStyled: Bool) -> String {
        var table = TextTable(.left("CONSUMER"), .right("SHARD"), .right("LAG"), .right("OLDEST"), .left("PAUSED"))
        for consumer in answer["consumers"]?.array ?? [] {
            table.add(
                Printable.cell(consumer["consumer"]),
                Printable.cell(consumer["shard"]),
                Printable.cell(consumer["lag"]),
                Printable.duration(consumer["oldest_seconds"]),
                Printable.cell(consumer["paused"])
            )
        }
        return table.text(isStyled)
    }
}

struct LogPause: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Stops applying; messages are still taken in and kept."
    )

    @Option(help: "Why; shown to everyone who asks for the log.")
    var reason: String

    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        _ = try await daemon.post("log/pause", ["reason": .string(reason)])
        console.print("Paused. Go on with: posyanductl log resume")
    }
}

struct LogResume: OperatorCommand {
    static let configuration = CommandConfiguration(commandName: "resume", abstract: "Goes on applying.")

    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        _ = try await daemon.post("log/resume")
        console.print("Resumed.")
    }
}

struct LogWait: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Waits until everything taken in is applied and summed up.",
        discussion: "Messages that are held or dead do not count: see posyanductl held, posyanductl dead list."
    )

    @Option(help: ArgumentHelp("Give up after so many seconds, with exit status 1.", valueName: "seconds"))
    var timeout: Int?

    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        try await Self.untilApplied(daemon, console, Deadline(seconds: timeout))
    }

    /// Waits for a lag of nothing and no dirty cell.
    /// - Throws: ``OperatorError`` when the log is paused or the deadline passes.
    static func untilApplied(_ daemon: ControlClient, _ console: Console, _ deadline: Deadline) async throws {
        var progress = Progress(console, "applying", unit: "entries")
        defer { progress.end() }
        var first: Int?
        while true {
            let answer = try await daemon.get("status")
            guard let lag = answer["log"]?["lag"]?.integer, let dirty = answer["summaries"]?["dirty"]?.integer else {
                throw OperatorError("the daemon's status has no lag", hint: "posyanductl version")
            }
            if lag == 0, dirty == 0 { return }
            if let paused = try await pauseReason(daemon) {
                throw OperatorError("applying is paused: \(paused)", hint: "posyanductl log resume")
            }
            guard !deadline.isPast else {
                throw OperatorError(
                    "\(lag) entries are not applied and \(dirty) cells not summed up yet",
                    hint: "posyanductl status"
                )
            }
            first = max(first ?? 0, lag)
            if lag > 0 {
                progress.update((first ?? lag) - lag, of: first)
            } else {
                progress.say("\(dirty) cells to sum up")
            }
            try await Task.sleep(for: .milliseconds(250))
        }
    }

    private static func pauseReason(_ daemon: ControlClient) async throws -> String? {
        let consumers = try await daemon.get("log")["consumers"]?.array ?? []
        return consumers.lazy.compactMap { $0["paused"]?.string }.first.map(Printable.line)
    }
}
