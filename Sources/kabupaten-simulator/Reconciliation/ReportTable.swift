// The result of a reconciliation as one table for people.
// SPDX-License-Identifier: Apache-2.0

struct ReportTable {
    let expected: Expected
    let comparisons: [Comparison]
    let notes: RunNotes
    let untallied: Set<String>

    private static let stages = ["registry", "frozen", "outbox", "stand-in"]

    var text: String {
        var lines: [String] = []
        lines.append(
            Self.row(["sector", "records", "figures", "cases"], Self.stages.map { $0 })
        )
        for sector in Kabupaten.sectors { lines.append(row(sector)) }
        if !untallied.isEmpty {
            lines.append(
                "\(untallied.count) indicators are not counted by the generator and were not compared (report.json)"
            )
        }
        if let month = expected.months.last(where: { expected.closed.contains($0.period) }) {
            lines.append("")
            lines.append(NutritionRows(month, comparisons).text)
        }
        lines.append("")
        lines.append(messages)
        lines.append("")
        if !notes.stages.isEmpty {
            lines.append(Self.pad("stage", 24) + Self.padLeft("seconds", 10) + Self.padLeft("rate", 22))
            for stage in notes.stages { lines.append(Self.stage(stage)) }
            lines.append("")
        }
        let peaks = notes.peaks.sorted { $0.value > $1.value }.map { "\($0.key) \(Self.megabytes($0.value))" }
        if !peaks.isEmpty { lines.append("peak memory (MB): " + peaks.joined(separator: ", ")) }
        return lines.joined(separator: "\n")
    }

    private func row(_ sector: String) -> String {
        let records = expected.tally.list("records").filter { $0.text("type").hasPrefix(sector + ".") }
        let cases = expected.tally.list("cases").filter { $0.text("sector") == sector }
        let figures = expected.months.reduce(0) { sum, month in
            sum + month.json.list("figures").count { $0.text("sector") == sector }
        }
        let marks = Self.stages.map { stage -> String in
            let here = comparisons.filter { $0.stage == stage }
            let count = here.reduce(0) { $0 + $1.differences(of: sector) }
            return here.isEmpty ? "-" : count == 0 ? "equal" : "\(count) differ"
        }
        return Self.row(
            [
                sector, String(records.reduce(0) { $0 + $1.int("records") }), String(figures),
                String(cases.reduce(0) { $0 + $1.int("cases") }),
            ],
            marks
        )
    }

    private var messages: String {
        let tally = expected.tally
        let sent = tally["sent"]
        return """
            \(tally.int("messages")) messages: \(tally.int("applied")) applied, \(expected.sum("rejected")) rejected by a rule, \
            \(expected.sum("refused")) refused at intake; sent in \(sent?.int("batches") ?? 0) batches with \
            \((sent?.int("answered") ?? 0) - tally.int("messages") + (sent?.int("uncertain") ?? 0)) repeats at most, \
            \(sent?.int("gaps") ?? 0) gaps, \(sent?.int("retries") ?? 0) retries
            """
    }

    private static func stage(_ stage: RunNotes.Stage) -> String {
        var rate = ""
        if let count = stage.count, stage.seconds > 0 { rate = "\(Int(Double(count) / stage.seconds)) \(stage.unit)/s" }
        let tenths = Int((stage.seconds * 10).rounded())
        return pad(stage.name, 24) + padLeft("\(tenths / 10).\(tenths % 10)", 10) + padLeft(rate, 22)
    }

    private static func row(_ left: [String], _ right: [String]) -> String {
        pad(left[0], 18) + left.dropFirst().map { padLeft($0, 10) }.joined() + right.map { padLeft($0, 12) }.joined()
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    private static func padLeft(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(1, width - text.count)) + text
    }

    private static func megabytes(_ bytes: Int) -> String {
        let tenths = (bytes * 10 + (1 << 19)) >> 20
        return "\(tenths / 10).\(tenths % 10)"
    }
}
