// How old open cases are, and how long the steps of cases took, in working days.
// SPDX-License-Identifier: Apache-2.0
import Cases
package import PluginKit

/// Whole numbers of days, sorted, with what a report wants of them.
package struct DaySpread: Hashable, Sendable {
    private let sorted: [Int]

    package init(_ days: [Int]) { sorted = days.sorted() }

    package var count: Int { sorted.count }
    package var longest: Int? { sorted.last }
    package var median: Int? { percentile(50) }

    /// The nearest rank: the smallest value that at least `percent` of a hundred do not exceed; nil when there is none.
    package func percentile(_ percent: Int) -> Int? {
        guard !sorted.isEmpty, (1...100).contains(percent) else { return nil }
        return sorted[(percent * sorted.count + 99) / 100 - 1]
    }
}

/// Open cases at the end of a day by the working days they have been open, and steps that ended in a month by those they took.
package struct CaseAgeing: Sendable {
    /// Upper ends of the classes; the last class has none.
    package let bounds: [Int]
    /// Open cases by sector and class.
    package private(set) var open: [String: [Int]] = [:]
    /// Working days of each step that ended, by sector and state.
    private(set) var steps: [Step: [Int]] = [:]
    /// Working days that offices took, by sector and role.
    private(set) var offices: [Step: [Int]] = [:]
    /// Steps with an office that ended within the sector's limit.
    private(set) var inLimit: [Step: Int] = [:]

    /// A state of a sector, or an office of it.
    package struct Step: Hashable, Sendable {
        package var sector: String
        package var name: String
    }

    package static let usualBounds = [3, 5, 10, 20]

    package init(bounds: [Int] = CaseAgeing.usualBounds) { self.bounds = bounds }

    package mutating func add(
        _ story: CaseStory,
        _ sector: CaseSector,
        month: Period,
        endOf day: CivilDate,
        _ workdays: inout WorkdayCounter
    ) {
        if let now = story.standing(endOf: day, sector), !sector.isFinal(now.state) {
            let days = workdays.days(from: now.start, through: day, now.pauses)
            let place = bounds.firstIndex { days <= $0 } ?? bounds.count
            open[sector.id, default: [Int](repeating: 0, count: bounds.count + 1)][place] += 1
        }
        for stay in story.stays(sector) where stay.until >= month.first && stay.until <= min(month.last, day) {
            let days = workdays.days(from: stay.from, through: stay.until, stay.pauses)
            steps[Step(sector: sector.id, name: stay.state), default: []].append(days)
            guard let office = stay.office, sector.word(stay.state) == .handedOn else { continue }
            let key = Step(sector: sector.id, name: office)
            offices[key, default: []].append(days)
            if let limit = sector.limit(story.priority), days <= limit { inLimit[key, default: 0] += 1 }
        }
    }

    package func spread(state: String, of sector: String) -> DaySpread {
        DaySpread(steps[Step(sector: sector, name: state)] ?? [])
    }

    package func spread(office: String, of sector: String) -> DaySpread {
        DaySpread(offices[Step(sector: sector, name: office)] ?? [])
    }

    /// The classes in words: `0-3`, `4-5`, `> 20`.
    package var classes: [String] {
        var words: [String] = []
        var low = 0
        for bound in bounds {
            words.append(low == bound ? "\(low)" : "\(low)-\(bound)")
            low = bound + 1
        }
        return words + ["> \(bounds.last ?? 0)"]
    }
}
