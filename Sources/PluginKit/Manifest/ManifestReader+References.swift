// Checks that the names a manifest uses are the names it declares.
// SPDX-License-Identifier: Apache-2.0

extension ManifestReader {
    mutating func checkReferences(_ top: Place, _ manifest: Manifest) {
        for record in manifest.records {
            guard let place = top["records"]?[record.type] else { continue }
            checkFields(record, place)
            checkNeeds(record, place, manifest)
            checkDeclarative(record, place, manifest)
            checkAggregate(record, place, manifest)
        }
        checkRatios(top, manifest)
        checkViews(top, manifest)
        let types = manifest.records.map(\.type)
        for place in top["routing"]?.elements ?? [] {
            if let type = place["type"], let name = type.value.string {
                if !types.contains(name) { fault(type, "'\(name)' is not a record type of this manifest") }
                if let record = manifest.record(name), let condition = place["where"],
                    let member = condition.members.first, let value = FieldValue(member.place.value)
                {
                    checkCondition(Manifest.Condition(field: member.name, value: value), record, condition)
                }
            }
        }
        for service in manifest.spm {
            if let place = top["spm"]?[service.workItem] { checkService(service, place, manifest) }
        }
        for register in manifest.registers {
            if let place = top["registers"]?[register.name] { checkRegister(register, place, manifest) }
        }
    }

    private mutating func checkService(_ service: Manifest.Service, _ place: Place, _ manifest: Manifest) {
        let records = manifest.records.filter { $0.workItem == service.workItem }
        if records.isEmpty { fault(nameOf: place, "no record type has the work_item '\(service.workItem)'") }
        for record in records {
            if let field = service.field, record.field(field)?.type != .text || record.field(field)?.multiple == true {
                fault(place["field"] ?? place, "'\(field)' is not a text field of \(record.type)")
            }
            for element in place.elements {
                guard let member = element["where"]?.members.first, let value = FieldValue(member.place.value) else {
                    continue
                }
                checkCondition(Manifest.Condition(field: member.name, value: value), record, element)
            }
        }
    }

    private mutating func checkFields(_ record: Manifest.Record, _ place: Place) {
        for element in place["key"]?.elements ?? [] {
            if let name = element.value.string, record.field(name)?.derived != false {
                fault(element, "'\(name)' is not a field that is filled in")
            }
        }
        for element in place["immutable_person"]?.elements ?? [] {
            if let name = element.value.string, !record.person.contains(name) {
                fault(element, "'\(name)' is not in 'person'")
            }
        }
        let isImmutable = !record.immutablePerson.isEmpty || !record.immutableFields.isEmpty
        if isImmutable, !record.key.isEmpty, let key = place["key"] {
            fault(
                key,
                "a record that two reports may make together has no text of its own to keep",
                fix: "remove 'key', or 'immutable'"
            )
        }
        for (rule, element) in zip(record.rules, place["rules"]?.elements ?? []) {
            var names: [String]
            switch rule {
            case .ordered(let fields): names = fields
            case .addsUp(let total, let parts): names = [total] + parts
            }
            if names.count < 2 { fault(element, "a rule compares at least two fields") }
            for name in names where ![.integer, .decimal].contains(record.field(name)?.type) {
                fault(element, "'\(name)' is not a number field of this record type")
            }
        }
    }

    private mutating func checkNeeds(_ record: Manifest.Record, _ place: Place, _ manifest: Manifest) {
        let types = manifest.records.map(\.type)
        if record.subject != .resident, !record.needs.subject.isEmpty, let needs = place["needs"]?["subject"] {
            fault(needs, "only a resident has sex and birth_date", fix: "write \"subject\": \"resident\"")
        }
        if record.subject != .resident, record.isDeath, let death = place["death"] {
            fault(death, "only a resident dies", fix: "write \"subject\": \"resident\"")
        }
        if record.subject == .none, let previous = place["needs"]?["previous"] {
            fault(previous, "a record without a subject has no earlier records")
        }
        for element in place["needs"]?["previous"]?["types"]?.elements ?? [] {
            if let name = element.value.string, !types.contains(name) {
                fault(element, "'\(name)' is not a record type of this manifest")
            }
        }
    }

    private mutating func checkDeclarative(_ record: Manifest.Record, _ place: Place, _ manifest: Manifest) {
        if manifest.form == .program {
            for name in ["contributions", "case"] {
                if let member = place[name] {
                    fault(
                        nameOf: member,
                        "the program decides this",
                        fix: "remove it, or write \"form\": \"declarative\""
                    )
                }
            }
            return
        }
        for element in place["contributions"]?.elements ?? [] { checkContribution(element, record, manifest) }
        if let rule = record.caseRule, let member = place["case"] {
            checkCondition(rule.openWhen, record, member["open_when"] ?? member)
            if manifest.workflow == nil {
                fault(member, "a case needs a workflow", fix: "add \"workflow\": {\"use\": \"standar\"}")
            }
            if manifest.office(for: record.type) == nil {
                fault(member, "no office gets the case", fix: "add the record type to 'routing'")
            }
        }
    }

    private mutating func checkContribution(_ place: Place, _ record: Manifest.Record, _ manifest: Manifest) {
        if let name = place["indicator"]?.value.string, let member = place["indicator"] {
            switch manifest.indicator(name)?.kind {
            case nil: fault(member, "'\(name)' is not an indicator of this manifest", fix: "declare it in 'indicators'")
            case .ratio: fault(member, "a ratio is worked out from its two indicators, nothing is added to it")
            case .distinct where record.subject == .none:
                fault(member, "'\(name)' counts subjects and this record type has none")
            case .sum where place["value"] == nil:
                fault(place, "a sum needs a value", fix: "add \"value\": \"<field>\"")
            default: break
            }
        }
        if let value = place["value"], let name = value.value.string,
            ![.integer, .decimal].contains(record.field(name)?.type)
        {
            fault(value, "'\(name)' is not a number field of this record type")
        }
        if let condition = place["where"], let member = condition.members.first,
            let value = FieldValue(member.place.value)
        {
            checkCondition(Manifest.Condition(field: member.name, value: value), record, condition)
        }
    }

    private mutating func checkCondition(_ condition: Manifest.Condition, _ record: Manifest.Record, _ place: Place) {
        guard let field = record.field(condition.field) else {
            fault(place, "'\(condition.field)' is not a field of this record type")
            return
        }
        let fits =
            switch field.type {
            case .choice: condition.value.asText.map(field.choices.contains) ?? false
            case .flag: condition.value.asFlag != nil
            case .integer: condition.value.asInteger != nil
            case .decimal: condition.value.asDecimal != nil
            case .date: condition.value.asDate != nil
            case .text, .region, .photo: condition.value.asText != nil
            case .point, .line: false
            }
        if !fits { fault(place, "the value can never be one of '\(condition.field)'") }
    }

    private mutating func checkRatios(_ top: Place, _ manifest: Manifest) {
        for indicator in manifest.indicators where indicator.kind == .ratio {
            for element in top["indicators"]?[indicator.name]?["of"]?.elements ?? [] {
                guard let name = element.value.string else { continue }
                guard let part = manifest.indicator(name), part.kind != .ratio else {
                    fault(element, "'\(name)' is not a count, distinct, sum or stock of this manifest")
                    continue
                }
                if part.period != indicator.period { fault(element, "'\(name)' has another period") }
                if indicator.rollsUp, !part.rollsUp {
                    fault(element, "'\(name)' does not roll up", fix: "add \"rolls_up\": false to the ratio too")
                }
            }
        }
    }

    private mutating func checkRegister(_ register: Manifest.Register, _ place: Place, _ manifest: Manifest) {
        let types = register.types.compactMap { manifest.record($0) }
        if let recap = register.recap, let given = place["recap"] { checkRecap(recap, given, manifest) }
        for element in place["types"]?.elements ?? [] {
            if let name = element.value.string, manifest.record(name) == nil {
                fault(element, "'\(name)' is not a record type of this manifest")
            }
        }
        for element in place["columns"]?.elements ?? [] {
            guard let name = element.value.string, !["no", "tanggal", "posyandu"].contains(name) else { continue }
            let isField = types.contains { $0.field(name) != nil }
            let isElsewhere = ["subject.", "person.", "case."].contains { name.hasPrefix($0) }
            if !isField, !isElsewhere {
                fault(
                    element,
                    "'\(name)' is not a column",
                    fix: "name a field, no, tanggal, posyandu, subject.…, case.…"
                )
            }
        }
    }
}
