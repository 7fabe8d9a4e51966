// The e-SPM worksheet: cells, determinism, and that nothing of it is ever requested.
// SPDX-License-Identifier: Apache-2.0

import HTTPTransfer
import PluginKit
import Summaries
import Testing

@testable import Destinations
@testable import Workbook

@Suite struct EspmTests {
    static func settings(_ change: (inout DestinationSettings) -> Void = { _ in }) -> DestinationSettings {
        var settings = Fixtures.settings(baseURL: "", unmapped: .skip)
        settings.kind = EspmWorksheet.kind
        settings.mapping.indicators = ["kesehatan.d_per_s": .init(code: "15")]
        settings.dialect.services = [
            BasicService(code: "14", sector: "kesehatan", name: "Pelayanan kesehatan bayi baru lahir"),
            BasicService(code: "15", sector: "kesehatan", name: "Pelayanan kesehatan balita"),
            BasicService(code: "33", sector: "sosial", name: "Rehabilitasi sosial"),
        ]
        settings.dialect.options = ["office.kesehatan": "Dinas Kesehatan", "closing.2026-Q4": "2027-01-20"]
        change(&settings)
        return settings
    }

    static let snapshot: PeriodSnapshot = {
        var snapshot = Fixtures.snapshot(revision: 2)
        snapshot.period = "2026-Q4"
        snapshot.start = CivilDate(year: 2026, month: 10, day: 1) ?? snapshot.start
        snapshot.end = CivilDate(year: 2026, month: 12, day: 31) ?? snapshot.end
        snapshot.figures = ["33.25", "33.25.01"].enumerated().map { index, area in
            SnapshotFigure(
                indicator: "kesehatan.d_per_s",
                sector: "kesehatan",
                kind: "ratio",
                unit: "percent",
                area: area,
                numerator: index == 0 ? "900" : "84",
                denominator: index == 0 ? "1200" : "120",
                status: .final
            )
        }
        return snapshot
    }()

    private func sheets(_ settings: DestinationSettings = settings()) throws -> [WorkbookSheet] {
        let source = try SnapshotRows(Self.snapshot, settings)
        return try EspmPages(source: source, revision: 2, rows: try source.rows(.indicators)).all()
    }

    private func text(_ sheet: WorkbookSheet) -> String { String(decoding: SheetXML.bytes(sheet), as: UTF8.self) }

    @Test func `there is a checklist, a sheet a sector and the kecamatan`() throws {
        #expect(try sheets().map(\.name) == ["Daftar periksa", "Kesehatan", "Sosial", "Rincian kecamatan"])
    }

    @Test func `a sheet has reached, target and percentage, and room for people`() throws {
        let sheet = try sheets()[1]
        let values = sheet.lines[5].map { $0?.value }
        #expect(
            values[0] == .text("15") && values[2] == .number("900") && values[3] == .number("1200")
                && values[4] == .number("75.00")
        )
        #expect(values[5] == .blank && values[6] == .blank)
        // Without a figure: blank, not zero.
        #expect(sheet.lines[4][0]?.value == .text("14") && sheet.lines[4][2] == nil)
    }

    @Test func `the checklist says who, by when, and what is missing`() throws {
        let checklist = text(try sheets()[0])
        #expect(checklist.contains("Dinas Kesehatan") && checklist.contains("2027-01-20"))
        #expect(checklist.contains("1180 dari 1236 posyandu") && checklist.contains("1 dari 2 layanan"))
        let unknown = text(try sheets(Self.settings { $0.dialect.options = [:] })[0])
        #expect(unknown.contains("belum diketahui") && unknown.contains("OPD pengampu bidang sosial"))
    }

    @Test func `the plan is one workbook a quarter, the same bytes for the same snapshot`() throws {
        let exporter = EspmWorksheet(settings: Self.settings())
        let documents = try exporter.plan(Self.snapshot, revisions: [:])
        var shuffled = Self.snapshot
        shuffled.figures.reverse()
        #expect(documents == (try exporter.plan(shuffled, revisions: [:])))
        #expect(
            documents.map(\.key) == [NaturalKey(kodepemda: "3325", period: "2026-Q4", kind: .init(rawValue: "espm"))]
        )
        #expect(documents[0].revision == 2 && documents[0].bytes.prefix(2) == [0x50, 0x4B])
        #expect(try exporter.plan(Fixtures.snapshot(), revisions: [:]).isEmpty)
    }

    @Test func `small counts are not in it`() throws {
        let sheet = try sheets(Self.settings { $0.suppressBelow = 1_000 })[1]
        #expect(sheet.lines[5][2] == nil && text(sheet).contains("melindungi warga"))
    }

    @Test func `a code that is no service, and a missing list, are refused`() {
        for change in [
            { (settings: inout DestinationSettings) in
                settings.mapping.indicators = ["kesehatan.d_per_s": .init(code: "99")]
            },
            { (settings: inout DestinationSettings) in settings.dialect.services = [] },
        ] {
            #expect(throws: PlanError.self) {
                try EspmWorksheet(settings: Self.settings(change)).plan(Self.snapshot, revisions: [:])
            }
        }
    }

    @Test func `nothing is requested, and no answer is an acknowledgement`() {
        let exporter = EspmWorksheet(settings: Self.settings())
        #expect(exporter.isByHand && !exporter.canReadBack)
        #expect(exporter.request(Fixtures.document, nil).url.isEmpty)
        #expect(
            exporter.classify(.put, Fixtures.response(200), Fixtures.document, transaction: nil).kind == .contractDrift
        )
        #expect(exporter.reconcile([Fixtures.response(200)], Fixtures.document) == .notOffered)
    }
}
