// Reads the views of a manifest and checks that they name what the manifest declares.
// SPDX-License-Identifier: Apache-2.0

extension ManifestReader {
    static let viewKeys = ["kind", "title", "columns", "bands", "months", "ratios", "rules"]
    static let viewColumnKeys = ["name", "title", "indicator", "any", "by_sex", "counts", "ever"]

    mutating func views(_ place: Place?) -> [Manifest.View] {
        guard let place, object(place) else { return [] }
        return place.members.compactMap { view($0.name, $0.place) }
    }

    private mutating func view(_ name: String, _ place: Place) -> Manifest.View? {
        if !Identifier.isPlain(name) { fault(nameOf: place, "'\(name)' is not a name", fix: ManifestReader.nameRule) }
        guard object(place, ManifestReader.viewKeys) else { return nil }
        let kind = choice(required(place, "kind", fix: "add \"kind\": \"balance\""), Manifest.View.Kind.self)
        let title = title(required(place, "title", fix: "add \"title\": {\"id\": \"…\"}"))
        let list = required(place, "columns", fix: "add \"columns\": [{\"name\": …, \"indicator\": …}]")
        if let list, list.value.array?.isEmpty ?? true { fault(list, "must be a list of at least one column") }
        let bands = place["bands"]?.elements.compactMap { integer($0, 0...1_500) } ?? []
        if let place = place["bands"], bands.count < 2 || zip(bands, bands.dropFirst()).contains(where: { $0 >= $1 }) {
            fault(place, "must be at least two rising numbers of months")
        }
        guard let kind, let title else { return nil }
        return Manifest.View(
            name: name,
            kind: kind,
            title: title,
            columns: (list?.elements ?? []).compactMap { viewColumn($0) },
            bands: bands,
            months: integer(place["months"], 1...72) ?? (kind == .cohort ? 24 : 1),
            ratios: (place["ratios"]?.elements ?? []).compactMap { ratio($0) },
            rules: (place["rules"]?.elements ?? []).compactMap { rule($0) }
        )
    }

    private mutating func viewColumn(_ place: Place) -> Manifest.ViewColumn? {
        guard object(place, ManifestReader.viewColumnKeys),
            let name = text(required(place, "name", fix: "add \"name\": \"D\""))
        else { return nil }
        let own = text(place["indicator"]).map { [$0] } ?? []
        let indicators = own + texts(place["any"])
        if indicators.isEmpty || (place["indicator"] != nil && place["any"] != nil) {
            fault(place, "a column has one of 'indicator' and 'any'", fix: "add \"indicator\": \"<indicator>\"")
        }
        let bySex = texts(place["by_sex"])
        if let place = place["by_sex"], bySex.count != 2 {
            fault(place, "must be two indicators, of boys and of girls")
        }
        let counts = text(place["counts"]) ?? "positive"
        if let place = place["counts"], !["positive", "present"].contains(counts) {
            fault(place, "'\(counts)' is not known here", fix: "write one of \"positive\", \"present\"")
        }
        return Manifest.ViewColumn(
            name: name,
            title: title(place["title"]),
            indicators: indicators,
            bySex: bySex,
            isPresence: counts == "present",
            isEver: flag(place["ever"])
        )
    }

    private mutating func ratio(_ place: Place) -> Manifest.ViewRatio? {
        guard object(place, ["name", "part", "whole"]),
            let name = text(required(place, "name", fix: "add \"name\": \"D/S\"")),
            let part = required(place, "part", fix: "add \"part\": [\"D\"]"),
            let whole = required(place, "whole", fix: "add \"whole\": [\"S\"]")
        else { return nil }
        return Manifest.ViewRatio(name: name, part: terms(part), whole: terms(whole))
    }

    private mutating func rule(_ place: Place) -> Manifest.ViewRule? {
        guard object(place, ["name", "equal", "at_most"]),
            let name = text(required(place, "name", fix: "add \"name\": \"N <= D\""))
        else { return nil }
        let sides = place["equal"] ?? place["at_most"]
        guard let sides, (place["equal"] == nil) != (place["at_most"] == nil), sides.elements.count == 2 else {
            fault(place, "a rule has one of 'equal' and 'at_most', with two lists of columns")
            return nil
        }
        return Manifest.ViewRule(
            name: name,
            left: terms(sides.elements[0]),
            right: terms(sides.elements[1]),
            isEqual: place["equal"] != nil
        )
    }

    /// Names of columns; a hyphen before a name subtracts it.
    private mutating func terms(_ place: Place) -> [Manifest.ViewTerm] {
        texts(place).map { text in
            let isSubtracted = text.hasPrefix("-")
            return Manifest.ViewTerm(column: String(text.dropFirst(isSubtracted ? 1 : 0)), isSubtracted: isSubtracted)
        }
    }

    mutating func checkViews(_ top: Place, _ manifest: Manifest) {
        for view in manifest.views {
            guard let place = top["views"]?[view.name] else { continue }
            for column in place["columns"]?.elements ?? [] { checkColumn(column, view, manifest) }
            let names = Set(view.columns.map(\.name))
            if names.count != view.columns.count { fault(place, "two columns have one name") }
            var sums: [Place] = []
            for ratio in place["ratios"]?.elements ?? [] { sums += [ratio["part"], ratio["whole"]].compactMap { $0 } }
            for rule in place["rules"]?.elements ?? [] { sums += (rule["equal"] ?? rule["at_most"])?.elements ?? [] }
            for element in sums.flatMap({ $0.elements }) {
                guard let text = element.value.string else { continue }
                let name = text.hasPrefix("-") ? String(text.dropFirst()) : text
                if !names.contains(name) { fault(element, "'\(name)' is not a column of this view") }
            }
        }
    }

    private mutating func checkColumn(_ place: Place, _ view: Manifest.View, _ manifest: Manifest) {
        let named = [place["indicator"]].compactMap { $0 } + (place["any"]?.elements ?? [])
        for element in named + (place["by_sex"]?.elements ?? []) {
            guard let name = element.value.string else { continue }
            guard let indicator = manifest.indicator(name), indicator.kind != .ratio else {
                fault(element, "'\(name)' is not a count, distinct, sum or stock of this manifest")
                continue
            }
            if indicator.period != .month { fault(element, "'\(name)' is not counted by month") }
            if view.kind == .prevalence, indicator.kind != .stock {
                fault(element, "'\(name)' must be a stock, 0 or 1 of a resident")
            }
        }
        if view.kind != .cohort, place["any"] != nil || place["counts"] != nil || place["ever"] != nil {
            fault(place, "'any', 'counts' and 'ever' are for cohorts")
        }
    }
}
