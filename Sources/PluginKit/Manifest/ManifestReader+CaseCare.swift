// Reads what a case flow says beside its moves: pauses, reopening, rating, escalation, days by priority, fields of steps.
// SPDX-License-Identifier: Apache-2.0

extension ManifestReader {
    /// Reads pauses, reopening, rating and escalation into a flow whose states are known.
    mutating func readCare(_ place: Place, into flow: inout Workflow) {
        for element in list(place["pauses"]) {
            guard object(element, ["code", "label", "by"]),
                let code = plainName(required(element, "code", fix: "name the reason: \"menunggu_dokumen\""))
            else { continue }
            let pause = Workflow.Pause(
                code: code,
                label: title(element["label"]),
                by: roles(required(element, "by", fix: "say who may: [\"pemdes\", \"opd\"]"))
            )
            if let index = flow.pauses.firstIndex(where: { $0.code == code }) {
                flow.pauses[index] = pause
            } else {
                flow.pauses.append(pause)
            }
        }
        if let reopen = place["reopen"] { flow.reopening = reopening(reopen, flow) ?? flow.reopening }
        if let rating = place["rating"] { flow.rating = self.rating(rating, flow) ?? flow.rating }
        if let ladder = place["escalation"] {
            flow.escalation = roles(ladder)
            if Set(flow.escalation).count != flow.escalation.count {
                fault(ladder, "names a role twice", fix: "each role is told once")
            }
        }
    }

    private mutating func reopening(_ place: Place, _ flow: Workflow) -> Workflow.Reopening? {
        guard object(place, ["from", "to", "by", "within_workdays", "times"]) else { return nil }
        let from = finalStates(required(place, "from", fix: "name the final states"), flow)
        guard let to = text(required(place, "to", fix: "name a state")) else { return nil }
        if !flow.states.contains(to), let state = place["to"] { fault(state, "'\(to)' is not in 'states'") }
        return Workflow.Reopening(
            from: from,
            to: to,
            by: roles(required(place, "by", fix: "say who may: [\"kader\", \"pemdes\"]")),
            withinWorkdays: integer(place["within_workdays"], 1...3_660),
            times: integer(place["times"], 1...100)
        )
    }

    private mutating func rating(_ place: Place, _ flow: Workflow) -> Workflow.Rating? {
        guard object(place, ["from", "by"]) else { return nil }
        let by = place["by"].map { roles($0) }
        return Workflow.Rating(
            from: finalStates(required(place, "from", fix: "name the final states"), flow),
            by: by ?? [.kader]
        )
    }

    private mutating func finalStates(_ place: Place?, _ flow: Workflow) -> [String] {
        let states = plainNames(place)
        if let place, place.elements.isEmpty { fault(place, "names no final state") }
        for (element, state) in zip(place?.elements ?? [], states) where !flow.isFinal(state) {
            fault(element, "'\(state)' is not in 'final'")
        }
        return states
    }

    /// Fields that a step must bring.
    mutating func stepFields(_ place: Place?) -> [Workflow.StepField] {
        guard let place, object(place) else { return [] }
        return place.members.compactMap { name, member in
            if !Identifier.isPlain(name) {
                fault(nameOf: member, "'\(name)' is not a name", fix: ManifestReader.nameRule)
            }
            guard object(member, ["type", "label"]) else { return nil }
            let given = required(member, "type", fix: "add \"type\": \"text\"")
            guard let type = choice(given, Manifest.FieldType.self) else { return nil }
            if let given, !Workflow.StepField.types.contains(type) {
                fault(given, "a step brings text, numbers and dates", fix: "write text, integer, decimal or date")
            }
            return Workflow.StepField(name: name, type: type, label: title(member["label"]))
        }
    }

    /// `5`, `{"parameter": "tenggat"}` or `{"darurat": 1, "default": 5}`.
    mutating func workdays(_ place: Place?, _ parameters: [Manifest.Parameter]) -> Workflow.Workdays? {
        guard let place else { return nil }
        guard place.value.object != nil else { return integer(place, Workflow.Workdays.range).map { .fixed($0) } }
        if place["parameter"] != nil { return parameter(place, parameters) }
        guard object(place, Priority.allCases.map(\.rawValue) + ["default"]) else { return nil }
        let others = required(place, "default", fix: "say how many for the other priorities: \"default\": 5")
        var days: [Priority: Workflow.Workdays] = [:]
        for priority in Priority.allCases {
            if let member = place[priority.rawValue] { days[priority] = simple(member, parameters) }
        }
        return simple(others, parameters).map { .byPriority(days, others: $0) }
    }

    private mutating func simple(_ place: Place?, _ parameters: [Manifest.Parameter]) -> Workflow.Workdays? {
        guard let place else { return nil }
        if place.value.object != nil { return parameter(place, parameters) }
        return integer(place, Workflow.Workdays.range).map { .fixed($0) }
    }

    private mutating func parameter(_ place: Place, _ parameters: [Manifest.Parameter]) -> Workflow.Workdays? {
        guard object(place, ["parameter"]),
            let name = text(required(place, "parameter", fix: "name an integer of 'parameters'"))
        else { return nil }
        guard parameters.contains(where: { $0.name == name && $0.type == .integer }) else {
            fault(place, "'\(name)' is not an integer in 'parameters'")
            return nil
        }
        return .parameter(name)
    }
}
