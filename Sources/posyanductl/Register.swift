// `posyanductl register`: the printed registers, shown or written to a file.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginHost
import PluginKit

struct RegisterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "register",
        abstract: "Shows the printed registers, or writes them as CSV or XLSX.",
        discussion: """
            A register is of one posyandu and year (a row a month), of an area and month (a row a posyandu), or of an \
            area and year. An empty cell was not reported or is not recorded; zero is a number.
            """,
        subcommands: [RegisterListCommand.self, RegisterShowCommand.self, RegisterExportCommand.self]
    )
}

struct RegisterListCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the registers of all sectors."
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        console.show(try await daemon.get("registers"), json: output.json, Self.report)
    }

    static func report(_ answer: JSONValue, _ isStyled: Bool) -> String {
        let cell = Printable.cell
        var table = TextTable(.left("SECTOR"), .left("REGISTER"), .left("KIND"), .right("COLUMNS"), .left("TITLE"))
        for register in answer["registers"]?.array ?? [] {
            table.add(
                cell(register["sector"]),
                cell(register["name"]),
                cell(register["kind"]),
                cell(register["columns"]),
                cell(register["title"])
            )
        }
        return table.isEmpty ? "No sector has a register." : table.text(isStyled)
    }
}

/// Which register, of whom, of when.
struct RegisterOptions: ParsableArguments {
    @Argument(help: "The register, as sip_7.")
    var name: String

    @Option(help: ArgumentHelp("Its sector.", valueName: "id"))
    var sector = "kesehatan"

    @Option(help: ArgumentHelp("One posyandu, by UUID or registration number.", valueName: "id"))
    var posyandu: String?

    @Option(help: ArgumentHelp("All posyandu of a desa, kecamatan or kabupaten.", valueName: "code"))
    var area: String?

    @Option(help: ArgumentHelp("One month: a row a posyandu.", valueName: "yyyy-mm"))
    var month: String?

    @Option(help: ArgumentHelp("One year: a row a month.", valueName: "yyyy"))
    var year: Int?

    func validate() throws {
        guard (posyandu == nil) != (area == nil) else { throw ValidationError("say --posyandu or --area") }
        guard (month == nil) != (year == nil) else { throw ValidationError("say --month or --year") }
        if posyandu != nil, month != nil { throw ValidationError("a posyandu's register is of a --year") }
        if let month, Period(month)?.kind != .month { throw ValidationError("--month \(month): write YYYY-MM") }
    }

    var path: String { "registers/\(ControlClient.segment(sector))/\(ControlClient.segment(name))" }

    var query: ControlClient.Query {
        [("posyandu", posyandu), ("area", area), ("month", month), ("year", year.map { String($0) })]
    }
}

struct RegisterShowCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows a register, without persons."
    )

    @OptionGroup var register: RegisterOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        console.show(try await daemon.get(register.path, register.query), json: output.json, Self.report)
    }

    /// The table under the numbers of its columns, the words of the columns below it.
    static func report(_ answer: JSONValue, _ isStyled: Bool) -> String {
        let columns = answer["columns"]?.array ?? []
        let rows = (answer["rows"]?.array ?? []) + [answer["total"] ?? .null].filter { !$0.isNull }
        var lines = [Printable.cell(answer["title"])]
        for entry in answer["head"]?.array ?? [] {
            lines.append("\(Printable.cell(entry["label"])): \(Printable.cell(entry["value"]))")
        }
        var grid: [[String]] = [columns.indices.map { String($0 + 1) }]
        for row in rows {
            grid.append((row["cells"]?.array ?? []).map { $0.isNull ? "" : Printable.cell($0) })
        }
        let widths = columns.indices.map { place in
            grid.map { place < $0.count ? $0[place].count : 0 }.max() ?? 0
        }
        lines.append("")
        for line in grid {
            let cells = line.enumerated().map { place, text in
                String(repeating: " ", count: max(0, widths[place] - text.count)) + text
            }
            lines.append(cells.joined(separator: "  "))
        }
        lines.append("")
        for (place, column) in columns.enumerated() {
            let words = (column["heading"]?.array ?? []).compactMap(\.string).map(Printable.line).joined(
                separator: " / "
            )
            lines.append("\(place + 1)  \(words)")
        }
        let notes = (answer["notes"]?.array ?? []).compactMap(\.string).map(Printable.line)
        return (lines + (notes.isEmpty ? [] : [""] + notes)).joined(separator: "\n")
    }
}

struct RegisterExportCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes a register to a CSV or XLSX file.",
        discussion: """
            With --persons the lists of names are part of it. The daemon keeps who printed them and why, and only the \
            file's owner may read it (mode 0600).
            """
    )

    @OptionGroup var register: RegisterOptions

    @Option(help: ArgumentHelp("Write CSV; - is the standard output.", valueName: "file"))
    var csv: String?

    @Option(help: ArgumentHelp("Write an Excel workbook.", valueName: "file"))
    var xlsx: String?

    @Option(help: ArgumentHelp("Print names and NIK too, for this purpose.", valueName: "purpose"))
    var persons: String?

    @OptionGroup var control: ControlOptions

    func validate() throws {
        guard (csv == nil) != (xlsx == nil) else { throw ValidationError("say --csv FILE or --xlsx FILE") }
        if xlsx == "-" { throw ValidationError("a workbook goes to a file") }
        if persons?.isEmpty == true { throw ValidationError("--persons needs a purpose, in some words") }
    }

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let format = csv == nil ? "xlsx" : "csv"
        let query = register.query + [("format", format), ("persons", persons)]
        let bytes = try await daemon.act(register.path, query)
        guard let file = csv ?? xlsx else { return }
        if file == "-" {
            console.print(String(decoding: bytes, as: UTF8.self))
            return
        }
        do {
            try DurableFile.write(bytes, to: file, mode: persons == nil ? 0o644 : 0o600)
        } catch {
            throw OperatorError("\(error.message)", hint: "choose another file")
        }
        console.print("\(file): \(bytes.count) bytes")
    }
}
