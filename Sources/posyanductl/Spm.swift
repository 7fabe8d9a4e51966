// `posyanductl spm`: what posyandu recorded of each of the 29 legal services in a month.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginKit

struct SpmCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "spm",
        abstract: "Shows the 29 legal SPM services: records, people and cases that concern each, by area and month.",
        discussion: """
            A record counts for the services that it concerns, as the sector's manifest says, and for no other. Nothing \
            reported is not 0: such a service is shown as not reported. These are contacts of posyandu: they do not prove \
            that a service was given to standard. Below a kecamatan small counts of confidential sectors are not shown.
            """
    )

    @Option(help: ArgumentHelp("Kabupaten, kecamatan or desa; the whole kabupaten when left out.", valueName: "code"))
    var area: String?

    @Option(help: ArgumentHelp("The month, 2026-11.", valueName: "month"))
    var period: MonthArgument

    @OptionGroup var output: TableOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let answer = try await daemon.get("spm", [("area", area), ("period", period.text)])
        output.show(answer, console, csv: Self.lines, Self.report)
    }

    private static let counts = ["records", "people", "households", "opened", "answered", "open"]

    static func lines(_ answer: JSONValue) -> [[String]] {
        let rows = (answer["services"]?.array ?? []).map { service in
            [answer["period"], answer["area"], service["service"], service["sector"], service["name"]].map {
                CSVText.value($0)
            } + counts.map { count($0, service, "") }
        }
        return [["month", "area", "service", "sector", "name"] + counts] + rows
    }

    static func report(_ answer: JSONValue, _ isStyled: Bool) -> String {
        let cell = Printable.cell
        var table = TextTable(
            .right("NO"),
            .left("SECTOR"),
            .left("SERVICE"),
            .right("RECORDS"),
            .right("PEOPLE"),
            .right("HOUSEHOLDS"),
            .right("OPENED"),
            .right("ANSWERED"),
            .right("OPEN")
        )
        for service in answer["services"]?.array ?? [] {
            let isReported = service["reported"]?.bool == true
            table.add(
                cells: [cell(service["service"]), cell(service["sector"]), cell(service["name"])]
                    + (isReported
                        ? counts.map { count($0, service, "-") }
                        : ["not reported"] + counts.dropFirst().map { _ in "" })
            )
        }
        return "SPM services, \(cell(answer["area"])), \(cell(answer["period"])).\n\n\(table.text(isStyled))"
    }

    /// A count; `<5` when it is not to be shown, `blank` when nothing was reported.
    private static func count(_ name: String, _ service: JSONValue, _ blank: String) -> String {
        if let value = service[name]?.integer { return String(value) }
        let isHidden = service["hidden"]?.array?.contains(.string(name)) == true
        return isHidden ? "<\(service["hide_below"]?.integer ?? 0)" : blank
    }
}
