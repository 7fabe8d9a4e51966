// `posyanductl programme`: sub kegiatan of the offices, and what the villages reported beside them.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginKit

struct ProgrammeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "programme",
        abstract: "Sub kegiatan of the offices with amounts and tags; needs without one, and those without a need.",
        discussion: """
            They come from posyanductl import programmes. A tag ties a sub kegiatan to one of the legal SPM services or to a \
            work item of posyandu. Amounts are whole rupiah; - is not reported.
            """,
        subcommands: [ProgrammeList.self, ProgrammeShow.self, ProgrammeNeeds.self, ProgrammeUnused.self]
    )
}

/// Which budget year and office.
struct ProgrammeOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The budget year.", valueName: "yyyy"))
    var year: Int

    @Option(help: ArgumentHelp("One office, by its code.", valueName: "code"))
    var office: String?

    func validate() throws {
        guard (2000...2999).contains(year) else { throw ValidationError("--year \(year) is not a year") }
    }

    var query: ControlClient.Query { [("year", String(year)), ("office", office)] }
}

struct ProgrammeList: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the sub kegiatan of a year with ceiling, realisation and tags."
    )

    @OptionGroup var programme: ProgrammeOptions
    @OptionGroup var output: ListOutput
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let answer = try await daemon.get("programmes", programme.query)
        output.show(answer, console, csv: Self.lines, Self.report)
    }

    /// One line a tag; a sub kegiatan without one has a line too.
    static func lines(_ answer: JSONValue) -> [[String]] {
        var lines = [
            [
                "id", "tahun", "opd", "sub_kegiatan", "nama", "nomenklatur", "pagu", "realisasi", "realisasi_per",
                "spm",
                "pekerjaan", "wilayah", "label_sipd", "ditandai_oleh", "ditandai_tanggal", "bukti", "dicabut",
            ]
        ]
        for programme in answer["programmes"]?.array ?? [] {
            let own = [
                "id", "year", "office", "code", "name", "nomenclature", "ceiling", "realisation", "realised_on",
            ].map { CSVText.value(programme[$0]) }
            let names = [
                "service", "work_item", "area", "label", "tagged_by", "tagged_on", "proof", "withdrawn_on",
            ]
            let tags = programme["tags"]?.array ?? []
            for tag in tags.isEmpty ? [.null] : tags { lines.append(own + names.map { CSVText.value(tag[$0]) }) }
        }
        return lines
    }

    static func report(_ answer: JSONValue, _ isStyled: Bool) -> String {
        let programmes = answer["programmes"]?.array ?? []
        guard !programmes.isEmpty else { return "No programme." }
        let stale = programmes.filter { $0["in_force"]?.bool == false }
        let note =
            stale.isEmpty
            ? ""
            : "\n\nNot in the nomenclature now in force: \(stale.map { Printable.cell($0["code"]) }.joined(separator: ", "))."
        return table(programmes).text(isStyled) + note
    }

    static func table(_ programmes: [JSONValue]) -> TextTable {
        let cell = Printable.cell
        var table = TextTable(
            .right("ID"),
            .left("OFFICE"),
            .left("SUB KEGIATAN"),
            .left("NAME"),
            .right("CEILING"),
            .right("REALISED"),
            .left("TAGS")
        )
        for programme in programmes {
            let tags = (programme["tags"]?.array ?? []).map(Self.tag)
            table.add(
                cell(programme["id"]),
                cell(programme["office"]),
                cell(programme["code"]),
                cell(programme["name"]),
                rupiah(programme["ceiling"]),
                rupiah(programme["realisation"]),
                tags.isEmpty ? "-" : tags.joined(separator: ", ")
            )
        }
        return table
    }

    /// `SPM 26`, `perumahan_rakyat.rtlh in 33.25.01`, `SPM 9 until 2026-06-30`.
    static func tag(_ tag: JSONValue) -> String {
        var text = tag["service"]?.integer.map { "SPM \($0)" } ?? Printable.cell(tag["work_item"])
        if let area = tag["area"]?.string { text += " in \(Printable.line(area))" }
        if let day = tag["withdrawn_on"]?.string { text += " until \(Printable.line(day))" }
        return text
    }

    /// `1.500.000`, as offices write it; exact, without a currency.
    static func rupiah(_ value: JSONValue?) -> String {
        let digits = Array(Printable.cell(value))
        guard digits.allSatisfy(\.isNumber) else { return String(digits) }
        var text = ""
        for (place, digit) in digits.enumerated() {
            if place > 0, (digits.count - place) % 3 == 0 { text += "." }
            text.append(digit)
        }
        return text
    }
}

struct ProgrammeShow: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows one sub kegiatan with its tags and the amounts it had before."
    )

    @Argument(help: "Its id, from posyanductl programme list.")
    var id: Int

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        console.show(try await daemon.get("programmes/\(id)"), json: output.json, Self.report)
    }

    static func report(_ answer: JSONValue, _ isStyled: Bool) -> String {
        let cell = Printable.cell
        var facts = Facts()
        for (title, name) in [
            ("year", "year"), ("office", "office_name"), ("sub kegiatan", "code"), ("name", "name"),
            ("nomenclature", "nomenclature"), ("in force", "in_force"),
        ] {
            facts.add(title, cell(answer[name]))
        }
        var amounts = TextTable(
            .right("REVISION"),
            .right("CEILING"),
            .right("REALISED"),
            .left("UP TO"),
            .left("NOMENCLATURE"),
            .left("RECORDED")
        )
        for row in [answer] + (answer["history"]?.array ?? []) {
            amounts.add(
                cell(row["revision"]),
                ProgrammeList.rupiah(row["ceiling"]),
                ProgrammeList.rupiah(row["realisation"]),
                cell(row["realised_on"]),
                cell(row["nomenclature"]),
                cell(row["recorded"])
            )
        }
        var tags = TextTable(
            .left("TAG"),
            .left("SERVICE"),
            .left("LABEL"),
            .left("TAGGED BY"),
            .left("ON"),
            .left("PROOF")
        )
        for tag in answer["tags"]?.array ?? [] {
            tags.add(
                ProgrammeList.tag(tag),
                cell(tag["service_name"]),
                cell(tag["label"]),
                cell(tag["tagged_by"]),
                cell(tag["tagged_on"]),
                cell(tag["proof"])
            )
        }
        return [facts.text, amounts.text(isStyled), tags.isEmpty ? "No tag." : tags.text(isStyled)]
            .joined(separator: "\n\n")
    }
}
