// `posyanductl replay`: does the log alone give the same frozen periods again.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginKit

struct ReplayCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Applies the whole log into an empty copy and compares the frozen periods, byte by byte.",
        discussion: "The node goes on working meanwhile. Exit status 1 when a period differs."
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        var progress = Progress(console, "replay", unit: "entries")
        defer { progress.end() }
        let report = try await daemon.lines("replay") { line in
            guard let done = line["progress"]?["entries"]?.integer else { return }
            progress.update(done, of: line["progress"]?["of"]?.integer)
        }
        progress.end()
        console.show(report, json: output.json, Self.report)
        if report["identical"]?.bool != true { throw ExitCode.failure }
    }

    static func report(_ report: JSONValue, _ isStyled: Bool) -> String {
        let cell = Printable.cell
        var table = TextTable(
            .left("PERIOD"),
            .right("REVISION"),
            .left("RESULT"),
            .left("DIGEST"),
            .left("REPLAYED")
        )
        let snapshots = report["snapshots"]?.array ?? []
        for snapshot in snapshots {
            table.add(
                cell(snapshot["period"]),
                cell(snapshot["revision"]),
                snapshot["identical"]?.bool == true ? "identical" : "DIFFERENT",
                Printable.digest(snapshot["digest"]),
                Printable.digest(snapshot["replayed_digest"])
            )
        }
        let different = snapshots.count { $0["identical"]?.bool != true }
        let sentence = "\(cell(report["entries"])) entries replayed: "
        if snapshots.isEmpty { return sentence + "no period is closed, nothing to compare." }
        return "\(table.text(isStyled))\n\(sentence)\(snapshots.count - different) identical, \(different) different."
    }
}
