// `posyanductl push wait`: until the destinations have acknowledged everything.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginKit

struct PushWait: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Waits until no document is on its way any more.",
        discussion: """
            Exit status 0 when every document is acknowledged or superseded; 1 when one waits for a person, when all that \
            is left waits for a paused destination, or when the time is over.
            """
    )

    @Option(help: ArgumentHelp("Give up after so many seconds.", valueName: "seconds"))
    var timeout: Int?

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let answer = try await Self.untilDone(daemon, console, Deadline(seconds: timeout))
        console.show(answer, json: output.json, PushStatus.report)
        if let problem = Self.Verdict(answer).problem { throw problem }
    }

    /// The same for other commands, without a report.
    static func untilAcknowledged(_ daemon: ControlClient, _ console: Console, _ deadline: Deadline) async throws {
        if let problem = Verdict(try await untilDone(daemon, console, deadline)).problem { throw problem }
    }

    private static func untilDone(
        _ daemon: ControlClient,
        _ console: Console,
        _ deadline: Deadline
    ) async throws -> JSONValue {
        var progress = Progress(console, "push", unit: "documents")
        defer { progress.end() }
        while true {
            let answer = try await daemon.get("push", [("limit", "0")])
            let verdict = Verdict(answer)
            if !verdict.mayMove || deadline.isPast { return answer }
            progress.update(verdict.done, of: verdict.done + verdict.open)
            try await Task.sleep(for: .milliseconds(500))
        }
    }

    /// What the ledger says about the end of the wait.
    struct Verdict {
        private(set) var open = 0
        private(set) var done = 0
        private var stopped = 0
        private var paused: [DestinationTally] = []
        /// Whether waiting can help: a document moves at a destination that is not paused.
        private(set) var mayMove = false

        init(_ answer: JSONValue) {
            for destination in answer["destinations"]?.array ?? [] {
                let tally = DestinationTally(destination)
                open += tally.open
                stopped += tally.stopped
                done += tally.acknowledged + tally.superseded + tally.stopped
                guard tally.open > 0 else { continue }
                if tally.paused == nil { mayMove = true } else { paused.append(tally) }
            }
        }

        /// Why not everything is acknowledged; nil when it is.
        var problem: OperatorError? {
            if mayMove {
                return OperatorError("\(open) documents are still on their way", hint: "posyanductl push list")
            }
            if let first = paused.first {
                return OperatorError(
                    "\(first.open) documents wait for \(first.name), which is paused: \(first.paused ?? "-")",
                    hint: "posyanductl destination resume \(first.name)"
                )
            }
            if stopped > 0 {
                return OperatorError("\(stopped) documents wait for a person", hint: "posyanductl push list")
            }
            return nil
        }
    }
}
