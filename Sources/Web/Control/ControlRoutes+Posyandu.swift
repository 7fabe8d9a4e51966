// Registration and legality of posyandu: dossiers, completeness, terms, competences, and the acts on them.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import Hummingbird
import Logging
import MessageLog
import PluginKit
import PostgresClient
import Registry

extension ControlRoutes {
    func addPosyandu(_ group: RouterGroup<ControlContext>) {
        addDossiers(group)
        addCadreActs(group)
        group.get("posyandu/completeness") { request, _ in
            let asked = try await PosyanduQuestion(request, services)
            let level = request.uri.queryParameters.get("by").map { String($0) } ?? asked.nextLevel
            guard let width = ["kecamatan": 8, "desa": 13, "posyandu": 0][level] else {
                throw ControlError.badRequest("`\(level)` is not a level", hint: "kecamatan, desa or posyandu")
            }
            let isMissingOnly = request.uri.queryParameters.get("missing") == "true"
            return Answer.json(try await completeness(asked, by: level, width, isMissingOnly))
        }
        group.get("posyandu/terms") { request, context in
            let asked = try await PosyanduQuestion(request, services)
            let days = min(try number(request, "within", default: 90), 3_660)
            let reason = request.uri.queryParameters.get("purpose").map {
                AccessReason(actor: context.actor, purpose: String($0))
            }
            return Answer.json(try await terms(asked, within: days, reason))
        }
        group.get("posyandu/competences") { request, _ in
            let asked = try await PosyanduQuestion(request, services)
            return Answer.json(try await competences(asked))
        }
    }

    private func addDossiers(_ group: RouterGroup<ControlContext>) {
        group.get("posyandu/dossiers") { request, _ in
            let asked = try await PosyanduQuestion(request, services)
            var state: Dossier.State?
            if let text = request.uri.queryParameters.get("state") {
                guard let known = Dossier.State(rawValue: String(text)) else {
                    let states = Dossier.State.allCases.map(\.rawValue).joined(separator: ", ")
                    throw ControlError.badRequest("`\(text)` is not a state", hint: states)
                }
                state = known
            }
            let (rules, standings) = try await read(asked)
            return Answer.json([
                "area": .string(asked.area), "date": .string(asked.day.description),
                "dossiers": .array(
                    standings.filter { state == nil || $0.state == state }.map { place in
                        let lacks = place.completeness(rules, on: asked.day).missing.filter { item in
                            rules.papers?[item.code] != nil
                        }
                        return PosyanduJSON.place(
                            place,
                            ["missing": .array(lacks.map(PosyanduJSON.missing))]
                        )
                    }
                ),
            ])
        }
        group.get("posyandu/:id/dossier") { _, context in
            let place = try await find(try context.parameters.require("id"))
            let today = services.today
            let (dossier, lists) = try await services.pool.withConnection { connection in
                (try DossierStore.dossiers(connection, ids: [place.id])[place.id], try DossierStore.lists(connection))
            }
            guard let dossier else { throw ControlError.notFound("that posyandu is gone") }
            return Answer.json(PosyanduJSON.dossier(dossier, place.uuid, DocumentList.inForce(lists, on: today), today))
        }
        group.post("posyandu/:id/dossier/document") { request, context in
            let body = try await json(request)
            var data = JSONObject()
            for (name, member) in [
                ("kind", "jenis"), ("number", "nomor"), ("date", "tanggal"), ("from", "berlaku_dari"),
                ("until", "berlaku_sampai"), ("decided_by", "pejabat"), ("copy", "salinan"),
            ] {
                if let text = body[name]?.string { data[member] = .string(text) }
            }
            if body["withdrawn"]?.bool == true { data["ditarik"] = .bool(true) }
            return try await say("posyandu.dokumen", context, data)
        }
        for (path, state) in [
            ("submit", Dossier.State.submitted), ("return", .returned), ("register", .registered),
            ("number", .registered),
        ] {
            group.post("posyandu/:id/dossier/\(path)") { request, context in
                let body = try await json(request)
                var data = JSONObject()
                data["ke"] = .string(state.rawValue)
                if let text = body["reason"]?.string { data["alasan"] = .string(text) }
                if let text = body["number"]?.string { data["nomor"] = .string(text) }
                if let text = body["date"]?.string { data["tanggal"] = .string(text) }
                if path == "number" { data["nomor_lanjutan"] = .bool(true) }
                return try await say("posyandu.berkas", context, data)
            }
        }
    }

    private func addCadreActs(_ group: RouterGroup<ControlContext>) {
        group.post("posyandu/:id/end-term") { request, context in
            let body = try await json(request)
            var data = JSONObject()
            data["kader"] = body["cadre"] ?? .null
            data["jabatan"] = body["role"] ?? .null
            data["tanggal"] = body["date"] ?? .null
            data["alasan"] = body["reason"] ?? .null
            return try await say("kader.berakhir", context, data)
        }
        group.post("posyandu/:id/presence") { request, context in
            let body = try await json(request)
            var data = JSONObject()
            data["kegiatan"] = body["activity"] ?? .null
            data["kader"] = body["cadres"] ?? .null
            return try await say("kader.hadir", context, data, on: body["date"]?.string)
        }
        group.post("posyandu/:id/absence") { request, context in
            let body = try await json(request)
            var data = JSONObject()
            data["kader"] = body["cadre"] ?? .null
            data["dari"] = body["from"] ?? .null
            data["sampai"] = body["until"] ?? .null
            return try await say("kader.izin", context, data)
        }
    }

    /// Puts an act on the posyandu of the path into the log and answers what became of it.
    private func say(
        _ type: String,
        _ context: ControlContext,
        _ data: JSONObject,
        on date: String? = nil
    ) async throws -> Response {
        let place = try await find(try context.parameters.require("id"))
        if let date {
            guard let day = CivilDate(date), day <= services.today else {
                throw ControlError.badRequest("`\(date)` is not a day up to today", hint: "write YYYY-MM-DD")
            }
        }
        let desk = OfficeDesk(services: services, actor: context.actor)
        let outcome = try await desk.say(type, posyandu: place.uuid, subject: nil, data: data, date: date)
        return Answer.json(outcome.json)
    }

    private func find(_ text: String) async throws -> (id: Int32, uuid: UUID) {
        let found = try await services.pool.withConnection { try DossierStore.find($0, text) }
        guard let found else { throw ControlError.notFound("there is no posyandu \(text)") }
        return found
    }

    // MARK: Lists

    private func read(_ asked: PosyanduQuestion) async throws -> (CompletenessRules, [PosyanduStanding]) {
        try await services.pool.transaction(.init(isolation: .repeatableRead, readOnly: true)) { connection in
            (
                try StandingReader.rules(connection, on: asked.day),
                try StandingReader.standings(
                    connection,
                    area: asked.area,
                    posyanduID: asked.posyandu?.id,
                    on: asked.day
                )
            )
        }
    }

    private func names(_ asked: PosyanduQuestion, _ level: RegionCode.Level) async throws -> [String: String] {
        guard let code = RegionCode(services.identity.kabupaten) else { return [:] }
        let regions = try await services.pool.withConnection { connection in
            try RegionStore.regions(connection, of: level, inside: code, on: asked.day.daysSince1970)
        }
        return Dictionary(regions.map { ($0.code.description, $0.name) }) { first, _ in first }
    }

    private func completeness(
        _ asked: PosyanduQuestion,
        by level: String,
        _ width: Int,
        _ isMissingOnly: Bool
    ) async throws -> JSONValue {
        let (rules, standings) = try await read(asked)
        guard !standings.isEmpty else { throw ControlError.notFound("no posyandu serves there") }
        let all = standings.map { $0.completeness(rules, on: asked.day) }
        var total = AreaCompleteness(code: asked.posyandu.map { $0.uuid.uuidString.lowercased() } ?? asked.area)
        for one in all { total.add(one) }
        let rows: [JSONValue]
        if width == 0 {
            rows = all.filter { !isMissingOnly || !$0.missing.isEmpty }.map(PosyanduJSON.completeness)
        } else {
            let names = try await names(asked, width == 8 ? .district : .village)
            rows = AreaCompleteness.ranked(all) { String($0.village.description.prefix(width)) }
                .filter { !isMissingOnly || $0.complete < $0.posyandu }
                .map { PosyanduJSON.area($0, name: names[$0.code]) }
        }
        return [
            "area": .string(asked.area), "date": .string(asked.day.description), "by": .string(level),
            "rules": .string(rules.version), "papers": .optional(rules.papers?.version),
            "total": PosyanduJSON.area(total, name: nil), "rows": .array(rows),
        ]
    }

    private func terms(_ asked: PosyanduQuestion, within days: Int, _ reason: AccessReason?) async throws -> JSONValue {
        let cipher = services.cipher
        let (terms, names) = try await services.pool.transaction { connection in
            let terms = try TermList.read(connection, area: asked.area, within: days, on: asked.day)
                .filter { asked.posyandu == nil || $0.posyandu == asked.posyandu?.uuid }
            let names = try reason.map { try TermList.names(connection, of: terms.map(\.cadre), cipher, $0) }
            return (terms, names)
        }
        let (rules, standings) = try await read(asked)
        let last = asked.day.adding(days: days)
        let papers = standings.flatMap { place in
            place.papers.values.filter { $0.validTo.map { $0 <= last } ?? false }
                .sorted { $0.kind < $1.kind }
                .map { PosyanduJSON.paper($0, of: place, rules.papers, asked.day) }
        }
        return [
            "area": .string(asked.area), "date": .string(asked.day.description), "within": .int(days),
            "papers": .array(papers), "terms": .array(terms.map { PosyanduJSON.term($0, names?[$0.cadre]) }),
        ]
    }

    private func competences(_ asked: PosyanduQuestion) async throws -> JSONValue {
        let found = try await services.pool.withConnection { connection in
            (
                try LevelRules.inForce(connection, on: asked.day),
                try LevelRules.cadres(connection, area: asked.area, posyanduID: asked.posyandu?.id, on: asked.day)
            )
        }
        guard let rules = found.0 else {
            throw ControlError.badRequest("no rule for levels is in force on \(asked.day)", hint: "kader-levels.csv")
        }
        let width = asked.posyandu == nil ? (asked.area.utf8.count < 8 ? 8 : 13) : 0
        let names = width == 0 ? [:] : try await names(asked, width == 8 ? .district : .village)
        var areas: [String: PosyanduJSON.Levels] = [:]
        var total = PosyanduJSON.Levels()
        for cadre in found.1 {
            let level = rules.level(of: cadre)
            total.add(level, cadre)
            areas[String(cadre.village.description.prefix(width)), default: PosyanduJSON.Levels()].add(level, cadre)
        }
        let rows: [JSONValue] =
            width == 0
            ? found.1.map { PosyanduJSON.cadre($0, rules.level(of: $0)) }
            : areas.sorted { $0.key < $1.key }.map { $0.value.json(rules.levels, code: $0.key, name: names[$0.key]) }
        return [
            "area": .string(asked.area), "date": .string(asked.day.description), "rules": .string(rules.version),
            "levels": .array(rules.levels.map { .string($0) }),
            "total": total.json(rules.levels, code: asked.area, name: nil), "rows": .array(rows),
        ]
    }
}

extension NodeServices {
    /// The civil date in the kabupaten's zone.
    var today: CivilDate {
        let seconds = WallClock.microseconds() / 1_000_000 + Int64(identity.utcOffsetSeconds)
        return CivilDate(daysSince1970: Int32(clamping: seconds / 86_400))
    }
}

/// Which posyandu, on which day.
private struct PosyanduQuestion: Sendable {
    var area: String
    var posyandu: (id: Int32, uuid: UUID)?
    var day: CivilDate

    init(_ request: Request, _ services: NodeServices) async throws {
        let query = request.uri.queryParameters
        let kabupaten = services.identity.kabupaten
        area = query.get("area").map { String($0) } ?? kabupaten
        guard RegionCode(area) != nil, area == kabupaten || area.hasPrefix(kabupaten + ".") else {
            throw ControlError.badRequest(
                "`\(area)` is not an area of \(kabupaten)",
                hint: "a kabupaten, kecamatan or desa: \(kabupaten), \(kabupaten).01, \(kabupaten).01.2001"
            )
        }
        day = services.today
        if let text = query.get("date") {
            guard let date = CivilDate(String(text)) else {
                throw ControlError.badRequest("`\(text)` is not a date", hint: "write YYYY-MM-DD")
            }
            day = date
        }
        if let text = query.get("posyandu").map({ String($0) }) {
            posyandu = try await services.pool.withConnection { try DossierStore.find($0, text) }
            guard posyandu != nil else { throw ControlError.notFound("there is no posyandu \(text)") }
        }
    }

    /// The rows that stand below what is asked for.
    var nextLevel: String {
        guard posyandu == nil else { return "posyandu" }
        return [5: "kecamatan", 8: "desa"][area.utf8.count] ?? "posyandu"
    }
}
