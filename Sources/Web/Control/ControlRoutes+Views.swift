// Views that sectors declare: balances, prevalences and cohorts, by area and month.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import Hummingbird
import PluginHost
import PluginKit
import PostgresClient
import Summaries

extension ControlRoutes {
    func addViews(_ group: RouterGroup<ControlContext>) {
        group.get("views") { _, _ in
            let list = services.host.catalog.sectors.flatMap { sector in
                sector.manifest.views.map { view -> JSONValue in
                    [
                        "sector": .string(sector.id), "view": .string(view.name), "kind": .string(view.kind.rawValue),
                        "title": .string(view.title.id), "columns": .array(view.columns.map { .string($0.name) }),
                    ]
                }
            }
            return Answer.json(["views": .array(list)])
        }
        group.get("views/:sector/:view") { request, context in
            let sector = try context.parameters.require("sector")
            let name = try context.parameters.require("view")
            guard var view = services.host.catalog.sector(sector)?.manifest.view(name) else {
                throw ControlError.notFound("sector \(sector) has no view \(name)")
            }
            let asked = try ViewQuestion(request, kabupaten: services.identity.kabupaten)
            view.months = asked.months ?? view.months
            let answer = try await services.pool.transaction(.init(isolation: .repeatableRead, readOnly: true)) {
                [view] in try asked.answer($0, view)
            }
            guard var answer else { throw ControlError.notFound("no posyandu there") }
            answer["sector"] = .string(sector)
            return Answer.json(.object(answer))
        }
    }
}

/// What a caller asks of a view.
private struct ViewQuestion: Sendable {
    var month: Period
    var scope: ViewScope
    var level: ViewLevel
    var months: Int?

    init(_ request: Request, kabupaten: String) throws {
        let parameters = request.uri.queryParameters
        let text = parameters.get("month") ?? ""
        guard let month = Period(text), month.kind == .month else {
            throw ControlError.badRequest(
                "`\(text)` is not a month: stocks are not summed over months",
                hint: "2026-11"
            )
        }
        self.month = month
        if let posyandu = parameters.get("posyandu") {
            guard let uuid = UUID(uuidString: posyandu) else {
                throw ControlError.badRequest("`\(posyandu)` is not the UUID of a posyandu")
            }
            scope = .posyandu(uuid)
        } else {
            let area = parameters.get("area") ?? kabupaten
            guard [5, 8, 13].contains(area.utf8.count), area == kabupaten || area.hasPrefix(kabupaten + ".") else {
                throw ControlError.badRequest(
                    "`\(area)` is not an area of \(kabupaten)",
                    hint: "a kabupaten, kecamatan or desa: \(kabupaten), \(kabupaten).01, \(kabupaten).01.2001"
                )
            }
            scope = .area(area)
        }
        level = scope.nextLevel
        if let by = parameters.get("by") {
            guard let chosen = ViewLevel(rawValue: by) else {
                throw ControlError.badRequest("`\(by)` is not a level", hint: "kecamatan, desa or posyandu")
            }
            level = chosen
        }
        if let text = parameters.get("months") {
            guard let number = Int(text), (1...72).contains(number) else {
                throw ControlError.badRequest("`months` is not a number from 1 to 72")
            }
            months = number
        }
    }

    /// nil when there is no posyandu in the scope.
    func answer(_ connection: isolated PostgresConnection, _ view: Manifest.View) throws -> JSONObject? {
        var object: JSONObject = [
            "view": .string(view.name), "kind": .string(view.kind.rawValue), "title": .string(view.title.id),
            "month": .string(month.description), "by": .string(level.rawValue),
            "columns": .array(view.columns.map { .string($0.name) }),
        ]
        switch scope {
        case .area(let code): object["area"] = .string(code)
        case .posyandu(let uuid): object["posyandu"] = .string(uuid.uuidString.lowercased())
        }
        switch view.kind {
        case .balance:
            let balance = try BalanceView.read(connection, view, month: month, scope: scope, level: level)
            guard !balance.rows.isEmpty else { return nil }
            object["ratios"] = .array(view.ratios.map { .string($0.name) })
            object["total"] = ViewJSON.row(balance.total, view)
            object["rows"] = .array(balance.rows.map { ViewJSON.row($0, view) })
            object["violations"] = .array(balance.violations.map { ViewJSON.violation($0, view) })
        case .prevalence:
            let (total, rows) = try PrevalenceView.read(connection, view, month: month, scope: scope, level: level)
            guard !rows.isEmpty else { return nil }
            object["months"] = .int(view.months)
            object["total"] = ViewJSON.row(total, view)
            object["rows"] = .array(rows.map { ViewJSON.row($0, view) })
        case .cohort:
            let (total, cohorts) = try CohortView.read(connection, view, month: month, scope: scope)
            object["by"] = nil
            object["months"] = .int(view.months)
            object["total"] = ViewJSON.cohort(total, view)
            object["cohorts"] = .array(cohorts.map { ViewJSON.cohort($0, view) })
        }
        return object
    }
}

/// Rows of views as JSON.
private enum ViewJSON {
    static func row(_ row: BalanceRow, _ view: Manifest.View) -> JSONValue {
        var object = place(row.place, row.posyandu)
        object["reported"] = .object(members(view) { row.reported[$0].map { .int($0) } ?? 0 })
        add(row.totals, view, to: &object)
        let cells = row.cells.filter { $0.key != .all }.sorted { $0.key < $1.key }
        object["cells"] = .array(
            cells.map { key, values in
                var cell = names(key, view)
                add(values, view, to: &cell)
                return .object(cell)
            }
        )
        return .object(object)
    }

    static func row(_ row: PrevalenceRow, _ view: Manifest.View) -> JSONValue {
        var object = place(row.place, row.posyandu)
        object["values"] = prevalences(row.totals, view)
        let cells = row.cells.filter { $0.key != .all }.sorted { $0.key < $1.key }
        object["cells"] = .array(
            cells.map { key, values in
                var cell = names(key, view)
                cell["values"] = prevalences(values, view)
                return .object(cell)
            }
        )
        return .object(object)
    }

    static func cohort(_ cohort: Cohort, _ view: Manifest.View) -> JSONValue {
        [
            "born": .optional(cohort.born?.description), "age_months": .optional(cohort.age), "size": .int(cohort.size),
            "counts": .object(members(view) { .int(cohort.counts[$0] ?? 0) }),
            "percent": .object(members(view) { .optional(cohort.percentage($0)) }),
        ]
    }

    static func violation(_ violation: ViolatedRule, _ view: Manifest.View) -> JSONValue {
        var object = names(violation.cell, view)
        object["posyandu"] = .string(violation.posyandu)
        object["name"] = .string(violation.name)
        object["rule"] = .string(violation.rule)
        object["left"] = .string(violation.left.description)
        object["right"] = .string(violation.right.description)
        return .object(object)
    }

    private static func place(_ place: ViewPlace?, _ posyandu: Int) -> JSONObject {
        var object = JSONObject()
        if let place {
            object["area"] = .string(place.code)
            if place.key != place.code { object["posyandu_id"] = .string(place.key) }
            object["name"] = .string(place.name)
        }
        object["posyandu"] = .int(posyandu)
        return object
    }

    private static func names(_ key: CellKey, _ view: Manifest.View) -> JSONObject {
        ["sex": .optional(key.sex), "months": .optional(key.band.map { view.bandName($0) })]
    }

    private static func add(_ values: [String: ExactDecimal], _ view: Manifest.View, to object: inout JSONObject) {
        object["values"] = .object(members(view) { .optional(values[$0]?.description) })
        var ratios = JSONObject()
        let percentages = view.percentages(values)
        for ratio in view.ratios { ratios[ratio.name] = .optional(percentages[ratio.name]) }
        object["ratios"] = .object(ratios)
    }

    private static func prevalences(_ values: [String: Prevalence], _ view: Manifest.View) -> JSONValue {
        .object(
            members(view) { name in
                let value = values[name] ?? Prevalence(measured: 0, affected: 0)
                return [
                    "measured": .int(value.measured), "affected": .string(value.affected.description),
                    "percent": .optional(value.percentage),
                ]
            }
        )
    }

    private static func members(_ view: Manifest.View, _ value: (String) -> JSONValue) -> JSONObject {
        var object = JSONObject()
        for column in view.columns { object[column.name] = value(column.name) }
        return object
    }
}
