// What a manifest says is confidential, who may look, and which fields may stand in the clear.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PluginKit

@Suite struct ManifestConfidentialTests {
    private static func text(_ rule: String, _ sensitivity: String = "confidential") -> String {
        ManifestTests.text
            .split(separator: "\"links\"", maxSplits: 1).joined(separator: "\"confidential\": \(rule), \"links\"")
            .split(separator: "\"sensitivity\": \"personal\"", maxSplits: 1)
            .joined(separator: "\"sensitivity\": \"\(sensitivity)\"")
    }

    @Test func `of a confidential record only what counts may stand in the clear`() throws {
        let manifest = try ManifestTests.parsed(
            Self.text(#"{"visible_to": ["kepala_desa", "dinas"], "small_count": 7}"#)
        )
        #expect(manifest.confidentiality.visibleTo == ["kepala_desa", "dinas"])
        #expect(manifest.confidentiality.smallCount == 7)
        #expect(manifest.isConfidential("air.sumur") && !manifest.isConfidential("air.lain"))
        let open = try #require(manifest.record("air.sumur")?.openFields)
        #expect(open == ["jarak_m", "n", "d", "t", "kondisi", "skor"])
    }

    @Test func `without the key nobody may look, and an open record hides nothing`() throws {
        let manifest = try ManifestTests.parsed()
        #expect(manifest.confidentiality.visibleTo.isEmpty && manifest.confidentiality.smallCount == 5)
        #expect(manifest.record("air.sumur")?.openFields == nil)
    }

    @Test(
        arguments: [
            (#"{"visible_to": ["Kepala Desa"]}"#, "confidential", "'Kepala Desa' is not a name"),
            (#"{"visible_to": ["kades"], "small_count": 0}"#, "confidential", "/confidential/small_count"),
            (#"{"small_count": 5}"#, "confidential", "visible_to"),
            (#"{"visible_to": ["kades"]}"#, "personal", "no record type is confidential"),
            (#"{"visible_to": ["kades"], "visible_too": []}"#, "confidential", "visible_too"),
        ]
    )
    func `a broken rule is told`(_ rule: String, _ sensitivity: String, _ expected: String) {
        guard
            case .failure(let findings) = Manifest.parse(Array(Self.text(rule, sensitivity).utf8), file: "sector.json")
        else {
            Issue.record("the manifest was taken")
            return
        }
        #expect(findings.findings.contains { $0.description.contains(expected) })
    }
}
