// `PUT /sync/v1/attachments/{sha256}`: a kiosk sends the bytes of a photo or letter, signed, as often as it needs.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import HTTPTypes
import Hummingbird
import Logging
import MessageLog
import PluginKit
import PostgresClient
import Registry
import Sync

extension KioskRoutes {
    func addAttachments(_ router: Router<KioskContext>) {
        let gate = AttachmentGate(most: 4)
        router.put("sync/v1/attachments/:sha256") { request, context in
            let answer = await take(request, try context.parameters.require("sha256"), gate)
            return Answer.json(answer.body, status: .init(code: answer.status))
        }
    }

    private typealias Reply = (status: Int, body: JSONValue)

    private func take(_ request: Request, _ digest: String, _ gate: AttachmentGate) async -> Reply {
        func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { request.headers[$0] } }
        let claim = AttachmentClaim(
            source: header("Posy-Source"),
            epoch: header("Posy-Epoch"),
            record: header("Posy-Record"),
            digest: digest,
            length: request.headers[.contentLength]
        )
        guard let claim, let signature = header("Posy-Signature") else { return Self.problem(400, "malformed") }
        do {
            if let bar = try await claim.bar(signature: signature, services.sources) {
                return Self.problem(bar.status, bar.code)
            }
            guard claim.size <= services.attachments.limits.maximumBytes else { return Self.problem(413, "size") }
            guard gate.enter() else { return Self.problem(429, "overloaded") }
            defer { gate.leave() }
            let bytes = try await body(request, claim.size)
            guard let bytes else { return Self.problem(400, "malformed") }
            let source = claim.source
            let posyandu = try await services.pool.withConnection { connection in
                try connection.query("select posyandu from log.source where uuid = $1", [.uuid(source)])
                    .first?.optionalUUID(0)
            }
            let taken = try await AttachmentDesk(services).take(
                bytes,
                record: claim.record,
                sha256: claim.sha256,
                from: posyandu ?? nil
            )
            return (taken == .stored ? 201 : 200, ["state": "stored", "sha256": .string(digest)])
        } catch let refusal as AttachmentRefusal {
            return Self.problem(Self.status(refusal), refusal.rawValue)
        } catch {
            services.log.error(
                "attachment not taken",
                metadata: ["node": "\(claim.source)", "code": "\(ControlError(error).code)"]
            )
            return Self.problem(503, "unavailable")
        }
    }

    /// Exactly as many bytes as were announced; nil for fewer or more.
    private func body(_ request: Request, _ size: Int) async throws -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size)
        do {
            for try await buffer in request.body {
                guard bytes.count + buffer.readableBytes <= size else { return nil }
                bytes.append(contentsOf: buffer.readableBytesView)
            }
        } catch {
            return nil
        }
        return bytes.count == size ? bytes : nil
    }

    private static func status(_ refusal: AttachmentRefusal) -> Int {
        switch refusal {
        case .size: 413
        case .type: 415
        case .digest: 400
        case .count: 409
        case .erased: 410
        case .posyandu: 403
        case .full: 507
        }
    }

    private static func problem(_ status: Int, _ code: String) -> Reply { (status, ["error": .string(code)]) }
}
