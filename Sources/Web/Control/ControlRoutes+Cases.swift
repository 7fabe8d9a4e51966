// Cases: lists, one case with its history, steps entered in the office, a look for passed deadlines.
// SPDX-License-Identifier: Apache-2.0
import CaseBook
import Cases
import FoundationEssentials
import Hummingbird
import MessageLog
import PluginKit
import PostgresClient

extension ControlRoutes {
    func addCases(_ group: RouterGroup<ControlContext>) {
        group.get("cases") { request, _ in
            let parameters = request.uri.queryParameters
            var query = CaseQuery()
            query.area = parameters.get("area")
            query.sector = parameters.get("sector")
            query.state = parameters.get("state")
            query.office = parameters.get("office")
            query.isLate = parameters.get("late") == "true"
            query.withClosed = parameters.get("closed") == "true" || query.state != nil
            query.limit = min(try number(request, "limit", default: 1_000), 100_000)
            let today = try caseDay(parameters.get("date"))
            let found = try await services.cases.list(query, today: today)
            return Answer.json([
                "date": .string(today.description), "cases": .array(found.map { caseJSON($0) }),
            ])
        }
        group.get("cases/:id") { request, context in
            let today = try caseDay(request.uri.queryParameters.get("date"))
            let listed = try await found(try uuid(try context.parameters.require("id")), today)
            let steps = try await services.pool.withConnection { try CaseStepRow.read($0, of: listed.row.id) }
            return Answer.json([
                "date": .string(today.description), "case": caseJSON(listed),
                "steps": .array(steps.map { stepJSON($0, isConfidential: listed.isConfidential) }),
            ])
        }
        group.post("cases/:id/:act") { request, context in
            let listed = try await found(try uuid(try context.parameters.require("id")), try caseDay(nil))
            let name = try context.parameters.require("act")
            guard let type = Self.acts[name] else { throw ControlError.notFound("cases have no act `\(name)`") }
            let body = try await json(request)
            guard let role = body["by"]?.string, !role.isEmpty else {
                throw ControlError.badRequest("say in which role: {\"by\": \"pemdes\"}")
            }
            var data = JSONObject()
            data["kasus"] = .string(listed.row.id.uuidString.lowercased())
            data["oleh"] = .string(role)
            for (given, kept) in Self.members where body[given] != nil && body[given]?.isNull == false {
                data[kept] = body[given]
            }
            if name == "move", data["dari"] == nil { data["dari"] = .string(listed.row.state) }
            if body["approved"]?.bool == true { data["persetujuan"] = ["oleh": "kades"] }
            let desk = OfficeDesk(services: services, actor: context.actor)
            let outcome = try await desk.say(type, posyandu: listed.row.posyandu, subject: nil, data: data)
            return Answer.json(outcome.json)
        }
        group.post("escalations") { request, _ in
            let day = try await json(request)["date"]?.string
            let today = try day.map { try caseDay($0) }
            let round = try await services.escalation.look(today: today)
            return Answer.json([
                "cases": .int(round.cases), "told": .int(round.told), "behind": .bool(round.isBehind),
            ])
        }
    }

    /// Acts of the office by their message type.
    private static let acts = [
        "move": "kasus.dipindah", "pause": "kasus.ditunda", "resume": "kasus.dilanjutkan",
        "reopen": "kasus.dibuka_lagi",
        "rate": "kasus.dinilai", "approve": "kasus.disetujui",
    ]
    /// Members of a request and of the message that it becomes.
    private static let members = [
        ("from", "dari"), ("to", "ke"), ("remark", "catatan"), ("office", "opd"), ("reason", "alasan"),
        ("rating", "nilai"), ("documents", "dokumen"), ("photos", "foto"), ("fields", "isian"),
    ]

    private func found(_ id: UUID, _ today: CivilDate) async throws -> ListedCase {
        var query = CaseQuery()
        query.id = id
        query.withClosed = true
        guard let listed = try await services.cases.list(query, today: today).first else {
            throw ControlError.notFound("no case \(id.uuidString.lowercased())")
        }
        return listed
    }

    private func caseDay(_ text: String?) throws -> CivilDate {
        guard let text else { return services.cases.day(of: WallClock.microseconds()) }
        guard let date = CivilDate(text) else {
            throw ControlError.badRequest("`\(text)` is not a date", hint: "write YYYY-MM-DD")
        }
        return date
    }

    private func caseJSON(_ listed: ListedCase) -> JSONValue {
        let row = listed.row
        var paused = JSONValue.null
        if let reason = row.pauseReason {
            paused = ["reason": .string(reason), "since": row.paused.map { instant($0) } ?? .null]
        }
        return [
            "id": .string(row.id.uuidString.lowercased()), "receipt": .optional(row.receipt),
            "sector": .string(row.sector), "type": .string(row.type),
            "posyandu": .string(row.posyandu.uuidString.lowercased()), "posyandu_name": .string(row.posyanduName),
            "village": .string(row.village), "state": .string(row.state),
            "reason": listed.isConfidential ? .null : .string(row.reason), "priority": .string(row.priority),
            "office": .optional(row.office), "office_name": .optional(row.officeName),
            "opened": .string(row.opened.description), "closed": row.closed.map { instant($0) } ?? .null,
            "episode": .int(row.episode), "paused": paused,
            "approved": row.approved.map { instant($0) } ?? .null, "rating": .optional(row.rating),
            "told": .array(row.told.map { .string($0) }), "due": .optional(listed.first?.due?.description),
            "left": .optional(listed.first?.left), "late": .bool(listed.isLate),
            "deadlines": .array(
                listed.deadlines.map { limit in
                    [
                        "name": .string(limit.name), "start": .string(limit.start.description),
                        "workdays": .int(limit.workdays), "due": .optional(limit.due?.description),
                        "left": .int(limit.left), "passed": .int(limit.passed), "escalates": .bool(limit.escalates),
                    ]
                }
            ),
        ]
    }

    private func stepJSON(_ step: CaseStepRow, isConfidential: Bool) -> JSONValue {
        let body = isConfidential ? nil : step.body.flatMap { try? JSONParser.parse(Array($0.utf8)) }
        return [
            "number": .int(step.number), "kind": .string(step.kind), "episode": .int(step.episode),
            "from": .optional(step.from), "to": .string(step.to), "by": .string(step.by), "at": instant(step.at),
            "reason": .optional(step.reason), "office": .optional(step.office), "rating": .optional(step.rating),
            "brought": body ?? .null, "remark": .bool(step.hasRemark),
        ]
    }
}
