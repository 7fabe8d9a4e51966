// Reads the record types and fields of a manifest.
// SPDX-License-Identifier: Apache-2.0

extension ManifestReader {
    static let recordKeys = [
        "version", "accepts", "title", "subject", "key", "sensitivity", "work_item", "fields", "rules", "needs",
        "person",
        "contributions", "case", "aggregate", "death", "immutable_person",
    ]
    static let fieldKeys = [
        "type", "unit", "required", "multiple", "derived", "minimum", "maximum", "choices", "pattern", "label", "help",
        "group", "sensitivity", "immutable",
    ]
    static let needsKeys = ["subject", "previous", "tables"]

    mutating func record(_ name: String, _ place: Place, of manifest: Manifest) -> Manifest.Record? {
        if !Identifier.isDotted(name, sector: manifest.id) {
            fault(
                nameOf: place,
                "'\(name)' is not a record type of this sector",
                fix: "write \"\(manifest.id).<name>\""
            )
        }
        guard object(place, ManifestReader.recordKeys) else { return nil }
        let version = integer(required(place, "version", fix: "add \"version\": 1"), 1...1_000) ?? 1
        let subject = subject(place)
        return Manifest.Record(
            type: name,
            version: version,
            accepts: accepts(place["accepts"], version),
            title: title(required(place, "title", fix: "add \"title\": {\"id\": \"…\"}"))
                ?? Manifest.Title(id: name, en: nil),
            subject: subject.kind,
            subjectLabel: subject.label,
            key: texts(place["key"]),
            sensitivity: choice(place["sensitivity"], Manifest.Sensitivity.self) ?? .normal,
            workItem: plainName(place["work_item"]),
            fields: fields(required(place, "fields", fix: "add \"fields\": {…}")),
            rules: rules(place["rules"]),
            needs: needs(place["needs"]),
            person: plainNames(place["person"]),
            contributions: contributions(place["contributions"]),
            caseRule: caseRule(place["case"]),
            aggregate: aggregate(place["aggregate"]),
            isDeath: flag(place["death"]),
            immutablePerson: plainNames(place["immutable_person"])
        )
    }

    private mutating func accepts(_ place: Place?, _ version: Int) -> [Int] {
        guard let place else { return [version] }
        guard place.value.array != nil else {
            fault(place, "must be a list of versions", fix: "write [\(version)]")
            return [version]
        }
        let versions = place.elements.compactMap { integer($0, 1...version) }
        if !versions.contains(version) { fault(place, "does not hold the version \(version) itself") }
        if Set(versions).count != versions.count { fault(place, "holds a version twice") }
        return versions
    }

    private mutating func subject(_ record: Place) -> (kind: Manifest.Record.SubjectKind, label: Manifest.Title?) {
        let fix = "add \"subject\": \"resident\", \"household\" or \"none\""
        guard let place = required(record, "subject", fix: fix) else { return (.none, nil) }
        guard place.value.object != nil else {
            return (choice(place, Manifest.Record.SubjectKind.self) ?? .none, nil)
        }
        object(place, ["kind", "label"])
        let kind = choice(required(place, "kind", fix: fix), Manifest.Record.SubjectKind.self)
        return (kind ?? .none, title(place["label"]))
    }

    private mutating func fields(_ place: Place?) -> [Manifest.Field] {
        guard let place, object(place) else { return [] }
        return place.members.compactMap { field($0.name, $0.place) }
    }

    private mutating func field(_ name: String, _ place: Place) -> Manifest.Field? {
        if !Identifier.isPlain(name) { fault(nameOf: place, "'\(name)' is not a name", fix: ManifestReader.nameRule) }
        guard object(place, ManifestReader.fieldKeys) else { return nil }
        let given = choice(required(place, "type", fix: "add \"type\": \"text\""), Manifest.FieldType.self)
        guard let type = given else { return nil }
        let field = Manifest.Field(
            name: name,
            type: type,
            unit: text(place["unit"]),
            required: flag(place["required"]),
            multiple: flag(place["multiple"]),
            derived: flag(place["derived"]),
            minimum: decimal(place["minimum"]),
            maximum: decimal(place["maximum"]),
            choices: texts(place["choices"]),
            pattern: pattern(place["pattern"]),
            label: title(place["label"]),
            help: title(place["help"]),
            group: text(place["group"]),
            sensitivity: choice(place["sensitivity"], Manifest.Sensitivity.self) ?? .normal,
            isImmutable: flag(place["immutable"])
        )
        checkField(field, place)
        return field
    }

    /// What the keys of a field say of each other.
    private mutating func checkField(_ field: Manifest.Field, _ place: Place) {
        let type = field.type
        checkRange(place, type, field.minimum, field.maximum)
        if type == .choice, field.choices.isEmpty {
            fault(place, "a choice needs 'choices'", fix: "add \"choices\": [\"…\", \"…\"]")
        }
        if type != .choice, let choices = place["choices"] { fault(choices, "only a field of type choice has choices") }
        if type != .text, let pattern = place["pattern"] { fault(pattern, "only a field of type text has a pattern") }
        if field.multiple, ![.text, .choice, .region, .photo].contains(type), let multiple = place["multiple"] {
            fault(multiple, "only text, choice, region and photo can be multiple")
        }
        if field.derived, field.isImmutable, let immutable = place["immutable"] {
            fault(immutable, "a derived field is put by the program, nobody fills it in")
        }
        if field.derived, field.required, let required = place["required"] {
            fault(required, "a derived field is put by the program, nobody can be required to fill it in")
        }
    }

    mutating func checkRange(
        _ place: Place,
        _ type: Manifest.FieldType,
        _ minimum: ExactDecimal?,
        _ maximum: ExactDecimal?
    ) {
        if ![.integer, .decimal, .text].contains(type) {
            for name in ["minimum", "maximum"] {
                if let bound = place[name] { fault(bound, "only integer, decimal and text have a \(name)") }
            }
        }
        if let minimum, let maximum, maximum < minimum, let bound = place["maximum"] {
            fault(bound, "is below the minimum \(minimum)")
        }
    }

    private mutating func pattern(_ place: Place?) -> FieldPattern? {
        guard let place, let source = text(place) else { return nil }
        guard let pattern = FieldPattern(source) else {
            fault(place, "is not a pattern", fix: "use characters, . [a-z] \\d ( | ) and ? * + {n,m}")
            return nil
        }
        return pattern
    }

    mutating func rules(_ place: Place?) -> [Manifest.Rule] {
        guard let place else { return [] }
        guard place.value.array != nil else {
            fault(place, "must be a list of rules")
            return []
        }
        var rules: [Manifest.Rule] = []
        for element in place.elements where object(element, ["ordered", "adds_up"]) {
            if let ordered = element["ordered"] { rules.append(.ordered(texts(ordered))) }
            if let sum = element["adds_up"], object(sum, ["total", "parts"]) {
                let total = text(required(sum, "total", fix: "name the field that holds the total"))
                let parts = texts(required(sum, "parts", fix: "name the fields that add up"))
                rules.append(.addsUp(total: total ?? "", parts: parts))
            }
            if element.members.count != 1 { fault(element, "a rule is one of ordered and adds_up") }
        }
        return rules
    }

    private mutating func needs(_ place: Place?) -> Manifest.Needs {
        var needs = Manifest.Needs()
        guard let place, object(place, ManifestReader.needsKeys + ["calendar"]) else { return needs }
        if let calendar = place["calendar"] {
            fault(nameOf: calendar, "every worker gets the calendar in 'initialize', unasked", fix: "remove it")
        }
        if let subject = place["subject"] {
            if subject.value.array == nil { fault(subject, "must be a list", fix: "write [\"sex\", \"birth_date\"]") }
            needs.subject = subject.elements.compactMap { choice($0, Manifest.Needs.Attribute.self) }
        }
        if let previous = place["previous"], object(previous, ["types", "limit"]) {
            needs.previousTypes = texts(required(previous, "types", fix: "add \"types\": [\"…\"]"))
            needs.previousLimit = integer(required(previous, "limit", fix: "add \"limit\": 1"), 1...100) ?? 1
        }
        needs.tables = plainNames(place["tables"])
        return needs
    }

    private mutating func contributions(_ place: Place?) -> [Manifest.ContributionRule] {
        guard let place else { return [] }
        if place.value.array == nil { fault(place, "must be a list") }
        return place.elements.compactMap { element in
            guard object(element, ["indicator", "value", "where"]),
                let name = text(required(element, "indicator", fix: "name an indicator of this manifest"))
            else { return nil }
            return Manifest.ContributionRule(
                indicator: name,
                value: text(element["value"]),
                condition: condition(element["where"])
            )
        }
    }

    private mutating func caseRule(_ place: Place?) -> Manifest.CaseRule? {
        guard let place, object(place, ["open_when", "reason", "priority"]),
            let when = condition(required(place, "open_when", fix: "add \"open_when\": {\"<field>\": …}"))
        else { return nil }
        return Manifest.CaseRule(openWhen: when, reason: text(place["reason"]), priority: text(place["priority"]))
    }

    /// `{"<field>": <value>}`; nil when there is no place.
    mutating func condition(_ place: Place?) -> Manifest.Condition? {
        guard let place else { return nil }
        let members = place.members
        guard members.count == 1, let value = FieldValue(members[0].place.value), value.asList == nil else {
            fault(place, "must be one equality", fix: "write {\"<field>\": <value>}")
            return nil
        }
        return Manifest.Condition(field: members[0].name, value: value)
    }
}
