// Every kind of answer and the class it falls into.
// SPDX-License-Identifier: Apache-2.0

import HTTPTransfer
import Testing

@testable import Destinations

struct ClassifyCase: Sendable, CustomTestStringConvertible {
    var name: String
    var act = PushAct.put
    var result: HTTPResult
    var kind: OutcomeClass
    var isUnknown = false

    var testDescription: String { name }
}

@Suite struct ClassifyTests {
    private static let digest = SipdRekap.digestText(Fixtures.document)

    private static func failure(_ code: Int, _ phase: HTTPTransferError.Phase) -> HTTPResult {
        .failure(HTTPTransferError(curlCode: code, phase: phase, message: "m"))
    }

    private static func body(_ status: String, _ more: String = "") -> String {
        "{\"id_transaksi\":\"trx-1\",\"status\":\"\(status)\"\(more)}"
    }

    private static let html = "<!DOCTYPE html><html><body>Pemeliharaan</body></html>"

    static let puts: [ClassifyCase] = [
        .init(name: "202 DITERIMA", result: Fixtures.response(202, body("DITERIMA")), kind: .ackPending),
        .init(name: "202 DIPROSES", result: Fixtures.response(202, body("DIPROSES")), kind: .ackPending),
        .init(
            name: "200 same document, still open",
            result: Fixtures.response(200, body("DIPROSES")),
            kind: .ackPending
        ),
        .init(name: "200 same document, done", result: Fixtures.response(200, body("SELESAI")), kind: .duplicateOK),
        .init(name: "202 done at once", result: Fixtures.response(202, body("SELESAI")), kind: .ackFinal),
        .init(name: "201 done", result: Fixtures.response(201, body("SELESAI")), kind: .ackFinal),
        .init(name: "204", result: Fixtures.response(204), kind: .ackFinal),
        .init(name: "200 partial", result: Fixtures.response(200, body("SELESAI_SEBAGIAN")), kind: .partial),
        .init(name: "200 refused", result: Fixtures.response(200, body("DITOLAK")), kind: .rejected),
        .init(
            name: "303 to a transaction",
            result: Fixtures.response(303, headers: [("Location", "/v1/transaksi/trx-9")]),
            kind: .ackPending
        ),
        .init(
            name: "303 to another host",
            result: Fixtures.response(303, headers: [("Location", "https://evil/v1/transaksi/trx-9")]),
            kind: .contractDrift,
            isUnknown: true
        ),
        .init(
            name: "202 without id",
            result: Fixtures.response(202, "{\"status\":\"DITERIMA\"}"),
            kind: .contractDrift,
            isUnknown: true
        ),
        .init(
            name: "202 with a path as id",
            result: Fixtures.response(202, "{\"id_transaksi\":\"../x\",\"status\":\"DITERIMA\"}"),
            kind: .contractDrift,
            isUnknown: true
        ),
        .init(
            name: "202 unknown status",
            result: Fixtures.response(202, body("OK")),
            kind: .contractDrift,
            isUnknown: true
        ),
        .init(
            name: "202 for another kodepemda",
            result: Fixtures.response(202, body("DITERIMA", ",\"kodepemda\":\"3326\"")),
            kind: .contractDrift,
            isUnknown: true
        ),
        .init(
            name: "200 with another digest",
            result: Fixtures.response(200, body("SELESAI", ",\"digest\":\"sha-256:00\"")),
            kind: .contractDrift,
            isUnknown: true
        ),
        .init(name: "200 empty", result: Fixtures.response(200), kind: .contractDrift, isUnknown: true),
        .init(
            name: "200 truncated",
            result: Fixtures.response(200, "{\"id_transaksi\":\"tr"),
            kind: .contractDrift,
            isUnknown: true
        ),
        .init(name: "200 NaN", result: Fixtures.response(200, "{\"a\":NaN}"), kind: .contractDrift, isUnknown: true),
        .init(
            name: "200 duplicate keys",
            result: Fixtures.response(200, "{\"status\":\"SELESAI\",\"status\":\"DITOLAK\"}"),
            kind: .contractDrift,
            isUnknown: true
        ),
        .init(
            name: "200 too deep",
            result: Fixtures.response(200, String(repeating: "[", count: 100_000)),
            kind: .contractDrift,
            isUnknown: true
        ),
        .init(name: "200 a list", result: Fixtures.response(200, "[]"), kind: .contractDrift, isUnknown: true),
        .init(
            name: "200 success:false",
            result: Fixtures.response(200, "{\"success\":false}"),
            kind: .contractDrift,
            isUnknown: true
        ),
        .init(
            name: "200 with ERROR in a log",
            result: Fixtures.response(200, "{\"code\":200,\"msg\":\"x\",\"log\":[\"ERROR: y\"]}"),
            kind: .contractDrift,
            isUnknown: true
        ),
        .init(
            name: "200 login page",
            result: Fixtures.response(200, html, type: "text/html"),
            kind: .retryLater,
            isUnknown: true
        ),
        .init(
            name: "502 page",
            result: Fixtures.response(502, html, type: "text/html"),
            kind: .retryLater,
            isUnknown: true
        ),
        .init(name: "503 page", result: Fixtures.response(503, html, type: "text/html"), kind: .retryLater),
        .init(
            name: "400 page",
            result: Fixtures.response(400, html, type: "text/html"),
            kind: .contractDrift,
            isUnknown: true
        ),
        .init(name: "413 page", result: Fixtures.response(413, html, type: "text/html"), kind: .tooBig),
        .init(name: "401 page", result: Fixtures.response(401, html, type: "text/html"), kind: .auth),
        .init(
            name: "302 page",
            result: Fixtures.response(302, html, type: "text/html"),
            kind: .contractDrift,
            isUnknown: true
        ),
        .init(name: "400", result: Fixtures.response(400), kind: .rejected),
        .init(name: "401", result: Fixtures.response(401), kind: .auth),
        .init(name: "403", result: Fixtures.response(403), kind: .auth),
        .init(name: "404", result: Fixtures.response(404), kind: .rejected),
        .init(name: "408", result: Fixtures.response(408), kind: .retryLater, isUnknown: true),
        .init(name: "409 bare", result: Fixtures.response(409), kind: .contractDrift),
        .init(name: "412", result: Fixtures.response(412), kind: .stale),
        .init(name: "413", result: Fixtures.response(413), kind: .tooBig),
        .init(name: "415", result: Fixtures.response(415), kind: .rejected),
        .init(name: "418", result: Fixtures.response(418), kind: .contractDrift),
        .init(name: "422", result: Fixtures.response(422), kind: .rejected),
        .init(name: "425", result: Fixtures.response(425), kind: .retryLater),
        .init(name: "429", result: Fixtures.response(429), kind: .retryLater),
        .init(name: "500", result: Fixtures.response(500), kind: .retryLater, isUnknown: true),
        .init(name: "502", result: Fixtures.response(502), kind: .retryLater, isUnknown: true),
        .init(name: "503", result: Fixtures.response(503), kind: .retryLater),
        .init(name: "504", result: Fixtures.response(504), kind: .retryLater, isUnknown: true),
        .init(name: "507", result: Fixtures.response(507), kind: .retryLater, isUnknown: true),
        .init(name: "520", result: Fixtures.response(520), kind: .retryLater, isUnknown: true),
        .init(name: "501", result: Fixtures.response(501), kind: .contractDrift, isUnknown: true),
        .init(name: "301", result: Fixtures.response(301), kind: .contractDrift, isUnknown: true),
        .init(name: "problem validasi", result: Fixtures.problem(422, "validasi"), kind: .rejected),
        .init(name: "problem referensi", result: Fixtures.problem(422, "referensi-tidak-dikenal"), kind: .rejected),
        .init(name: "problem jadwal", result: Fixtures.problem(409, "jadwal-ditutup"), kind: .windowClosed),
        .init(
            name: "problem jadwal with another status",
            result: Fixtures.problem(422, "jadwal-ditutup"),
            kind: .windowClosed
        ),
        .init(name: "problem tertinggal", result: Fixtures.problem(409, "revisi-tertinggal"), kind: .stale),
        .init(name: "problem bentrok", result: Fixtures.problem(409, "revisi-bentrok"), kind: .rejected),
        .init(name: "problem running", result: Fixtures.problem(409, "kunci-idempotensi"), kind: .retryLater),
        .init(name: "problem key reused", result: Fixtures.problem(422, "kunci-idempotensi"), kind: .rejected),
        .init(name: "problem big", result: Fixtures.problem(413, "terlalu-besar"), kind: .tooBig),
        .init(name: "problem of a kind unknown, 503", result: Fixtures.problem(503, "lain"), kind: .retryLater),
        .init(name: "problem in a 200", result: Fixtures.problem(200, "lain"), kind: .contractDrift, isUnknown: true),
        .init(
            name: "gateway quota",
            result: Fixtures.response(
                500,
                "{\"fault\":{\"detail\":{\"errorcode\":\"policies.ratelimit.QuotaViolation\"}}}"
            ),
            kind: .retryLater
        ),
        .init(
            name: "gateway key",
            result: Fixtures.response(500, "{\"fault\":{\"detail\":{\"errorcode\":\"oauth.v2.InvalidApiKey\"}}}"),
            kind: .auth
        ),
        .init(
            name: "SATUSEHAT duplicate",
            result: Fixtures.response(200, "[{\"ruleNumber\":\"20002\"}]"),
            kind: .contractDrift,
            isUnknown: true
        ),
        .init(name: "curl 6", result: failure(6, .beforeSend), kind: .retryLater),
        .init(name: "curl 7", result: failure(7, .beforeSend), kind: .retryLater),
        .init(name: "curl 28 connecting", result: failure(28, .beforeSend), kind: .retryLater),
        .init(name: "curl 28 waiting", result: failure(28, .bytesSent), kind: .retryLater, isUnknown: true),
        .init(name: "curl 35", result: failure(35, .beforeSend), kind: .retryLater),
        .init(name: "curl 52", result: failure(52, .bytesSent), kind: .retryLater, isUnknown: true),
        .init(name: "curl 56", result: failure(56, .bytesSent), kind: .retryLater, isUnknown: true),
        .init(name: "curl 18", result: failure(18, .bytesSent), kind: .retryLater, isUnknown: true),
        .init(name: "curl 60 certificate", result: failure(60, .beforeSend), kind: .contractDrift),
        .init(name: "curl 90 pin", result: failure(90, .beforeSend), kind: .contractDrift),
        .init(name: "curl 23 too large", result: failure(23, .bytesSent), kind: .contractDrift, isUnknown: true),
        .init(name: "curl 61 encoding", result: failure(61, .bytesSent), kind: .contractDrift, isUnknown: true),
    ]

    static let polls: [ClassifyCase] = [
        .init(name: "DIPROSES", act: .poll, result: Fixtures.response(200, body("DIPROSES")), kind: .ackPending),
        .init(
            name: "SELESAI",
            act: .poll,
            result: Fixtures.response(200, body("SELESAI", ",\"digest\":\"\(digest)\"")),
            kind: .ackFinal
        ),
        .init(
            name: "SELESAI_SEBAGIAN",
            act: .poll,
            result: Fixtures.response(200, body("SELESAI_SEBAGIAN")),
            kind: .partial
        ),
        .init(name: "DITOLAK", act: .poll, result: Fixtures.response(200, body("DITOLAK")), kind: .rejected),
        .init(
            name: "DITOLAK, window",
            act: .poll,
            result: Fixtures.response(200, body("DITOLAK", ",\"masalah\":\"https://a/masalah/jadwal-ditutup\"")),
            kind: .windowClosed
        ),
        .init(
            name: "another id",
            act: .poll,
            result: Fixtures.response(200, "{\"id_transaksi\":\"trx-2\",\"status\":\"SELESAI\"}"),
            kind: .contractDrift
        ),
        .init(
            name: "lost",
            act: .poll,
            result: Fixtures.problem(404, "tidak-ditemukan"),
            kind: .retryLater,
            isUnknown: true
        ),
        .init(name: "404 page", act: .poll, result: Fixtures.response(404, html, type: "text/html"), kind: .retryLater),
        .init(name: "503", act: .poll, result: Fixtures.response(503), kind: .retryLater),
        .init(name: "500", act: .poll, result: Fixtures.response(500), kind: .retryLater),
        .init(name: "401", act: .poll, result: Fixtures.response(401), kind: .auth),
        .init(name: "reset", act: .poll, result: failure(56, .bytesSent), kind: .retryLater),
    ]

    @Test(arguments: puts + polls)
    func `an answer has its class`(_ row: ClassifyCase) {
        let outcome = Fixtures.exporter.classify(row.act, row.result, Fixtures.document, transaction: "trx-1")
        #expect(outcome.kind == row.kind)
        #expect(outcome.isUnknown == row.isUnknown)
        #expect(!outcome.code.isEmpty)
    }

    @Test func `no answer but the contract's own is an acknowledgement`() {
        // Every status with every foreign body: only a 204 without body passes.
        let bodies = ["", "{}", "[]", "null", "{\"status\":\"SELESAI\"}", "OK", Self.html, "{\"success\":true}"]
        for status in 100...599 {
            for body in bodies {
                let outcome = Fixtures.exporter.classify(
                    .put,
                    Fixtures.response(status, body),
                    Fixtures.document,
                    transaction: nil
                )
                let isAcknowledged = [.ackFinal, .ackPending, .duplicateOK].contains(outcome.kind)
                #expect(isAcknowledged == (status == 204 && body.isEmpty), "\(status) \(body)")
            }
        }
    }

    @Test func `a read-back is compared, never guessed`() {
        func find(_ status: Int, _ body: String) -> ReadBackFinding {
            Fixtures.exporter.reconcile([Fixtures.response(status, body)], Fixtures.document)
        }
        #expect(find(200, "{\"revisi\":3,\"digest\":\"\(Self.digest)\"}") == .same)
        #expect(find(200, "{\"revisi\":3,\"digest\":\"sha-256:00\"}") == .different(digest: "sha-256:00"))
        #expect(find(200, "{\"revisi\":2,\"digest\":\"x\"}") == .behind(revision: 2))
        #expect(find(200, "{\"revisi\":4,\"digest\":\"x\"}") == .ahead(revision: 4))
        #expect(Fixtures.exporter.reconcile([Fixtures.problem(404, "tidak-ditemukan")], Fixtures.document) == .absent)
        for unreadable in [
            find(200, "{}"), find(404, "<html>"), find(404, ""), find(500, "{}"), find(200, "x"),
            find(200, "{\"revisi\":3,\"digest\":\"\(Self.digest)\",\"periode\":\"2026-10\"}"),
        ] {
            guard case .unreadable = unreadable else {
                Issue.record("\(unreadable)")
                continue
            }
        }
    }

    @Test func `a login is a token or a reason`() {
        let good = Fixtures.exporter.granted(
            Fixtures.response(200, "{\"access_token\":\"abc\",\"token_type\":\"Bearer\",\"expires_in\":60}")
        )
        #expect(good == .granted(token: "abc", seconds: 60))
        let rows: [(HTTPResult, OutcomeClass)] = [
            (Fixtures.response(401, "{\"error\":\"invalid_client\"}"), .auth), (Fixtures.response(400), .auth),
            (Fixtures.response(503), .retryLater), (Fixtures.response(200, "{}"), .contractDrift),
            (
                Fixtures.response(
                    200,
                    "{\"access_token\":\"a\\r\\nX: 1\",\"token_type\":\"Bearer\",\"expires_in\":60}"
                ), .contractDrift
            ),
            (Self.failure(7, .beforeSend), .retryLater), (Self.failure(28, .bytesSent), .retryLater),
            // From something in front of the endpoint: no word on our secret.
            (Fixtures.response(400, Self.html, type: "text/html"), .contractDrift),
        ]
        for (result, kind) in rows {
            guard case .refused(let outcome) = Fixtures.exporter.granted(result) else {
                Issue.record("granted")
                continue
            }
            #expect(outcome.kind == kind)
            #expect(!outcome.isUnknown)
        }
    }

    @Test(arguments: [
        (
            "<html>\r\n<head><title>400 No required SSL\n certificate was sent</title></head>",
            "400 No required SSL certificate was sent"
        ),
        ("<HTML><TITLE>Bad Request</TITLE></HTML>", "Bad Request"), ("<html><title> </title>", nil),
        ("<html><title>cut off", nil), ("<html></html>", nil),
    ])
    func `what a page calls itself is told to the person`(_ page: String, _ title: String?) {
        #expect(Reply.title(Array(page.utf8)) == title)
        let outcome = StatusRule.classify(
            HTTPResponse(status: 400, headers: [("Content-Type", "text/html")], body: Array(page.utf8)),
            readsOnly: true
        )
        #expect(outcome.code == "html-400" && !outcome.isUnknown)
        #expect(outcome.detail == "a page instead of JSON, status 400" + (title.map { ": \($0)" } ?? ""))
    }

    @Test func `what is kept of a reply holds no secret and no identity number`() {
        let reply = Array("{\"echo\":\"Bearer s3cret-token\",\"nik\":\"3325011203990001\"}".utf8)
        let kept = Scrub.head(reply, secrets: ["s3cret-token"])
        #expect(kept == "{\"echo\":\"Bearer ‹redacted›\",\"nik\":\"‹digits›\"}")
        let long = Array(String(repeating: "x", count: 4090).utf8) + Array("s3cret-token".utf8)
        #expect(!Scrub.head(long, secrets: ["s3cret-token"]).contains("s3c"))
    }
}
