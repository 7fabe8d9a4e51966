// The working days of a kabupaten.
// SPDX-License-Identifier: Apache-2.0

/// Which days count for a deadline: the days of the working week that are no holiday.
public struct WorkCalendar: Hashable, Sendable {
    /// Days of the working week, 1 for Monday to 7 for Sunday.
    public let weekdays: Set<Int>
    public let holidays: Set<CivilDate>

    /// Monday to Friday and no holidays, unless told otherwise. An empty week is read as Monday to Friday.
    public init(weekdays: Set<Int> = [1, 2, 3, 4, 5], holidays: Set<CivilDate> = []) {
        let valid = weekdays.intersection(1...7)
        self.weekdays = valid.isEmpty ? [1, 2, 3, 4, 5] : valid
        self.holidays = holidays
    }

    public func isWorkday(_ date: CivilDate) -> Bool {
        weekdays.contains(date.weekday) && !holidays.contains(date)
    }

    /// The day on which this many working days after `date` are over; the day itself does not count.
    public func date(after workdays: Int, from date: CivilDate) -> CivilDate {
        var left = workdays
        var day = date
        // A calendar of nothing but holidays must not loop for ever: ten years past the last one is enough.
        let limit = (holidays.max().map { Swift.max($0, date) } ?? date).adding(
            days: Swift.max(0, workdays) * 7 + 3_660
        )
        while left > 0, day < limit {
            day = day.adding(days: 1)
            if isWorkday(day) { left -= 1 }
        }
        return day
    }

    /// Working days after `start` up to and including `end`; 0 when `end` is not later.
    public func workdays(from start: CivilDate, until end: CivilDate) -> Int {
        var count = 0
        var day = start
        while day < end {
            day = day.adding(days: 1)
            if isWorkday(day) { count += 1 }
        }
        return count
    }
}

extension WorkCalendar {
    /// `{"weekdays":[1,2,3,4,5],"holidays":["2026-01-01"]}`
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("weekdays")
        writer.beginArray()
        for day in weekdays.sorted() { writer.integer(day) }
        writer.endArray()
        writer.name("holidays")
        writer.beginArray()
        for day in holidays.sorted() { writer.date(day) }
        writer.endArray()
        writer.endObject()
    }

    /// Reads what ``write(to:)`` writes; anything missing takes its default.
    package init(_ json: JSONValue?) {
        let weekdays = json?["weekdays"]?.array?.compactMap(\.integer)
        let holidays = json?["holidays"]?.array?.compactMap { $0.string.flatMap { CivilDate($0) } }
        self.init(weekdays: Set(weekdays ?? [1, 2, 3, 4, 5]), holidays: Set(holidays ?? []))
    }
}
