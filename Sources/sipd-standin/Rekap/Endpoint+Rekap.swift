// The dialect `sipd-rekap/1`: what each route of the contract does.
// SPDX-License-Identifier: Apache-2.0

import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

extension Endpoint {
    func addRekap(_ router: Router<StandinContext>) {
        router.post("/auth/token") { request, context in
            try await self.served("token", request, context, judge: { _ in nil }) { _ in try await self.token(request) }
        }
        let v1 = router.group("/v1")
        v1.get("/referensi/{daftar}") { request, context in
            try await self.rekap("rekap.list", request, context) { _ in self.reference(request, context) }
        }
        v1.get("/jadwal/{kodepemda}") { request, context in
            try await self.rekap("rekap.window", request, context) { _ in await self.schedule(request, context) }
        }
        v1.post("/rekap/batch") { request, context in
            try await self.rekap("rekap.batch", request, context) { try await self.batch(request, $0) }
        }
        v1.put("/rekap/{kodepemda}/{periode}/{jenis}") { request, context in
            try await self.rekap("rekap.put", request, context) { try await self.put(request, context, $0) }
        }
        v1.get("/rekap/{kodepemda}/{periode}/{jenis}") { request, context in
            try await self.rekap("rekap.get", request, context) { _ in try await self.readBack(context) }
        }
        v1.delete("/rekap/{kodepemda}/{periode}/{jenis}") { request, context in
            try await self.rekap("rekap.delete", request, context) { _ in try await self.delete(request, context) }
        }
        v1.get("/transaksi/{id}") { request, context in
            try await self.rekap("rekap.poll", request, context) { try await self.transaction(context, $0) }
        }
    }

    private func rekap(
        _ route: String,
        _ request: Request,
        _ context: StandinContext,
        _ act: (Deed) async throws -> Answer
    ) async throws -> Response {
        try await served(
            route,
            request,
            context,
            judge: { judgeBearer($0, kodepemda: context.parameters.get("kodepemda")) },
            act
        )
    }

    /// The refusal of a bearer token, or of one for another kodepemda; `nil` when it is good.
    func judgeBearer(_ request: Request, kodepemda asked: String?) -> Answer? {
        switch tokens.judge(request.headers[.authorization], now: Date()) {
        case .good(let own):
            guard let own, let asked, asked != own else { return nil }
            return .problem(403, "akses", "Kodepemda lain", kode: "E-AKSES")
        case .missing: return unauthorised("token tidak ada")
        case .expired: return unauthorised("token kedaluwarsa")
        case .invalid: return unauthorised("token tidak sah")
        }
    }

    private func unauthorised(_ detail: String) -> Answer {
        .problem(
            401,
            "akses",
            "Tidak berwenang",
            kode: "E-TOKEN",
            detail: detail,
            headers: [("WWW-Authenticate", "Bearer error=\"invalid_token\"")]
        )
    }

    // MARK: Token, lists, windows

    func token(_ request: Request) async throws -> Answer {
        let body = try await request.body.collect(upTo: 16_384)
        var form: [String: String] = [:]
        for pair in String(buffer: body).split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
                $0.replacingOccurrences(of: "+", with: " ").removingPercentEncoding ?? ""
            }
            if parts.count == 2 { form[parts[0]] = parts[1] }
        }
        guard let token = tokens.token(form: form, now: Date()) else {
            return .json(401, .object(["error": .string("invalid_client")]))
        }
        return .json(
            200,
            .object([
                "access_token": .string(token), "token_type": .string("Bearer"),
                "expires_in": .integer(tokens.seconds),
            ]),
            headers: [("Cache-Control", "no-store")]
        )
    }

    func reference(_ request: Request, _ context: StandinContext) -> Answer {
        let version = request.uri.queryParameters["versi"].map(String.init)
        guard let list = references.published(context.parameters.get("daftar") ?? "", version: version) else {
            return notFound("daftar atau versi tidak ada")
        }
        let tag = "\"\(SHA256.hash(data: list.bytes).prefix(8).map { String(format: "%02x", $0) }.joined())\""
        if request.headers[.ifNoneMatch] == tag { return Answer(status: 304, headers: [("ETag", tag)], body: Data()) }
        return .json(200, list, headers: [("ETag", tag)])
    }

    /// Each month of the year and each kind: open from the day after, for twenty days, unless it was closed.
    func schedule(_ request: Request, _ context: StandinContext) async -> Answer {
        guard let kodepemda = context.parameters.get("kodepemda"),
            let year = request.uri.queryParameters["tahun"].flatMap({ Int(String($0)) }), (2000...2100).contains(year)
        else { return .problem(400, "validasi", "tahun tidak ada", kode: "E-VAL-02") }
        var windows: [Node] = []
        for month in 1...12 {
            let period = "\(year)-\(Form.two(month))"
            let next = month == 12 ? "\(year + 1)-01" : "\(year)-\(Form.two(month + 1))"
            for kind in DocumentCheck.kinds.sorted() {
                let key = DocumentKey(kodepemda: kodepemda, periode: period, jenis: kind)
                windows.append(
                    .object([
                        "jenis": .string(kind), "periode": .string(period), "buka": .string("\(next)-01"),
                        "tutup": .string("\(next)-20"),
                        "status": .string(await store.isClosed(key) ? "tutup" : "buka"),
                    ])
                )
            }
        }
        return .json(200, .list(windows))
    }

    // MARK: Documents

    func put(_ request: Request, _ context: StandinContext, _ deed: Deed) async throws -> Answer {
        guard let key = key(context) else { return notFound("jenis atau periode tidak dikenal") }
        guard let bytes = try await body(request, upTo: maxBytes) else { return tooBig() }
        guard request.headers[.contentType]?.hasPrefix("application/json") == true else {
            return .problem(415, "validasi", "Harus application/json", kode: "E-VAL-03")
        }
        let stated = HTTPField.Name("Content-Digest").flatMap { request.headers[$0] }
        guard Self.digestMatches(stated, bytes) else {
            return .problem(400, "validasi", "Content-Digest tidak cocok", kode: "E-DIGEST")
        }
        if let wanted = request.headers[.ifMatch], wanted != "*" ? await tag(key) != wanted : await tag(key) == nil {
            return .problem(412, "revisi-tertinggal", "Yang tersimpan sudah lain", kode: "E-REV-03")
        }
        return try await take(key, bytes, ifMatch: request.headers[.ifMatch] != nil, deed)
    }

    /// The `ETag` of what is stored: its digest in quotes.
    private func tag(_ key: DocumentKey) async -> String? {
        await store.held(key).map { "\"\($0.isDeleted ? "dihapus-\($0.revisi)" : $0.digest)\"" }
    }

    private func take(_ key: DocumentKey, _ bytes: Data, ifMatch: Bool, _ deed: Deed) async throws -> Answer {
        let document: CheckedDocument
        switch check.check(bytes, key) {
        case .malformed(let findings):
            return .problem(422, "validasi", "Data tidak valid", kode: "E-VAL-01", errors: Array(findings.prefix(100)))
        case .formed(let formed): document = formed
        }
        switch try await store.put(key, document, bytes, deed) {
        case .accepted(let transaction):
            return .json(
                202,
                .object([
                    "id_transaksi": .string(transaction.id), "status": .string("DITERIMA"),
                    "href": .string("\(prefix)/v1/transaksi/\(transaction.id)"),
                ]),
                headers: [
                    ("Retry-After", String(retryAfter)), ("Location", "\(prefix)/v1/transaksi/\(transaction.id)"),
                ]
            )
        case .known(let transaction):
            return .json(
                200,
                .object([
                    "id_transaksi": .string(transaction.id), "status": .string(transaction.status),
                    "href": .string("\(prefix)/v1/transaksi/\(transaction.id)"), "digest": .string(transaction.digest),
                ])
            )
        case .conflict:
            return .problem(409, "revisi-bentrok", "Revisi sama, isi lain", kode: "E-REV-02")
        case .behind(let revision):
            return .problem(
                ifMatch ? 412 : 409,
                "revisi-tertinggal",
                "Revisi tertinggal",
                kode: "E-REV-01",
                detail: "revisi tersimpan \(revision)"
            )
        case .closed:
            return .problem(409, "jadwal-ditutup", "Jadwal ditutup", kode: "E-JADWAL")
        }
    }

    func readBack(_ context: StandinContext) async throws -> Answer {
        guard let key = key(context), let held = await store.held(key) else { return notFound("belum ada rekap") }
        return .json(
            200,
            .object([
                "kodepemda": .string(key.kodepemda), "periode": .string(key.periode), "jenis": .string(key.jenis),
                "revisi": .integer(held.revisi), "digest": .string(held.digest), "status": .string(held.status),
                "dihapus": .bool(held.isDeleted),
                "verifikasi": .object([
                    "walidata": .string(held.marks["walidata"] ?? "-"),
                    "pembina": .string(held.marks["pembina"] ?? "-"),
                    "catatan": .string(held.marks["catatan"] ?? ""),
                ]),
            ]),
            headers: await tag(key).map { [("ETag", $0)] } ?? []
        )
    }

    func delete(_ request: Request, _ context: StandinContext) async throws -> Answer {
        guard let key = key(context) else { return notFound("jenis atau periode tidak dikenal") }
        guard let revisi = request.uri.queryParameters["revisi"].flatMap({ Int(String($0)) }), revisi > 0 else {
            return .problem(400, "validasi", "revisi tidak ada", kode: "E-VAL-04")
        }
        switch try await store.delete(key, revisi: revisi) {
        case true?: return .json(200, .object(["revisi": .integer(revisi), "status": .string("DIHAPUS")]))
        case false?: return .problem(409, "revisi-tertinggal", "Revisi tertinggal", kode: "E-REV-01")
        case nil: return notFound("belum ada rekap")
        }
    }

    /// A stalled poll says that the transaction goes on, whatever it does.
    func transaction(_ context: StandinContext, _ deed: Deed) async throws -> Answer {
        guard var transaction = try await store.poll(context.parameters.get("id") ?? "") else {
            return notFound("transaksi tidak ada")
        }
        if deed == .stall { transaction.status = "DIPROSES" }
        var members: [String: Node] = [
            "id_transaksi": .string(transaction.id), "status": .string(transaction.status),
            "kodepemda": .string(transaction.key.kodepemda), "periode": .string(transaction.key.periode),
            "jenis": .string(transaction.key.jenis), "revisi": .integer(transaction.revisi),
            "digest": .string(transaction.digest),
        ]
        if transaction.isOpen {
            return .json(200, .object(members), headers: [("Retry-After", String(retryAfter))])
        }
        members["hasil"] = .object(transaction.hasil.mapValues(Node.integer))
        members["kesalahan"] = .list(transaction.kesalahan.map(\.node))
        return .json(200, .object(members))
    }

    // MARK: Batches

    func batch(_ request: Request, _ deed: Deed) async throws -> Answer {
        guard let name = Self.idempotencyKey(request) else {
            return .problem(400, "kunci-idempotensi", "Idempotency-Key tidak ada", kode: "E-IDEM-01")
        }
        guard let bytes = try await body(request, upTo: 1 << 20) else { return tooBig() }
        let digest = DocumentStore.digest(bytes)
        switch await store.beginBatch(name, digest: digest) {
        case .known(let reply): return Answer(status: 200, body: reply)
        case .running: return .problem(409, "kunci-idempotensi", "Masih berjalan", kode: "E-IDEM-03")
        case .reused: return .problem(422, "kunci-idempotensi", "Kunci dipakai isi lain", kode: "E-IDEM-02")
        case .new: break
        }
        do {
            let answer = try await runBatch(bytes, deed)
            try await store.endBatch(name, digest: digest, reply: answer.status == 200 ? answer.body : nil)
            return answer
        } catch {
            try await store.endBatch(name, digest: digest, reply: nil)
            throw error
        }
    }

    /// `{"dokumen":[{"kodepemda","periode","jenis","isi": base64}]}`: base64 keeps each document's bytes and digest.
    private func runBatch(_ bytes: Data, _ deed: Deed) async throws -> Answer {
        guard let list = Node.read(bytes)?["dokumen"]?.list, !list.isEmpty else {
            return .problem(422, "validasi", "dokumen tidak ada", kode: "E-VAL-05")
        }
        guard list.count <= 50 else { return tooBig() }
        var results: [Node] = []
        for entry in list {
            let key = DocumentKey(
                kodepemda: entry["kodepemda"]?.string ?? "",
                periode: entry["periode"]?.string ?? "",
                jenis: entry["jenis"]?.string ?? ""
            )
            let document = entry["isi"]?.string.flatMap { Data(base64Encoded: $0) }
            let answer: Answer
            if let document, Self.isValid(key) {
                answer = try await take(key, document, ifMatch: false, deed)
            } else {
                answer = .problem(422, "validasi", "kunci atau isi tidak sah", kode: "E-VAL-06")
            }
            results.append(.object(["status": .integer(answer.status), "balasan": Node.read(answer.body) ?? .null]))
        }
        return .json(200, .object(["hasil": .list(results)]))
    }

    // MARK: Pieces

    private func key(_ context: StandinContext) -> DocumentKey? {
        guard let kodepemda = context.parameters.get("kodepemda"), let period = context.parameters.get("periode"),
            let kind = context.parameters.get("jenis")
        else { return nil }
        let key = DocumentKey(kodepemda: kodepemda, periode: period, jenis: kind)
        return Self.isValid(key) ? key : nil
    }

    private static func isValid(_ key: DocumentKey) -> Bool {
        key.kodepemda.utf8.count == 4 && Form.isDigits(key.kodepemda) && Form.days(of: key.periode) != nil
            && DocumentCheck.kinds.contains(key.jenis)
    }

    private func tooBig() -> Answer { .problem(413, "terlalu-besar", "Terlalu besar", kode: "E-UKURAN") }

    private func notFound(_ detail: String) -> Answer {
        .problem(404, "tidak-ditemukan", "Tidak ditemukan", kode: "E-404", detail: detail)
    }

    /// `sha-256=:BASE64:` of RFC 9530.
    private static func digestMatches(_ header: String?, _ bytes: Data) -> Bool {
        header == "sha-256=:\(Data(SHA256.hash(data: bytes)).base64EncodedString()):"
    }

    /// A structured-field string with at least one character.
    private static func idempotencyKey(_ request: Request) -> String? {
        guard let value = HTTPField.Name("Idempotency-Key").flatMap({ request.headers[$0] }), value.count > 2,
            value.hasPrefix("\""), value.hasSuffix("\"")
        else { return nil }
        return String(value.dropFirst().dropLast())
    }
}
