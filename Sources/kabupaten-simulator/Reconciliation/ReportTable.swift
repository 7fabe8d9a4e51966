// The result of a reconciliation as one table for people.
// SPDX-License-Identifier: Apache-2.0

struct ReportTable {
    let expected: Expected
    let comparisons: [Comparison]
    let breakdown: Breakdown
    let notes: RunNotes
    let untallied: Set<String>

    var text: String {
        var lines: [String] = []
        lines.append(Self.row(["sector", "records", "figures", "cases"], Breakdown.shown))
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
        if let replay = notes.replay { lines.append(Self.replay(replay)) }
        let peaks = notes.peaks.sorted { $0.value > $1.value }.map { "\($0.key) \(Self.megabytes($0.value))" }
        if !peaks.isEmpty { lines.append("peak memory (MB): " + peaks.joined(separator: ", ")) }
        return lines.joined(separator: "\n")
    }

    private func row(_ sector: String) -> String {
        let counts = expected.counts(sector)
        return Self.row(
            [sector, String(counts.records), String(counts.figures), String(counts.cases)],
            Breakdown.shown.map { breakdown.mark(sector, $0) }
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

    private static func replay(_ log: ReplayedLog) -> String {
        """
        replay of \(log.entries) log entries into an empty registry: \(log.identical) periods identical, \(log.different) different \
        (with it, peak memory of posyandud \(megabytes(log.peak)) MB)
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
