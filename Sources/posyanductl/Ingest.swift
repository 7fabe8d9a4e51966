// `posyanductl ingest`: batches of messages from files.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginKit

struct IngestCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest",
        abstract: "Takes in files of batches: the same bytes that kiosks send.",
        discussion: """
            A file may be plain or gzip, and be taken in any number of times. Exit status 1 when a batch was refused or a \
            part of a file could not be read. With --json one line a file.
            """
    )

    @Argument(help: ArgumentHelp("Files of batches; - is the standard input.", valueName: "file"))
    var files: [String]

    @Flag(help: "Wait until everything taken in is applied and summed up.")
    var wait = false

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        var tallies: [(name: String, answer: JSONValue)] = []
        var progress = Progress(console, "ingest", unit: "files", total: files.count)
        defer { progress.end() }
        for file in files {
            let input = InputFile(file)
            let answer = try await daemon.upload("ingest", [], try input.read(), type: "application/octet-stream")
            tallies.append((input.name, answer))
            if output.json { console.print(answer.description) }
            progress.update(tallies.count)
        }
        progress.end()
        if !output.json { console.print(Self.report(tallies, console.isStyled)) }
        if wait { try await LogWait.untilApplied(daemon, console, Deadline(seconds: nil)) }
        if !tallies.allSatisfy({ $0.answer["clean"]?.bool == true }) { throw ExitCode.failure }
    }

    static func report(_ tallies: [(name: String, answer: JSONValue)], _ isStyled: Bool) -> String {
        var table = TextTable(
            .left("FILE"),
            .right("BATCHES"),
            .right("TAKEN"),
            .right("DUPLICATES"),
            .right("REJECTED"),
            .right("WAITING"),
            .right("REFUSED"),
            .right("DAMAGED")
        )
        var notes: [String] = []
        for (name, answer) in tallies {
            let refused = answer["refused"]?.object?.members ?? []
            let damaged = answer["damaged"]?.array ?? []
            table.add(
                name,
                Printable.cell(answer["batches"]),
                Printable.cell(answer["taken"]),
                Printable.cell(answer["duplicates"]),
                Printable.cell(answer["rejected"]),
                Printable.cell(answer["waiting"]),
                String(refused.reduce(0) { $0 + ($1.value.integer ?? 0) }),
                String(damaged.count)
            )
            notes += refused.map { "\(name): \(Printable.cell($0.value)) batches refused: \(Printable.line($0.name))" }
            if refused.contains(where: { $0.name == "spool-full" }) {
                notes.append(
                    "\(name): keep this file: what came too early was not kept. Take in what is missing, then it again."
                )
            }
            notes += damaged.map { place in
                "\(name): byte \(Printable.cell(place["offset"])): \(Printable.cell(place["code"]))"
            }
        }
        return ([table.text(isStyled)] + notes).joined(separator: "\n")
    }
}
