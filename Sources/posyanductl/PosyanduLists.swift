// `posyanductl posyandu completeness`, `terms` and `competences`: lists for the office and the Tim Pembina.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginKit

struct PosyanduCompletenessCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "completeness",
        abstract: "Identitas, legalitas, basis data: what is missing, who must act, and which area is ahead.",
        discussion: """
            By kecamatan or desa the areas are ranked: by the share of posyandu that lack nothing, then by the share of \
            things present. By posyandu every missing thing has a line of CSV with who must act.
            """
    )

    @OptionGroup var place: PosyanduPlaceOptions

    @Option(help: ArgumentHelp("Rows: kecamatan, desa or posyandu; the next below when left out.", valueName: "level"))
    var by: String?

    @Flag(help: "Only those that lack something.")
    var missing = false

    @OptionGroup var output: TableOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let answer = try await daemon.get(
            "posyandu/completeness",
            place.query + [("by", by), ("missing", missing ? "true" : nil)]
        )
        output.show(answer, console, csv: Self.lines, Self.report)
    }

    private static let sections = ["identitas", "legalitas", "basis_data"]

    static func lines(_ answer: JSONValue) -> [[String]] {
        let value = CSVText.value
        let date = value(answer["date"])
        if answer["by"]?.string == "posyandu" {
            var lines = [
                [
                    "date", "village", "posyandu", "name", "state", "number", "section", "code", "missing", "lapsed",
                    "actor",
                ]
            ]
            for row in answer["rows"]?.array ?? [] {
                let head = [date] + ["village", "posyandu", "name", "state", "number"].map { value(row[$0]) }
                let missing = row["missing"]?.array ?? []
                if missing.isEmpty { lines.append(head + ["", "", "", "", ""]) }
                for item in missing {
                    lines.append(head + ["section", "code", "name", "lapsed", "actor"].map { value(item[$0]) })
                }
            }
            return lines
        }
        let columns = ["rank", "area", "name", "posyandu", "registered", "complete"]
        var lines = [["date"] + columns + sections.map { "complete_\($0)" } + ["asked", "present", "percent"]]
        for row in answer["rows"]?.array ?? [] {
            lines.append(
                [date] + columns.map { value(row[$0]) } + sections.map { value(row["complete_sections"]?[$0]) }
                    + ["asked", "present", "percent"].map { value(row[$0]) }
            )
        }
        return lines
    }

    static func report(_ answer: JSONValue, _ isStyled: Bool) -> String {
        let cell = Printable.cell
        let total = answer["total"]
        let actors = (total?["missing_by_actor"]?.object?.members ?? []).map { "\($0.name) \(cell($0.value))" }
        let heading = """
            \(cell(answer["date"])): \(cell(total?["posyandu"])) posyandu, \(cell(total?["registered"])) registered, \
            \(cell(total?["complete"])) complete, \(cell(total?["percent"])) % of what is asked. \
            Missing things by who must act: \(actors.isEmpty ? "none" : actors.joined(separator: ", ")).
            """
        return heading + "\n\n"
            + (answer["by"]?.string == "posyandu" ? posyandu(answer, isStyled) : areas(answer, isStyled))
    }

    private static func areas(_ answer: JSONValue, _ isStyled: Bool) -> String {
        let cell = Printable.cell
        var table = TextTable(
            .right("RANK"),
            .left("AREA"),
            .right("POSYANDU"),
            .right("REGISTERED"),
            .right("COMPLETE"),
            .right("IDENTITAS"),
            .right("LEGALITAS"),
            .right("BASIS DATA"),
            .right("PERCENT")
        )
        for row in answer["rows"]?.array ?? [] {
            table.add(
                cells: [
                    cell(row["rank"]), "\(cell(row["area"])) \(cell(row["name"]))", cell(row["posyandu"]),
                    cell(row["registered"]), cell(row["complete"]),
                ] + sections.map { cell(row["complete_sections"]?[$0]) } + [cell(row["percent"])]
            )
        }
        return table.isEmpty ? "Nothing is missing." : table.text(isStyled)
    }

    private static func posyandu(_ answer: JSONValue, _ isStyled: Bool) -> String {
        let cell = Printable.cell
        let rows = answer["rows"]?.array ?? []
        guard !rows.isEmpty else { return "Nothing is missing." }
        return rows.map { row in
            let bidang = "\(cell(row["bidang_served"])) of 6 bidang"
            let head =
                "\(cell(row["village"])) \(cell(row["name"]))  \(cell(row["state"])) \(cell(row["number"]))  \(bidang)"
            let missing = (row["missing"]?.array ?? []).map { item in
                let lapsed = item["lapsed"]?.string.map { ", lapsed \($0)" } ?? ""
                return "  \(cell(item["section"])): \(cell(item["name"]))\(lapsed) (\(cell(item["actor"])))"
            }
            return ([head] + (missing.isEmpty ? ["  complete"] : missing)).joined(separator: "\n")
        }.joined(separator: "\n")
    }
}

struct PosyanduTermsCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "terms",
        abstract: "Papers and terms that lapse soon or have lapsed, and cadres to be ended for inactivity.",
        discussion: """
            Nothing is ended by this list. A kader counts as inactive after three months (cadre-term-rules.csv) without a \
            presence, a training or an announced absence, where the posyandu tells presence lists; where it tells none, \
            nobody is judged.
            """
    )

    @OptionGroup var place: PosyanduPlaceOptions

    @Option(help: ArgumentHelp("How far ahead.", valueName: "days"))
    var within = 90

    @Option(help: "Show the cadres' names, for this purpose; every one shown is noted in the access log.")
    var purpose: String?

    @OptionGroup var output: TableOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let answer = try await daemon.get(
            "posyandu/terms",
            place.query + [("within", String(within)), ("purpose", purpose)]
        )
        output.show(answer, console, csv: Self.lines, Self.report)
    }

    static func lines(_ answer: JSONValue) -> [[String]] {
        let value = CSVText.value
        var lines = [
            [
                "why", "day", "village", "posyandu", "posyandu_name", "paper_or_role", "number_or_bidang", "cadre",
                "name", "actor",
            ]
        ]
        for paper in answer["papers"]?.array ?? [] {
            let why = (paper["days_left"]?.integer ?? 0) < 0 ? "paper_lapsed" : "paper_ends"
            lines.append(
                [why, value(paper["until"])]
                    + ["village", "posyandu", "name", "kind", "number"].map { value(paper[$0]) }
                    + ["", "", value(paper["actor"])]
            )
        }
        for term in answer["terms"]?.array ?? [] {
            let cells = ["day", "village", "posyandu", "posyandu_name", "role", "bidang", "cadre", "name"]
            lines.append(["term_\(value(term["why"]))"] + cells.map { value(term[$0]) } + [""])
        }
        return lines
    }

    static func report(_ answer: JSONValue, _ isStyled: Bool) -> String {
        let cell = Printable.cell
        var papers = TextTable(
            .left("UNTIL"),
            .right("DAYS"),
            .left("PAPER"),
            .left("NUMBER"),
            .left("VILLAGE"),
            .left("NAME"),
            .left("WHO ACTS")
        )
        for paper in answer["papers"]?.array ?? [] {
            papers.add(
                cells: ["until", "days_left", "kind", "number", "village", "name", "actor"].map { cell(paper[$0]) }
            )
        }
        let hasNames = (answer["terms"]?.array ?? []).contains { $0["name"]?.string != nil }
        var terms = TextTable(
            .left("WHY"),
            .left("DAY"),
            .left("ROLE"),
            .left("BIDANG"),
            .left("VILLAGE"),
            .left("POSYANDU"),
            .left(hasNames ? "NAME" : ""),
            .left("CADRE")
        )
        for term in answer["terms"]?.array ?? [] {
            terms.add(
                term["why"]?.string == "inactive" ? "inactive, to be ended" : cell(term["why"]),
                (term["why"]?.string == "inactive" ? "since " : "") + cell(term["day"]),
                cell(term["role"]),
                cell(term["bidang"]),
                cell(term["village"]),
                cell(term["posyandu_name"]),
                hasNames ? cell(term["name"]) : "",
                cell(term["cadre"])
            )
        }
        let parts = [
            papers.isEmpty ? "No paper lapses." : papers.text(isStyled),
            terms.isEmpty ? "No term ends." : terms.text(isStyled),
        ]
        return parts.joined(separator: "\n\n")
    }
}

struct CompetencesCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "competences",
        abstract: "Levels of the kader in office (Purwa, Madya, Utama) and who was trained.",
        discussion: "The rule for the levels is kader-levels.csv. With --posyandu one row a kader, without names."
    )

    @OptionGroup var place: PosyanduPlaceOptions
    @OptionGroup var output: TableOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let answer = try await daemon.get("posyandu/competences", place.query)
        output.show(answer, console, csv: Self.lines, Self.report)
    }

    private static func columns(_ answer: JSONValue) -> (levels: [String], isCadres: Bool) {
        let levels = ViewAnswer.names(answer["levels"])
        return (levels, answer["rows"]?.array?.first?["cadre"] != nil)
    }

    static func lines(_ answer: JSONValue) -> [[String]] {
        let value = CSVText.value
        let (levels, isCadres) = columns(answer)
        let rows = answer["rows"]?.array ?? []
        if isCadres {
            let names = ["cadre", "posyandu", "level", "skills", "trainings"]
            return [names] + rows.map { row in names.map { value(row[$0]) } }
        }
        return [["area", "name", "cadres", "none"] + levels + ["trained"]]
            + (rows + [answer["total"]].compactMap { $0 }).map { row in
                ["area", "name", "cadres", "none"].map { value(row[$0]) }
                    + levels.map { value(row["by_level"]?[$0]) } + [value(row["trained"])]
            }
    }

    static func report(_ answer: JSONValue, _ isStyled: Bool) -> String {
        let cell = Printable.cell
        let (levels, isCadres) = columns(answer)
        let rows = answer["rows"]?.array ?? []
        if isCadres {
            var table = TextTable(.left("CADRE"), .left("LEVEL"), .right("SKILLS"), .right("TRAININGS"))
            for row in rows { table.add(cells: ["cadre", "level", "skills", "trainings"].map { cell(row[$0]) }) }
            return table.text(isStyled)
        }
        var table = TextTable(columns: ["AREA", "KADER", "NONE"] + levels.map { $0.uppercased() } + ["TRAINED"])
        for row in rows + [answer["total"]].compactMap({ $0 }) {
            let name =
                row["name"]?.string.map { "\(cell(row["area"])) \(Printable.line($0))" }
                ?? "all of \(cell(row["area"]))"
            table.add(
                cells: [name, cell(row["cadres"]), cell(row["none"])] + levels.map { cell(row["by_level"]?[$0]) }
                    + [cell(row["trained"])]
            )
        }
        return "\(cell(answer["date"])), \(cell(answer["rules"]))\n\n" + table.text(isStyled)
    }
}
