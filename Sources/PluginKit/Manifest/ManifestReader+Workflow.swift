// Reads the case flow of a manifest and checks that every case can end.
// SPDX-License-Identifier: Apache-2.0

extension ManifestReader {
    typealias Workflow = Manifest.Workflow

    static let workflowKeys = [
        "use", "states", "final", "moves", "deadlines", "pauses", "reopen", "rating", "escalation",
    ]

    mutating func workflow(_ place: Place, _ parameters: [Manifest.Parameter]) -> Workflow? {
        guard object(place, ManifestReader.workflowKeys) else { return nil }
        var flow = Workflow(states: [], final: [], moves: [], deadlines: [])
        if let use = place["use"] {
            if let profile = use.value.string.flatMap({ Workflow.profiles[$0] }) {
                flow = profile
            } else {
                fault(use, "is not a flow that posyandud ships", fix: "write \"standar\" or \"lapor\"")
            }
        } else {
            for name in ["states", "final", "moves"] {
                _ = required(place, name, fix: "add it, or take a shipped flow: \"use\": \"standar\"")
            }
        }
        flow.states += plainNames(place["states"]).filter { !flow.states.contains($0) }
        flow.final += plainNames(place["final"]).filter { !flow.final.contains($0) }
        for element in list(place["moves"]) {
            guard let move = move(element, flow) else { continue }
            flow.moves.removeAll { $0.from == move.from && $0.to == move.to }
            flow.moves.append(move)
        }
        for element in list(place["deadlines"]) {
            guard let deadline = deadline(element, flow, parameters) else { continue }
            if let index = flow.deadlines.firstIndex(where: { $0.name == deadline.name }) {
                flow.deadlines[index] = deadline
            } else {
                flow.deadlines.append(deadline)
            }
        }
        readCare(place, into: &flow)
        checkWays(flow, place)
        return flow
    }

    /// The elements of a list; a fault when it is none.
    mutating func list(_ place: Place?) -> [Place] {
        guard let place else { return [] }
        if place.value.array == nil { fault(place, "must be a list") }
        return place.elements
    }

    /// Who may do something: at least one role.
    mutating func roles(_ place: Place?) -> [Workflow.Role] {
        guard let place else { return [] }
        if place.elements.isEmpty { fault(place, "names nobody who may", fix: "say who: [\"kader\", \"pemdes\"]") }
        return place.elements.compactMap { choice($0, Workflow.Role.self) }
    }

    private mutating func move(_ place: Place, _ flow: Workflow) -> Workflow.Move? {
        guard object(place, ["from", "to", "by", "requires", "documents", "fields"]) else { return nil }
        let from = text(required(place, "from", fix: "name a state"))
        let to = text(required(place, "to", fix: "name a state"))
        guard let from, let to else { return nil }
        if !flow.states.contains(from), let state = place["from"] {
            fault(state, "'\(from)' is not in 'states'", fix: "declare it, or leave a final state alone")
        }
        if !flow.has(to), let state = place["to"] { fault(state, "'\(to)' is neither in 'states' nor in 'final'") }
        return Workflow.Move(
            from: from,
            to: to,
            by: roles(required(place, "by", fix: "say who may: [\"kader\", \"pemdes\"]")),
            requires: place["requires"]?.elements.compactMap { choice($0, Workflow.Requirement.self) } ?? [],
            documents: plainNames(place["documents"]),
            fields: stepFields(place["fields"])
        )
    }

    private mutating func deadline(
        _ place: Place,
        _ flow: Workflow,
        _ parameters: [Manifest.Parameter]
    ) -> Workflow.Deadline? {
        guard object(place, ["name", "from", "until", "without_move", "workdays", "then"]) else { return nil }
        let name = plainName(required(place, "name", fix: "name the deadline"))
        let end: Workflow.Deadline.End
        if flag(place["without_move"]) {
            end = .withoutMove
        } else {
            guard let from = text(required(place, "from", fix: "name a state, or write \"without_move\": true")) else {
                return nil
            }
            if !flow.states.contains(from), let state = place["from"] { fault(state, "'\(from)' is not in 'states'") }
            let until = text(place["until"]).flatMap { $0 == "final" ? nil : $0 }
            if let until, !flow.has(until), let state = place["until"] { fault(state, "'\(until)' is not a state") }
            end = .between(from: from, until: until)
        }
        if let then = place["then"], then.value != "escalate" {
            fault(then, "is not something a deadline can do", fix: "write \"escalate\"")
        }
        guard let name, let workdays = workdays(required(place, "workdays", fix: "add \"workdays\": 5"), parameters)
        else { return nil }
        return Workflow.Deadline(name: name, end: end, workdays: workdays, escalates: place["then"] != nil)
    }

    /// Every state can be reached, and every state that is not final has a way out.
    private mutating func checkWays(_ flow: Workflow, _ place: Place) {
        guard let initial = flow.initial else { return }
        if flow.final.isEmpty { fault(place, "has no final state") }
        var reached: Set<String> = [initial]
        var pending = [initial]
        while let state = pending.popLast() {
            for move in flow.moves where move.from == state && reached.insert(move.to).inserted {
                pending.append(move.to)
            }
        }
        for state in flow.states + flow.final where !reached.contains(state) {
            fault(place, "no move leads to the state '\(state)'")
        }
        for state in flow.states where !flow.moves.contains(where: { $0.from == state }) {
            fault(place, "no move leads out of the state '\(state)'")
        }
    }
}
