// Periods as DHIS2 and ADX write them.
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// `20261101`, `202611`, `2026Q4`, `2026S2`, `2026`.
struct Dhis2Period: Sendable {
    var text: String
    /// `Daily`, `Monthly`, `Quarterly`, `SixMonthly`, `Yearly`.
    var type: String
    /// The first day after it.
    var end: Date

    init?(_ text: String) {
        let year = Int(text.prefix(4)).flatMap { text.prefix(4).allSatisfy(\.isNumber) ? $0 : nil }
        guard let year, (1900...2200).contains(year) else { return nil }
        let rest = String(text.dropFirst(4))
        let number = Int(rest.drop { !$0.isNumber }) ?? 0
        switch (rest.first, rest.utf8.count) {
        case (nil, 0): (type, end) = ("Yearly", Self.day(year + 1, 1, 1))
        case ("Q"?, 2) where (1...4).contains(number): (type, end) = ("Quarterly", Self.day(year, number * 3 + 1, 1))
        case ("S"?, 2) where (1...2).contains(number): (type, end) = ("SixMonthly", Self.day(year, number * 6 + 1, 1))
        case (_, 2) where Form.isDigits(rest) && (1...12).contains(number):
            (type, end) = ("Monthly", Self.day(year, number + 1, 1))
        case (_, 4) where Form.isDigits(rest) && (1...12).contains(number / 100) && (1...31).contains(number % 100):
            (type, end) = ("Daily", Self.day(year, number / 100, number % 100 + 1))
        default: return nil
        }
        self.text = text
    }

    /// `2026-10-01/P3M` is `2026Q4`; the start has to be the first day of such a period.
    init?(adx: String) {
        let sides = adx.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let date = sides[0].split(separator: "-").compactMap { Int($0) }
        guard sides.count == 2, sides[0].utf8.count == 10, date.count == 3 else { return nil }
        let (year, month, day) = (date[0], date[1], date[2])
        guard sides[1] == "P1D" || day == 1 else { return nil }
        switch sides[1] {
        case "P1D": self.init("\(year)\(Form.two(month))\(Form.two(day))")
        case "P1M": self.init("\(year)\(Form.two(month))")
        case "P3M" where month % 3 == 1: self.init("\(year)Q\(month / 3 + 1)")
        case "P6M" where month % 6 == 1: self.init("\(year)S\(month / 6 + 1)")
        case "P1Y" where month == 1: self.init("\(year)")
        default: return nil
        }
    }

    private static func day(_ year: Int, _ month: Int, _ day: Int) -> Date {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar.date(from: DateComponents(year: year, month: month, day: day)) ?? .distantFuture
    }
}
