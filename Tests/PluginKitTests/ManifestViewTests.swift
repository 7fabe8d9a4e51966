// Views of a manifest: what is read, and what is said of broken ones.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PluginKit

@Suite struct ManifestViewTests {
    private static let views = """
        "views": {
          "neraca": {
            "kind": "balance", "title": {"id": "Neraca"}, "bands": [0, 6, 12],
            "columns": [{"name": "D", "indicator": "air.sumur"}, {"name": "S", "indicator": "air.jarak"}],
            "ratios": [{"name": "D/S", "part": ["D"], "whole": ["S", "-D"]}],
            "rules": [{"name": "D <= S", "at_most": [["D"], ["S"]]}, {"name": "D = S", "equal": [["D"], ["S"]]}] },
          "lahir": {
            "kind": "cohort", "title": {"id": "Lahir"},
            "columns": [{"name": "ada", "any": ["air.sumur", "air.jarak"], "counts": "present", "ever": true}] } },
        """

    private static func text(_ views: String = views) -> String {
        ManifestTests.text.split(separator: "\"links\"", maxSplits: 1).joined(separator: views + "\"links\"")
    }

    @Test func `every key of a view is read`() throws {
        let manifest = try ManifestTests.parsed(Self.text())
        let balance = try #require(manifest.view("neraca"))
        #expect(balance.kind == .balance && balance.bands == [0, 6, 12] && balance.title.id == "Neraca")
        #expect(balance.columns.map(\.name) == ["D", "S"])
        #expect(balance.indicators == ["air.sumur", "air.jarak"])
        #expect(
            balance.ratios.map(\.whole) == [
                [
                    Manifest.ViewTerm(column: "S", isSubtracted: false),
                    Manifest.ViewTerm(column: "D", isSubtracted: true),
                ]
            ]
        )
        #expect(balance.rules.map(\.isEqual) == [false, true])
        let cohort = try #require(manifest.view("lahir"))
        #expect(cohort.kind == .cohort && cohort.months == 24)
        #expect(cohort.columns[0].isEver && cohort.columns[0].isPresence)
        #expect(manifest.view("tidak_ada") == nil)
    }

    @Test(arguments: [
        (#""kind": "balance""#, #""kind": "saldo""#, "'saldo' is not known here"),
        (#"[0, 6, 12]"#, #"[0, 6, 6]"#, "must be at least two rising numbers of months"),
        (
            #""indicator": "air.jarak""#, #""indicator": "air.rasio""#,
            "'air.rasio' is not a count, distinct, sum or stock"
        ),
        (
            #""indicator": "air.jarak""#, #""indicator": "air.danau""#,
            "'air.danau' is not a count, distinct, sum or stock"
        ),
        (#""whole": ["S", "-D"]"#, #""whole": ["S", "-X"]"#, "'X' is not a column of this view"),
        (#""at_most": [["D"], ["S"]]"#, #""at_most": [["D"], ["K"]]"#, "'K' is not a column of this view"),
        (#""at_most": [["D"], ["S"]]"#, #""at_most": [["D"]]"#, "a rule has one of 'equal' and 'at_most'"),
        (#"{"name": "S", "#, #"{"name": "D", "#, "two columns have one name"),
        (#"{"name": "D", "indicator": "air.sumur"}"#, #"{"name": "D"}"#, "a column has one of 'indicator' and 'any'"),
        (#"{"name": "D", "indicator": "air.sumur"}"#, #"{"name": "D", "any": ["air.sumur"]}"#, "are for cohorts"),
        (#""counts": "present""#, #""counts": "semua""#, "'semua' is not known here"),
        (#""kind": "cohort""#, #""kind": "prevalence""#, "must be a stock, 0 or 1 of a resident"),
        (#""bands""#, #""band""#, "'band' is not a key of this object"),
    ])
    func `what is wrong with a view is said`(_ right: String, _ wrong: String, _ message: String) throws {
        let parts = Self.views.split(separator: right, maxSplits: 1, omittingEmptySubsequences: false)
        try #require(parts.count == 2)
        do {
            _ = try ManifestTests.parsed(Self.text(parts[0] + wrong + parts[1]))
            Issue.record("was taken")
        } catch let findings as ManifestFindings {
            #expect(findings.description.contains(message), "\(findings)")
            #expect(findings.description.contains("/views/"))
        }
    }
}
