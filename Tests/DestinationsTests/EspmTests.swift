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

    private static func window(_ closes: String?, _ state: ReportingWindow.State) throws -> ReportingWindow {
        ReportingWindow(
            destination: "espm",
            kind: .indicators,
            period: try #require(Period("2026-Q4")),
            closesAt: try closes.map(CalendarFixture.moment),
            state: state,
            source: "surat 6",
            revision: 1
        )
    }

    @Test(arguments: [
        ("2027-01-26T00:00:00+07:00", ReportingWindow.State.open, "2027-01-25", "ditutup 2027-01-25 (kalender"),
        ("2027-01-25T16:00:00+07:00", .open, "2027-01-25 pukul 16.00", "ditutup 2027-01-25 pukul 16.00 (kalender"),
        ("2027-02-01T00:00:00+07:00", .extended, "2027-01-31", "diperpanjang sampai 2027-01-31 (kalender"),
        ("2027-01-11T00:00:00+07:00", .closed, "2027-01-10", "sudah ditutup, 2027-01-10 (kalender"),
        // A window without a closing tells nothing: the file does.
        ("", .open, "2027-01-20", "ditutup 2027-01-20 (berkas tujuan"),
    ])
    func `the checklist takes the closing of the calendar, and the file's only without one`(
        _ closes: String,
        _ state: ReportingWindow.State,
        _ due: String,
        _ words: String
    ) throws {
        let source = try SnapshotRows(Self.snapshot, Self.settings())
        let window = try Self.window(closes.isEmpty ? nil : closes, state)
        let pages = EspmPages(source: source, revision: 2, rows: try source.rows(.indicators), window: window)
        let sheet = try pages.all()[0]
        let days = Set(sheet.lines.compactMap { $0.count > 3 ? $0[3]?.value : nil })
        #expect(days == [.text("Paling lambat"), .text(due)])
        #expect(text(sheet).contains(words) && text(sheet).contains("menurut surat 6") == !closes.isEmpty)
        #expect(text(try sheets()[0]).contains("ditutup 2027-01-20 (berkas tujuan"))
    }

    @Test func `the window is part of the plan, and of the bytes`() throws {
        let exporter = EspmWorksheet(settings: Self.settings())
        let window = try Self.window("2027-01-26T00:00:00+07:00", .open)
        let within = exporter.planning(within: [.indicators: window])
        let documents = try within.plan(Self.snapshot, revisions: [:])
        #expect(documents == (try within.plan(Self.snapshot, revisions: [:])))
        #expect(documents.map(\.bytes) != (try exporter.plan(Self.snapshot, revisions: [:])).map(\.bytes))
        // Of other kinds, and at other exporters, it is nothing.
        let other = exporter.planning(within: [.cadres: window])
        #expect(try other.plan(Self.snapshot, revisions: [:]) == exporter.plan(Self.snapshot, revisions: [:]))
        let rekap = Fixtures.exporter.planning(within: [.indicators: window])
        #expect(
            try rekap.plan(Fixtures.snapshot(), revisions: [:])
                == Fixtures.exporter.plan(Fixtures.snapshot(), revisions: [:])
        )
    }

    @Test func `the plan is one workbook a quarter, the same bytes for the same snapshot`() throws {
        let exporter = EspmWorksheet(settings: Self.settings())
        let documents = try exporter.plan(Self.snapshot, revisions: [:])
        var shuffled = Self.snapshot
        shuffled.figures.reverse()
        #expect(documents == (try exporter.plan(shuffled, revisions: [:])))
        #expect(
            documents.map(\.key) == [NaturalKey(kodepemda: "3325", period: "2026-Q4", kind: .indicators)]
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
