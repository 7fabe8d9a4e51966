// Looking into one record, taking a case out of the node, and reading who looked.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import HTTPTypes
import Hummingbird
import Logging
import MessageLog
import PluginKit
import PostgresClient
import Registry

extension ControlRoutes {
    func addLooks(_ group: RouterGroup<ControlContext>) {
        group.post("cases/:id/identity") { request, context in
            let looking = Looking(services, context)
            let facts = try await looking.facts(try uuid(try context.parameters.require("id")))
            let opened = try await looking.open(facts, "see identity", try await purpose(request))
            var answer = JSONObject()
            answer["case"] = summary(of: facts)
            answer["identity"] = Self.json(opened.identity)
            answer["report"] = Self.object(opened.identity.report.reveal())
            answer["remarks"] = .array(
                opened.steps.compactMap { step in
                    step.remark.map { remark in
                        [
                            "seq": .int(step.seq), "at": instant(step.at), "by": .string(step.by),
                            "to": .string(step.to), "remark": .string(remark.reveal()),
                        ]
                    }
                }
            )
            answer["attachments"] = try await attachments(of: facts.id)
            return Answer.json(.object(answer))
        }
        group.post("cases/:id/export") { request, context in
            let looking = Looking(services, context)
            let facts = try await looking.facts(try uuid(try context.parameters.require("id")))
            let purpose = try await json(request)["reason"]?.string ?? ""
            return Answer.json(try await export(facts, looking, purpose: purpose))
        }
        group.get("access-log") { request, context in
            try mayAudit(context)
            var query = AccessLog.Query()
            query.actor = request.uri.queryParameters.get("actor").map { String($0) }
            query.object = request.uri.queryParameters.get("object").map { String($0) }
            query.onlyRefused = request.uri.queryParameters.get("refused") == "true"
            query.limit = min(try number(request, "limit", default: 100), 100_000)
            if let since = request.uri.queryParameters.get("since").map({ String($0) }) {
                guard let day = CivilDate(since) else {
                    throw ControlError.badRequest("`\(since)` is not a date", hint: "write YYYY-MM-DD")
                }
                let seconds = Int64(day.daysSince1970) * 86_400 - Int64(services.identity.utcOffsetSeconds)
                query.since = seconds * 1_000_000
            }
            let asked = query
            let rows = try await services.pool.withConnection { try AccessLog.read($0, asked) }
            return Answer.json(["looks": .array(rows.map(json))])
        }
        group.get("audit/access") { _, context in
            try mayAudit(context)
            let trail = AccessLog(services.cipher)
            let audit = try await services.pool.transaction(.init(isolation: .repeatableRead, readOnly: true)) {
                try trail.audit($0)
            }
            return Answer.json([
                "rows": .int(audit.rows), "unchained": .int(audit.unchained), "last": .int(audit.last),
                "head": .string(audit.head), "unbroken": .bool(audit.faults.isEmpty),
                "faults": .array(audit.faults.map { ["seq": .int($0.seq), "what": .string($0.what)] }),
            ])
        }
    }

    /// Why somebody looks; without it nothing is opened.
    func purpose(_ request: Request) async throws -> String {
        let reason = try await json(request)["reason"]?.string ?? ""
        guard !reason.isEmpty, reason.utf8.count <= 500 else {
            throw ControlError.badRequest("say why, in at most 500 bytes and without names: {\"reason\": …}")
        }
        return reason
    }

    /// The trail holds no identity: operators read it too.
    private func mayAudit(_ context: ControlContext) throws {
        guard context.isOperator || services.access.mayAudit(context.account) else {
            throw ControlError(
                status: .forbidden,
                code: "forbidden",
                message: "\(context.actor) may not read the trail of looks",
                hint: "the role auditor of `access` may"
            )
        }
    }

    /// The case as one object. What its reader may not see is left out and named in `withheld`; days become months then.
    private func export(_ facts: CaseFacts, _ looking: Looking, purpose: String) async throws -> JSONValue {
        var answer: JSONObject = ["schema": "posyandud.case/1", "kabupaten": .string(services.identity.kabupaten)]
        let isOpen = looking.may(facts) && !purpose.isEmpty
        answer["case"] = summary(of: facts, exact: isOpen || !facts.isConfidential)
        if isOpen {
            let opened = try await looking.open(facts, "export case", purpose)
            answer["identity"] = Self.json(opened.identity)
            answer["report"] = Self.object(opened.identity.report.reveal())
            answer["history"] = .array(opened.steps.map { json($0, exact: true) })
            answer["attachments"] = try await attachments(of: facts.id)
            answer["withheld"] = []
        } else {
            if !purpose.isEmpty { try await looking.refuse(facts, "export case", purpose) }
            let steps = try await services.pool.withConnection { try CaseFile.steps($0, facts.id) }
            answer["identity"] = .null
            answer["report"] = Self.object(Array(facts.body.utf8))
            answer["history"] = .array(steps.map { json($0, exact: !facts.isConfidential) })
            answer["attachments"] = []
            answer["withheld"] = ["identity", "report", "remarks", "attachments"]
        }
        return .object(answer)
    }

    // MARK: JSON

    /// - Parameter exact: false leaves only the month of a confidential record.
    func summary(of facts: CaseFacts, exact: Bool = true) -> JSONValue {
        let date = CivilDate(daysSince1970: facts.date).description
        return [
            "id": .string(facts.id.uuidString.lowercased()), "type": .string(facts.type),
            "sector": .string(facts.sector), "confidential": .bool(facts.isConfidential),
            "posyandu": .string(facts.posyandu.uuidString.lowercased()), "area": .string(facts.village),
            "date": .string(exact ? date : String(date.prefix(7))), "retracted": .bool(!facts.isStanding),
            "state": .optional(facts.state), "reason": .optional(facts.reason), "priority": .optional(facts.priority),
            "office": .optional(facts.office), "receipt": .optional(facts.receipt),
        ]
    }

    private func json(_ step: CaseStep, exact: Bool) -> JSONValue {
        let at = InstantFormat.text(step.at, offset: services.identity.utcOffsetSeconds)
        return [
            "seq": .int(step.seq), "kind": .string(step.kind), "from": .optional(step.from), "to": .string(step.to),
            "by": .string(step.by), "at": .string(exact ? at : String(at.prefix(7))), "reason": .optional(step.reason),
            "office": .optional(step.office), "remark": .optional(step.remark?.reveal()),
            "brought": step.body.map { Self.object($0.reveal()) } ?? .null,
        ]
    }

    private func json(_ row: AccessRow) -> JSONValue {
        [
            "seq": .optional(row.seq.map { Int($0) }), "at": instant(row.at), "actor": .string(row.actor),
            "role": .optional(row.role), "act": .string(row.act), "object": .string(row.object),
            "reason": .string(row.purpose), "outcome": .string(row.outcome),
        ]
    }

    private static func json(_ identity: CaseIdentity) -> JSONValue {
        [
            "person": identity.person.map { object($0.reveal()) } ?? .null,
            "resident": identity.resident.map { object($0.reveal()) } ?? .null,
            "nik": .optional(identity.nik?.reveal()),
        ]
    }

    private static func object(_ json: [UInt8]) -> JSONValue { (try? JSONParser.parse(json)) ?? .null }
}
