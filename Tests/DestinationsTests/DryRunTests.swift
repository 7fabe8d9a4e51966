// What a try-out says of a plan, and frozen snapshots read back.
// SPDX-License-Identifier: Apache-2.0

import PluginKit
import Summaries
import Testing

@testable import Destinations

@Suite struct DryRunTests {
    @Test func `a try-out counts what does not go out and why`() throws {
        var settings = Fixtures.settings(
            baseURL: "https://a",
            authentication: .header(name: "APIkey", format: "Key {secret}", secretFile: "/nowhere"),
            unmapped: .skip,
            suppressBelow: 5
        )
        settings.mapping.indicators["kesehatan.tidak_ada"] = .init(code: "X")
        let run = DryRun(Fixtures.snapshot(), settings, SipdRekap(settings: settings))
        #expect(run.figures == 4 && run.local == 1 && run.skipped == 2 && run.withoutData == 0)
        // 3 of `didata` are a small count.
        #expect(run.suppressed == 1)
        #expect(run.unmapped == ["kesehatan.ditimbang"] && run.unused == ["kesehatan.tidak_ada"])
        #expect(run.documents.map(\.document.kind) == DocumentKind.all && run.refusal == nil)
        let first = try #require(run.documents.first)
        #expect(first.method == "PUT" && first.url?.hasPrefix("https://a/v1/rekap/3325/2026-11/") == true)
        #expect(first.headers.contains { $0 == ("APIkey", "Key ‹redacted›") })
    }

    @Test func `what cannot be planned is said`() {
        let settings = Fixtures.settings(unmapped: .fail)
        let run = DryRun(Fixtures.snapshot(), settings, SipdRekap(settings: settings))
        #expect(run.documents.isEmpty && run.refusal?.code == .unmappedIndicator)
    }

    @Test func `a frozen snapshot read back has the bytes it had`() throws {
        var snapshot = Fixtures.snapshot(revision: 7)
        snapshot.figures[0].fromPaper = 3
        let bytes = snapshot.canonicalBytes
        let read = try #require(PeriodSnapshot(canonicalBytes: bytes))
        #expect(read.canonicalBytes == bytes)
        #expect(PeriodSnapshot(canonicalBytes: Array("{}".utf8)) == nil)
        #expect(PeriodSnapshot(canonicalBytes: bytes.dropLast()) == nil)
    }
}
