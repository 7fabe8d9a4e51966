// Which time limits of a case run, when they are due and how often they have passed.
// SPDX-License-Identifier: Apache-2.0
package import PluginKit

/// The steps of a case that move its clocks, with their days.
package struct CaseTimeline: Hashable, Sendable {
    package enum Kind: String, Sendable { case open, move, pause, resume, reopen }

    package struct Step: Hashable, Sendable {
        package var kind: Kind
        /// The state after the step.
        package var to: String
        package var day: CivilDate

        package init(_ kind: Kind, to: String, on day: CivilDate) {
            self.kind = kind
            self.to = to
            self.day = day
        }
    }

    package var priority: Priority?
    /// Steps of the present episode in their order; the first opened the case, or opened it again.
    package var steps: [Step]

    package init(priority: Priority?, steps: [Step]) {
        self.priority = priority
        self.steps = steps
    }

    package var pauses: [CaseClock.Pause] {
        var pauses: [CaseClock.Pause] = []
        var begun: CivilDate?
        for step in steps {
            switch step.kind {
            case .pause: begun = step.day
            case .resume:
                if let from = begun { pauses.append(CaseClock.Pause(from: from, until: step.day)) }
                begun = nil
            case .open, .move, .reopen: continue
            }
        }
        if let from = begun { pauses.append(CaseClock.Pause(from: from, until: nil)) }
        return pauses
    }
}

/// A time limit of one case that runs.
package struct RunningDeadline: Hashable, Sendable {
    package let name: String
    package let start: CivilDate
    package let workdays: Int
    /// The day by whose end it should be met; nil while the case is paused before it.
    package let due: CivilDate?
    /// How many times the limit has passed when the day of asking begins.
    package let passed: Int
    /// Working days left after the day of asking, 0 on the last; negative when it has passed.
    package let left: Int
    package let escalates: Bool
}

extension Manifest.Workflow {
    /// The limits of an open case that run on a day, in the order of the manifest.
    package func running(
        _ timeline: CaseTimeline,
        parameters: Fields,
        calendar: WorkCalendar,
        today: CivilDate
    ) -> [RunningDeadline] {
        guard let last = timeline.steps.last, !isFinal(last.to) else { return [] }
        let pauses = timeline.pauses
        return deadlines.compactMap { deadline in
            guard let start = start(of: deadline, timeline),
                let workdays = deadline.workdays.days(parameters, priority: timeline.priority), workdays > 0
            else { return nil }
            let clock = CaseClock(start: start, pauses: pauses, calendar: calendar)
            return RunningDeadline(
                name: deadline.name,
                start: start,
                workdays: workdays,
                due: clock.due(after: workdays),
                passed: clock.timesPassed(workdays, today: today),
                left: workdays - clock.elapsed(through: today),
                escalates: deadline.escalates
            )
        }
    }

    /// The role to tell next because deadlines have passed, and which of them; nil when nobody is to be told.
    package func escalation(of running: [RunningDeadline], told: [String]) -> (deadline: String, role: Role)? {
        let passed = running.filter(\.escalates).max { $0.passed < $1.passed }
        guard let passed, passed.passed > told.count,
            let role = escalation.first(where: { !told.contains($0.rawValue) })
        else { return nil }
        return (passed.name, role)
    }

    /// When the clock of a deadline started; nil when it does not run.
    private func start(of deadline: Deadline, _ timeline: CaseTimeline) -> CivilDate? {
        switch deadline.end {
        case .withoutMove:
            return timeline.steps.last { [.open, .move, .reopen].contains($0.kind) }?.day
        case .between(let from, let until):
            let first = timeline.steps.firstIndex { $0.to == from }
            guard let begun = from == initial ? timeline.steps.indices.first : first else { return nil }
            if let until, timeline.steps[begun...].contains(where: { $0.to == until }) { return nil }
            return timeline.steps[begun].day
        }
    }
}
