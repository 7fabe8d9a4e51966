// Programmes of the offices, and what the villages reported beside them.
// SPDX-License-Identifier: Apache-2.0
import Destinations
import Hummingbird
import MessageLog
import PluginHost
import PluginKit
import PostgresClient
import Registry

extension ControlRoutes {
    /// Adds `GET programmes`, `programmes/needs`, `programmes/unused` and `programmes/{id}`.
    func addProgrammes(_ group: RouterGroup<ControlContext>) {
        group.get("programmes") { request, _ in
            let year = try budgetYear(request)
            let office = try await office(request)
            let programmes = try await services.pool.transaction(.init(readOnly: true)) { connection in
                try ProgrammeReader.list(connection, year: year, office: office?.code)
            }
            return Answer.json(["year": .int(year), "programmes": .array(programmes.map(json))])
        }
        group.get("programmes/needs") { request, _ in
            let question = try gapQuestion(request)
            let office = try await office(request)
            let word = request.uri.queryParameters.get("by").map { String($0) } ?? "kabupaten"
            guard let level = ProgrammeGaps.Level(rawValue: word) else {
                throw ControlError.badRequest("`\(word)` is not a level", hint: "kabupaten or kecamatan")
            }
            let all = request.uri.queryParameters.get("all") == "true"
            return try await services.pool.transaction(.init(isolation: .repeatableRead, readOnly: true)) {
                connection in
                let gaps = try question.read(connection)
                let needs = gaps.needs(by: level, role: office?.role, all: all)
                let words = try GapWords(connection, today: question.today)
                return Answer.json(question.answer("needs", needs.map(words.json)))
            }
        }
        group.get("programmes/unused") { request, _ in
            let question = try gapQuestion(request)
            let office = try await office(request)
            return try await services.pool.transaction(.init(isolation: .repeatableRead, readOnly: true)) {
                connection in
                let programmes = try question.read(connection).unused(office: office?.code)
                return Answer.json(question.answer("programmes", programmes.map(json)))
            }
        }
        group.get("programmes/:id") { _, context in
            let id = try context.parameters.require("id", as: Int.self)
            let (programme, history) = try await services.pool.transaction(.init(readOnly: true)) { connection in
                (
                    try ProgrammeReader.list(connection, id: id).first,
                    try ProgrammeReader.history(connection, id: id)
                )
            }
            guard let programme, var answer = json(programme).object else {
                throw ControlError.notFound("there is no programme \(id)")
            }
            answer["history"] = .array(history.map(json))
            return Answer.json(.object(answer))
        }
    }

    /// What counts as a need, from the manifests of the installed sectors.
    var needSources: [NeedSource] { NeedSource.all(of: services.host.catalog.sectors.map(\.manifest)) }

    private func budgetYear(_ request: Request) throws -> Int {
        guard let year = Int(try text(request, "year")), (2000...2999).contains(year) else {
            throw ControlError.badRequest("`year` is not a year", hint: "2026")
        }
        return year
    }

    private func office(_ request: Request) async throws -> (code: String, role: String)? {
        guard let code = request.uri.queryParameters.get("office").map({ String($0) }) else { return nil }
        let role = try await services.pool.withConnection { connection in
            try connection.query("select role from registry.office where code = $1", [.text(code)]).first?.string(0)
        }
        guard let role else { throw ControlError.notFound("the registry has no office \(code)") }
        return (code, role)
    }

    private func gapQuestion(_ request: Request) throws -> GapQuestion {
        let year = try budgetYear(request)
        let name = request.uri.queryParameters.get("period").map { String($0) } ?? String(year)
        guard let period = Period(name) else {
            throw ControlError.badRequest("`\(name)` is not a period", hint: "2026-11, 2026-Q4 or 2026")
        }
        let kabupaten = services.identity.kabupaten
        let area = request.uri.queryParameters.get("area").map { String($0) } ?? kabupaten
        guard area == kabupaten || (area.hasPrefix(kabupaten + ".") && area.utf8.count == 8) else {
            throw ControlError.badRequest(
                "`\(area)` is neither \(kabupaten) nor one of its kecamatan",
                hint: "\(kabupaten), \(kabupaten).01"
            )
        }
        return GapQuestion(
            sources: needSources,
            year: year,
            period: period,
            area: area,
            today: services.reporting.day(WallClock.microseconds())
        )
    }

    private func json(_ programme: Programme) -> JSONValue {
        var object: JSONObject = [
            "id": .int(programme.id), "year": .int(programme.year), "office": .string(programme.office),
            "office_name": .string(programme.officeName), "role": .string(programme.role),
            "code": .string(programme.code), "name": .string(programme.name), "in_force": .bool(programme.isInForce),
            "tags": .array(programme.tags.map(Self.json)),
        ]
        for member in json(programme.amounts).object?.members ?? [] { object[member.name] = member.value }
        return .object(object)
    }

    private func json(_ amounts: ProgrammeAmounts) -> JSONValue {
        [
            "revision": .int(amounts.revision), "nomenclature": .string(amounts.nomenclature),
            "ceiling": amounts.ceiling.map { .int(Int($0)) } ?? .null,
            "realisation": amounts.realisation.map { .int(Int($0)) } ?? .null,
            "realised_on": .optional(amounts.realisedOn?.description), "recorded": instant(amounts.recordedAt),
        ]
    }

    private static func json(_ tag: ProgrammeTag) -> JSONValue {
        [
            "service": tag.service.map { .int($0) } ?? .null, "service_name": .optional(tag.serviceName),
            "work_item": .optional(tag.workItem), "area": .optional(tag.area), "label": .optional(tag.label),
            "tagged_by": .string(tag.taggedBy), "tagged_on": .string(tag.taggedOn.description),
            "proof": .string(tag.proof), "withdrawn_on": .optional(tag.withdrawnOn?.description),
        ]
    }
}

/// Which needs and programmes are set beside each other.
private struct GapQuestion: Sendable {
    var sources: [NeedSource]
    var year: Int
    var period: Period
    var area: String
    var today: CivilDate

    func read(_ connection: isolated PostgresConnection) throws -> ProgrammeGaps {
        try ProgrammeGaps.read(connection, sources, year: year, period: period, area: area, today: today)
    }

    func answer(_ name: String, _ rows: [JSONValue]) -> JSONValue {
        var object: JSONObject = [
            "year": .int(year), "period": .string(period.description), "area": .string(area),
        ]
        object[name] = .array(rows)
        return .object(object)
    }
}

/// Names of services, areas and offices.
private struct GapWords: Sendable {
    private var services: [Int: String] = [:]
    private var areas: [String: String] = [:]
    private var offices: [String: [String]] = [:]

    init(_ connection: isolated PostgresConnection, today: CivilDate) throws {
        for row in try connection.query("select sipd_label_id, name from registry.spm_service") {
            services[try row.int(0)] = try row.string(1)
        }
        for row in try connection.query(
            """
            select code, name from registry.region
            where version_id = registry.region_version_on($1) and level in ('kabupaten_kota', 'kecamatan')
            """,
            [.date(today.daysSince1970)]
        ) {
            areas[try row.string(0)] = try row.string(1)
        }
        for row in try connection.query(
            """
            select role, code from registry.office where coalesce(active_from <= $1, true)
              and coalesce(active_to >= $1, true) order by code
            """,
            [.date(today.daysSince1970)]
        ) {
            offices[try row.string(0), default: []].append(try row.string(1))
        }
    }

    func json(_ need: Need) -> JSONValue {
        [
            "service": need.service.map { .int($0) } ?? .null,
            "service_name": .optional(need.service.flatMap { services[$0] }), "sector": .string(need.sector),
            "work_item": .string(need.workItem), "role": .optional(need.office),
            "offices": .array((need.office.flatMap { offices[$0] } ?? []).map { .string($0) }),
            "area": .string(need.area), "area_name": .optional(areas[need.area]), "records": .int(need.records),
            "open_cases": .int(need.openCases), "untagged_records": .int(need.untaggedRecords),
            "untagged_cases": .int(need.untaggedCases), "programmes": .array(need.programmes.map { .int($0) }),
        ]
    }
}
