// `posyanductl case`: cases with what is due, one case with its history.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginKit

struct CaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "case",
        abstract: "Cases: what is due, one with its history, steps of the office, receipts and registers.",
        subcommands: [
            CaseListCommand.self, CaseShow.self, CaseMove.self, CasePause.self, CaseResume.self, CaseReopen.self,
            CaseRate.self, CaseApprove.self, CaseEscalate.self, CaseReceipt.self, CaseSlip.self, CaseRegister.self,
            CaseRecap.self, CaseAgeing.self, CaseClose.self, CaseMonths.self, CaseIdentity.self, CaseExport.self,
        ],
        defaultSubcommand: CaseListCommand.self
    )
}

struct CaseListCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists open cases by the day they are due (the default). Shows no names."
    )

    @Option(help: "A region code from kabupaten to desa.")
    var area: String?

    @Option(help: "Only one sector, as sosial.")
    var sector: String?

    @Option(help: "Only those in one state, ended ones too, as disposisi_opd.")
    var state: String?

    @Option(help: "Only those of one office role, as pekerjaan_umum.")
    var office: String?

    @Flag(help: "Only those with a limit that has passed.")
    var late = false

    @Flag(help: "Those that have ended as well.")
    var closed = false

    @Option(help: ArgumentHelp("Reckon the limits on that day instead of today.", valueName: "YYYY-MM-DD"))
    var date: DateArgument?

    @Option(help: ArgumentHelp("At most so many.", valueName: "count"))
    var limit = 1_000

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let answer = try await daemon.get(
            "cases",
            [
                ("area", area), ("sector", sector), ("state", state), ("office", office),
                ("late", late ? "true" : nil), ("closed", closed ? "true" : nil), ("date", date?.text),
                ("limit", String(limit)),
            ]
        )
        console.show(answer, json: output.json, Self.report)
    }

    static func report(_ answer: JSONValue, _ isStyled: Bool) -> String {
        let cell = Printable.cell
        var table = TextTable(
            .left("DUE"),
            .right("LEFT"),
            .left("STATE"),
            .left("PRIORITY"),
            .left("SECTOR"),
            .left("REASON"),
            .left("OFFICE"),
            .left("VILLAGE"),
            .left("OPENED"),
            .left("TOLD"),
            .left("CASE")
        )
        for row in answer["cases"]?.array ?? [] {
            let pause = row["paused"]?["reason"].map { "paused: \(cell($0))" }
            table.add(
                pause ?? cell(row["due"]),
                cell(row["left"]),
                cell(row["state"]),
                cell(row["priority"]),
                cell(row["sector"]),
                cell(row["reason"]),
                office(row),
                cell(row["village"]),
                cell(row["opened"]),
                cell(row["told"]),
                cell(row["id"])
            )
        }
        return table.isEmpty ? "No such case." : table.text(isStyled)
    }

    /// The office under its local name; its role when nobody fills it there.
    static func office(_ row: JSONValue) -> String {
        guard let name = row["office_name"]?.string else { return Printable.cell(row["office"]) }
        return "\(Printable.line(name)) (\(Printable.cell(row["office"])))"
    }
}

struct CaseShow: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows one case: limits with the day they are due, and every step. Shows no names."
    )

    @Argument(help: ArgumentHelp("The case: the record that opened it.", valueName: "case"))
    var id: SourceID

    @Option(help: ArgumentHelp("Reckon the limits on that day instead of today.", valueName: "YYYY-MM-DD"))
    var date: DateArgument?

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let answer = try await daemon.get("cases/\(id.text)", [("date", date?.text)])
        console.show(answer, json: output.json, Self.report)
    }

    static func report(_ answer: JSONValue, _ isStyled: Bool) -> String {
        let cell = Printable.cell
        let row = answer["case"] ?? .null
        var lines = [
            "\(cell(row["type"]))  \(cell(row["id"]))",
            "state     \(cell(row["state"]))  priority \(cell(row["priority"]))  reason \(cell(row["reason"]))",
            "office    \(CaseListCommand.office(row))",
            "posyandu  \(cell(row["posyandu_name"]))  \(cell(row["village"]))",
            "opened    \(cell(row["opened"]))  episode \(cell(row["episode"]))  closed \(cell(row["closed"]))",
            "approved  \(cell(row["approved"]))  rating \(cell(row["rating"]))  told \(cell(row["told"]))",
        ]
        if let reason = row["paused"]?["reason"] {
            lines.append("paused    \(cell(reason)) since \(cell(row["paused"]?["since"]))")
        }
        var limits = TextTable(
            .left("LIMIT"),
            .left("SINCE"),
            .right("WORKDAYS"),
            .left("DUE"),
            .right("LEFT"),
            .right("PASSED")
        )
        for limit in row["deadlines"]?.array ?? [] {
            limits.add(
                cell(limit["name"]),
                cell(limit["start"]),
                cell(limit["workdays"]),
                cell(limit["due"]),
                cell(limit["left"]),
                cell(limit["passed"])
            )
        }
        if !limits.isEmpty { lines += ["", limits.text(isStyled)] }
        var steps = TextTable(
            .right("STEP"),
            .left("AT"),
            .left("KIND"),
            .left("STATE"),
            .left("BY"),
            .left("FOR"),
            .left("REMARK")
        )
        for step in answer["steps"]?.array ?? [] {
            steps.add(
                cell(step["number"]),
                cell(step["at"]),
                cell(step["kind"]),
                cell(step["to"]),
                cell(step["by"]),
                [step["office"], step["reason"], step["rating"]].compactMap { value in
                    value.flatMap { $0.isNull ? nil : cell($0) }
                }.joined(separator: " "),
                step["remark"]?.bool == true ? "kept" : "-"
            )
        }
        return (lines + ["", steps.text(isStyled)]).joined(separator: "\n")
    }
}
