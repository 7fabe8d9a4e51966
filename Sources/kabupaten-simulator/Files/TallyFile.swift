// tally.json: what was generated and sent, and what must be found afterwards.
// SPDX-License-Identifier: Apache-2.0

enum TallyFile {
    static func write(_ tally: Tally, to path: String) throws(SimulatorError) {
        var json = JSONText()
        json.open("{")
        json.member("kabupaten", Kabupaten.code)
        json.member("seed", String(tally.scenario.seed))
        json.member("posyandu", tally.scenario.posyandu)
        json.name("closed")
        json.open("[")
        for month in tally.scenario.simulated { json.string(month.description) }
        json.close("]")
        json.member("digest", tally.digest)
        json.member("messages", tally.messages)
        json.member("applied", tally.applied)
        write(tally.rejected, "rejected", &json)
        write(tally.refused, "refused", &json)
        write(tally.sent, &json)
        write(tally.records, "records", ["area", "type"], "records", &json)
        write(tally.residents, "residents", ["area"], "residents", &json)
        write(tally.cases, "cases", ["area", "sector", "state"], "cases", &json)
        json.name("months")
        json.open("[")
        for month in tally.months { write(month, &json) }
        json.close("]")
        json.close("}")
        try TextFile.write(json.bytes + [0x0A], to: path)
    }

    private static func write(_ counts: [String: Int], _ name: String, _ json: inout JSONText) {
        json.name(name)
        json.open("{")
        for (code, count) in counts.sorted(by: { $0.key < $1.key }) { json.member(code, count) }
        json.close("}")
    }

    private static func write(_ sent: SentCounts, _ json: inout JSONText) {
        json.name("sent")
        json.open("{")
        json.member("batches", sent.batches)
        json.member("bytes", sent.bytes)
        json.member("answered", sent.answered)
        json.member("uncertain", sent.uncertain)
        json.member("retries", sent.retries)
        json.member("gaps", sent.gaps)
        json.member("deliberate_duplicates", sent.deliberateDuplicates)
        json.close("}")
    }

    private static func write(
        _ counts: [NamedCount],
        _ name: String,
        _ columns: [String],
        _ value: String,
        _ json: inout JSONText
    ) {
        json.name(name)
        json.open("[")
        for entry in counts {
            json.open("{")
            for (column, text) in zip(columns, entry.names) { json.member(column, text) }
            json.member(value, entry.count)
            json.close("}")
        }
        json.close("]")
    }

    private static func write(_ month: ExpectedMonth, _ json: inout JSONText) {
        json.open("{")
        json.member("period", month.month.description)
        json.member("reported", month.reported)
        json.name("figures")
        json.open("[")
        for figure in month.figures {
            json.open("{")
            json.member("sector", figure.sector)
            json.member("indicator", figure.indicator)
            json.member("kind", figure.kind)
            json.member("area", figure.area)
            json.member("value", figure.value)
            json.close("}")
        }
        json.close("]")
        json.name("registry")
        json.open("[")
        for row in month.registry {
            json.open("{")
            json.member("area", row.area)
            json.member("posyandu", row.posyandu)
            json.member("registered", row.registered)
            write(row.cadres, "cadres", &json)
            json.close("}")
        }
        json.close("]")
        write(month.cases, "cases", ["area", "sector", "state"], "cases", &json)
        json.close("}")
    }
}
