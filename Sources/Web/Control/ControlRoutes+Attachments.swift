// Photos and letters of a record: listed, added by the office, read one at a time, erased by order, compared with the disk.
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

extension ControlRoutes {
    func addAttachments(_ group: RouterGroup<ControlContext>) {
        group.get("cases/:id/attachments") { _, context in
            let looking = Looking(services, context)
            let facts = try await looking.facts(try uuid(try context.parameters.require("id")))
            guard looking.isOperator || looking.may(facts) else {
                throw ControlError(status: .forbidden, code: "forbidden", message: "no role for this record")
            }
            return Answer.json(["attachments": try await attachments(of: facts.id)])
        }
        group.post("cases/:id/attachments/:sha256/read") { request, context in
            let looking = Looking(services, context)
            let facts = try await looking.facts(try uuid(try context.parameters.require("id")))
            let digest = try digest(try context.parameters.require("sha256"))
            try await looking.note(facts, "read attachment", try await purpose(request))
            let bytes = try await services.attachments.read(record: facts.id, sha256: digest)
            guard let bytes, let type = AttachmentType(bytes: bytes) else {
                throw ControlError.notFound("no bytes of that attachment are here")
            }
            return Answer.bytes(bytes, type: type.rawValue)
        }
        group.post("cases/:id/attachments") { request, context in
            let facts = try await Looking(services, context).facts(try uuid(try context.parameters.require("id")))
            return Answer.json(try await add(request, facts, context))
        }
        group.post("cases/:id/attachments/erase") { request, context in
            let facts = try await Looking(services, context).facts(try uuid(try context.parameters.require("id")))
            return Answer.json(["erased": .int(try await erase(facts, try await purpose(request), context))])
        }
        group.get("audit/attachments") { _, _ in
            let audit = try await AttachmentAudit.run(services.pool, services.attachments)
            return Answer.json([
                "stored": .int(audit.stored), "bytes": .int(audit.bytes), "clean": .bool(audit.isClean),
                "findings": .array(
                    audit.findings.map { finding in
                        [
                            "kind": .string(finding.kind.rawValue),
                            "record": .optional(finding.record?.uuidString.lowercased()),
                            "sha256": .optional(finding.sha256.map { hex($0) }), "file": .optional(finding.file),
                        ]
                    }
                ),
            ])
        }
    }

    func attachments(of record: UUID) async throws -> JSONValue {
        let rows = try await services.pool.withConnection { try AttachmentRows.list($0, record: record) }
        return .array(
            rows.map { row in
                [
                    "sha256": .string(hex(row.sha256)), "kind": .optional(row.kind), "size": .optional(row.size),
                    "type": .optional(row.type), "state": .string(row.state),
                    "stored": row.storedAt.map { instant($0) } ?? .null, "reason": .optional(row.reason),
                ]
            }
        )
    }

    private func digest(_ text: String) throws -> [UInt8] {
        guard let bytes = Hexadecimal.bytes(text, count: 32) else {
            throw ControlError.badRequest("`\(text)` is not a SHA-256", hint: "64 small hexadecimal digits")
        }
        return bytes
    }

    /// The file is kept first; then a message of the node's own source names it, as a kiosk's would.
    private func add(_ request: Request, _ facts: CaseFacts, _ context: ControlContext) async throws -> JSONValue {
        let kind = try text(request, "kind")
        let bytes: [UInt8]
        do {
            bytes = try await self.bytes(request, limit: services.attachments.limits.maximumBytes)
        } catch {
            throw Self.refusal(.size, services.attachments.limits)
        }
        let digest = sha256(bytes)
        do {
            _ = try await AttachmentDesk(services).take(bytes, record: facts.id, sha256: digest, from: nil)
        } catch let refusal as AttachmentRefusal {
            throw Self.refusal(refusal, services.attachments.limits)
        }
        var data = JSONObject()
        data["catatan"] = .string(facts.id.uuidString.lowercased())
        let desk = OfficeDesk(services: services, actor: context.actor)
        let outcome = try await desk.say(
            "lampiran.ditambah",
            posyandu: facts.posyandu,
            subject: nil,
            data: data,
            attachments: [["kind": .string(kind), "sha256": .string(hex(digest))]]
        )
        var answer = outcome.json.object ?? JSONObject()
        answer["sha256"] = .string(hex(digest))
        return .object(answer)
    }

    private func erase(_ facts: CaseFacts, _ reason: String, _ context: ControlContext) async throws -> Int {
        let (file, asked) = (CaseFile(cipher: services.cipher), AccessReason(actor: context.actor, purpose: reason))
        let digests = try await services.pool.transaction { connection in
            try file.note(connection, facts.id, "erase attachments", outcome: .granted, asked)
            return try AttachmentRows.erased(connection, record: facts.id, reason: "by order")
        }
        for digest in digests { try await services.attachments.remove(record: facts.id, sha256: digest) }
        services.log.notice(
            "attachments erased",
            metadata: ["actor": "\(context.actor)", "record": "\(facts.id)", "files": "\(digests.count)"]
        )
        return digests.count
    }

    private static func refusal(_ refusal: AttachmentRefusal, _ limits: AttachmentLimits) -> ControlError {
        let message =
            switch refusal {
            case .size: "the file is empty or has more than \(limits.maximumBytes) bytes"
            case .type: "the file is none of \(limits.types.map(\.word).sorted().joined(separator: ", "))"
            case .digest: "the bytes changed on their way"
            case .count: "the record has \(limits.perRecord) attachments already"
            case .erased: "this attachment was erased by order and is not taken again"
            case .posyandu: "the record is of another posyandu"
            case .full: "the disk is nearly full"
            }
        return ControlError(status: .unprocessableContent, code: "attachment", message: message)
    }
}
