// Counts cases of a month: what was carried over and received, and what became of it.
// SPDX-License-Identifier: Apache-2.0
package import Cases
package import PluginKit

/// Working days between two days, remembered: a recap asks for the same few thousands of times.
package struct WorkdayCounter: Sendable {
    private let calendar: WorkCalendar
    private var known: [Span: Int] = [:]

    private struct Span: Hashable {
        var start: CivilDate
        var end: CivilDate
    }

    package init(_ calendar: WorkCalendar) { self.calendar = calendar }

    /// Working days after `start` up to and including `end`, without those on which the case was paused.
    package mutating func days(from start: CivilDate, through end: CivilDate, _ pauses: [CaseClock.Pause]) -> Int {
        let clock = CaseClock(start: start, pauses: pauses, calendar: calendar)
        guard pauses.isEmpty else { return clock.elapsed(through: end) }
        let span = Span(start: start, end: end)
        if let days = known[span] { return days }
        let days = clock.elapsed(through: end)
        known[span] = days
        return days
    }
}

/// One line of a recap. All of it adds up over posyandu and sectors.
package struct CaseCounts: Hashable, Sendable {
    /// Open when the month began.
    package var carried = 0
    package var received = 0
    /// Had ended before the month and was opened again in it.
    package var reopened = 0
    package var done = 0
    package var waiting = 0
    package var handedOn = 0
    package var refused = 0
    package var closed = 0
    package var open = 0
    /// Ended after its limit, or open and past it.
    package var late = 0
    /// Ended, in a sector that has a limit.
    package var closedWithLimit = 0
    package var closedInTime = 0

    package init() {}

    /// - Parameters:
    ///   - month: whose cases are counted: those carried into it, received or reopened in it.
    ///   - day: at whose end they are looked at; the last of the month, or today.
    package mutating func add(
        _ story: CaseStory,
        _ sector: CaseSector,
        month: Period,
        endOf day: CivilDate,
        _ workdays: inout WorkdayCounter
    ) {
        guard story.opened <= month.last, let now = story.standing(endOf: day, sector) else { return }
        if story.opened >= month.first {
            received += 1
        } else if let before = story.standing(endOf: month.first.adding(days: -1), sector) {
            if !sector.isFinal(before.state) {
                carried += 1
            } else if story.steps.contains(where: {
                $0.kind == "reopen" && $0.day >= month.first && $0.day <= month.last
            }) {
                reopened += 1
            } else {
                return
            }
        }
        switch sector.word(now) {
        case .done: done += 1
        case .waiting: waiting += 1
        case .handedOn: handedOn += 1
        case .refused: refused += 1
        }
        let isClosed = sector.isFinal(now.state)
        if isClosed { closed += 1 } else { open += 1 }
        guard let limit = sector.limit(story.priority) else { return }
        let last = isClosed ? now.since.adding(days: -1) : day
        let isLate = workdays.days(from: now.start, through: last, now.pauses) >= limit
        if isLate { late += 1 }
        guard isClosed else { return }
        closedWithLimit += 1
        if !isLate { closedInTime += 1 }
    }

    package static func += (left: inout CaseCounts, right: CaseCounts) {
        for field in fields { left[keyPath: field] += right[keyPath: field] }
    }

    /// Carried over, received and reopened cases are the closed and the open ones.
    package var isBalanced: Bool {
        carried + received + reopened == closed + open && done + waiting + handedOn + refused == closed + open
    }

    package var isEmpty: Bool { carried + received + reopened == 0 }

    /// Share of the ended cases that ended within their limit, in hundredths; nil when none ended.
    package var shareInTime: Int? {
        closedWithLimit > 0 ? (closedInTime * 10_000 + closedWithLimit / 2) / closedWithLimit : nil
    }

    /// In the order of frozen registers.
    static let fields: [any WritableKeyPath<CaseCounts, Int> & Sendable] = [
        \.carried, \.received, \.reopened, \.done, \.waiting, \.handedOn, \.refused, \.closed, \.open, \.late,
        \.closedWithLimit, \.closedInTime,
    ]

    var values: [Int] { CaseCounts.fields.map { self[keyPath: $0] } }

    init?(values: [Int]) {
        guard values.count == CaseCounts.fields.count else { return nil }
        for (field, value) in zip(CaseCounts.fields, values) { self[keyPath: field] = value }
    }
}
