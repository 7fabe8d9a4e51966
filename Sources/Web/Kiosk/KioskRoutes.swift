// What kiosks and monitoring see: sync, health, metrics, and a status page in Bahasa Indonesia.
// SPDX-License-Identifier: Apache-2.0
import Cases
import FoundationEssentials
import HTTPTypes
import Hummingbird
import Logging
import MessageLog
import NIOCore
import PluginHost
import PluginKit
import Registers
import Sync
import Synchronization

/// Routes of the network listener.
struct KioskRoutes {
    let services: NodeServices
    private let receipts = ReceiptGate()

    init(services: NodeServices) { self.services = services }

    func router() -> Router<KioskContext> {
        let router = Router(context: KioskContext.self)
        router.post("sync/v1/sources/:source/epochs/:epoch/batches") { request, context in
            try await receive(request, context)
        }
        router.get("sync/v1/sources/:source") { _, context in
            let source = try source(context)
            return answer(await services.intake.mark(of: source, server: server()))
        }
        router.get("sync/v1/sources/:source/rejections") { request, context in
            let after = request.uri.queryParameters.get("after").flatMap { Int($0) } ?? 0
            let source = try source(context)
            do {
                let rejections = try await Rejections.read(services.pool, source, after: after, limit: 500)
                return Answer.json(["rejections": .array(rejections)])
            } catch {
                return answer(.unavailable(seconds: 5, server: server()))
            }
        }
        addAttachments(router)
        router.get("v1/receipts/:code") { _, context in try await receipt(context) }
        router.get("healthz") { _, _ in Answer.text("ok\n") }
        router.get("readyz") { _, _ in
            let reasons = await services.readiness.reasons()
            guard !reasons.isEmpty else { return Answer.text("ready\n") }
            return Answer.text(reasons.map { $0 + "\n" }.joined(), status: .serviceUnavailable)
        }
        router.get("metrics") { _, _ in
            Answer.text(await Metrics.text(services), type: "text/plain; version=0.0.4; charset=utf-8")
        }
        router.get("/") { _, _ in
            Answer.text(await StatusPage.html(services), type: "text/html; charset=utf-8")
        }
        return router
    }

    private func receive(_ request: Request, _ context: KioskContext) async throws -> Response {
        let source = try source(context)
        let epoch = try context.parameters.require("epoch", as: Int32.self)
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: services.maximumBatchBytes)
        } catch {
            return answer(.problem(413, "size", server: server()))
        }
        let response = await services.intake.receive(
            body: Array(body.readableBytesView),
            contentEncoding: request.headers[.contentEncoding],
            sentAt: HTTPField.Name("Posy-Sent-At").flatMap { request.headers[$0] },
            source: source,
            epoch: epoch,
            server: server()
        )
        if response.status == 200 { services.wakeApply() }
        return answer(response)
    }

    /// What a villager's code tells. Whoever asks with wrong codes waits longer each time.
    private func receipt(_ context: KioskContext) async throws -> Response {
        let address = context.address
        let wait = receipts.wait(of: address)
        guard wait == 0 else {
            var response = Answer.json(
                [
                    "error": [
                        "code": "wait", "message": .string("terlalu banyak pertanyaan; coba lagi \(wait) detik lagi"),
                    ]
                ],
                status: .tooManyRequests
            )
            response.headers[.retryAfter] = String(wait)
            return response
        }
        let code: ReceiptCode
        do throws(ReceiptCode.Fault) {
            code = try ReceiptCode(context.parameters.get("code") ?? "")
        } catch {
            receipts.note(false, of: address)
            return Answer.json(["error": ["code": "code", "message": .string(error.sentence)]], status: .notFound)
        }
        let manifests = services.host.catalog.sectors.map(\.manifest)
        let status: ReceiptStatus?
        do {
            status = try await services.caseRegisters.status(code, manifests, now: WallClock.microseconds())
        } catch {
            services.log.warning("a receipt was not read: \(ControlError(error).code)")
            return answer(.unavailable(seconds: 5, server: server()))
        }
        receipts.note(status != nil, of: address)
        guard let status else {
            let message = "kode tanda terima ini belum dikenal; bila baru diberikan, coba lagi besok"
            return Answer.json(["error": ["code": "unknown", "message": .string(message)]], status: .notFound)
        }
        return Answer.json(ReceiptAnswer.json(status))
    }

    private func source(_ context: KioskContext) throws -> UUID {
        guard let source = UUID(uuidString: try context.parameters.require("source")) else {
            throw HTTPError(.badRequest, message: "the source is not a UUID")
        }
        return source
    }

    private func server() -> SyncResponse.Server {
        let identity = services.identity
        return SyncResponse.Server(
            id: identity.id,
            timeline: identity.timeline,
            now: InstantFormat.text(WallClock.microseconds(), offset: identity.utcOffsetSeconds)
        )
    }

    private func answer(_ response: SyncResponse) -> Response {
        var headers = HTTPFields()
        for header in response.headers {
            if let name = HTTPField.Name(header.name) { headers[name] = header.value }
        }
        return Response(
            status: .init(code: response.status),
            headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: response.body))
        )
    }
}

/// The context of a request on the network: it knows the address that asks.
struct KioskContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Address of the peer without its port; of a proxy before the node, the proxy's.
    let address: String

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        address = source.channel.remoteAddress?.ipAddress ?? "unknown"
    }
}

/// Counts who asks for receipts, on a clock that does not go back.
private final class ReceiptGate: Sendable {
    private let limit = Mutex(AskingLimit())
    private let start = ContinuousClock.now

    private var now: Double {
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        return Double(seconds) + Double(attoseconds) / 1e18
    }

    func wait(of address: String) -> Int { limit.withLock { $0.wait(of: address, now: now) } }

    func note(_ isRight: Bool, of address: String) { limit.withLock { $0.note(isRight, of: address, now: now) } }
}
