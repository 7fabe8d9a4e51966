// Counts the working days of a case: from its start, without the days on which it was paused.
// SPDX-License-Identifier: Apache-2.0
package import PluginKit

/// The clock of one deadline of one case, in working days of the kabupaten.
///
/// A working day counts when the case ran at its end. So the day of the report does not count, the day of a pause does not, the day
/// on which it goes on does, and a pause that ends on the day it began costs nothing. All days are civil dates in the
/// kabupaten's zone; the calendar is today's, so that a holiday added later moves every due day that has not passed.
package struct CaseClock: Hashable, Sendable {
    /// A time in which the clock stands still: from a day until another; nil while it lasts.
    package struct Pause: Hashable, Sendable {
        package let from: CivilDate
        package let until: CivilDate?

        package init(from: CivilDate, until: CivilDate?) {
            self.from = from
            self.until = until
        }

        /// Whether the case was paused at the end of the day.
        fileprivate func covers(_ day: CivilDate) -> Bool {
            day >= from && (until.map { day < $0 } ?? true)
        }
    }

    /// The day on which the clock starts: of the report, of a step, of a reopening.
    package let start: CivilDate
    package let pauses: [Pause]
    package let calendar: WorkCalendar

    package init(start: CivilDate, pauses: [Pause] = [], calendar: WorkCalendar) {
        self.start = start
        self.pauses = pauses
        self.calendar = calendar
    }

    private func counts(_ day: CivilDate) -> Bool {
        calendar.isWorkday(day) && !pauses.contains { $0.covers(day) }
    }

    /// Working days that have run, the last of them `day`; 0 up to the start.
    package func elapsed(through day: CivilDate) -> Int {
        var count = 0
        var next = start
        while next < day {
            next = next.adding(days: 1)
            if counts(next) { count += 1 }
        }
        return count
    }

    /// The day by whose end `workdays` have run; nil when the clock stands still before.
    package func due(after workdays: Int) -> CivilDate? {
        let latest = (pauses.compactMap(\.until) + calendar.holidays + [start]).max() ?? start
        let limit = latest.adding(days: max(0, workdays) * 7 + 366)
        var left = workdays
        var day = start
        while left > 0 {
            guard day < limit else { return nil }
            day = day.adding(days: 1)
            if counts(day) { left -= 1 }
        }
        return day
    }

    /// How many times a limit of `workdays` has passed when `today` begins: 1 on the day after the first due day.
    package func timesPassed(_ workdays: Int, today: CivilDate) -> Int {
        guard workdays > 0 else { return 0 }
        return elapsed(through: today.adding(days: -1)) / workdays
    }
}
