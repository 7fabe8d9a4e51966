// `posyanductl push reconcile`: reads acknowledged documents back and says what a destination no longer holds as it was sent.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginKit

struct PushReconcile: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconcile",
        abstract: "Compares what the destinations hold with what was acknowledged, and lists what drifted.",
        discussion: """
            The daemon does this every night by itself; --report shows what the last runs found and starts nothing. Nothing is \
            changed at a destination but what it has lost: that is sent again. Ends with 1 when something drifted or could \
            not be read.
            """
    )

    @Option(help: ArgumentHelp("One destination only.", valueName: "name"))
    var destination: String?

    @Flag(help: "Show the last runs; start none.")
    var report = false

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let before = try await daemon.get("push/reconciliations", [("limit", "1")])
        let newest = before["runs"]?.array?.first?["id"]?.integer ?? 0
        if !report {
            var body = JSONObject()
            if let destination { body["destination"] = .string(destination) }
            let asked = try await daemon.post("push/reconciliations", .object(body))["asked"]?.array ?? []
            guard !asked.isEmpty else {
                throw OperatorError(
                    "no destination has a document yet",
                    hint: "posyanductl summaries close PERIOD plans the first ones"
                )
            }
            try await wait(for: asked.count, after: newest, daemon, console)
        }
        let answer = try await daemon.get("push/reconciliations", [("limit", "200")])
        let runs = (answer["runs"]?.array ?? []).filter { report || ($0["id"]?.integer ?? 0) > newest }
        console.show(answer, json: output.json) { answer, isStyled in Self.text(answer, runs, isStyled) }
        let isClean = runs.allSatisfy { run in
            run["drifted"]?.integer == 0 && run["unreadable"]?.integer == 0 && run["stopped"]?.string == nil
        }
        if !report, !isClean { throw ExitCode(1) }
    }

    /// Shows how many documents are left until every run that was asked for is finished.
    private func wait(for count: Int, after newest: Int, _ daemon: ControlClient, _ console: Console) async throws {
        var progress = Progress(console, "reconcile", unit: "documents")
        defer { progress.end() }
        while true {
            let answer = try await daemon.get("push/reconciliations", [("limit", "\(count + 20)")])
            let runs = (answer["runs"]?.array ?? []).filter { ($0["id"]?.integer ?? 0) > newest }
            let checked = runs.reduce(0) { $0 + ($1["checked"]?.integer ?? 0) }
            let left = runs.reduce(0) { $0 + ($1["left"]?.integer ?? 0) }
            progress.update(checked, of: checked + left)
            if runs.count >= count, runs.allSatisfy({ $0["finished"]?.string != nil }) { return }
            try await Task.sleep(for: .milliseconds(500))
        }
    }

    static func text(_ answer: JSONValue, _ runs: [JSONValue], _ isStyled: Bool) -> String {
        let cell = Printable.cell
        var table = TextTable(
            .left("DESTINATION"),
            .left("NIGHT"),
            .left("FINISHED"),
            .right("CHECKED"),
            .right("SAME"),
            .right("DRIFTED"),
            .right("UNREADABLE"),
            .left("STOPPED")
        )
        for run in runs {
            table.add(
                cell(run["destination"]),
                cell(run["night"]),
                cell(run["finished"]),
                cell(run["checked"]),
                cell(run["same"]),
                cell(run["drifted"]),
                cell(run["unreadable"]),
                cell(run["stopped"])
            )
        }
        let drifts = answer["drifts"]?.array ?? []
        guard !runs.isEmpty else { return "Nothing was reconciled yet." }
        guard !drifts.isEmpty else { return table.text(isStyled) + "\nNothing drifted." }
        var list = TextTable(
            .right("DOCUMENT"),
            .left("DESTINATION"),
            .left("PERIOD"),
            .left("KIND"),
            .left("FOUND"),
            .left("NOW"),
            .left("WHAT")
        )
        for drift in drifts {
            list.add(
                cell(drift["document"]),
                cell(drift["destination"]),
                cell(drift["period"]),
                cell(drift["kind"]),
                cell(drift["finding"]),
                cell(drift["state"]),
                cell(drift["detail"])
            )
        }
        return table.text(isStyled) + "\n\n" + list.text(isStyled)
    }
}
