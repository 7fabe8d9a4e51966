// Asks the daemon and the stand-in for everything that must equal the tally.
// SPDX-License-Identifier: Apache-2.0
import Crypto

/// Makes all comparisons, one after the other.
struct Reconciler {
    let client: ControlClient
    let expected: Expected
    let standin: String
    private(set) var comparisons: [Comparison] = []
    /// Indicators that were found and that the generator does not count: compared nowhere, and said.
    private(set) var untallied: Set<String> = []

    init(client: ControlClient, expected: Expected, standin: String) {
        self.client = client
        self.expected = expected
        self.standin = standin
    }

    mutating func run() async throws {
        try await compareConservation()
        try await compareRejections()
        try await compareRegistry()
        try await compareFrozen()
        try await compareDocuments()
    }

    /// Adds what a replay of the log found, after everything else.
    mutating func add(_ log: ReplayedLog) { comparisons.append(log.comparison(closed: expected.closed)) }

    private mutating func compare(_ stage: String, _ what: String, _ expected: Values, _ found: Values) {
        comparisons.append(Comparison(stage, what, expected: expected, found: found))
    }

    // MARK: Messages

    private mutating func compareConservation() async throws {
        let answer = try await client.get("conserve")
        guard let total = answer["total"], let own = answer["own"] else { throw SimulatorError("conserve: no totals") }
        // What the node said by itself meanwhile, such as that a deadline has passed, nobody generated.
        func sent(_ name: String) -> Int { total.int(name) - own.int(name) }
        let tally = expected.tally
        let messages = tally.int("messages")
        var found: Values = ["balanced": "\(answer["balanced"]?.flag ?? false)"]
        for name in ["refused", "applied", "rejected", "waiting"] { found[name] = String(sent(name)) }
        for name in ["held", "dead", "conflict"] { found[name] = String(total.int(name)) }
        found["different messages"] = String(sent("received") - sent("duplicate"))
        var wanted: Values = [
            "balanced": "true", "refused": String(expected.sum("refused")), "applied": String(tally.int("applied")),
            "rejected": String(expected.sum("rejected")), "held": "0", "dead": "0", "waiting": "0", "conflict": "0",
            "different messages": String(messages),
        ]
        // Every answered batch was counted once; those without an answer may have been.
        let answered = tally["sent"]?.int("answered") ?? 0
        let uncertain = tally["sent"]?.int("uncertain") ?? 0
        let duplicates = sent("duplicate")
        let most = answered + uncertain - messages
        let least = uncertain == 0 ? most : max(0, answered - messages)
        let isPossible = (least...max(least, most)).contains(duplicates)
        wanted["duplicates"] = least == most ? "\(most)" : "\(least) to \(most)"
        found["duplicates"] = isPossible ? wanted["duplicates"] : String(duplicates)
        compare("log", "messages", wanted, found)
    }

    private mutating func compareRejections() async throws {
        var counts: [String: Int] = [:]
        var after = 0
        while true {
            let page = try await client.get("rejections?limit=1000&after=\(after)").list("rejections")
            guard let last = page.last else { break }
            after = last.int("lineage")
            for code in Self.refusals(page) { counts[code, default: 0] += 1 }
        }
        let wanted = (expected.tally["rejected"]?.members ?? [:]).mapValues { String($0.int ?? 0) }
        compare("log", "rejections", wanted, counts.mapValues { String($0) })
    }

    /// Why messages were refused, without those of the node itself: that a deadline has passed is refused when the case has moved on, and
    /// nobody generated it.
    private static func refusals(_ page: [JSON]) -> [String] {
        page.filter { !$0.text("type").contains("kasus.dieskalasi") }
            .map { $0.list("violations").first?.text("code") ?? "without a reason" }
    }

    // MARK: Registry

    private mutating func compareRegistry() async throws {
        let counts = try await client.get("registry/counts")
        let tally = expected.tally
        compare(
            "registry",
            "records",
            Expected.values(tally.list("records"), ["type", "area"], "records"),
            Expected.values(counts.list("records"), ["type", "area"], "records")
        )
        compare(
            "registry",
            "residents",
            Expected.values(tally.list("residents"), ["area"], "residents"),
            Expected.values(counts.list("residents"), ["area"], "residents")
        )
        compare(
            "registry",
            "cases",
            Expected.values(tally.list("cases"), ["sector", "state", "area"], "cases"),
            Expected.values(counts.list("cases"), ["sector", "state", "area"], "cases")
        )
        compare(
            "registry",
            "posyandu",
            ["posyandu": String(tally.int("posyandu"))],
            ["posyandu": String(counts.int("posyandu"))]
        )
        for month in expected.months {
            let figures = try await client.get("figures?period=\(month.period)").list("figures")
            compare(
                "registry",
                "figures \(month.period)",
                month.figures,
                tallied(Expected.values(figures, ["indicator", "area"], "value"))
            )
            let asked = "?month=\(month.period)&by=kecamatan"
            compare(
                "registry",
                "views \(month.period)",
                month.figures.filter { ViewRows.isCompared($0.key) && $0.value != "0" },
                ViewRows.values(
                    skdn: try await client.get("views/kesehatan/skdn" + asked),
                    stunting: try await client.get("views/kesehatan/stunting" + asked)
                )
            )
        }
    }

    /// The values whose indicators the generator counts; the names of the others are kept.
    private mutating func tallied(_ values: Values) -> Values {
        values.filter { key, _ in
            let name = (key.split(separator: " ").first.map(String.init) ?? "").lowercased()
            if !Kabupaten.sectors.contains(where: { name.hasPrefix($0 + ".") }) || expected.names.contains(name) {
                return true
            }
            untallied.insert(name)
            return false
        }
    }

    private mutating func compareFrozen() async throws {
        var newest: [String: Int] = [:]
        for snapshot in try await client.get("summaries").list("snapshots") {
            newest[snapshot.text("period")] = max(newest[snapshot.text("period")] ?? 0, snapshot.int("revision"))
        }
        for month in expected.months where expected.closed.contains(month.period) {
            guard let revision = newest[month.period] else {
                compare("frozen", "figures \(month.period)", month.figures, [:])
                continue
            }
            let frozen = DocumentRows.frozen(try await client.get("summaries/\(month.period)/\(revision)"))
            compare("frozen", "figures \(month.period)", month.figures, tallied(frozen.figures))
            compare("frozen", "ratios \(month.period)", month.ratios, tallied(frozen.ratios))
            compare("frozen", "registry \(month.period)", month.registry, frozen.registry)
            compare("frozen", "cases \(month.period)", month.cases, frozen.cases)
            compare(
                "frozen",
                "reported \(month.period)",
                ["posyandu": String(month.reported)],
                ["posyandu": String(frozen.reported)]
            )
        }
    }

    // MARK: Destination

    private mutating func compareDocuments() async throws {
        let stored = try await storedDocuments()
        let newest = try await newestDocuments()
        for month in expected.months where expected.closed.contains(month.period) {
            for kind in DocumentRows.kinds {
                let key = "\(month.period) \(kind)"
                guard let document = newest[key] else {
                    compare("outbox", key, ["state": "acknowledged"], [:])
                    continue
                }
                let body = try await client.get("push/\(document.int("id"))").text("body")
                try compare(document, Array(body.utf8), stored[key], key: key, rows: month.rows(kind))
            }
        }
    }

    private mutating func compare(_ document: JSON, _ body: [UInt8], _ stored: Stored?, key: String, rows: Values)
        throws
    {
        let digest = BatchBytes.hex(SHA256.hash(data: body))
        compare("outbox", key, rows, tallied(DocumentRows.values(try JSON(body))))
        compare(
            "outbox",
            "state of \(key)",
            ["state": "acknowledged", "digest": digest],
            ["state": document.text("state"), "digest": document.text("digest")]
        )
        compare("stand-in", key, rows, tallied(stored?.rows ?? [:]))
        compare(
            "stand-in",
            "bytes of \(key)",
            ["revision": String(document.int("revision")), "digest": digest],
            ["revision": stored?.revision ?? "-", "digest": stored?.digest ?? "-"]
        )
    }

    /// The newest revision of each document, by period and kind.
    private func newestDocuments() async throws -> [String: JSON] {
        var newest: [String: JSON] = [:]
        for document in try await client.get("push?limit=1000").list("documents") {
            let key = "\(document.text("period")) \(document.text("kind"))"
            if document.int("revision") >= newest[key]?.int("revision") ?? 0 { newest[key] = document }
        }
        return newest
    }

    private struct Stored {
        var revision: String
        /// Of the bytes as they stand in the dump.
        var digest: String
        var rows: Values
    }

    private func storedDocuments() async throws -> [String: Stored] {
        let bytes = try await client.standin(standin + "/standin/dump")
        var stored: [String: Stored] = [:]
        for document in try JSON(bytes).list("dokumen") {
            guard let content = document["isi"], let range = content.range else { continue }
            stored["\(document.text("periode")) \(document.text("jenis"))"] = Stored(
                revision: String(document.int("revisi")),
                digest: BatchBytes.hex(SHA256.hash(data: bytes[range])),
                rows: DocumentRows.values(content)
            )
        }
        return stored
    }
}
