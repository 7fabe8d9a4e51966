// `posyanductl household`: one household across all sectors, its vulnerability, and the most vulnerable of an area.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginKit

struct HouseholdCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "household",
        abstract: "Households: one across all sectors, its vulnerability score, the most vulnerable of an area.",
        subcommands: [HouseholdShow.self, HouseholdScoreCommand.self, HouseholdList.self]
    )
}

struct HouseholdShow: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows members, records by sector, open cases and tasks, visits. No names.",
        discussion: """
            Of confidential record types only a count for each sector is shown: no kind, no date, no case. A record about \
            nobody, such as a complaint, is shown when it was written at a visit of this household.
            """
    )

    @Argument(help: "The household.")
    var household: SourceID

    @Option(help: "Show names, for this purpose; it is noted in the access log.")
    var purpose: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let answer = try await daemon.get("households/\(household.text)", [("purpose", purpose)])
        console.show(answer, json: output.json) { Self.report($0, hasNames: purpose != nil, $1) }
    }

    static func report(_ answer: JSONValue, hasNames: Bool, _ isStyled: Bool) -> String {
        let cell = Printable.cell
        var parts = ["Household \(cell(answer["household"])), \(cell(answer["date"]))"]
        var members = TextTable(
            .left(hasNames ? "NAME" : "RESIDENT"),
            .left("SEX"),
            .right("AGE"),
            .left("BORN"),
            .left("DIED")
        )
        for member in answer["members"]?.array ?? [] {
            members.add(
                cell(member[hasNames ? "name" : "resident"]),
                cell(member["sex"]),
                age(member["age_months"]?.integer ?? 0),
                cell(member["birth_date"]),
                cell(member["died"])
            )
        }
        parts.append(members.isEmpty ? "No member is registered." : members.text(isStyled))
        for sector in answer["sectors"]?.array ?? [] { parts.append(records(sector, isStyled)) }
        if answer["cut"]?.bool == true { parts.append("There are more records than these.") }
        parts += [cases(answer, isStyled), tasks(answer, isStyled), visits(answer, isStyled)].compactMap { $0 }
        return parts.joined(separator: "\n\n")
    }

    /// Years from five years on, months before.
    private static func age(_ months: Int) -> String { months < 60 ? "\(months) months" : "\(months / 12) years" }

    private static func records(_ sector: JSONValue, _ isStyled: Bool) -> String {
        let cell = Printable.cell
        var table = TextTable(.left("DATE"), .left("RECORD"), .left("ABOUT"), .left("ID"))
        for record in sector["records"]?.array ?? [] {
            table.add(cell(record["date"]), cell(record["title"]), cell(record["resident"]), cell(record["record"]))
        }
        var lines = [cell(sector["sector"])]
        if !table.isEmpty { lines.append(table.text(isStyled)) }
        let hidden = sector["confidential"]?.integer ?? 0
        if hidden > 0 { lines.append("confidential: \(hidden)") }
        return lines.joined(separator: "\n")
    }

    private static func cases(_ answer: JSONValue, _ isStyled: Bool) -> String? {
        let cell = Printable.cell
        var table = TextTable(
            .left("OPEN CASE"),
            .left("SECTOR"),
            .left("OPENED"),
            .left("STATE"),
            .left("PRIORITY"),
            .left("OFFICE"),
            .left("REASON")
        )
        for row in answer["cases"]?.array ?? [] {
            table.add(
                cells: ["case", "sector", "opened", "state", "priority", "office", "reason"].map { cell(row[$0]) }
            )
        }
        return table.isEmpty ? nil : table.text(isStyled)
    }

    private static func tasks(_ answer: JSONValue, _ isStyled: Bool) -> String? {
        let cell = Printable.cell
        var table = TextTable(
            .left("OPEN TASK"),
            .left("SECTOR"),
            .left("DUE"),
            .left("TO"),
            .left("REASON"),
            .left("ABOUT")
        )
        for row in answer["tasks"]?.array ?? [] {
            table.add(cells: ["kind", "sector", "due", "to", "reason", "resident"].map { cell(row[$0]) })
        }
        return table.isEmpty ? nil : table.text(isStyled)
    }

    private static func visits(_ answer: JSONValue, _ isStyled: Bool) -> String? {
        let cell = Printable.cell
        var table = TextTable(.left("VISIT"), .left("DATE"), .left("RECORDS"))
        for visit in answer["visits"]?.array ?? [] {
            let sectors = (visit["sectors"]?.array ?? []).map {
                "\(cell($0["sector"])) \($0["records"]?.array?.count ?? 0)"
            }
            table.add(cell(visit["visit"]), cell(visit["date"]), sectors.joined(separator: ", "))
        }
        return table.isEmpty ? nil : table.text(isStyled)
    }
}

struct HouseholdScoreCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "score",
        abstract: "Explains the vulnerability score of a household: each component with the record behind it.",
        discussion: "What is not known adds nothing, and is shown: it is how much higher the score may be."
    )

    @Argument(help: "The household.")
    var household: SourceID

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let answer = try await daemon.get("households/\(household.text)/score")
        console.show(answer, json: output.json, Self.report)
    }

    static func report(_ answer: JSONValue, _ isStyled: Bool) -> String {
        let cell = Printable.cell
        var table = TextTable(.left("COMPONENT"), .right("POINTS"), .left("HOLDS"), .left("DATE"), .left("RECORD"))
        for part in answer["components"]?.array ?? [] {
            let holds = part["holds"]?.bool.map { $0 ? "yes" : "no" } ?? "not known"
            table.add(cell(part["title"]), cell(part["points"]), holds, cell(part["date"]), cell(part["record"]))
        }
        var head = "Score \(cell(answer["score"])) of 100: \(cell(answer["class"]))"
        let open = cell(answer["unknown"])
        if open != "0" { head += "; not known: \(open) points, at most \(cell(answer["highest_class"]))" }
        let formula = answer["formula"]
        return """
            \(head)

            \(table.text(isStyled))

            Formula \(cell(formula?["version"])), \(cell(answer["date"])). Source: \(Printable.line(formula?["source"]?.string ?? ""))
            """
    }
}

struct HouseholdList: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the households of an area by vulnerability, the most vulnerable first. Shows no names."
    )

    @Option(help: ArgumentHelp("Kabupaten, kecamatan or desa; the whole kabupaten when left out.", valueName: "code"))
    var area: String?

    @Option(help: ArgumentHelp("Only this class and the worse ones.", valueName: "class"))
    var minClass: String?

    @Option(help: ArgumentHelp("At most so many.", valueName: "count"))
    var limit = 1_000

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let answer = try await daemon.get(
            "households",
            [("area", area), ("min-class", minClass), ("limit", String(limit))]
        )
        console.show(answer, json: output.json, Self.report)
    }

    static func report(_ answer: JSONValue, _ isStyled: Bool) -> String {
        let cell = Printable.cell
        var table = TextTable(
            .right("SCORE"),
            .left("CLASS"),
            .right("NOT KNOWN"),
            .left("HOUSEHOLD"),
            .left("BECAUSE"),
            .left("POSYANDU")
        )
        for row in answer["households"]?.array ?? [] {
            table.add(
                cell(row["score"]),
                cell(row["class"]),
                cell(row["unknown"]),
                cell(row["household"]),
                (row["components"]?.array ?? []).map { cell($0) }.joined(separator: ", "),
                cell(row["posyandu"])
            )
        }
        return table.isEmpty ? "No such household." : table.text(isStyled)
    }
}
