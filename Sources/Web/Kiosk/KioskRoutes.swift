// What kiosks and monitoring see: sync, health, metrics, and a status page in Bahasa Indonesia.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import HTTPTypes
import Hummingbird
import Logging
import MessageLog
import NIOCore
import PluginKit
import Sync

/// Routes of the network listener.
struct KioskRoutes {
    let services: NodeServices

    func router() -> Router<BasicRequestContext> {
        let router = Router()
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

    private func receive(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
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

    private func source(_ context: BasicRequestContext) throws -> UUID {
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
