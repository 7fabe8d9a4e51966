// Tasks, and the lists by which cadres visit people and fetch them.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import Hummingbird
import MessageLog
import PluginHost
import PluginKit
import PostgresClient
import Registry

extension ControlRoutes {
    func addTasks(_ group: RouterGroup<ControlContext>) {
        group.get("tasks") { request, _ in
            var query = TaskQuery()
            query.area = request.uri.queryParameters.get("area").map { String($0) }
            query.posyandu = try request.uri.queryParameters.get("posyandu").map { try uuid(String($0)) }
            query.cadre = try request.uri.queryParameters.get("cadre").map { try uuid(String($0)) }
            query.kind = request.uri.queryParameters.get("kind").map { String($0) }
            query.due = try request.uri.queryParameters.get("due").map { try date(String($0)) }
            query.withAnswered = request.uri.queryParameters.get("answered").map { $0 == "true" } ?? false
            query.limit = min(try number(request, "limit", default: 1_000), 100_000)
            let (asked, today, list) = (query, today, TaskList(cipher: services.cipher))
            let tasks = try await services.pool.transaction { try list.read($0, asked, today: today) }
            return Answer.json([
                "tasks": .array(tasks.map(Self.json)), "reminders": .array(try await reminders(beside: asked)),
            ])
        }
        group.post("tasks/:record/answer") { request, context in
            let record = try uuid(try context.parameters.require("record"))
            let body = try await json(request)
            guard let kind = body["kind"]?.string else { throw ControlError.badRequest("name the task's kind") }
            let post = try await services.pool.withConnection { connection in
                try connection.query(
                    """
                    select p.uuid from registry.task t join registry.posyandu p on p.id = t.posyandu_id
                    where t.record_id = $1 and t.kind = $2 and t.topic is not distinct from $3 limit 1
                    """,
                    [.uuid(record), .text(kind), body["topic"]?.string.map { .text($0) } ?? .null]
                ).first?.uuid(0)
            }
            guard let post else { throw ControlError.notFound("that record asks for no such task") }
            var data = JSONObject()
            data["catatan"] = .string(record.uuidString.lowercased())
            data["jenis"] = .string(kind)
            if let topic = body["topic"]?.string { data["topik"] = .string(topic) }
            let desk = OfficeDesk(services: services, actor: context.actor)
            return Answer.json(try await desk.say("tugas.dijawab", posyandu: post, subject: nil, data: data).json)
        }
        group.get("lists/:list") { request, context in
            let name = try context.parameters.require("list")
            guard let wanted = Manifest.ListRule.List(rawValue: name) else {
                throw ControlError.notFound("there is no list `\(name)`")
            }
            let post = try uuid(try text(request, "posyandu"))
            let day = try date(try text(request, "date"))
            guard let posyandu = services.directory.snapshot[post] else {
                throw ControlError.notFound("no posyandu \(post.uuidString.lowercased())")
            }
            let cadre = try request.uri.queryParameters.get("cadre").map { try uuid(String($0)) }
            let purpose = request.uri.queryParameters.get("purpose").map { String($0) }
            let reason = purpose.map { AccessReason(actor: context.actor, purpose: $0) }
            let rules = services.host.catalog.sectors.flatMap { sector in
                sector.manifest.lists.filter { $0.list == wanted }.map { (sector: sector.manifest.id, rule: $0) }
            }
            let lists = CadreLists(cipher: services.cipher)
            let residents = try await services.pool.transaction { connection in
                try lists.make(connection, posyandu: posyandu.id, on: day, rules: rules, cadre: cadre, reason: reason)
            }
            return Answer.json([
                "list": .string(name), "posyandu": .string(post.uuidString.lowercased()),
                "date": .string(day.description), "rules": .int(rules.count),
                "residents": .array(residents.map { Self.json($0, on: day) }),
            ])
        }
    }

    private var today: CivilDate {
        let seconds = WallClock.microseconds() / 1_000_000 + Int64(services.identity.utcOffsetSeconds)
        return CivilDate(daysSince1970: Int32(clamping: seconds / 86_400))
    }

    private func date(_ text: String) throws -> CivilDate {
        guard let date = CivilDate(text) else {
            throw ControlError.badRequest("`\(text)` is not a date", hint: "write YYYY-MM-DD")
        }
        return date
    }

    private static func json(_ task: ListedTask) -> JSONValue {
        [
            "record": .string(task.record.uuidString.lowercased()),
            "subject": .optional(task.subject?.uuidString.lowercased()),
            "posyandu": .string(task.posyandu.uuidString.lowercased()), "sector": .string(task.sector),
            "kind": .string(task.kind), "topic": .optional(task.topic), "reason": .string(task.reason),
            "to": .optional(task.role), "raised": .string(task.raised.description),
            "due": .optional(task.due?.description), "answered": .optional(task.answered?.description),
            "cadre": .optional(task.cadre?.uuidString.lowercased()),
        ]
    }

    private static func json(_ listed: ListedResident, on day: CivilDate) -> JSONValue {
        [
            "resident": .string(listed.resident.uuidString.lowercased()),
            "months": .int(listed.birthDate.months(until: day)), "sex": .string(listed.sex),
            "reasons": .array(listed.reasons.map { .string($0) }), "due": .optional(listed.due?.description),
            "cadre": .optional(listed.cadre?.uuidString.lowercased()), "name": .optional(listed.name),
            "address": .optional(listed.address),
        ]
    }
}
