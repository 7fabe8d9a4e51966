// Reads registers and aggregates of a manifest and checks the names they use.
// SPDX-License-Identifier: Apache-2.0

extension ManifestReader {
    static let registerKeys = ["title", "types", "columns", "recap"]
    static let recapKeys = ["columns", "rules", "visits", "lists"]
    static let columnKeys = [
        "heading", "row", "indicator", "sum", "minus", "ratio", "visitors", "remarks", "note", "additive",
    ]

    mutating func register(_ name: String, _ place: Place, of manifest: Manifest) -> Manifest.Register? {
        guard object(place, ManifestReader.registerKeys) else { return nil }
        if !Identifier.isPlain(name) { fault(nameOf: place, "'\(name)' is not a name", fix: ManifestReader.nameRule) }
        var register = Manifest.Register(
            name: name,
            title: title(place["title"]),
            types: place["types"] == nil ? manifest.records.map(\.type) : texts(place["types"]),
            columns: [],
            recap: nil
        )
        if let recap = place["recap"] {
            if let columns = place["columns"] { fault(columns, "a recap has its columns in 'recap'", fix: "remove it") }
            register.recap = self.recap(recap)
        } else {
            register.columns = texts(required(place, "columns", fix: "add \"columns\": [\"no\", …], or \"recap\""))
        }
        return register
    }

    private mutating func recap(_ place: Place) -> Manifest.Recap? {
        guard object(place, ManifestReader.recapKeys),
            let columns = required(
                place,
                "columns",
                fix: "add \"columns\": [{\"heading\": [\"No\"], \"row\": \"no\"}, …]"
            )
        else { return nil }
        if columns.value.array == nil { fault(columns, "must be a list of columns") }
        let recap = Manifest.Recap(
            columns: columns.elements.compactMap { column($0) },
            rules: rules(place["rules"]),
            visits: place["visits"].flatMap { visits($0) },
            lists: (place["lists"]?.elements ?? []).compactMap { nameList($0) }
        )
        let counts = recap.columns.contains { if case .visitors = $0.content { true } else { false } }
        if counts, recap.visits == nil {
            fault(place, "a column counts visitors, but 'visits' is missing", fix: "add \"visits\": {\"types\": […]}")
        }
        return recap
    }

    private mutating func column(_ place: Place) -> Manifest.Column? {
        guard object(place, ManifestReader.columnKeys) else { return nil }
        let heading = (required(place, "heading", fix: "add \"heading\": [\"…\"]")?.elements ?? [])
            .compactMap { text($0) }
        if heading.isEmpty, let given = place["heading"] { fault(given, "must be a list of words, the group first") }
        let paper = text(place["indicator"])
        var contents: [Manifest.Column.Content] = []
        switch place["row"]?.value.string {
        case "no": contents.append(.number)
        case "label": contents.append(.label)
        case nil where place["row"] == nil: break
        default: if let row = place["row"] { fault(row, "must be \"no\" or \"label\"") }
        }
        if flag(place["remarks"]) { contents.append(.remarks) }
        if let ratio = place["ratio"] {
            let names = texts(ratio)
            if names.count != 2 { fault(ratio, "a ratio has two indicators") }
            if let top = names.first, let bottom = names.last { contents.append(.ratio(top, bottom)) }
        }
        if let group = place["visitors"].flatMap({ visitors($0) }) {
            contents.append(.visitors(group, paper: paper))
        } else if let paper {
            contents.append(.figure(plus: [paper], minus: texts(place["minus"])))
        } else if place["sum"] != nil {
            contents.append(.figure(plus: texts(place["sum"]), minus: texts(place["minus"])))
        } else if let minus = place["minus"] {
            fault(minus, "nothing to take away from", fix: "add \"indicator\" or \"sum\"")
        }
        if contents.count > 1 { fault(place, "says more than one thing to print") }
        return Manifest.Column(
            heading: heading,
            content: contents.first ?? .notRecorded,
            note: title(place["note"]),
            isAdditive: place["additive"] == nil || flag(place["additive"])
        )
    }

    private mutating func months(_ place: Place) -> ClosedRange<Int>? {
        let from = integer(place["from_months"], 0...1_440) ?? 0
        let to = integer(place["to_months"], 0...1_440) ?? 1_440
        if to < from { fault(place, "'to_months' is below 'from_months'") }
        return place["from_months"] == nil && place["to_months"] == nil ? nil : from...max(from, to)
    }

    private mutating func visitors(_ place: Place) -> Manifest.Visitors? {
        guard object(place, ["from_months", "to_months", "sex", "new"]) else { return nil }
        let sex = text(place["sex"])
        if let sex, sex != "L", sex != "P", let given = place["sex"] { fault(given, "must be \"L\" or \"P\"") }
        return Manifest.Visitors(
            months: months(place) ?? 0...1_440,
            sex: sex,
            isNew: place["new"] == nil ? nil : flag(place["new"])
        )
    }

    private mutating func visits(_ place: Place) -> Manifest.Visits? {
        guard object(place, ["types", "except"]) else { return nil }
        var except: Manifest.Condition?
        if let given = place["except"], object(given), let member = given.members.first,
            let value = FieldValue(member.place.value)
        {
            except = Manifest.Condition(field: member.name, value: value)
        }
        return Manifest.Visits(types: texts(required(place, "types", fix: "add \"types\": […]")), except: except)
    }

    private mutating func nameList(_ place: Place) -> Manifest.NameList? {
        guard object(place, ["name", "title", "types", "from_months", "to_months"]),
            let name = plainName(required(place, "name", fix: "add \"name\": \"…\"")),
            let title = title(required(place, "title", fix: "add \"title\": {\"id\": \"…\"}"))
        else { return nil }
        return Manifest.NameList(
            name: name,
            title: title,
            types: texts(required(place, "types", fix: "add \"types\": […]")),
            months: months(place)
        )
    }

    /// `"aggregate": {"families": {"skdn": ["…"]}}` of a record type.
    mutating func aggregate(_ place: Place?) -> Manifest.Aggregate? {
        guard let place, object(place, ["families"]) else { return nil }
        var families: [(name: String, indicators: [String])] = []
        if let given = place["families"], object(given) {
            for (name, list) in given.members {
                if !Identifier.isPlain(name) { fault(nameOf: list, "'\(name)' is not a name", fix: Self.nameRule) }
                families.append((name, texts(list)))
            }
        }
        return Manifest.Aggregate(families: families)
    }

    mutating func checkAggregate(_ record: Manifest.Record, _ place: Place, _ manifest: Manifest) {
        guard record.aggregate != nil, let given = place["aggregate"] else { return }
        if record.subject != .none { fault(given, "an aggregate is about nobody", fix: "write \"subject\": \"none\"") }
        if record.key.isEmpty {
            fault(given, "an aggregate needs a 'key'", fix: "add \"key\": [\"register\", \"bulan\"]")
        }
        for family in given["families"]?.members ?? [] {
            for element in family.place.elements {
                guard let pattern = element.value.string else { continue }
                let names = manifest.indicators.map(\.name).filter { Manifest.Aggregate.matches(pattern, $0) }
                if names.isEmpty { fault(element, "'\(pattern)' matches no indicator of this manifest") }
                if let twice = names.first(where: { record.aggregate?.family(of: $0) != family.name }) {
                    fault(element, "'\(twice)' is in another family already")
                }
            }
        }
    }

    mutating func checkRecap(_ recap: Manifest.Recap, _ place: Place, _ manifest: Manifest) {
        for column in place["columns"]?.elements ?? [] {
            if let name = column["indicator"] { checkIndicator(name, manifest) }
            for key in ["sum", "minus", "ratio"] {
                for element in column[key]?.elements ?? [] { checkIndicator(element, manifest) }
            }
        }
        for (rule, element) in zip(recap.rules, place["rules"]?.elements ?? []) {
            let names: [String]
            switch rule {
            case .ordered(let list): names = list
            case .addsUp(let total, let parts): names = [total] + parts
            }
            if names.count < 2 { fault(element, "a rule compares at least two indicators") }
            for name in names where manifest.indicator(name) == nil {
                fault(element, "'\(name)' is not an indicator of this manifest")
            }
        }
        let lists = (place["lists"]?.elements ?? []).compactMap { $0["types"] }
        for types in lists + [place["visits"]?["types"]].compactMap({ $0 }) {
            for element in types.elements {
                if let name = element.value.string, manifest.record(name)?.subject != .resident {
                    fault(element, "'\(name)' is not a record type about a resident")
                }
            }
        }
    }

    private mutating func checkIndicator(_ place: Place, _ manifest: Manifest) {
        guard let name = place.value.string else { return }
        switch manifest.indicator(name)?.kind {
        case nil: fault(place, "'\(name)' is not an indicator of this manifest", fix: "declare it in 'indicators'")
        case .ratio: fault(place, "'\(name)' is a ratio", fix: "name the indicators it is made of in \"ratio\"")
        default:
            if manifest.indicator(name)?.period != .month { fault(place, "'\(name)' is not counted by the month") }
        }
    }
}
