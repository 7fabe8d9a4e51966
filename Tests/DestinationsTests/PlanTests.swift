// What a snapshot becomes: golden bytes, arithmetic, disclosure.
// SPDX-License-Identifier: Apache-2.0

import PluginKit
import Summaries
import Testing

@testable import Destinations

@Suite struct PlanTests {
    private func text(
        _ kind: DocumentKind,
        _ snapshot: PeriodSnapshot = Fixtures.snapshot(),
        _ settings: DestinationSettings = Fixtures.settings()
    ) throws -> String {
        let documents = try SipdRekap(settings: settings).plan(snapshot, revisions: [:])
        let document = try #require(documents.first { $0.kind == kind })
        return String(decoding: document.bytes, as: UTF8.self)
    }

    /// The part after `"data":`.
    private func rows(_ text: String) -> String {
        text.split(separator: "\"data\":", maxSplits: 1).last.map { String($0.dropLast()) } ?? ""
    }

    @Test func `the indicator document has these bytes`() throws {
        let golden = """
            {"skema":"posyandu6spm.rekap/1","kodepemda":"3325","tahun":2026,"jenis":"spm-posyandu","periode":"2026-11",\
            "mulai":"2026-11-01","akhir":"2026-11-30","revisi":1,"versi_wilayah":"300.2.2-2138/2025",\
            "versi_nomenklatur":"900.1-2850/2025","dibuat":"2026-12-01T09:00:00+07:00",\
            "pengirim":{"opd":"Dinas PMD","sistem":"posyandud","versi":"0.1.0"},\
            "kelengkapan":{"posyandu_terdaftar":1236,"melapor":1180,"batas_data":"2026-11-30T23:59:59+07:00"},\
            "data":[{"kodeindikator":"KESEHATAN.DITIMBANG","bidang":"kesehatan","wilayah":"33.25.01","satuan":"anak",\
            "pembilang":512,"nilai":"512","status":"sementara","subkegiatan":[]},\
            {"kodeindikator":"KESEHATAN.DITIMBANG","bidang":"kesehatan","wilayah":"33.25.02","satuan":"anak",\
            "status":"tidak_ada_data","subkegiatan":[]},\
            {"kodeindikator":"SPM4.RTLH.TINDAKLANJUT","bidang":"perumahan_rakyat","wilayah":"33.25.01",\
            "satuan":"persen","pembilang":84,"penyebut":120,"nilai":"70.00","status":"final",\
            "subkegiatan":["1.04.02.2.01.0001"]}]}
            """
        #expect(try text(.indicators) == golden)
    }

    @Test func `the other documents have these rows`() throws {
        let registry = try rows(text(.registry))
        #expect(
            registry.hasPrefix(
                """
                [{"kodeindikator":"REGISTRI.POSYANDU","wilayah":"33.25.01","satuan":"posyandu","pembilang":82,\
                "nilai":"82","status":"final","subkegiatan":[]},
                """
            )
        )
        let cases = try rows(text(.cases))
        #expect(
            cases == """
                [{"kodeindikator":"KELUHAN.PERUMAHAN_RAKYAT.DIDATA","bidang":"perumahan_rakyat","wilayah":"33.25.01",\
                "satuan":"kasus","pembilang":3,"nilai":"3","status":"final","subkegiatan":[]},\
                {"kodeindikator":"KELUHAN.PERUMAHAN_RAKYAT.SELESAI","bidang":"perumahan_rakyat","wilayah":"33.25.01",\
                "satuan":"kasus","pembilang":12,"nilai":"12","status":"final","subkegiatan":[]}]
                """
        )
        let cadres = try rows(text(.cadres))
        #expect(cadres.contains("\"KADER.SOSIAL\""))
        #expect(!cadres.contains("LINGKUNGAN"))
    }

    @Test func `the same snapshot in another order gives the same bytes and digests`() throws {
        var shuffled = Fixtures.snapshot()
        shuffled.figures.reverse()
        shuffled.registry.reverse()
        shuffled.cases.reverse()
        let one = try Fixtures.exporter.plan(Fixtures.snapshot(), revisions: [:])
        let other = try Fixtures.exporter.plan(shuffled, revisions: [:])
        #expect(one == other)
        #expect(one.map(\.kind) == DocumentKind.all)
        #expect(one.map(\.idempotencyKey) == other.map(\.idempotencyKey))
        #expect(Set(one.map(\.idempotencyKey)).count == 4)
    }

    @Test func `a revision given from outside replaces the snapshot's`() throws {
        let documents = try Fixtures.exporter.plan(Fixtures.snapshot(revision: 2), revisions: [.cases: 9])
        #expect(documents.map(\.revision) == [2, 2, 9, 2])
        #expect(
            documents.allSatisfy { String(decoding: $0.bytes, as: UTF8.self).contains("\"revisi\":\($0.revision)") }
        )
    }

    @Test func `the bytes are JSON without a local sector`() throws {
        for document in try Fixtures.exporter.plan(Fixtures.snapshot(), revisions: [:]) {
            _ = try JSONParser.parse(document.bytes)
            #expect(!String(decoding: document.bytes, as: UTF8.self).lowercased().contains("lingkungan"))
        }
    }

    @Test(arguments: [
        ("84", "120", "70.00"), ("1", "3", "33.33"), ("2", "3", "66.67"), ("1", "8", "12.50"), ("0", "5", "0.00"),
        ("1", "800", "0.13"), ("3", "2", "150.00"), ("-1", "8", "-12.50"), ("2.5", "5", "50.00"),
        ("1000000000000", "3000000000000", "33.33"),
    ])
    func `a ratio is a percentage with two decimals, rounded half up`(_ n: String, _ d: String, _ value: String) throws
    {
        var figure = Fixtures.figures[0]
        figure.numerator = n
        figure.denominator = d
        #expect(try text(.indicators, Fixtures.snapshot(figures: [figure])).contains("\"nilai\":\"\(value)\""))
    }

    @Test func `a ratio over zero has no data`() throws {
        var figure = Fixtures.figures[0]
        figure.denominator = "0"
        let text = try text(.indicators, Fixtures.snapshot(figures: [figure]))
        #expect(text.contains("\"satuan\":\"persen\",\"status\":\"tidak_ada_data\""))
    }

    @Test func `a sum keeps one number of decimals over all its rows`() throws {
        var one = Fixtures.figures[2]
        one.kind = "sum"
        one.numerator = "12.5"
        var other = one
        other.area = "33.25.03"
        other.numerator = "7"
        let rows = try rows(text(.indicators, Fixtures.snapshot(figures: [one, other])))
        #expect(rows.contains("\"satuan\":\"anak\",\"nilai\":\"12.5\""))
        #expect(rows.contains("\"pembilang\":7,\"nilai\":\"7.0\""))
    }

    @Test func `small counts are left out, and what would give them back`() throws {
        var figures = [Fixtures.figures[2], Fixtures.figures[2], Fixtures.figures[2]]
        figures[0].area = "33.25.01"
        figures[0].numerator = "3"
        figures[1].area = "33.25.02"
        figures[1].numerator = "40"
        figures[2].area = "33.25"
        figures[2].numerator = "43"
        let rows = try rows(
            text(.indicators, Fixtures.snapshot(figures: figures), Fixtures.settings(suppressBelow: 5))
        )
        // The kabupaten's figure is worth more than that of a kecamatan.
        #expect(rows.contains("\"33.25\"") && !rows.contains("33.25.0"))
    }

    @Test func `a ratio whose rest is small is left out too`() throws {
        var figure = Fixtures.figures[0]
        figure.numerator = "118"
        let rows = try rows(
            text(.indicators, Fixtures.snapshot(figures: [figure]), Fixtures.settings(suppressBelow: 5))
        )
        #expect(rows == "[]")
    }

    @Test func `an unmapped indicator fails, is skipped or passes, as the mapping says`() throws {
        #expect(throws: PlanError.self) {
            try SipdRekap(settings: Fixtures.settings(unmapped: .fail)).plan(Fixtures.snapshot(), revisions: [:])
        }
        let skipped = try text(.indicators, Fixtures.snapshot(), Fixtures.settings(unmapped: .skip))
        #expect(!skipped.contains("DITIMBANG"))
    }

    @Test func `what the contract has no place for is refused`() {
        var period = Fixtures.snapshot()
        period.end = CivilDate(daysSince1970: 0)
        var zone = Fixtures.snapshot()
        zone.utcOffsetSeconds = 0
        var area = Fixtures.snapshot()
        area.kabupaten = "33.25.01"
        var twice = Fixtures.snapshot()
        twice.figures.append(twice.figures[0])
        var number = Fixtures.snapshot()
        number.figures[0].numerator = nil
        for snapshot in [period, zone, area, twice, number] {
            #expect(throws: PlanError.self) { try Fixtures.exporter.plan(snapshot, revisions: [:]) }
        }
    }
}
