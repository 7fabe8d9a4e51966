// `posyanductl status`: is the node well, and what waits where.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginKit

struct StatusCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Shows whether the node is well and what waits where.",
        discussion: "With --wait-ready the exit status is 1 when the node is not ready in time."
    )

    @Option(help: ArgumentHelp("Wait up to so many seconds until the node is ready.", valueName: "seconds"))
    var waitReady: Int?

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        guard let waitReady else {
            console.show(try await daemon.get("status"), json: output.json, Self.report)
            return
        }
        var progress = Progress(console, "waiting for the node", unit: "")
        let deadline = Deadline(seconds: waitReady)
        while true {
            do {
                let answer = try await daemon.get("status")
                let isReady = answer["ready"]?.bool == true
                if isReady || deadline.isPast {
                    progress.end()
                    console.show(answer, json: output.json, Self.report)
                    if !isReady { throw ExitCode.failure }
                    return
                }
                progress.say(Printable.cell(answer["reasons"]))
            } catch let error as OperatorError {
                if deadline.isPast {
                    progress.end()
                    throw error
                }
                progress.say("not reached yet")
            }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    static func report(_ answer: JSONValue, _ isStyled: Bool) -> String {
        var facts = Facts()
        let cell = Printable.cell
        facts.add("posyandud", "\(cell(answer["version"])), \(cell(answer["role"])) of \(cell(answer["kabupaten"]))")
        facts.add("started", cell(answer["started"]))
        facts.add("ready", answer["ready"]?.bool == true ? "yes" : "no: \(cell(answer["reasons"]))")
        let log = answer["log"]
        let oldest = log?["oldest_seconds"]?.integer.map { ", the oldest \(Printable.duration($0)) old" } ?? ""
        let uploads = "\(cell(log?["waiting_uploads"])) uploads waiting"
        facts.add("log", "\(cell(log?["lag"])) entries to apply\(oldest), \(uploads)")
        if let spool = answer["spool"] {
            let counts = ["early", "fork", "revoked"].map { "\(cell(spool[$0])) \($0)" }
            facts.add("spool", "batches put aside: \(counts.joined(separator: ", "))")
        }
        let apply = answer["apply"]
        facts.add(
            "apply",
            ["applied", "rejected", "held", "dead", "failures"].map { "\(cell(apply?[$0])) \($0)" }
                .joined(separator: ", ") + " since the start"
        )
        if let trouble = apply?["trouble"]?.string { facts.add("trouble", Printable.line(trouble)) }
        let summaries = answer["summaries"]
        facts.add("summaries", "\(cell(summaries?["cells"])) cells computed, \(cell(summaries?["dirty"])) waiting")
        if let trouble = summaries?["trouble"]?.string { facts.add("trouble", "summaries: \(Printable.line(trouble))") }
        let sectors = answer["sectors"]
        let disabled = sectors?["disabled"]?.integer ?? 0
        let off = disabled > 0 ? ", \(disabled) disabled" : ""
        facts.add("sectors", "\(cell(sectors?["ready"])) of \(cell(sectors?["total"])) ready\(off)")
        facts.add(
            "database",
            answer["database"]?["durable"]?.bool == true
                ? "durable" : "NOT DURABLE: nothing is acknowledged (fsync, full_page_writes, synchronous_commit)"
        )
        let memory = answer["memory"]
        facts.add(
            "memory",
            "\(Printable.bytes(memory?["rss_bytes"])), at most \(Printable.bytes(memory?["peak_rss_bytes"]))"
        )
        var table = TextTable(.left("DESTINATION"), .right("OPEN"), .right("ACKNOWLEDGED"), .left("PAUSED"))
        for destination in answer["destinations"]?.array ?? [] {
            table.add(
                cell(destination["name"]),
                cell(destination["open"]),
                cell(destination["acknowledged"]),
                cell(destination["paused"])
            )
        }
        return table.isEmpty ? facts.text : "\(facts.text)\n\n\(table.text(isStyled))"
    }
}
