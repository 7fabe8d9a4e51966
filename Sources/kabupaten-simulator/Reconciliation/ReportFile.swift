// report.json of a reconciliation.
// SPDX-License-Identifier: Apache-2.0

enum ReportFile {
    /// At most this many differences are listed; their number is always complete.
    static let mostDifferences = 1_000

    static func write(
        _ expected: Expected,
        _ comparisons: [Comparison],
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
        writeCounts(expected, comparisons, differences, &json)
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
        json.name("seconds")
        json.open("{")
        for stage in notes.stages {
            json.name(stage.name)
            json.literal(Decimals.text(Int((stage.seconds * 100).rounded()), scale: 2))
        }
        json.close("}")
        json.name("peak_rss")
        json.open("{")
        json.member("posyandud", notes.peaks["posyandud"] ?? 0)
        json.name("workers")
        json.open("{")
        for (process, bytes) in notes.peaks.sorted(by: { $0.key < $1.key }) where process != "posyandud" {
            json.member(process, bytes)
        }
        json.close("}")
        json.close("}")
        json.close("}")
        try TextFile.write(json.bytes + [0x0A], to: path)
    }

    private static func writeCounts(
        _ expected: Expected,
        _ comparisons: [Comparison],
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
        json.member("compared", comparisons.reduce(0) { $0 + $1.compared })
        json.member("differences", differences)
        json.name("records")
        json.open("{")
        for sector in Kabupaten.sectors {
            let records = tally.list("records").filter { $0.text("type").hasPrefix(sector + ".") }
            json.member(sector, records.reduce(0) { $0 + $1.int("records") })
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
