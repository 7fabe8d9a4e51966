// The routes of the contract, behind the faults and the counters.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Synchronization

/// A request with its connection, which a fault may close.
struct StandinContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}

/// Everything a route needs.
final class Endpoint: Sendable {
    let store: DocumentStore
    let check: DocumentCheck
    let tokens: TokenOffice
    let references: ReferenceLists
    let retryAfter: Int
    let maxBytes: Int
    private let faults: FaultScript
    private let hangSeconds: Int
    private let counters = Mutex<(requests: [String: Int], faults: [String: Int])>(([:], [:]))

    init(
        store: DocumentStore,
        check: DocumentCheck,
        tokens: TokenOffice,
        references: ReferenceLists,
        faults: FaultScript,
        retryAfter: Int,
        maxBytes: Int,
        hangSeconds: Int
    ) {
        self.store = store
        self.check = check
        self.tokens = tokens
        self.references = references
        self.faults = faults
        self.retryAfter = retryAfter
        self.maxBytes = maxBytes
        self.hangSeconds = hangSeconds
    }

    func router() -> Router<StandinContext> {
        let router = Router(context: StandinContext.self)
        router.post("/auth/token") { request, context in try await self.token(request).response }
        let v1 = router.group("/v1")
        v1.get("/referensi/{daftar}") { request, context in
            try await self.served("GET referensi", request, context) { self.reference(request, context) }
        }
        v1.get("/jadwal/{kodepemda}") { request, context in
            try await self.served("GET jadwal", request, context) { await self.schedule(request, context) }
        }
        v1.post("/rekap/batch") { request, context in
            try await self.served("POST batch", request, context) { try await self.batch(request) }
        }
        v1.put("/rekap/{kodepemda}/{periode}/{jenis}") { request, context in
            try await self.served("PUT rekap", request, context) { try await self.put(request, context) }
        }
        v1.get("/rekap/{kodepemda}/{periode}/{jenis}") { request, context in
            try await self.served("GET rekap", request, context) { try await self.readBack(context) }
        }
        v1.delete("/rekap/{kodepemda}/{periode}/{jenis}") { request, context in
            try await self.served("DELETE rekap", request, context) { try await self.delete(request, context) }
        }
        v1.get("/transaksi/{id}") { request, context in
            try await self.served("GET transaksi", request, context) { try await self.transaction(context) }
        }
        router.get("/standin/dump") { _, _ in await self.dump().response }
        router.get("/standin/stats") { _, _ in await self.stats().response }
        return router
    }

    // MARK: Faults and tokens

    /// Draws a fault, checks the token, counts the answer.
    private func served(
        _ route: String,
        _ request: Request,
        _ context: StandinContext,
        _ answer: () async throws -> Answer
    ) async throws -> Response {
        let fault = faults.next()
        if let fault { counters.withLock { $0.faults[fault.name, default: 0] += 1 } }
        switch fault {
        case .status(let status):
            let wait = status == 429 || status == 503 ? [("Retry-After", String(retryAfter))] : []
            return Answer.problem(status, "gangguan", "Gangguan buatan", kode: "E-GANGGUAN", headers: wait).response
        case .html:
            return Answer(
                status: 200,
                type: "text/html",
                body: Data("<html><body>Dalam pemeliharaan</body></html>".utf8)
            )
            .response
        case .reset: return try await drop(context)
        case .hang: return try await hang(context)
        case .resetAfterCommit, .timeoutAfterCommit, .truncate, nil: break
        }
        let judged: Answer
        switch tokens.judge(request.headers[.authorization], now: Date()) {
        case .good(let kodepemda):
            if let kodepemda, let asked = context.parameters.get("kodepemda"), asked != kodepemda {
                judged = .problem(403, "akses", "Kodepemda lain", kode: "E-AKSES")
            } else {
                judged = try await answer()
            }
        case .missing: judged = unauthorised("token tidak ada")
        case .expired: judged = unauthorised("token kedaluwarsa")
        case .invalid: judged = unauthorised("token tidak sah")
        }
        counters.withLock { $0.requests["\(route) \(judged.status)", default: 0] += 1 }
        switch fault {
        case .resetAfterCommit: return try await drop(context)
        case .timeoutAfterCommit: return try await hang(context)
        case .truncate: return truncated(judged, context)
        default: return judged.response
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

    /// Closes the connection; what is returned never gets out.
    private func drop(_ context: StandinContext) async throws -> Response {
        try? await context.channel.close()
        return Response(status: .serviceUnavailable)
    }

    private func hang(_ context: StandinContext) async throws -> Response {
        let end = ContinuousClock.now + .seconds(hangSeconds)
        while context.channel.isActive, ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(200)) }
        return try await drop(context)
    }

    /// Promises the whole body and sends half of it.
    private func truncated(_ answer: Answer, _ context: StandinContext) -> Response {
        var response = answer.response
        let half = ByteBuffer(bytes: answer.body.prefix(answer.body.count / 2))
        response.body = ResponseBody(contentLength: answer.body.count) { writer in
            try await writer.write(half)
            try? await context.channel.close()
            try await writer.finish(nil)
        }
        return response
    }

    // MARK: For whoever reconciles

    /// Every stored document with the very bytes it came in.
    private func dump() async -> Answer {
        var body = Data("{\"dokumen\":[".utf8)
        for (index, entry) in await store.dump().enumerated() {
            let head: [String: Node] = [
                "kodepemda": .string(entry.key.kodepemda), "periode": .string(entry.key.periode),
                "jenis": .string(entry.key.jenis), "revisi": .integer(entry.document.revisi),
                "digest": .string(entry.document.digest), "status": .string(entry.document.status),
                "dihapus": .bool(entry.document.isDeleted),
            ]
            if index > 0 { body.append(UInt8(ascii: ",")) }
            body.append(Node.object(head).bytes.dropLast())
            body.append(Data(",\"isi\":".utf8))
            body.append(entry.document.isDeleted ? Data("null".utf8) : entry.document.bytes)
            body.append(UInt8(ascii: "}"))
        }
        body.append(Data("]}".utf8))
        return Answer(status: 200, body: body)
    }

    private func stats() async -> Answer {
        let (requests, faults) = counters.withLock { $0 }
        let effects = await store.effectCounts()
        return .json(
            200,
            .object([
                "permintaan": .object(requests.mapValues(Node.integer)),
                "gangguan": .object(faults.mapValues(Node.integer)),
                "efek": .object(Dictionary(uniqueKeysWithValues: effects.map { ($0.key, Node.integer($0.count)) })),
                "efek_terbanyak": .integer(effects.map(\.count).max() ?? 0),
                "dokumen": .integer(await store.dump().count),
            ])
        )
    }
}
