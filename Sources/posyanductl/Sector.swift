// `posyanductl sector`: the sectors of a node, and the tools of those who write one.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginKit

struct SectorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sector",
        abstract: "The sectors of this node; test, new and sign are for those who write one.",
        subcommands: [
            SectorList.self, SectorEnable.self, SectorDisable.self, SectorReload.self, SectorTest.self, SectorNew.self,
            SectorSign.self,
        ],
        defaultSubcommand: SectorList.self
    )
}

struct SectorList: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the sectors with their state and what they hold up (the default)."
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        console.show(try await daemon.get("sectors"), json: output.json, Self.report)
    }

    static func report(_ answer: JSONValue, _ isStyled: Bool) -> String {
        let cell = Printable.cell
        var table = TextTable(
            .left("SECTOR"),
            .left("STATE"),
            .left("VERSION"),
            .left("SCOPE"),
            .left("FORM"),
            .left("CONFINED"),
            .right("PID"),
            .right("RESTARTS"),
            .right("HELD"),
            .right("OLDEST"),
            .right("MEMORY"),
            .left("DIGEST")
        )
        var notes: [String] = []
        for sector in answer["sectors"]?.array ?? [] {
            table.add(
                cell(sector["id"]),
                cell(sector["state"]),
                cell(sector["version"]),
                cell(sector["scope"]),
                cell(sector["form"]),
                cell(sector["confined"]),
                cell(sector["pid"]),
                cell(sector["restarts"]),
                cell(sector["held"]),
                Printable.duration(sector["oldest_held_seconds"]),
                Printable.bytes(sector["rss_bytes"]),
                Printable.digest(sector["digest"])
            )
            guard let reason = sector["reason"]?.string else { continue }
            let repair = sector["repair"]?.string.map { ". Repair: \(Printable.line($0))" } ?? ""
            notes.append("\(cell(sector["id"])): \(Printable.line(reason))\(repair)")
        }
        if table.isEmpty { return "No sector is installed." }
        return ([table.text(isStyled)] + notes).joined(separator: "\n")
    }
}

struct SectorEnable: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable",
        abstract: "Starts a sector; what waited for it is applied first."
    )

    @Argument(help: "Its id, from posyanductl sector list.")
    var id: String

    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        _ = try await daemon.post("sectors/\(ControlClient.segment(id))/enable")
        console.print("\(id): enabled")
    }
}

struct SectorDisable: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable",
        abstract: "Stops a sector; its messages are held until it is enabled."
    )

    @Argument(help: "Its id, from posyanductl sector list.")
    var id: String

    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        _ = try await daemon.post("sectors/\(ControlClient.segment(id))/disable")
        console.print("\(id): disabled. Start it with: posyanductl sector enable \(id)")
    }
}

struct SectorReload: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Looks at the sectors' folders again: new, changed and removed ones."
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        console.show(try await daemon.post("sectors/reload"), json: output.json, SectorList.report)
    }
}
