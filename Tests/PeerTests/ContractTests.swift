// An OpenAPI validator of somebody else holds what our exporter sends, and what the stand-in answers, against the contract.
// SPDX-License-Identifier: Apache-2.0

import Crypto
import Foundation
import HTTPTransfer
import PluginKit
import PostgresTesting
import Testing

@testable import Destinations

/// `openapi-core` between a client and the stand-in; it reads `docs/sipd-rekap.openapi.yaml` itself.
private final class ContractProxy: Sendable {
    struct Exchange: Sendable, CustomStringConvertible {
        var method: String
        var path: String
        var status: Int
        /// What is wrong with the request, and with the answer.
        var request: [String]
        var answer: [String]

        var description: String { "\(method) \(path) \(status) \(request) \(answer)" }
    }

    static let parsers = "\(Standin.root)/.build-oracles"
    static let contract = "\(Standin.root)/docs/sipd-rekap.openapi.yaml"
    static let isAvailable =
        Standin.executable != nil && FileManager.default.fileExists(atPath: "\(parsers)/openapi_core")

    /// Empty when the specification was refused; then `complaint` says why.
    let port: String
    private let folder = try? Folder()
    private let program: ChildProgram

    init(_ standin: Standin, contract: String = contract) async throws {
        let place = folder?.path ?? ""
        program = try ChildProgram(
            "/bin/sh",
            [
                "-c", "exec \"$@\" 2>stderr", "sh", "/usr/bin/env", "PYTHONPATH=\(Self.parsers)", "python3",
                "\(Standin.root)/Tests/PeerTests/oracles/contract_proxy.py", contract, "127.0.0.1:\(standin.port)",
                "\(place)/report",
            ],
            directory: place
        )
        port = (try? await program.line("")) ?? ""
    }

    var complaint: String {
        (try? String(contentsOfFile: "\(folder?.path ?? "")/stderr", encoding: .utf8)) ?? ""
    }

    func base(_ room: String) -> String { "http://127.0.0.1:\(port)/~\(room)" }

    /// Everything that went through so far.
    func exchanges() throws -> [Exchange] {
        func texts(_ value: JSONValue?) -> [String] { value?.array?.compactMap(\.string) ?? ["not said"] }
        let report = try String(contentsOfFile: "\(folder?.path ?? "")/report", encoding: .utf8)
        return try report.split(separator: "\n").map { line in
            let entry = try JSONParser.parse(Array(line.utf8))
            return Exchange(
                method: entry["method"]?.string ?? "",
                path: entry["path"]?.string ?? "",
                status: entry["status"]?.integer ?? 0,
                request: texts(entry["request"]),
                answer: texts(entry["answer"])
            )
        }
    }
}

@Suite(
    .timeLimit(.minutes(25)),
    .enabled(if: ContractProxy.isAvailable, "openapi-core is not there: scripts/install-oracles fetches it from PyPI")
)
struct ContractTests {
    private static let json = (name: "Content-Type", value: "application/json")
    private static let bearer = (name: "Authorization", value: "Bearer rahasia")
    private static let path = "/v1/rekap/3325/2026-11/spm-posyandu"

    private let transfer = HTTPTransfer()

    @discardableResult private func send(
        _ proxy: ContractProxy,
        _ method: String,
        _ path: String,
        room: String = "a",
        _ headers: [(name: String, value: String)] = [bearer],
        _ body: String? = nil
    ) async throws -> HTTPResponse {
        var request = HTTPRequest(
            method: method,
            url: proxy.base(room) + path,
            headers: headers,
            body: body.map { Array($0.utf8) },
            allowHTTP: true
        )
        request.usesOwnConnection = true
        return try await transfer.send(request)
    }

    private func headers(_ body: String) -> [(name: String, value: String)] {
        let digest = Data(SHA256.hash(data: Data(body.utf8))).base64EncodedString()
        return [Self.bearer, Self.json, (name: "Content-Digest", value: "sha-256=:\(digest):")]
    }

    /// A document as the exporter makes it, for a test to break.
    private func document(revision: Int = 1) throws -> String {
        let exporter = SipdRekap(settings: PeerDocuments.settings("a", "http://127.0.0.1", .none))
        let planned = try exporter.plan(try PeerDocuments.snapshot(revision: revision), revisions: [:])
        return String(decoding: try #require(planned.first { $0.kind == .indicators }).bytes, as: UTF8.self)
    }

    @Test func `login, PUT, poll and read-back of all four kinds keep the contract, on both sides`() async throws {
        let standin = try await Standin(["--poll-delay", "1"])
        let proxy = try await ContractProxy(standin)
        let database = try await TestCluster.shared().makeDatabase(migrations: DestinationsSchema.migrations)
        let outbox = Outbox(pool: database.pool)
        let settings = PeerDocuments.settings(
            "kontrak",
            proxy.base("kontrak"),
            .clientCredentials(tokenPath: "/auth/token", clientID: "posyandud", secretFile: standin.secretFile)
        )
        for revision in 1...2 {
            try await PeerDocuments.enqueue(PeerDocuments.snapshot(revision: revision), settings, outbox)
            let done = try await PeerDocuments.push(database, [settings]) {
                try await outbox.documents().filter { $0.row.state == .acknowledged }.count == 4 * revision
            }
            #expect(done)
        }
        let exchanges = try proxy.exchanges()
        #expect(exchanges.allSatisfy { $0.request.isEmpty && $0.answer.isEmpty }, "\(exchanges)")
        for kind in DocumentKind.all {
            let path = "/v1/rekap/3325/2026-11/\(kind)"
            #expect(exchanges.filter { $0.method == "PUT" && $0.path == path }.map(\.status) == [202, 202])
            #expect(exchanges.filter { $0.method == "GET" && $0.path == path }.map(\.status) == [200, 200])
        }
        #expect(exchanges.filter { $0.path.hasPrefix("/v1/transaksi/") }.count == 16)
        #expect(exchanges.contains { $0.path == "/auth/token" })
        await database.drop()
    }

    @Test func `what the stand-in refuses, it refuses in the contract's words`() async throws {
        let standin = try await Standin(["--max-bytes", "20000"])
        let proxy = try await ContractProxy(standin)
        let (first, second) = (try document(), try document(revision: 2))
        let other = first.replacing("\"512\"", with: "\"513\"").replacing(":512,", with: ":513,")
        @discardableResult
        func put(_ body: String, path: String = Self.path, more: [(name: String, value: String)] = []) async throws
            -> HTTPResponse
        {
            try await send(proxy, "PUT", path, headers(body) + more, body)
        }
        try await send(proxy, "POST", "/auth/token", [], "grant_type=client_credentials&client_id=x&client_secret=y")
        try await send(proxy, "GET", Self.path, [])
        try await send(proxy, "GET", Self.path)
        try await send(proxy, "GET", "/v1/transaksi/tidak-ada")
        let transaction = try JSONParser.parse(try await put(second).body)["id_transaksi"]?.string
        try await send(proxy, "GET", "/v1/transaksi/\(transaction ?? "")")
        try await put(second)
        try await put(other.replacing("\"revisi\":1", with: "\"revisi\":2"))
        try await put(first)
        try await put(try document(revision: 3), more: [(name: "If-Match", value: "\"sha-256:00\"")])
        try await put(second.replacing("\"final\"", with: "\"selesai\""))
        try await put(second + String(repeating: " ", count: 20_000))
        try await send(proxy, "PUT", Self.path, [Self.bearer, Self.json], first)
        try await send(proxy, "PUT", Self.path, [Self.bearer, (name: "Content-Type", value: "text/plain")], first)
        _ = try await standin.control("PUT", "a", "jadwal", body: #"{"tutup":["kader/2026-11"]}"#)
        try await put(
            first.replacing("spm-posyandu", with: "kader"),
            path: Self.path.replacing("spm-posyandu", with: "kader")
        )
        try await send(proxy, "DELETE", "\(Self.path)?revisi=3")
        try await send(proxy, "DELETE", "\(Self.path)?revisi=1")
        try await send(proxy, "DELETE", Self.path)
        try await send(proxy, "GET", Self.path)
        try await send(proxy, "GET", "/v1/referensi/wilayah")
        try await send(proxy, "GET", "/v1/jadwal/3325?tahun=2026")
        try await send(proxy, "GET", "/v1/jadwal/3325")
        _ = try await standin.control("PUT", "a", "faults", body: "rekap.put sequence 429 503")
        try await put(second)
        try await put(second)
        let exchanges = try proxy.exchanges()
        #expect(
            exchanges.map(\.status) == [
                401, 401, 404, 404, 202, 200, 200, 409, 409, 412, 422, 413, 400, 415, 409, 200, 409, 400, 200, 200, 200,
                400,
                429, 503,
            ]
        )
        for exchange in exchanges { #expect(exchange.answer.isEmpty, "\(exchange)") }
    }

    @Test func `batches, and what is wrong with one, keep the contract`() async throws {
        let standin = try await Standin()
        let proxy = try await ContractProxy(standin)
        let isi = Data(try document().utf8).base64EncodedString()
        let body = #"{"dokumen":[{"kodepemda":"3325","periode":"2026-11","jenis":"spm-posyandu","isi":"\#(isi)"}]}"#
        let key = (name: "Idempotency-Key", value: "\"kunci-1\"")
        try await send(proxy, "POST", "/v1/rekap/batch", [Self.bearer, Self.json, key], body)
        try await send(proxy, "POST", "/v1/rekap/batch", [Self.bearer, Self.json, key], body + " ")
        try await send(proxy, "POST", "/v1/rekap/batch", [Self.bearer, Self.json], body)
        let exchanges = try proxy.exchanges()
        #expect(exchanges.map(\.status) == [200, 422, 400])
        for exchange in exchanges { #expect(exchange.answer.isEmpty, "\(exchange)") }
        #expect(exchanges[0].request.isEmpty && !exchanges[2].request.isEmpty, "\(exchanges)")
    }

    @Test func `a request that breaks the contract is noticed, member by member`() async throws {
        let standin = try await Standin()
        let proxy = try await ContractProxy(standin)
        let good = try document()
        let broken: [(String, String)] = [
            (good.replacing("{\"skema\"", with: "{\"nik\":\"x\",\"skema\""), "'nik'"),
            (good.replacing("\"revisi\":1", with: "\"revisi\":0"), "revisi"),
            (good.replacing("\"mulai\":\"2026-11-01\"", with: "\"mulai\":\"2026-11-31\""), "mulai"),
            (good.replacing("\"33.25.01\"", with: "\"33.25.01.2001.7\""), "wilayah"),
            (good.replacing("\"status\":\"final\"", with: "\"status\":\"selesai\""), "status"),
            (good.replacing("\"pembilang\":512", with: "\"pembilang\":-1"), "pembilang"),
            (good.replacing("\"kodepemda\":\"3325\",", with: ""), "'kodepemda' is a required property"),
        ]
        for (body, _) in broken {
            #expect(body != good)
            try await send(proxy, "PUT", Self.path, headers(body), body)
        }
        for (exchange, (_, word)) in zip(try proxy.exchanges(), broken) {
            #expect(exchange.request.contains { $0.contains(word) }, "\(word): \(exchange)")
        }
        #expect(try proxy.exchanges().count == broken.count)
    }

    @Test func `an answer that breaks the contract is noticed`() async throws {
        let standin = try await Standin()
        let proxy = try await ContractProxy(standin)
        let scripts = [
            "rekap.put always drop(member=id_transaksi)", "rekap.put always set(member=status,value=SUDAH)",
            "rekap.put always set(member=id_transaksi,number=7)", "rekap.put always html(code=200)",
            "rekap.put always status(code=500)",
            "rekap.put always invalid-json",
        ]
        let body = try document()
        for script in scripts {
            _ = try await standin.control("PUT", "a", "faults", body: script)
            try await send(proxy, "PUT", Self.path, headers(body), body)
        }
        let exchanges = try proxy.exchanges()
        #expect(exchanges.count == scripts.count)
        for (exchange, script) in zip(exchanges, scripts) {
            #expect(exchange.request.isEmpty && !exchange.answer.isEmpty, "\(script): \(exchange)")
        }
    }

    @Test func `a specification that is none is refused before anything goes through`() async throws {
        let standin = try await Standin()
        let folder = try Folder()
        let text = try String(contentsOfFile: ContractProxy.contract, encoding: .utf8)
        for (found, replacement) in [
            ("summary: Send a revision\n", "summary: Send a revision\n      respons: {}\n"),
            ("{enum: [indikator, wilayah, subkegiatan]}", "{enum: indikator}"),
            ("{name: daftar, in: path, required: true", "{name: daftar, in: path, required: false"),
        ] {
            #expect(text.contains(found))
            let file = try folder.write(text.replacing(found, with: replacement), "contract.yaml")
            let proxy = try await ContractProxy(standin, contract: file)
            #expect(proxy.port.isEmpty && !proxy.complaint.isEmpty, "\(replacement)")
        }
    }
}
