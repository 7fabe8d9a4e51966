// Residents that may be one person: candidates, merging and parting; deaths told by the office.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import Hummingbird
import PluginKit
import PostgresClient
import Registry

extension ControlRoutes {
    func addResidents(_ group: RouterGroup<ControlContext>) {
        group.get("residents/candidates") { request, _ in
            let area = request.uri.queryParameters.get("area").map { String($0) }
            let limit = min(try number(request, "limit", default: 100), 10_000)
            let indexed = try await NameIndex(cipher: services.cipher).follow(services.pool)
            let (rules, found) = try await services.pool.transaction { connection in
                let rules = try IdentityRules(connection)
                return (rules, try Candidates.find(connection, area: area, rules: rules, limit: limit))
            }
            return Answer.json([
                "rules": .string(rules.version), "least": .int(rules.least), "indexed": .int(indexed),
                "candidates": .array(found.map(Self.json)),
            ])
        }
        for (path, type) in [("merge", "warga.disatukan"), ("unmerge", "warga.dipisahkan")] {
            group.post("residents/:id/\(path)") { request, context in
                let kept = try uuid(try context.parameters.require("id"))
                let body = try await json(request)
                let other = try uuid(body["other"]?.string ?? "")
                guard let reason = body["reason"]?.string, !reason.isEmpty else {
                    throw ControlError.badRequest("say why: {\"reason\": …}")
                }
                let posts = try await posyandu(of: [kept, other])
                var data = JSONObject()
                data["warga"] = .string(other.uuidString.lowercased())
                data["alasan"] = .string(reason)
                let desk = OfficeDesk(services: services, actor: context.actor)
                return Answer.json(try await desk.say(type, posyandu: posts[0], subject: kept, data: data).json)
            }
        }
        group.post("residents/:id/died") { request, context in
            let resident = try uuid(try context.parameters.require("id"))
            let given = try await json(request)["date"]
            if let text = given?.string, CivilDate(text) == nil {
                throw ControlError.badRequest("`\(text)` is not a date", hint: "write YYYY-MM-DD")
            }
            let posts = try await posyandu(of: [resident])
            var data = JSONObject()
            data["tanggal"] = given ?? .null
            let desk = OfficeDesk(services: services, actor: context.actor)
            let outcome = try await desk.say("warga.meninggal", posyandu: posts[0], subject: resident, data: data)
            return Answer.json(outcome.json)
        }
    }

    func uuid(_ text: String) throws -> UUID {
        guard let uuid = UUID(uuidString: text) else { throw ControlError.badRequest("`\(text)` is not a UUID") }
        return uuid
    }

    /// Where residents are served; one that is not registered is a mistake of the operator, not something to wait for.
    private func posyandu(of residents: [UUID]) async throws -> [UUID] {
        let found = try await services.pool.withConnection { connection in
            let rows = try connection.query(
                """
                select r.id, p.uuid from registry.resident r join registry.posyandu p on p.id = r.posyandu_id
                where r.id = any($1::uuid[])
                """,
                [.uuidArray(residents)]
            )
            var found: [UUID: UUID] = [:]
            for row in rows { found[try row.uuid(0)] = try row.uuid(1) }
            return found
        }
        return try residents.map { resident in
            guard let post = found[resident] else {
                throw ControlError.notFound("no resident \(resident.uuidString.lowercased())")
            }
            return post
        }
    }

    private static func json(_ candidate: Candidate) -> JSONValue {
        let ids = [candidate.first, candidate.second]
        return [
            "score": .int(candidate.score),
            "residents": .array(
                ids.indices.map { place in
                    [
                        "id": .string(ids[place].uuidString.lowercased()),
                        "posyandu": .string(candidate.posyandu[place].uuidString.lowercased()),
                        "birth_date": .string(candidate.births[place]), "sex": .string(candidate.sexes[place]),
                    ]
                }
            ),
            "rules": .array(candidate.rules.map { ["code": .string($0.code), "points": .int($0.points)] }),
        ]
    }
}
