// Reads parameters, indicators, offices, registers and links of a manifest.
// SPDX-License-Identifier: Apache-2.0

extension ManifestReader {
    static let parameterKeys = ["type", "unit", "default", "minimum", "maximum", "choices", "label", "source"]
    static let indicatorKeys = ["kind", "unit", "period", "hide_below", "of", "label", "rolls_up"]

    mutating func parameters(_ place: Place?) -> [Manifest.Parameter] {
        guard let place, object(place) else { return [] }
        return place.members.compactMap { parameter($0.name, $0.place) }
    }

    private mutating func parameter(_ name: String, _ place: Place) -> Manifest.Parameter? {
        if !Identifier.isPlain(name) { fault(nameOf: place, "'\(name)' is not a name", fix: ManifestReader.nameRule) }
        guard object(place, ManifestReader.parameterKeys),
            let type = choice(required(place, "type", fix: "add \"type\": \"integer\""), Manifest.FieldType.self),
            let standard = required(place, "default", fix: "add the value that holds until a kabupaten sets another"),
            let value = FieldValue(standard.value)
        else { return nil }
        let parameter = Manifest.Parameter(
            name: name,
            type: type,
            unit: text(place["unit"]),
            standard: value,
            minimum: decimal(place["minimum"]),
            maximum: decimal(place["maximum"]),
            choices: texts(place["choices"]),
            label: title(place["label"]),
            source: text(place["source"])
        )
        checkRange(place, type, parameter.minimum, parameter.maximum)
        if let problem = parameter.problem(with: value) { fault(standard, problem) }
        return parameter
    }

    mutating func indicator(_ name: String, _ place: Place, of sector: String) -> Manifest.Indicator? {
        if !Identifier.isDotted(name, sector: sector) {
            fault(nameOf: place, "'\(name)' is not an indicator of this sector", fix: "write \"\(sector).<name>\"")
        }
        guard object(place, ManifestReader.indicatorKeys) else { return nil }
        let kind = choice(required(place, "kind", fix: "add \"kind\": \"count\""), Manifest.Indicator.Kind.self)
        let unit = text(required(place, "unit", fix: "say what is counted"))
        let period = choice(required(place, "period", fix: "add \"period\": \"month\""), Period.Kind.self)
        let of = texts(place["of"])
        if let kind, (kind == .ratio) != (of.count == 2) || (kind != .ratio && place["of"] != nil) {
            fault(
                place["of"] ?? place,
                kind == .ratio ? "a ratio needs 'of'" : "only a ratio has 'of'",
                fix: kind == .ratio ? "add \"of\": [\"<numerator>\", \"<denominator>\"]" : "remove it"
            )
        }
        return Manifest.Indicator(
            name: name,
            kind: kind ?? .count,
            unit: unit ?? "",
            period: period ?? .month,
            hideBelow: integer(place["hide_below"], 1...1_000),
            of: of,
            label: title(place["label"]),
            rollsUp: place["rolls_up"].map { flag($0) } ?? true
        )
    }

    mutating func readOffices(_ top: Place, into manifest: inout Manifest) {
        if let routing = top["routing"] {
            if routing.value.array == nil { fault(routing, "must be a list") }
            for place in routing.elements where object(place, ["type", "office", "where"]) {
                let type = text(required(place, "type", fix: "name a record type"))
                let office = plainName(required(place, "office", fix: "name an office role"))
                let condition = condition(place["where"])
                if let type, let office {
                    manifest.routing.append(Manifest.Route(type: type, office: office, condition: condition))
                }
            }
        }
        guard let spm = top["spm"], object(spm) else { return }
        if manifest.scope == .local {
            fault(nameOf: spm, "a local sector serves no legal SPM service", fix: "remove 'spm'")
        }
        for (name, place) in spm.members { manifest.spm.append(service(name, place)) }
    }

    private mutating func service(_ workItem: String, _ place: Place) -> Manifest.Service {
        var service = Manifest.Service(workItem: workItem, services: [])
        if place.value.object != nil {
            object(place, ["field", "services"])
            service.field = plainName(required(place, "field", fix: "name the field that says which it concerns"))
            let list = required(place, "services", fix: "add \"services\": […], all that the field may name")
            service.services = (list?.elements ?? []).compactMap { integer($0, 9...37) }
            return service
        }
        if place.value.array == nil {
            let fix = "write [24], or {\"field\": \"…\", \"services\": [24, 25]}"
            fault(place, "must be a list of SPM services, 9 to 37", fix: fix)
        }
        for element in place.elements {
            guard element.value.object != nil else {
                if let number = integer(element, 9...37) { service.services.append(number) }
                continue
            }
            object(element, ["service", "where"])
            guard let number = integer(required(element, "service", fix: "name the service"), 9...37),
                let condition = condition(required(element, "where", fix: "say when: {\"<field>\": <value>}"))
            else { continue }
            if !service.services.contains(number) { service.services.append(number) }
            service.conditions[number, default: []].append(condition)
        }
        return service
    }

    mutating func readPrint(_ top: Place, into manifest: inout Manifest) {
        if let registers = top["registers"], object(registers) {
            manifest.registers = registers.members.compactMap { register($0.name, $0.place, of: manifest) }
        }
        if let links = top["links"] {
            if links.value.array == nil { fault(links, "must be a list") }
            for place in links.elements where object(place, ["to", "label"]) {
                let target = text(required(place, "to", fix: "name a record type of another sector"))
                let label = title(required(place, "label", fix: "add \"label\": {\"id\": \"…\"}"))
                if let target, let label { manifest.links.append(Manifest.Link(to: target, label: label)) }
            }
        }
    }
}
