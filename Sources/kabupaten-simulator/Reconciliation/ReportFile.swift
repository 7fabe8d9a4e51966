// report.json of a reconciliation.
// SPDX-License-Identifier: Apache-2.0

enum ReportFile {
    /// At most this many differences are listed; their number is always complete.
    static let mostDifferences = 1_000

    static func write(
        _ expected: Expected,
        _ comparisons: [Comparison],
        _ breakdown: Breakdown,
        _ notes: RunNotes,
        untallied: Set<String>,
        to path: String
    )
        throws
    {
        let differences = comparisons.reduce(0) { $0 + $1.differences.count }
        var json = JSONText()
        json.open("{")
        json.name("reconciled")
        json.flag(differences == 0)
        json.name("counts")
        writeCounts(expected, breakdown, differences, &json)
        json.name("differences")
        write(comparisons, &json)
        json.name("not_tallied")
        json.open("[")
        for name in untallied.sorted() { json.string(name) }
        json.close("]")
        json.name("nutrition")
        json.open("[")
        for month in expected.months where expected.closed.contains(month.period) {
            NutritionRows(month, comparisons).write(to: &json)
        }
        json.close("]")
        write(notes, &json)
        json.close("}")
        try TextFile.write(json.bytes + [0x0A], to: path)
    }

    private static func writeCounts(
        _ expected: Expected,
        _ breakdown: Breakdown,
        _ differences: Int,
        _ json: inout JSONText
    ) {
        let tally = expected.tally
        json.open("{")
        json.member("posyandu", tally.int("posyandu"))
        json.member("residents", tally.list("residents").reduce(0) { $0 + $1.int("residents") })
        json.member("messages", tally.int("messages"))
        json.member("applied", tally.int("applied"))
        json.member("rejected", expected.sum("rejected"))
        json.member("refused", expected.sum("refused"))
        json.member("batches", tally["sent"]?.int("batches") ?? 0)
        for name in ["answered", "uncertain", "gaps", "retries"] {
            json.member(name, tally["sent"]?.int(name) ?? 0)
        }
        json.member("compared", breakdown.byStage.values.reduce(0) { $0 + $1.compared })
        json.member("differences", differences)
        json.name("records")
        json.open("{")
        for sector in Kabupaten.sectors { json.member(sector, expected.counts(sector).records) }
        json.close("}")
        json.name("by_stage")
        json.open("{")
        for (stage, counts) in breakdown.byStage.sorted(by: { $0.key < $1.key }) {
            json.name(stage)
            json.open("{")
            Breakdown.write(counts, &json)
            json.close("}")
        }
        json.close("}")
        json.name("by_sector")
        json.open("{")
        for sector in Kabupaten.sectors {
            let counts = expected.counts(sector)
            json.name(sector)
            json.open("{")
            json.member("records", counts.records)
            json.member("figures", counts.figures)
            json.member("cases", counts.cases)
            Breakdown.write(breakdown.bySector[sector] ?? [:], &json)
            json.close("}")
        }
        json.close("}")
        json.name("by_area")
        json.open("{")
        for (area, stages) in breakdown.byArea.sorted(by: { $0.key < $1.key }) {
            json.name(area)
            json.open("{")
            Breakdown.write(stages, &json)
            json.close("}")
        }
        json.close("}")
        json.close("}")
    }

    /// What the run itself was like: stages, replay, memory.
    private static func write(_ notes: RunNotes, _ json: inout JSONText) {
        json.name("seconds")
        json.open("{")
        for stage in notes.stages {
            json.name(stage.name)
            json.literal(Decimals.text(Int((stage.seconds * 100).rounded()), scale: 2))
        }
        json.close("}")
        json.name("stage_counts")
        json.open("{")
        for stage in notes.stages {
            guard let count = stage.count else { continue }
            json.name(stage.name)
            json.open("{")
            json.member("count", count)
            json.member("unit", stage.unit)
            json.close("}")
        }
        json.close("}")
        if let replay = notes.replay {
            json.name("replay")
            replay.write(to: &json)
        }
        json.name("peak_rss")
        json.open("{")
        json.member("posyandud", notes.peaks["posyandud"] ?? 0)
        if let replay = notes.replay { json.member("posyandud_with_replay", replay.peak) }
        json.name("workers")
        json.open("{")
        for (process, bytes) in notes.peaks.sorted(by: { $0.key < $1.key }) where process != "posyandud" {
            json.member(process, bytes)
        }
        json.close("}")
        json.close("}")
    }

    private static func write(_ comparisons: [Comparison], _ json: inout JSONText) {
        json.open("[")
        var left = mostDifferences
        for comparison in comparisons {
            for difference in comparison.differences.prefix(left) {
                left -= 1
                json.open("{")
                json.member("stage", comparison.stage)
                json.member("what", comparison.what)
                json.member("key", difference.key)
                json.member("expected", difference.expected ?? "nothing")
                json.member("found", difference.found ?? "nothing")
                json.close("}")
            }
        }
        json.close("]")
    }
}
