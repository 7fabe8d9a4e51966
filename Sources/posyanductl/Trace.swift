// `posyanductl trace`: the records behind one figure.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginKit

struct TraceCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace",
        abstract: "Shows the records behind one figure, with their places in the log.",
        discussion: "Confidential records are counted, not shown; below kecamatan small counts are not told."
    )

    @Argument(help: "The indicator, as kesehatan.d.")
    var indicator: String

    @Argument(help: ArgumentHelp("2026-11, 2026-Q4 or 2026.", valueName: "period"))
    var period: PeriodArgument

    @Argument(help: "A region code from kabupaten to desa, or the UUID of a posyandu.")
    var area: String

    @Option(help: ArgumentHelp("At most so many.", valueName: "count"))
    var limit = 1_000

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let answer = try await daemon.get(
            "trace",
            [("indicator", indicator), ("period", period.text), ("area", area), ("limit", String(limit))]
        )
        console.show(answer, json: output.json) { Self.report($0, limit, $1) }
    }

    static func report(_ answer: JSONValue, _ limit: Int, _ isStyled: Bool) -> String {
        let cell = Printable.cell
        if let withheld = answer["withheld"], !withheld.isNull {
            let count = withheld["records"]?.integer.map { String($0) } ?? "fewer than \(cell(withheld["below"]))"
            return "Made of confidential records: \(count). They are not shown."
        }
        let records = answer["records"]?.array ?? []
        var table = TextTable(
            .right("POSITION"),
            .left("RECORD"),
            .left("TYPE"),
            .left("POSYANDU"),
            .left("DATE"),
            .right("VALUE"),
            .left("SUBJECT"),
            .left("ORIGIN")
        )
        for record in records {
            table.add(
                "\(cell(record["shard"]))/\(cell(record["pos"]))",
                cell(record["record"]),
                cell(record["type"]),
                cell(record["posyandu"]),
                cell(record["date"]),
                cell(record["value"]),
                cell(record["subject"]),
                cell(record["origin"])
            )
        }
        if table.isEmpty { return "No record adds to this figure." }
        let end = records.count >= limit ? "\n\(limit) records shown; there may be more: --limit" : ""
        return table.text(isStyled) + end
    }
}
