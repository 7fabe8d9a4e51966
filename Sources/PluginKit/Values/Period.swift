// A month, quarter or year that figures are reported for.
// SPDX-License-Identifier: Apache-2.0

/// A reporting period: `2026-11`, `2026-Q4` or `2026`.
public struct Period: Hashable, Sendable {
    /// How long a period is.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case month, quarter, year
    }

    public let kind: Kind
    public let year: Int
    /// Month 1 to 12, quarter 1 to 4, or 1 for a year.
    public let number: Int

    private init(_ kind: Kind, _ year: Int, _ number: Int) {
        self.kind = kind
        self.year = year
        self.number = number
    }

    /// Reads `YYYY-MM`, `YYYY-Qn` or `YYYY`; nil for anything else.
    public init?(_ text: String) {
        var text = text
        guard let period = text.withUTF8({ Period(bytes: UnsafeRawBufferPointer($0)) }) else { return nil }
        self = period
    }

    package init?(bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= 4, let year = decimalDigits(bytes, 0..<4), year >= 1 else { return nil }
        if bytes.count == 4 {
            self.init(.year, year, 1)
            return
        }
        guard bytes.count == 7, bytes[4] == UInt8(ascii: "-") else { return nil }
        if bytes[5] == UInt8(ascii: "Q") {
            guard let quarter = decimalDigits(bytes, 6..<7), (1...4).contains(quarter) else { return nil }
            self.init(.quarter, year, quarter)
        } else {
            guard let month = decimalDigits(bytes, 5..<7), (1...12).contains(month) else { return nil }
            self.init(.month, year, month)
        }
    }

    public static func month(of date: CivilDate) -> Period {
        let parts = date.components
        return Period(.month, parts.year, parts.month)
    }

    public static func quarter(of date: CivilDate) -> Period {
        let parts = date.components
        return Period(.quarter, parts.year, (parts.month - 1) / 3 + 1)
    }

    public static func year(of date: CivilDate) -> Period { Period(.year, date.year, 1) }

    /// The period of this kind that the date lies in.
    public static func of(_ kind: Kind, _ date: CivilDate) -> Period {
        switch kind {
        case .month: month(of: date)
        case .quarter: quarter(of: date)
        case .year: year(of: date)
        }
    }

    public var first: CivilDate {
        CivilDate(daysSince1970: CivilDate.days(year: year, month: firstMonth, day: 1))
    }

    public var last: CivilDate {
        let month = firstMonth + months - 1
        let day = CivilDate.daysIn(month: month, year: year)
        return CivilDate(daysSince1970: CivilDate.days(year: year, month: month, day: day))
    }

    public var next: Period { number == count ? Period(kind, year + 1, 1) : Period(kind, year, number + 1) }

    public var previous: Period { number == 1 ? Period(kind, year - 1, count) : Period(kind, year, number - 1) }

    public func contains(_ date: CivilDate) -> Bool { first <= date && date <= last }

    private var months: Int { 12 / count }
    private var firstMonth: Int { (number - 1) * months + 1 }

    private var count: Int {
        switch kind {
        case .month: 12
        case .quarter: 4
        case .year: 1
        }
    }
}

extension Period: Comparable {
    /// By first day; of two that begin on the same day the shorter comes first.
    public static func < (left: Period, right: Period) -> Bool {
        (left.year, left.firstMonth, left.months) < (right.year, right.firstMonth, right.months)
    }
}

extension Period: CustomStringConvertible {
    public var description: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(7)
        appendText(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    package func appendText(to bytes: inout [UInt8]) {
        appendPadded(year, width: 4, to: &bytes)
        switch kind {
        case .month:
            bytes.append(UInt8(ascii: "-"))
            appendPadded(number, width: 2, to: &bytes)
        case .quarter:
            bytes.append(UInt8(ascii: "-"))
            bytes.append(UInt8(ascii: "Q"))
            appendPadded(number, width: 1, to: &bytes)
        case .year:
            break
        }
    }
}
