// A calendar date without a time of day or a zone, and its arithmetic.
// SPDX-License-Identifier: Apache-2.0

/// A date of the proleptic Gregorian calendar, as a kader writes it: no time of day, no zone.
///
/// Stored as days since 1970-01-01, which is also its form at the SQL border.
public struct CivilDate: Hashable, Comparable, Sendable {
    /// Days since 1970-01-01; negative before it.
    public let daysSince1970: Int32

    public init(daysSince1970: Int32) {
        self.daysSince1970 = daysSince1970
    }

    /// Reads `YYYY-MM-DD`; nil unless it is exactly that and a real date of the years 0001 to 9999.
    public init?(_ text: String) {
        var text = text
        guard let date = text.withUTF8({ CivilDate(bytes: UnsafeRawBufferPointer($0)) }) else { return nil }
        self = date
    }

    /// The date of these three numbers; nil when there is no such day.
    public init?(year: Int, month: Int, day: Int) {
        guard (1...9999).contains(year), (1...12).contains(month), day >= 1,
            day <= CivilDate.daysIn(month: month, year: year)
        else { return nil }
        daysSince1970 = CivilDate.days(year: year, month: month, day: day)
    }

    package init?(bytes: UnsafeRawBufferPointer) {
        guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            let year = decimalDigits(bytes, 0..<4), let month = decimalDigits(bytes, 5..<7),
            let day = decimalDigits(bytes, 8..<10)
        else { return nil }
        self.init(year: year, month: month, day: day)
    }

    public var year: Int { components.year }
    /// 1 to 12. The period is ``period``.
    public var month: Int { components.month }
    public var day: Int { components.day }

    /// The month that the date lies in.
    public var period: Period { Period.month(of: self) }

    /// 1 is Monday, 7 is Sunday.
    public var weekday: Int {
        let remainder = (Int(daysSince1970) + 3) % 7
        return (remainder < 0 ? remainder + 7 : remainder) + 1
    }

    /// The date this many days later (earlier when negative); stops at the ends of the stored range.
    public func adding(days: Int) -> CivilDate {
        let (sum, overflow) = Int(daysSince1970).addingReportingOverflow(days)
        return CivilDate(daysSince1970: Int32(clamping: overflow ? (days > 0 ? Int.max : Int.min) : sum))
    }

    /// The same day of the month, this many months later; the last day of the month where there is no such day.
    public func adding(months: Int) -> CivilDate {
        let parts = components
        let bounded = Swift.min(Swift.max(months, -200_000), 200_000)
        let ordinal = parts.year * 12 + parts.month - 1 + bounded
        let year = ordinal.flooredDivision(by: 12)
        let month = ordinal - year * 12 + 1
        let day = Swift.min(parts.day, CivilDate.daysIn(month: month, year: year))
        return CivilDate(daysSince1970: CivilDate.days(year: year, month: month, day: day))
    }

    /// Whole days from this date to the other; negative when the other is earlier.
    public func days(until other: CivilDate) -> Int { Int(other.daysSince1970) - Int(daysSince1970) }

    /// Completed months from this date to the other, as age in months is counted; negative when the other is earlier.
    ///
    /// A child born on the 31st completes a month on the last day of a shorter month.
    public func months(until other: CivilDate) -> Int {
        guard other >= self else { return -other.months(until: self) }
        let from = components
        let to = other.components
        var months = (to.year - from.year) * 12 + to.month - from.month
        let due = Swift.min(from.day, CivilDate.daysIn(month: to.month, year: to.year))
        if to.day < due { months -= 1 }
        return months
    }

    public static func < (left: CivilDate, right: CivilDate) -> Bool { left.daysSince1970 < right.daysSince1970 }
}

extension CivilDate: CustomStringConvertible {
    /// `YYYY-MM-DD`.
    public var description: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(10)
        appendText(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    package func appendText(to bytes: inout [UInt8]) {
        let parts = components
        appendPadded(parts.year, width: 4, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        appendPadded(parts.month, width: 2, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        appendPadded(parts.day, width: 2, to: &bytes)
    }
}

extension CivilDate {
    package var components: (year: Int, month: Int, day: Int) {
        // Howard Hinnant's civil_from_days: years begin in March, so that the leap day is the last.
        let shifted = Int(daysSince1970) + 719_468
        let era = shifted.flooredDivision(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, day)
    }

    static func days(year: Int, month: Int, day: Int) -> Int32 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear.flooredDivision(by: 400)
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return Int32(clamping: era * 146_097 + dayOfEra - 719_468)
    }

    static func daysIn(month: Int, year: Int) -> Int {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: isLeap(year) ? 29 : 28
        default: 31
        }
    }

    static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }
}

extension Int {
    /// Division rounded towards minus infinity, by a positive number.
    func flooredDivision(by divisor: Int) -> Int {
        self >= 0 ? self / divisor : -((-self + divisor - 1) / divisor)
    }
}

/// The number that these ASCII digits spell; nil when one is not a digit.
func decimalDigits(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Int? {
    var value = 0
    for index in range {
        let digit = bytes[index] &- UInt8(ascii: "0")
        guard digit <= 9 else { return nil }
        value = value * 10 + Int(digit)
    }
    return value
}

/// Writes a number with leading zeros up to a width.
func appendPadded(_ value: Int, width: Int, to bytes: inout [UInt8]) {
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    var rest = value.magnitude / 10
    var digits = 1
    while rest > 0 {
        rest /= 10
        digits += 1
    }
    for _ in 0..<Swift.max(0, width - digits) { bytes.append(UInt8(ascii: "0")) }
    appendDigits(UInt64(value.magnitude), to: &bytes)
}
