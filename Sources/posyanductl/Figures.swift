// `posyanductl figures`: the figures of a period as they stand now.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginKit

struct FiguresCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "figures",
        abstract: "Shows the figures of a period as they stand now, by kecamatan and for the kabupaten.",
        discussion: "What was frozen is shown by posyanductl summaries show."
    )

    @Argument(help: ArgumentHelp("2026-11, 2026-Q4 or 2026.", valueName: "period"))
    var period: PeriodArgument

    @Option(help: ArgumentHelp("Only this kecamatan or kabupaten.", valueName: "code"))
    var area: String?

    @Option(help: ArgumentHelp("Only this sector.", valueName: "id"))
    var sector: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let answer = Self.chosen(try await daemon.get("figures", [("period", period.text)]), area, sector)
        console.show(answer, json: output.json, Self.report)
    }

    /// The answer with the figures of one area, one sector, or both.
    static func chosen(_ answer: JSONValue, _ area: String?, _ sector: String?) -> JSONValue {
        guard area != nil || sector != nil, var object = answer.object else { return answer }
        let figures = (answer["figures"]?.array ?? []).filter { figure in
            (area == nil || figure["area"]?.string == area) && (sector == nil || figure["sector"]?.string == sector)
        }
        object["figures"] = .array(figures)
        return .object(object)
    }

    static func report(_ answer: JSONValue, _ isStyled: Bool) -> String {
        let cell = Printable.cell
        var table = TextTable(
            .left("SECTOR"),
            .left("INDICATOR"),
            .left("KIND"),
            .left("AREA"),
            .right("VALUE"),
            .right("FROM PAPER")
        )
        for figure in answer["figures"]?.array ?? [] {
            table.add(
                cell(figure["sector"]),
                cell(figure["indicator"]),
                cell(figure["kind"]),
                cell(figure["area"]),
                cell(figure["value"]),
                cell(figure["from_paper"])
            )
        }
        return table.isEmpty ? "No figure for \(cell(answer["period"]))." : table.text(isStyled)
    }
}
