// `posyanductl case register`, `recap` and `ageing`: monthly registers of cases, shown or written to a file.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginHost
import PluginKit

/// When cases are looked at.
enum CaseMomentArgument: String, ExpressibleByArgument, CaseIterable {
    case monthEnd = "month-end"
    case now, closed
}

/// The form of a register: shown, or a file.
struct SheetOptions: ParsableArguments {
    @Flag(help: "Print the daemon's JSON, one line, instead of a table.")
    var json = false

    @Option(help: ArgumentHelp("Write CSV; - is the standard output.", valueName: "file"))
    var csv: String?

    @Option(help: ArgumentHelp("Write an Excel workbook.", valueName: "file"))
    var xlsx: String?

    func validate() throws {
        guard [json, csv != nil, xlsx != nil].filter(\.self).count < 2 else {
            throw ValidationError("--json, --csv and --xlsx exclude each other")
        }
        if xlsx == "-" { throw ValidationError("a workbook goes to a file") }
    }

    var isFile: Bool { csv != nil || xlsx != nil }

    /// Shows the sheet at a path of the daemon, or writes it to the file that was asked for.
    func show(
        _ path: String,
        _ query: ControlClient.Query,
        on daemon: ControlClient,
        _ console: Console,
        mode: UInt32 = 0o644
    ) async throws {
        guard let file = csv ?? xlsx else {
            console.show(try await daemon.get(path, query), json: json, Self.report)
            return
        }
        let bytes = try await daemon.act(path, query + [("format", csv == nil ? "xlsx" : "csv")])
        if file == "-" {
            console.out(bytes)
            return
        }
        do {
            try DurableFile.write(bytes, to: file, mode: mode)
        } catch {
            throw OperatorError("\(error.message)", hint: "choose another file")
        }
        console.print("\(file): \(bytes.count) bytes")
    }

    /// The table, then the tables that go with it.
    static func report(_ answer: JSONValue, _ isStyled: Bool) -> String {
        var text = RegisterShowCommand.report(answer, isStyled)
        for list in answer["lists"]?.array ?? [] {
            var table = TextTable(columns: (list["columns"]?.array ?? []).map { Printable.cell($0) })
            for row in list["rows"]?.array ?? [] {
                table.add(cells: (row.array ?? []).map { $0.isNull ? "" : Printable.cell($0) })
            }
            guard !table.isEmpty else { continue }
            text += "\n\n\(Printable.cell(list["title"]))\n\(table.text(isStyled))"
        }
        return text
    }
}

struct CaseRegister: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "register",
        abstract: "Shows the monthly register of a sector's cases: TL, BTL or PROSES.",
        discussion: """
            A row for each case received in the month, as it stood at the end of it. Of a closed month it is what the register \
            said when it was closed, and below it what was corrected since, with the reason. Names are printed into a file \
            only, with --persons; of confidential sectors never.
            """
    )

    @Option(help: ArgumentHelp("The sector.", valueName: "id"))
    var sector: String

    @Option(help: ArgumentHelp("Its register.", valueName: "name"))
    var name = "bulanan"

    @OptionGroup var place: PlaceOptions

    @Option(help: ArgumentHelp("When: month-end, now or closed.", valueName: "moment"))
    var asOf: CaseMomentArgument?

    @Option(help: ArgumentHelp("Print names and NIK too, for this purpose.", valueName: "purpose"))
    var persons: String?

    @OptionGroup var sheet: SheetOptions
    @OptionGroup var control: ControlOptions

    func validate() throws {
        if persons?.isEmpty == true { throw ValidationError("--persons needs a purpose, in some words") }
        if persons != nil, !sheet.isFile { throw ValidationError("--persons needs --csv FILE or --xlsx FILE") }
    }

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let path = "case-registers/\(ControlClient.segment(sector))/\(ControlClient.segment(name))"
        let query = place.query + [("as_of", asOf?.rawValue), ("persons", persons)]
        try await sheet.show(path, query, on: daemon, console, mode: persons == nil ? 0o644 : 0o600)
    }
}

struct CaseRecap: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "recap",
        abstract: "Shows the joint recap of all sectors' cases in a month.",
        discussion: """
            Carried over from the month before, received, TL, BTL, PROSES, refused, past the limit, ended within it. Carried \
            over, received and reopened cases are together the closed and the open ones.
            """
    )

    @OptionGroup var place: PlaceOptions

    @Option(
        help: ArgumentHelp(
            "Lines: kabupaten, kecamatan, desa or posyandu; the next below when left out.",
            valueName: "level"
        )
    )
    var by: String?

    @Option(help: ArgumentHelp("When: month-end, now or closed.", valueName: "moment"))
    var asOf: CaseMomentArgument?

    @OptionGroup var sheet: SheetOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        try await sheet.show("case-recap", place.query + [("by", by), ("as_of", asOf?.rawValue)], on: daemon, console)
    }
}

struct CaseAgeing: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "ageing",
        abstract: "Shows how old open cases are and how long steps and offices took, in working days.",
        discussion: """
            Days on which a case was paused do not count. Median and 90th percentile are of the steps that ended in the month, \
            by nearest rank.
            """
    )

    @OptionGroup var place: PlaceOptions

    @Option(help: ArgumentHelp("Upper ends of the classes of age.", valueName: "days"))
    var classes = "3,5,10,20"

    @Option(help: ArgumentHelp("When: month-end or now, which it is when left out.", valueName: "moment"))
    var asOf: CaseMomentArgument?

    @OptionGroup var sheet: SheetOptions
    @OptionGroup var control: ControlOptions

    func validate() throws {
        if asOf == .closed { throw ValidationError("--as-of closed: ages are of the end of a month, or of now") }
    }

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let query = place.query + [("classes", classes), ("as_of", asOf?.rawValue)]
        try await sheet.show("case-ageing", query, on: daemon, console)
    }
}
