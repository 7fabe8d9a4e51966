// One case with all its steps, and how it stood at the end of any day.
// SPDX-License-Identifier: Apache-2.0
package import Cases
package import FoundationEssentials
package import PluginKit

/// The column of the monthly register that a state belongs to.
package enum CaseClass: String, CaseIterable, Sendable {
    /// Belum ditindaklanjuti: not yet with an office.
    case waiting = "BTL"
    /// With an office.
    case handedOn = "PROSES"
    /// Ditindaklanjuti: ended, or the office has acted.
    case done = "TL"
    case refused = "DITOLAK"
}

/// A case as registers read it: nothing of its content, only what happened when.
package struct CaseStory: Sendable {
    package struct Step: Sendable {
        /// `open`, `move`, `pause`, `resume`, `reopen`, `escalate` or `rate`; the first, the second and `reopen` change the state.
        package var kind: String
        package var from: String?
        package var to: String
        package var by: String
        /// The civil day, never before that of the step before.
        package var day: CivilDate
        package var office: String?

        package init(kind: String, from: String?, to: String, by: String, day: CivilDate, office: String? = nil) {
            (self.kind, self.from, self.to, self.by) = (kind, from, to, by)
            (self.day, self.office) = (day, office)
        }

        fileprivate var changesState: Bool { kind == "open" || kind == "reopen" || (kind == "move" && from != to) }
    }

    package let id: UUID
    package let posyandu: Int32
    package let type: String
    /// Service date of the report.
    package let opened: CivilDate
    package let priority: String?
    package let office: String?
    package let steps: [Step]

    /// - Parameter steps: in the order of the history. A step whose clock ran behind counts on the day of the one before it.
    package init(
        id: UUID,
        posyandu: Int32,
        type: String,
        opened: CivilDate,
        priority: String? = nil,
        office: String? = nil,
        steps: [Step]
    ) {
        self.id = id
        self.posyandu = posyandu
        self.type = type
        self.opened = opened
        self.priority = priority
        self.office = office
        var latest = opened
        self.steps = steps.map { step in
            var step = step
            latest = max(latest, step.day)
            step.day = latest
            return step
        }
    }

    /// How a case stood at the end of a day.
    package struct Standing: Sendable {
        package var state: String
        /// The day on which it came into the state.
        package var since: CivilDate
        /// The day of the report, or of the last reopening.
        package var start: CivilDate
        /// Role of the office that it was handed to in this episode.
        package var office: String?
        package var pauses: [CaseClock.Pause] = []
        /// The office did something about it beside passing it on.
        package var officeHasActed = false

        package var isPaused: Bool { pauses.last.map { $0.until == nil } ?? false }
    }

    /// nil when the report is of a later day.
    package func standing(endOf day: CivilDate, _ sector: CaseSector) -> Standing? {
        guard opened <= day, var now = opening else { return nil }
        for step in steps.dropFirst() where step.day <= day { apply(step, to: &now, sector) }
        return now
    }

    private var opening: Standing? {
        steps.first.map { Standing(state: $0.to, since: $0.day, start: $0.day, office: office(of: $0)) }
    }

    private func office(of step: Step) -> String? { step.office ?? office }

    private func apply(_ step: Step, to now: inout Standing, _ sector: CaseSector) {
        switch step.kind {
        case "pause":
            if !now.isPaused { now.pauses.append(CaseClock.Pause(from: step.day, until: nil)) }
        case "resume": Self.endPause(&now, step.day)
        case "reopen":
            now = Standing(state: step.to, since: step.day, start: step.day, office: office(of: step))
        case "move":
            if step.changesState {
                // A case that goes on is paused no longer.
                Self.endPause(&now, step.day)
                now.state = step.to
                now.since = step.day
                now.officeHasActed = false
            }
            if let office = step.office { now.office = office }
            let isWithOffice = step.from.map { sector.word($0) == .handedOn } ?? false
            if step.by == "opd", isWithOffice, !sector.isFinal(step.to) { now.officeHasActed = true }
        default: break
        }
    }

    private static func endPause(_ now: inout Standing, _ day: CivilDate) {
        guard let pause = now.pauses.last, pause.until == nil else { return }
        now.pauses[now.pauses.count - 1] = CaseClock.Pause(from: pause.from, until: day)
    }

    /// A time that the case spent in one state and left.
    package struct Stay: Sendable {
        package var state: String
        package var office: String?
        package var from: CivilDate
        package var until: CivilDate
        package var pauses: [CaseClock.Pause]
    }

    /// All states that it left, in order.
    package func stays(_ sector: CaseSector) -> [Stay] {
        guard var now = opening else { return [] }
        var stays: [Stay] = []
        for step in steps.dropFirst() {
            let before = now
            apply(step, to: &now, sector)
            guard step.changesState, !sector.isFinal(before.state) else { continue }
            let pauses = before.pauses.map { $0.until == nil ? CaseClock.Pause(from: $0.from, until: step.day) : $0 }
            stays.append(
                Stay(
                    state: before.state,
                    office: before.office,
                    from: before.since,
                    until: step.day,
                    pauses: pauses
                )
            )
        }
        return stays
    }
}

/// What registers must know of a sector's cases.
package struct CaseSector: Sendable {
    package let id: String
    package let title: String
    package let workflow: Manifest.Workflow
    private let service: Manifest.Workflow.Workdays?
    private let parameters: Fields
    private let words: [String: CaseClass]

    /// - Parameters:
    ///   - words: from `registry.case_word`.
    ///   - parameters: values of the manifest's parameters in this kabupaten.
    /// - Returns: nil for a sector without cases.
    package init?(_ manifest: Manifest, words: [String: CaseClass], parameters: Fields) {
        guard let workflow = manifest.workflow, let initial = workflow.initial else { return nil }
        id = manifest.id
        title = manifest.name.id
        self.workflow = workflow
        self.words = words
        self.parameters = parameters
        service = workflow.deadlines.first { $0.end == .between(from: initial, until: nil) }?.workdays
    }

    /// Working days from the report to the end; nil when the sector sets none.
    package func limit(_ priority: String?) -> Int? {
        service?.days(parameters, priority: priority.flatMap { Priority(rawValue: $0) })
    }

    package func isFinal(_ state: String) -> Bool { workflow.isFinal(state) }

    /// The class of a state: of the table, else by its place in the flow. A state that a case enters with an office, or that lies
    /// behind such a one, is the office's.
    package func word(_ state: String) -> CaseClass {
        if let known = words[state] { return known }
        if isFinal(state) { return .done }
        var reached = Set(workflow.moves.filter { $0.requires.contains(.office) }.map(\.to))
        var pending = Array(reached)
        while let next = pending.popLast() {
            for move in workflow.moves where move.from == next && reached.insert(move.to).inserted {
                pending.append(move.to)
            }
        }
        return reached.contains(state) ? .handedOn : .waiting
    }

    /// TL, BTL, PROSES or DITOLAK of a standing (`docs/domain.md` §5.4).
    package func word(_ standing: CaseStory.Standing) -> CaseClass {
        let word = word(standing.state)
        return word == .handedOn && standing.officeHasActed ? .done : word
    }
}
