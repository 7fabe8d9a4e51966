// Households across sectors, their vulnerability, and the 29 legal services.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import Hummingbird
import MessageLog
import PluginHost
import PluginKit
import PostgresClient
import Registry

extension ControlRoutes {
    func addHouseholds(_ group: RouterGroup<ControlContext>) {
        group.get("households") { request, _ in
            let formula = try formula()
            let area = try area(request)
            let least = try least(request, formula)
            let limit = min(try number(request, "limit", default: 1_000), 100_000)
            let (scores, day) = (VulnerabilityScores(formula, manifests), civilDay)
            let found = try await services.pool.transaction(.init(isolation: .repeatableRead, readOnly: true)) {
                try scores.read($0, .area(area), on: day, least: least, limit: limit)
            }
            return Answer.json([
                "area": .string(area), "date": .string(day.description), "formula": HouseholdJSON.head(formula),
                "households": .array(found.map { HouseholdJSON.listed($0, formula) }),
            ])
        }
        group.get("households/:id") { request, context in
            let id = try uuid(try context.parameters.require("id"))
            let purpose = request.uri.queryParameters.get("purpose").map { String($0) }
            let reason = purpose.map { AccessReason(actor: context.actor, purpose: $0) }
            let reader = HouseholdReader(manifests)
            let search = ResidentSearch(cipher: services.cipher)
            let (household, names) = try await services.pool.transaction { connection in
                guard let household = try reader.read(connection, id) else {
                    throw ControlError.notFound("no household \(id.uuidString.lowercased())")
                }
                guard let reason else { return (household, [UUID: ResidentName]()) }
                let names = try search.names(
                    connection,
                    of: household.members.map(\.resident),
                    list: "household \(id.uuidString.lowercased())",
                    withNIK: false,
                    reason
                )
                return (household, names)
            }
            return Answer.json(HouseholdJSON.view(household, names, manifests, on: civilDay))
        }
        group.get("households/:id/score") { _, context in
            let id = try uuid(try context.parameters.require("id"))
            let formula = try formula()
            let (scores, reader, day) = (VulnerabilityScores(formula, manifests), HouseholdReader(manifests), civilDay)
            let score = try await services.pool.transaction(.init(isolation: .repeatableRead, readOnly: true)) {
                connection in
                guard try reader.read(connection, id) != nil else {
                    throw ControlError.notFound("no household \(id.uuidString.lowercased())")
                }
                return try scores.read(connection, .household(id), on: day).first
            }
            guard let score else { throw ControlError.notFound("no household \(id.uuidString.lowercased())") }
            return Answer.json(HouseholdJSON.explained(score, formula, on: day))
        }
        group.get("spm") { request, _ in
            let area = try area(request)
            let text = try text(request, "period")
            guard let month = Period(text), month.kind == .month else {
                throw ControlError.badRequest("`\(text)` is not a month", hint: "write 2026-11")
            }
            let (report, offset) = (ServiceReport(manifests), services.identity.utcOffsetSeconds)
            let lines = try await services.pool.transaction(.init(isolation: .repeatableRead, readOnly: true)) {
                try report.read($0, area: area, month: month, utcOffsetSeconds: offset)
            }
            return Answer.json([
                "area": .string(area), "period": .string(month.description),
                "services": .array(lines.map(HouseholdJSON.service)),
            ])
        }
    }

    private var manifests: [Manifest] { services.host.catalog.sectors.map(\.manifest) }

    private var civilDay: CivilDate {
        let seconds = WallClock.microseconds() / 1_000_000 + Int64(services.identity.utcOffsetSeconds)
        return CivilDate(daysSince1970: Int32(clamping: seconds / 86_400))
    }

    private func area(_ request: Request) throws -> String {
        let kabupaten = services.identity.kabupaten
        let area = request.uri.queryParameters.get("area").map { String($0) } ?? kabupaten
        guard [5, 8, 13].contains(area.utf8.count), area == kabupaten || area.hasPrefix(kabupaten + ".") else {
            throw ControlError.badRequest(
                "`\(area)` is not an area of \(kabupaten)",
                hint: "a kabupaten, kecamatan or desa: \(kabupaten), \(kabupaten).01, \(kabupaten).01.2001"
            )
        }
        return area
    }

    /// The formula, which must still fit the sectors: they may have been reloaded since the start.
    private func formula() throws -> VulnerabilityFormula {
        guard let formula = services.formula else {
            throw ControlError.notFound("no vulnerability formula is configured: set vulnerability.file")
        }
        if let problem = formula.problems(manifests).first {
            throw ControlError.badRequest("line \(problem.line) of the formula: \(problem.message)", hint: problem.fix)
        }
        return formula
    }

    private func least(_ request: Request, _ formula: VulnerabilityFormula) throws -> ExactDecimal {
        guard let name = request.uri.queryParameters.get("min-class").map({ String($0) }) else { return 0 }
        guard let least = formula.least(of: name) else {
            let known = formula.classes.map(\.name).joined(separator: ", ")
            throw ControlError.badRequest("there is no class `\(name)`", hint: "one of \(known)")
        }
        return least
    }
}
