// `posyanductl source`: the kiosks whose messages are taken.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginKit

struct SourceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "source",
        abstract: "The kiosks whose messages this node takes.",
        subcommands: [SourceImport.self, SourceList.self]
    )
}

struct SourceImport: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Registers sources from a CSV file.",
        discussion: """
            Columns: uuid, posyandu_uuid, nama, incarnation, sign_key (64 hexadecimal digits); optional: peran, the roles \
            in which it may act on cases, with blanks between them (kader, bidan, pengurus, pemdes, kades, opd, kecamatan, \
            tp_posyandu, admin; a posyandu's device without any may act as kader, bidan and pengurus); wilayah, the region \
            code of a source without a posyandu; opd, the office roles whose cases it may act on. A source that is known \
            already stays as it is, but one without peran takes it over.
            """
    )

    @Argument(help: "The CSV file; - is the standard input.")
    var file: String

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let answer = try await daemon.upload("sources", [], try InputFile(file).read(), type: "text/csv")
        console.show(answer, json: output.json) { answer, _ in Self.report(answer) }
    }

    static func report(_ answer: JSONValue) -> String {
        "\(Printable.cell(answer["registered"])) sources registered."
    }
}

struct SourceList: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the sources, each with its range of receipts.",
        discussion: """
            A kiosk makes the codes of its receipts from its range and a serial number that it counts itself; it gets the \
            range once, when it is registered.
            """
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        console.show(try await daemon.get("sources"), json: output.json, Self.report)
    }

    static func report(_ answer: JSONValue, _ isStyled: Bool) -> String {
        let cell = Printable.cell
        var table = TextTable(
            .right("RANGE"),
            .left("SOURCE"),
            .left("NAME"),
            .left("POSYANDU"),
            .left("STATE"),
            .right("RECEIVED"),
            .left("LAST")
        )
        for source in answer["sources"]?.array ?? [] {
            table.add(
                cell(source["range"]),
                cell(source["uuid"]),
                cell(source["name"]),
                cell(source["posyandu_name"]),
                cell(source["state"]),
                cell(source["received"]),
                cell(source["last"])
            )
        }
        return table.isEmpty ? "No source is registered." : table.text(isStyled)
    }
}
