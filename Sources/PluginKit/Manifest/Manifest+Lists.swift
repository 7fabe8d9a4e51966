// What a manifest says about the lists by which cadres visit and fetch people.
// SPDX-License-Identifier: Apache-2.0

extension Manifest {
    /// One reason for which residents are on a list of a posyandu's cadres. The daemon finds them; a sector only says whom.
    package struct ListRule: Sendable {
        package enum List: String, CaseIterable, Sendable {
            /// Kunjungan rumah: a cadre goes to their home.
            case homeVisits = "home_visits"
            /// Penjemputan: a cadre fetches them to the open day.
            case pickUp = "pick_up"
        }
        package enum Sex: String, CaseIterable, Sendable {
            case male = "L"
            case female = "P"
        }
        /// What puts a resident on the list.
        package enum Condition: Hashable, Sendable {
            /// No standing record of these types since the first day of the month of the list's date.
            case missing([String])
            /// An open task of these kinds; with `overdue`, only when its day has passed.
            case tasks([String], overdue: Bool)
        }
        package var list: List
        /// What the cadre reads beside the name.
        package var title: Title
        /// Completed months of age on the list's date, both ends included; nil for everyone.
        package var months: ClosedRange<Int>?
        package var sex: Sex?
        package var condition: Condition
    }
}

extension ManifestReader {
    private static let listKeys = ["list", "title", "from_months", "to_months", "sex", "missing", "tasks", "overdue"]

    mutating func lists(_ place: Place?, _ records: [Manifest.Record]) -> [Manifest.ListRule] {
        guard let place else { return [] }
        guard place.value.array != nil else {
            fault(place, "must be a list of rules")
            return []
        }
        return place.elements.compactMap { listRule($0, records) }
    }

    private mutating func listRule(_ place: Place, _ records: [Manifest.Record]) -> Manifest.ListRule? {
        guard object(place, ManifestReader.listKeys) else { return nil }
        let wanted = required(place, "list", fix: "add \"list\": \"home_visits\" or \"pick_up\"")
        let list = choice(wanted, Manifest.ListRule.List.self)
        let title = title(required(place, "title", fix: "add \"title\": {\"id\": \"…\"}: why this person"))
        let first = integer(place["from_months"], 0...1_800) ?? 0
        let last = integer(place["to_months"], 0...1_800) ?? 1_800
        if last < first, let bound = place["to_months"] { fault(bound, "is below from_months") }
        guard let list, let title, let condition = listCondition(place, records) else { return nil }
        let isBounded = place["from_months"] != nil || place["to_months"] != nil
        return Manifest.ListRule(
            list: list,
            title: title,
            months: isBounded ? first...max(first, last) : nil,
            sex: choice(place["sex"], Manifest.ListRule.Sex.self),
            condition: condition
        )
    }

    private mutating func listCondition(
        _ place: Place,
        _ records: [Manifest.Record]
    ) -> Manifest.ListRule.Condition? {
        guard (place["missing"] == nil) != (place["tasks"] == nil) else {
            fault(place, "a list rule is about one of missing records and tasks", fix: "write 'missing' or 'tasks'")
            return nil
        }
        guard let missing = place["missing"] else {
            return .tasks(plainNames(place["tasks"]), overdue: flag(place["overdue"]))
        }
        if let overdue = place["overdue"] { fault(nameOf: overdue, "only tasks are overdue", fix: "remove it") }
        let types = texts(missing)
        if types.isEmpty { fault(missing, "names no record type") }
        for (element, type) in zip(missing.elements, types) {
            guard records.contains(where: { $0.type == type && $0.subject == .resident }) else {
                fault(element, "'\(type)' is not a record type of this manifest about a resident")
                continue
            }
        }
        return .missing(types)
    }
}
