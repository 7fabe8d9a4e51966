// Civil dates and months, and ages between dates.
// SPDX-License-Identifier: Apache-2.0

/// A civil date in the kabupaten's zone.
struct Day: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Days since 1970-01-01.
    let number: Int

    init(_ number: Int) { self.number = number }

    init(_ year: Int, _ month: Int, _ day: Int) {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        number = era * 146_097 + dayOfEra - 719_468
    }

    /// Year, month and day of month.
    var parts: (year: Int, month: Int, day: Int) {
        let shifted = number + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let index = (5 * dayOfYear + 2) / 153
        let month = index < 10 ? index + 3 : index - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * index + 2) / 5 + 1)
    }

    var month: Month {
        let (year, month, _) = parts
        return Month(year, month)
    }

    var description: String {
        let (year, month, day) = parts
        return "\(year)-\(twoDigits(month))-\(twoDigits(day))"
    }

    static func < (left: Day, right: Day) -> Bool { left.number < right.number }

    func adding(_ days: Int) -> Day { Day(number + days) }

    /// Completed calendar months from `birth`; who was born on the 31st completes a month on the last day of a shorter one.
    func completedMonths(since birth: Day) -> Int {
        let (year, month, day) = parts
        let born = birth.parts
        let months = (year - born.year) * 12 + month - born.month
        let due = min(born.day, self.month.length)
        return day >= due ? months : months - 1
    }
}

/// A calendar month.
struct Month: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Months since year 0.
    let number: Int

    init(number: Int) { self.number = number }
    init(_ year: Int, _ month: Int) { number = year * 12 + month - 1 }

    /// Reads `2026-10`.
    init?(_ text: String) {
        let parts = text.split(separator: "-").compactMap { Int($0) }
        guard text.utf8.count == 7, parts.count == 2, (1...12).contains(parts[1]) else { return nil }
        self.init(parts[0], parts[1])
    }

    /// 1 to 12.
    var ofYear: Int { number % 12 + 1 }
    var first: Day { Day(number / 12, ofYear, 1) }
    var last: Day { Day(adding(1).first.number - 1) }
    var length: Int { adding(1).first.number - first.number }
    var description: String { "\(number / 12)-\(twoDigits(ofYear))" }

    func day(_ day: Int) -> Day { first.adding(min(day, length) - 1) }
    func adding(_ months: Int) -> Month { Month(number: number + months) }

    static func < (left: Month, right: Month) -> Bool { left.number < right.number }
}

/// A moment of civil time, seconds since 1970-01-01T00:00 of the kabupaten's clock (WIB, seven hours east of UTC).
struct Moment: Hashable, Comparable, Sendable {
    static let secondsEast = 25_200

    let seconds: Int

    init(seconds: Int) { self.seconds = seconds }
    init(_ day: Day, hour: Int, minute: Int, second: Int = 0) {
        seconds = day.number * 86_400 + hour * 3_600 + minute * 60 + second
    }

    var day: Day { Day(seconds / 86_400) }

    /// Milliseconds since 1970 UTC.
    var milliseconds: Int64 { Int64(seconds - Self.secondsEast) * 1_000 }

    /// `2026-10-03T08:15:00+07:00`
    var text: String {
        let rest = seconds % 86_400
        return "\(day)T\(twoDigits(rest / 3_600)):\(twoDigits(rest / 60 % 60)):\(twoDigits(rest % 60))+07:00"
    }

    static func < (left: Moment, right: Moment) -> Bool { left.seconds < right.seconds }
}

func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
