// `posyanductl programme needs` and `unused`: what the villages reported beside what the offices tagged.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginKit

/// Which reports of the villages.
struct ReportOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "When the needs were reported: month, quarter or year; the budget year when left out.",
            valueName: "period"
        )
    )
    var period: String?

    @Option(help: ArgumentHelp("One kecamatan instead of the kabupaten.", valueName: "code"))
    var area: String?

    func validate() throws {
        if let period, Period(period) == nil {
            throw ValidationError("--period \(period) is not a period: write 2026-11, 2026-Q4 or 2026")
        }
    }

    var query: ControlClient.Query { [("period", period), ("area", area)] }
}

struct ProgrammeNeeds: OperatorCommand {
    enum Level: String, CaseIterable, ExpressibleByArgument { case kabupaten, kecamatan }

    static let configuration = CommandConfiguration(
        commandName: "needs",
        abstract: "Lists what the villages reported and no tagged programme of the year covers.",
        discussion: """
            A need is a work item of a sector with records in the period, or with cases that were opened up to its end and are \
            open now; for each legal SPM service that its records concern, or for none. A programme covers it when one of its \
            tags names the service or the work item, and its place.
            """
    )

    @OptionGroup var programme: ProgrammeOptions
    @OptionGroup var reports: ReportOptions

    @Option(help: "One row for the whole area, or one for each kecamatan.")
    var by = Level.kabupaten

    @Flag(help: "Needs that are covered as well.")
    var all = false

    @OptionGroup var output: ListOutput
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let query = programme.query + reports.query + [("by", by.rawValue), ("all", all ? "true" : nil)]
        let answer = try await daemon.get("programmes/needs", query)
        output.show(answer, console, csv: Self.lines, Self.report)
    }

    static func lines(_ answer: JSONValue) -> [[String]] {
        let names = [
            "area", "area_name", "sector", "work_item", "service", "service_name", "role", "records", "open_cases",
            "untagged_records", "untagged_cases",
        ]
        let rows = (answer["needs"]?.array ?? []).map { need in
            [CSVText.value(answer["year"]), CSVText.value(answer["period"])] + names.map { CSVText.value(need[$0]) } + [
                (need["offices"]?.array ?? []).map { CSVText.value($0) }.joined(separator: " "),
                (need["programmes"]?.array ?? []).map { CSVText.value($0) }.joined(separator: " "),
            ]
        }
        return [["year", "period"] + names + ["offices", "programmes"]] + rows
    }

    static func report(_ answer: JSONValue, _ isStyled: Bool) -> String {
        let cell = Printable.cell
        var table = TextTable(
            .left("AREA"),
            .left("WORK ITEM"),
            .right("SPM"),
            .left("SERVICE"),
            .left("OFFICE"),
            .right("RECORDS"),
            .right("OPEN CASES"),
            .right("UNTAGGED"),
            .left("PROGRAMMES")
        )
        for need in answer["needs"]?.array ?? [] {
            let offices = need["offices"]?.array ?? []
            let uncovered = (need["untagged_records"]?.integer ?? 0) + (need["untagged_cases"]?.integer ?? 0)
            table.add(
                "\(cell(need["area"])) \(need["area_name"]?.string.map(Printable.line) ?? "")",
                cell(need["work_item"]),
                cell(need["service"]),
                cell(need["service_name"]),
                offices.isEmpty ? cell(need["role"]) : cell(.array(offices)),
                cell(need["records"]),
                cell(need["open_cases"]),
                String(uncovered),
                (need["programmes"]?.array ?? []).isEmpty ? "-" : cell(need["programmes"])
            )
        }
        return table.isEmpty
            ? "Every need reported in \(cell(answer["period"])) has a tagged programme of \(cell(answer["year"]))."
            : table.text(isStyled)
    }
}

struct ProgrammeUnused: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "unused",
        abstract: "Lists tagged programmes of the year for which no village reported a need."
    )

    @OptionGroup var programme: ProgrammeOptions
    @OptionGroup var reports: ReportOptions
    @OptionGroup var output: ListOutput
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let answer = try await daemon.get("programmes/unused", programme.query + reports.query)
        output.show(answer, console, csv: ProgrammeList.lines) { answer, isStyled in
            let table = ProgrammeList.table(answer["programmes"]?.array ?? [])
            return table.isEmpty ? "Every tagged programme has a reported need." : table.text(isStyled)
        }
    }
}
