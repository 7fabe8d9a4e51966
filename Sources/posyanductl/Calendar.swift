// `posyanductl calendar`: what closes when at each destination, and what is missing before it does.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginKit

struct CalendarCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calendar",
        abstract: "Reporting windows of the destinations, and what is missing before they close.",
        discussion: """
            Windows come from posyanductl import windows. Days left are working days of the kabupaten; 0 is the closing day \
            itself. DATA UP TO is the cut-off (batas_data) of the document, or of the newest freezing of its period.
            """,
        subcommands: [CalendarShow.self, CalendarMissing.self],
        defaultSubcommand: CalendarShow.self
    )
}

struct CalendarShow: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Lists windows by their closing, with what to do next (the default).",
        discussion: "Without --year or --period: what is not over, and what came too late in the last 366 days."
    )

    @Option(help: "One destination.")
    var destination: String?

    @Option(help: ArgumentHelp("One period: 2026-11, 2026-Q4 or 2026.", valueName: "period"))
    var period: String?

    @Option(help: ArgumentHelp("All windows whose period lies in that year.", valueName: "yyyy"))
    var year: Int?

    @Flag(help: "Those that are done and closed as well.")
    var all = false

    @OptionGroup var output: ListOutput
    @OptionGroup var control: ControlOptions

    func validate() throws {
        if let period, Period(period) == nil {
            throw ValidationError("--period \(period) is not a period: write 2026-11, 2026-Q4 or 2026")
        }
    }

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let answer = try await daemon.get(
            "calendar",
            [
                ("destination", destination), ("period", period), ("year", year.map { String($0) }),
                ("all", all ? "true" : nil),
            ]
        )
        output.show(answer, console, csv: Self.lines, Self.report)
    }

    static func lines(_ answer: JSONValue) -> [[String]] {
        let own = [
            "destination", "kind", "period", "opens", "closes", "state", "standing", "workdays_left", "data_cutoff",
            "source", "remedy",
        ]
        let counts = ["active", "complete", "partial", "missing"]
        let rows = (answer["windows"]?.array ?? []).map { window in
            own.map { CSVText.value(window[$0]) } + counts.map { CSVText.value(window["posyandu"]?[$0]) } + [
                CSVText.value(window["document"]?["id"]), CSVText.value(window["document"]?["state"]),
            ]
        }
        return [own + counts.map { "posyandu_\($0)" } + ["document", "document_state"]] + rows
    }

    static func report(_ answer: JSONValue, _ isStyled: Bool) -> String {
        let cell = Printable.cell
        let windows = answer["windows"]?.array ?? []
        guard !windows.isEmpty else { return "No window. Give them with: posyanductl import windows FILE" }
        var table = TextTable(
            .left("DESTINATION"),
            .left("KIND"),
            .left("PERIOD"),
            .left("STANDING"),
            .left("CLOSES"),
            .right("DAYS LEFT"),
            .left("DOCUMENT"),
            .left("DATA UP TO"),
            .right("POSYANDU"),
            .right("COMPLETE"),
            .right("PARTLY"),
            .right("MISSING")
        )
        for window in windows {
            let state = window["state"]?.string == "diperpanjang" ? " (diperpanjang)" : ""
            table.add(
                cell(window["destination"]),
                cell(window["kind"]),
                cell(window["period"]),
                cell(window["standing"]) + state,
                cell(window["closes"]),
                cell(window["workdays_left"]),
                document(window["document"]),
                cell(window["data_cutoff"]),
                cell(window["posyandu"]?["active"]),
                cell(window["posyandu"]?["complete"]),
                cell(window["posyandu"]?["partial"]),
                cell(window["posyandu"]?["missing"])
            )
        }
        var parts = ["Today \(cell(answer["today"])) \(cell(answer["zone"]))", table.text(isStyled)]
        let remedies = windows.compactMap { window in
            window["remedy"]?.string.map { remedy in
                "\(cell(window["destination"])) \(cell(window["kind"])) \(cell(window["period"])): \(Printable.line(remedy))"
            }
        }
        if !remedies.isEmpty { parts.append(remedies.joined(separator: "\n")) }
        parts += windows.compactMap(changes)
        return parts.joined(separator: "\n\n")
    }

    private static func document(_ document: JSONValue?) -> String {
        guard let id = document?["id"]?.integer else { return "not planned" }
        return "\(id) \(Printable.cell(document?["state"]))"
    }

    /// What a window was before, newest first; nil when it never changed.
    private static func changes(_ window: JSONValue) -> String? {
        let cell = Printable.cell
        let history = window["history"]?.array ?? []
        guard !history.isEmpty else { return nil }
        let lines = history.map { before in
            "  closed \(cell(before["closes"])), \(cell(before["state"])), by \(cell(before["source"]))"
        }
        return "\(cell(window["destination"])) \(cell(window["kind"])) \(cell(window["period"])) was before:\n"
            + lines.joined(separator: "\n")
    }
}

struct CalendarMissing: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "missing",
        abstract: "Counts the posyandu that have not reported in a period, by kecamatan or desa.",
        discussion: """
            Reported means: at least one figure of any sector in a month of the period that has begun and in which the posyandu \
            was active. COMPLETE reported every such month, PARTLY some, MISSING none.
            """
    )

    @Argument(help: ArgumentHelp("The period: 2026-11, 2026-Q4 or 2026.", valueName: "period"))
    var period: String

    @Option(
        help: ArgumentHelp("A kecamatan (rows by desa) or desa; the whole kabupaten when left out.", valueName: "code")
    )
    var area: String?

    @Flag(help: "List the posyandu that lack something.")
    var posyandu = false

    @OptionGroup var output: ListOutput
    @OptionGroup var control: ControlOptions

    func validate() throws {
        if Period(period) == nil {
            throw ValidationError("`\(period)` is not a period: write 2026-11, 2026-Q4 or 2026")
        }
    }

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let answer = try await daemon.get("calendar/posyandu", [("period", period), ("area", area)])
        let lists = posyandu
        output.show(answer, console, csv: lists ? Self.posts : Self.lines) { Self.report($0, $1, lists: lists) }
    }

    private static let counts = ["active", "complete", "partial", "missing"]

    static func lines(_ answer: JSONValue) -> [[String]] {
        let rows = (answer["rows"]?.array ?? []).map { row in
            [CSVText.value(answer["period"]), CSVText.value(row["area"]), CSVText.value(row["name"])]
                + counts.map { CSVText.value(row["posyandu"]?[$0]) }
        }
        return [["period", "area", "name"] + counts] + rows
    }

    static func posts(_ answer: JSONValue) -> [[String]] {
        let names = ["village", "village_name", "posyandu", "name", "months", "reported"]
        let rows = (answer["lacking"]?.array ?? []).map { post in
            [CSVText.value(answer["period"])] + names.map { CSVText.value(post[$0]) }
        }
        return [["period"] + names] + rows
    }

    static func report(_ answer: JSONValue, _ isStyled: Bool, lists: Bool) -> String {
        let cell = Printable.cell
        var table = TextTable(columns: ["PLACE", "POSYANDU", "COMPLETE", "PARTLY", "MISSING"])
        for row in answer["rows"]?.array ?? [] {
            table.add(
                cells: ["\(cell(row["area"])) \(row["name"]?.string.map(Printable.line) ?? "")"]
                    + counts.map { cell(row["posyandu"]?[$0]) }
            )
        }
        guard !table.isEmpty else { return "No active posyandu there, or the period has not begun." }
        table.add(cells: ["all of \(cell(answer["area"]))"] + counts.map { cell(answer["total"]?[$0]) })
        guard lists else { return table.text(isStyled) }
        var posts = TextTable(.left("DESA"), .left("POSYANDU"), .left("UUID"), .right("MONTHS"), .right("REPORTED"))
        for post in answer["lacking"]?.array ?? [] {
            posts.add(
                "\(cell(post["village"])) \(post["village_name"]?.string.map(Printable.line) ?? "")",
                cell(post["name"]),
                cell(post["posyandu"]),
                cell(post["months"]),
                cell(post["reported"])
            )
        }
        return [table.text(isStyled), posts.isEmpty ? "Every posyandu has reported." : posts.text(isStyled)]
            .joined(separator: "\n\n")
    }
}
