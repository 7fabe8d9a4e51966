// How many values were compared and how many differ, by stage, by sector and by area.
// SPDX-License-Identifier: Apache-2.0

/// All comparisons counted once. A value that concerns no sector, or no area, counts for its stage alone.
struct Breakdown: Sendable {
    struct Counts: Sendable {
        var compared = 0
        var differences = 0

        static func + (left: Counts, right: Counts) -> Counts {
            Counts(compared: left.compared + right.compared, differences: left.differences + right.differences)
        }
    }

    /// The stages that a person sees, in the order of the pipeline.
    static let shown = ["registry", "frozen", "outbox", "stand-in"]

    private(set) var byStage: [String: Counts] = [:]
    /// Sector, stage.
    private(set) var bySector: [String: [String: Counts]] = [:]
    /// Kecamatan, or the kabupaten; stage.
    private(set) var byArea: [String: [String: Counts]] = [:]

    init(_ comparisons: [Comparison], areas: Set<String>) {
        for comparison in comparisons {
            for key in comparison.keys { note(key, comparison.stage, areas, Counts(compared: 1)) }
            for difference in comparison.differences {
                note(difference.key, comparison.stage, areas, Counts(differences: 1))
            }
        }
    }

    private mutating func note(_ key: String, _ stage: String, _ areas: Set<String>, _ counts: Counts) {
        byStage[stage, default: Counts()] = byStage[stage, default: Counts()] + counts
        let words = key.lowercased().split(separator: " ").map(String.init)
        for sector in Kabupaten.sectors where words.contains(where: { Self.names($0, sector) }) {
            let known = bySector[sector]?[stage] ?? Counts()
            bySector[sector, default: [:]][stage] = known + counts
        }
        if let area = words.first(where: { areas.contains($0) }) {
            let known = byArea[area]?[stage] ?? Counts()
            byArea[area, default: [:]][stage] = known + counts
        }
    }

    /// Whether a word is a sector, one of its names, or a code made with it.
    private static func names(_ word: String, _ sector: String) -> Bool {
        word == sector || word.hasPrefix(sector + ".") || word.contains("." + sector + ".")
            || word.hasSuffix("." + sector)
    }

    /// `-` where nothing was compared at all.
    func mark(_ sector: String, _ stage: String) -> String {
        guard byStage[stage] != nil else { return "-" }
        let differences = bySector[sector]?[stage]?.differences ?? 0
        return differences == 0 ? "equal" : "\(differences) differ"
    }

    // MARK: JSON

    static func write(_ counts: Counts, _ json: inout JSONText) {
        json.member("compared", counts.compared)
        json.member("differences", counts.differences)
    }

    /// Members of an object: the totals, and each stage.
    static func write(_ stages: [String: Counts], _ json: inout JSONText) {
        let total = stages.values.reduce(Counts()) { $0 + $1 }
        write(total, &json)
        json.name("stages")
        json.open("{")
        for (stage, counts) in stages.sorted(by: { $0.key < $1.key }) {
            json.name(stage)
            json.open("{")
            write(counts, &json)
            json.close("}")
        }
        json.close("}")
    }
}
