// Households, scores and services as JSON of the control API.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginKit
import Registry

enum HouseholdJSON {
    private static func text(_ id: UUID) -> JSONValue { .string(id.uuidString.lowercased()) }
    private static func text(_ id: UUID?) -> JSONValue { .optional(id?.uuidString.lowercased()) }
    private static func text(_ day: CivilDate?) -> JSONValue { .optional(day?.description) }
    private static func number(_ value: ExactDecimal) -> JSONValue { .number(JSONNumber(value)) }

    // MARK: The view

    static func view(
        _ household: HouseholdView,
        _ names: [UUID: ResidentName],
        _ manifests: [Manifest],
        on day: CivilDate
    ) -> JSONValue {
        let codes = Set(household.records.map(\.sector)).union(household.confidential.keys)
        let known = manifests.map(\.id)
        let order = known.filter(codes.contains) + codes.subtracting(known).sorted()
        return [
            "household": text(household.id), "date": .string(day.description),
            "members": .array(household.members.map { member($0, names[$0.resident], on: day) }),
            "sectors": .array(order.map { sector($0, household, manifests) }), "cut": .bool(household.isCut),
            "cases": .array(household.openCases.map { opened($0, manifests) }),
            "tasks": .array(household.openTasks.map(task)), "visits": .array(visits(household)),
        ]
    }

    private static func member(_ member: HouseholdView.Member, _ name: ResidentName?, on day: CivilDate) -> JSONValue {
        var object: JSONObject = [
            "resident": text(member.resident), "sex": .string(member.sex),
            "birth_date": .string(member.birthDate.description), "died": text(member.died),
            "age_months": .int(member.birthDate.months(until: member.died ?? day)), "posyandu": text(member.posyandu),
        ]
        if let name { object["name"] = .optional(name.name) }
        return .object(object)
    }

    private static func sector(_ code: String, _ household: HouseholdView, _ manifests: [Manifest]) -> JSONValue {
        let records = household.records.filter { $0.sector == code }.map { record -> JSONValue in
            [
                "record": text(record.id), "type": .string(record.type), "title": title(record.type, manifests),
                "date": .string(record.date.description), "resident": text(record.resident),
                "posyandu": text(record.posyandu), "visits": .array(record.visits.map { text($0) }),
            ]
        }
        return [
            "sector": .string(code), "records": .array(records),
            "confidential": .int(household.confidential[code] ?? 0),
        ]
    }

    private static func title(_ type: String, _ manifests: [Manifest]) -> JSONValue {
        .optional(manifests.lazy.compactMap { $0.record(type)?.title.id }.first)
    }

    private static func opened(_ row: HouseholdView.CaseRow, _ manifests: [Manifest]) -> JSONValue {
        [
            "case": text(row.id), "sector": .string(row.sector), "type": .string(row.type),
            "title": title(row.type, manifests), "opened": .string(row.opened.description), "state": .string(row.state),
            "reason": .string(row.reason), "priority": .optional(row.priority), "office": .optional(row.office),
        ]
    }

    private static func task(_ row: HouseholdView.TaskRow) -> JSONValue {
        [
            "record": text(row.record), "sector": .string(row.sector), "resident": text(row.resident),
            "kind": .string(row.kind), "topic": .optional(row.topic), "reason": .string(row.reason),
            "to": .optional(row.role), "raised": .string(row.raised.description), "due": text(row.due),
        ]
    }

    /// Visits, the newest first, with the records of each by sector.
    private static func visits(_ household: HouseholdView) -> [JSONValue] {
        var records: [UUID: [HouseholdView.RecordRow]] = [:]
        for record in household.records {
            for visit in record.visits { records[visit, default: []].append(record) }
        }
        let order = records.keys.sorted { left, right in
            let (first, second) = (records[left]?.first?.date, records[right]?.first?.date)
            if let first, let second, first != second { return first > second }
            return left.uuidString < right.uuidString
        }
        return order.map { visit in
            let rows = records[visit] ?? []
            let sectors = Dictionary(grouping: rows, by: \.sector).sorted { $0.key < $1.key }
            return [
                "visit": text(visit), "date": text(rows.map(\.date).min()),
                "sectors": .array(
                    sectors.map { ["sector": .string($0.key), "records": .array($0.value.map { text($0.id) })] }
                ),
            ]
        }
    }

    // MARK: Scores

    static func head(_ formula: VulnerabilityFormula) -> JSONValue {
        [
            "version": .string(formula.version), "source": .string(formula.source),
            "classes": .array(formula.classes.map { .string($0.name) }),
        ]
    }

    static func listed(_ score: HouseholdScore, _ formula: VulnerabilityFormula) -> JSONValue {
        let holding = zip(formula.components, score.parts).filter { $0.1.holds == true }.map { $0.0.name }
        let open = zip(formula.components, score.parts).filter { $0.1.holds == nil }.map { $0.0.name }
        return [
            "household": text(score.household), "score": number(score.points), "unknown": number(score.unknown),
            "class": .string(formula.className(of: score.points)), "posyandu": text(score.posyandu),
            "components": .array(holding.map { .string($0) }), "not_known": .array(open.map { .string($0) }),
        ]
    }

    static func explained(_ score: HouseholdScore, _ formula: VulnerabilityFormula, on day: CivilDate) -> JSONValue {
        let highest = score.points.adding(score.unknown) ?? score.points
        return [
            "household": text(score.household), "date": .string(day.description), "formula": head(formula),
            "score": number(score.points), "unknown": number(score.unknown),
            "class": .string(formula.className(of: score.points)),
            "highest_class": .string(formula.className(of: highest)),
            "components": .array(
                zip(formula.components, score.parts).map { component, part in
                    [
                        "name": .string(component.name), "title": .string(component.title),
                        "points": number(component.points), "holds": part.holds.map { .bool($0) } ?? .null,
                        "record": text(part.record), "date": text(part.day),
                    ]
                }
            ),
        ]
    }

    // MARK: Services

    /// Nothing reported is null, not 0; a count that is not to be shown is null too, and named in `hidden`.
    static func service(_ line: ServiceLine) -> JSONValue {
        let hasRecords = line.records > 0
        let hasCases = line.opened + line.answered + line.open > 0
        var hidden: [JSONValue] = []
        func shown(_ name: String, _ value: Int, _ isReported: Bool) -> JSONValue {
            guard isReported else { return .null }
            if value > 0, value < line.hideBelow {
                hidden.append(.string(name))
                return .null
            }
            return .int(value)
        }
        var object: JSONObject = [
            "service": .int(line.number), "sector": .string(line.sector), "name": .string(line.name),
            "reported": .bool(hasRecords || hasCases),
        ]
        object["records"] = shown("records", line.records, hasRecords)
        object["people"] = shown("people", line.people, hasRecords)
        object["households"] = shown("households", line.households, hasRecords)
        object["opened"] = shown("opened", line.opened, hasRecords || hasCases)
        object["answered"] = shown("answered", line.answered, hasRecords || hasCases)
        object["open"] = shown("open", line.open, hasRecords || hasCases)
        object["hidden"] = .array(hidden)
        object["hide_below"] = .int(line.hideBelow)
        return .object(object)
    }
}
