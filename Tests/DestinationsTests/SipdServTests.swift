// The dialect of e-Walidata: golden bytes, every answer's class, what a read-back over pages shows.
// SPDX-License-Identifier: Apache-2.0

import HTTPTransfer
import PluginKit
import Summaries
import Testing

@testable import Destinations

@Suite struct SipdServTests {
    private static func exporter(maximumRows: Int = 500) -> SipdServ {
        var settings = Fixtures.settings(baseURL: "https://sipd.example/ewalidata/serv", unmapped: .skip)
        settings.kinds = [.indicators]
        settings.mapping.indicators = [
            "perumahan_rakyat.rtlh_tindaklanjut": .init(code: "1.04.000123"),
            "kesehatan.ditimbang": .init(code: "1.02.000474"),
        ]
        settings.dialect = DialectSettings(orgUnits: .init(scheme: .plain), maximumRows: maximumRows)
        return SipdServ(settings: settings)
    }

    private static func year(_ figures: [SnapshotFigure] = Fixtures.figures) throws -> PeriodSnapshot {
        var snapshot = Fixtures.snapshot(figures: figures)
        let period = try #require(Period("2026"))
        snapshot.period = "2026"
        snapshot.start = period.first
        snapshot.end = period.last
        return snapshot
    }

    private static let document = OutboundDocument(
        key: NaturalKey(kodepemda: "3325", period: "2026", kind: DocumentKind(rawValue: "dssd")),
        revision: 1,
        bytes: Array(
            """
            {"data":[{"kodeindikator":"1.02.000474","kodepemda":"3325","kodekec":"332501","tahun":"2026","data":"512"},\
            {"kodeindikator":"1.04.000123","kodepemda":"3325","kodekec":"332501","tahun":"2026","data":"70.00"}]}
            """.utf8
        )
    )

    @Test func `a year becomes rows of text; what has no data is left out`() throws {
        let documents = try Self.exporter().plan(Self.year(), revisions: [:])
        #expect(documents.map(\.bytes) == [Self.document.bytes])
        #expect(documents.map(\.key) == [Self.document.key])
        #expect(try Self.exporter().plan(Fixtures.snapshot(), revisions: [:]).isEmpty)
    }

    @Test func `the kabupaten is area 0, and more rows than fit become another document`() throws {
        var figures = Fixtures.figures
        figures[2].area = "33.25"
        let documents = try Self.exporter(maximumRows: 1).plan(Self.year(figures), revisions: [:])
        #expect(documents.map(\.kind.rawValue) == ["dssd", "dssd-2"])
        #expect(
            String(decoding: documents[0].bytes, as: UTF8.self).contains(#""kodekec":"0","tahun":"2026","data":"512""#)
        )
    }

    @Test func `no secret and no personal path is in a request`() {
        let request = Self.exporter().request(Self.document, Credential(header: "authentication", value: "Bearer x"))
        #expect(request.url == "https://sipd.example/ewalidata/serv/push_dssd?kodepemda=3325")
        #expect(request.headers.contains { $0.name == "authentication" && $0.value == "Bearer x" })
        let page = Self.exporter().readBack(Self.document, page: 2, nil)
        #expect(page.url.hasSuffix("/get_dssd?kodepemda=3325&tahun=2026&limit=500&offset=1000"))
    }

    @Test(
        arguments: [
            (200, #"{"code":200,"msg":"Sukses","log":["3325.1.02.000474 OK","COMMIT TRANS",""]}"#, "ACK_FINAL"),
            (200, #"{"code":"200","msg":"Sukses","log":[]}"#, "ACK_FINAL"),
            (200, #"{"code":200,"msg":"","log":["3325.1.02.000474 OK","ERROR: kode tidak dikenal"]}"#, "PARTIAL"),
            (200, #"{"code":200,"msg":"","log":["  error: semua salah","ROLLBACK"]}"#, "REJECTED"),
            (200, #"{"code":500,"msg":"x","log":[]}"#, "CONTRACT_DRIFT"),
            (200, #"{"code":200,"msg":"tanpa log"}"#, "CONTRACT_DRIFT"),
            (200, #"{"ok":true}"#, "CONTRACT_DRIFT"),
            (200, "", "CONTRACT_DRIFT"),
            (200, "<html>pemeliharaan</html>", "RETRY_LATER"),
            (200, #"{"code":200,"log":["#, "CONTRACT_DRIFT"),
            (302, "", "CONTRACT_DRIFT"),
            (401, "{}", "AUTH"), (403, #"{"message":"x"}"#, "AUTH"),
            (413, "", "TOO_BIG"), (422, "{}", "REJECTED"), (404, "{}", "REJECTED"),
            (429, "{}", "RETRY_LATER"), (500, "", "RETRY_LATER"), (502, "<html>", "RETRY_LATER"),
            (503, "", "RETRY_LATER"),
        ]
    )
    func `the log decides, not the code`(status: Int, body: String, expected: String) {
        let outcome = Self.exporter().classify(.put, Fixtures.response(status, body), Self.document, transaction: nil)
        #expect(outcome.kind.rawValue == expected)
        if status < 400, outcome.kind == .contractDrift { #expect(outcome.isUnknown) }
    }

    @Test func `an unreadable answer after bytes were sent is unknown, before it is not`() {
        for (phase, isUnknown) in [(HTTPTransferError.Phase.beforeSend, false), (.bytesSent, true)] {
            let error = HTTPTransferError(curlCode: 56, phase: phase, message: "reset")
            let outcome = Self.exporter().classify(.put, .failure(error), Self.document, transaction: nil)
            #expect(outcome.kind == .retryLater && outcome.isUnknown == isUnknown)
        }
    }

    @Test func `the values of all pages decide`() {
        func page(_ rows: [(String, String)], filler: Int = 0) -> HTTPResult {
            var list = rows.map { code, value in
                #"{"kodeindikator":"\#(code)","kodekec":"332501","tahun":"2026","data":"\#(value)"}"#
            }
            list += (0..<filler).map { #"{"kodeindikator":"9.\#($0)","kodekec":"0","tahun":"2026","data":"1"}"# }
            return Fixtures.response(200, #"{"data":[\#(list.joined(separator: ","))]}"#)
        }
        let exporter = Self.exporter()
        let both = [("1.02.000474", "512"), ("1.04.000123", "70")]
        #expect(exporter.reconcile([page(both)], Self.document) == .same)
        #expect(exporter.reconcile([page([("1.02.000474", "511"), both[1]])], Self.document) == .behind(revision: 0))
        #expect(exporter.reconcile([page([both[0]])], Self.document) == .behind(revision: 0))
        #expect(exporter.reconcile([page([])], Self.document) == .absent)
        let full = page([both[0]], filler: 499)
        #expect(exporter.reconcile([full], Self.document) == .more)
        #expect(exporter.reconcile([full, page([both[1]])], Self.document) == .same)
        for answer in ["", "<html></html>", #"{"status":true}"#, #"{"code":200,"msg":"","log":[]}"#] {
            guard case .unreadable = exporter.reconcile([Fixtures.response(200, answer)], Self.document) else {
                Issue.record("\(answer) was read as a list")
                continue
            }
        }
    }
}
