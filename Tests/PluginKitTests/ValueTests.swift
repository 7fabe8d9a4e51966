// Dates, periods and exact decimals.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import PluginKit

@Suite struct CivilDateTests {
    @Test func `every day of four centuries survives its text`() {
        guard let first = CivilDate("1899-12-31"), let last = CivilDate("2300-01-01") else {
            Issue.record("the ends are dates")
            return
        }
        var previous = first
        var wrong: [CivilDate] = []
        for days in (first.daysSince1970 + 1)...last.daysSince1970 {
            let date = CivilDate(daysSince1970: days)
            let isNextDay = date.day == previous.day + 1 && date.month == previous.month
            if CivilDate(date.description) != date || !(isNextDay || date.day == 1)
                || date.weekday != previous.weekday % 7 + 1
            {
                wrong.append(date)
            }
            previous = date
        }
        #expect(wrong == [])
    }

    @Test func `known days`() {
        #expect(CivilDate("1970-01-01")?.daysSince1970 == 0)
        #expect(CivilDate("2000-03-01")?.daysSince1970 == 11_017)
        #expect(CivilDate("2026-11-03")?.weekday == 2)
        #expect(CivilDate("0001-01-01")?.daysSince1970 == -719_162)
        #expect(CivilDate("9999-12-31")?.description == "9999-12-31")
    }

    @Test(arguments: [
        "2023-02-29", "1900-02-29", "2100-02-29", "2026-00-10", "2026-13-01", "2026-04-31", "2026-1-01", "2026-01-1",
        "0000-01-01", "2026/01/01", "26-01-01", " 2026-01-01", "2026-01-01 ", "2026-01-01T", "", "２０２６-01-01",
        "+026-01-01",
        "2026-0a-01",
    ])
    func `what is no date is refused`(_ text: String) {
        #expect(CivilDate(text) == nil)
    }

    @Test(arguments: ["2024-02-29", "2000-02-29", "1600-02-29"]) func `leap days are dates`(_ text: String) {
        #expect(CivilDate(text)?.description == text)
    }

    @Test(arguments: [
        ("2026-01-31", "2026-02-28", 1), ("2026-01-31", "2026-02-27", 0), ("2024-02-29", "2025-02-28", 12),
        ("2024-02-29", "2025-02-27", 11), ("2025-11-03", "2026-11-02", 11), ("2025-11-03", "2026-11-03", 12),
        ("2026-11-03", "2026-11-03", 0), ("2026-11-03", "2026-10-03", -1), ("2026-11-03", "2026-10-04", 0),
    ])
    func `completed months`(_ from: String, _ to: String, _ months: Int) throws {
        let from = try #require(CivilDate(from))
        #expect(from.months(until: try #require(CivilDate(to))) == months)
    }

    @Test func `months are added to the last day of a shorter month`() {
        #expect(CivilDate("2024-01-31")?.adding(months: 1) == CivilDate("2024-02-29"))
        #expect(CivilDate("2024-03-31")?.adding(months: -13) == CivilDate("2023-02-28"))
        #expect(CivilDate("2024-02-29")?.adding(days: 366) == CivilDate("2025-03-01"))
    }

    @Test(arguments: [Int.max, Int.min, 1_000_000_000_000]) func `absurd distances do not trap`(_ distance: Int) {
        let date = CivilDate(daysSince1970: 0)
        _ = date.adding(days: distance).description
        _ = date.adding(months: distance).description
        _ = CivilDate(daysSince1970: Int32.max).period.last
        _ = CivilDate(daysSince1970: Int32.min).period.first.weekday
    }
}

@Suite struct PeriodTests {
    @Test(arguments: [
        ("2026-11", "2026-11-01", "2026-11-30", "2026-10", "2026-12"),
        ("2024-02", "2024-02-01", "2024-02-29", "2024-01", "2024-03"),
        ("2026-12", "2026-12-01", "2026-12-31", "2026-11", "2027-01"),
        ("2026-Q4", "2026-10-01", "2026-12-31", "2026-Q3", "2027-Q1"),
        ("2026-Q1", "2026-01-01", "2026-03-31", "2025-Q4", "2026-Q2"),
        ("2026", "2026-01-01", "2026-12-31", "2025", "2027"),
    ])
    func `a period has its ends and neighbours`(
        _ text: String,
        _ first: String,
        _ last: String,
        _ previous: String,
        _ next: String
    ) throws {
        let period = try #require(Period(text))
        #expect(period.description == text)
        #expect(period.first == CivilDate(first))
        #expect(period.last == CivilDate(last))
        #expect(period.previous.description == previous)
        #expect(period.next.description == next)
        #expect(Period.of(period.kind, period.first) == period)
        #expect(Period.of(period.kind, period.last) == period)
        #expect(period.previous < period)
    }

    @Test(arguments: [
        "", "202", "2026-", "2026-1", "2026-13", "2026-00", "2026-Q0", "2026-Q5", "2026-q1", "2026-Q", "0000",
        "2026-110",
    ])
    func `what is no period is refused`(_ text: String) {
        #expect(Period(text) == nil)
    }
}

@Suite struct ExactDecimalTests {
    @Test(arguments: [
        "0", "1", "-1", "6.50", "0.001", "-0.5", "100", "9223372036854775807", "-9223372036854775807",
        "0.000000000000000001", "9.223372036854775807", "0.00",
    ])
    func `a literal is kept as written`(_ text: String) {
        #expect(ExactDecimal(text)?.description == text)
    }

    @Test(arguments: [
        ("1e2", "100"), ("1.5e1", "15"), ("12e-1", "1.2"), ("1E+2", "100"), ("0e5", "0"), ("0.0e-9", "0"),
        ("1.50e1", "15"),
        ("1.0000000000000000000000000", "1.000000000000000000"), ("5e-18", "0.000000000000000005"),
    ])
    func `exponents and long fractions are resolved`(_ text: String, _ expected: String) {
        #expect(ExactDecimal(text)?.description == expected)
    }

    @Test(arguments: [
        "", "-", ".", "1.", ".5", "1e", "1e+", "a", "1a", "--1", "1e2.5", "9223372036854775808", "1e19", "1e-19",
        "1e400",
        "1e99999999999999999999", "0.0000000000000000001", "18446744073709551616", "1 ",
    ])
    func `what does not fit is refused`(_ text: String) {
        #expect(ExactDecimal(text) == nil)
    }

    @Test func `equal numbers are equal however they are written`() throws {
        let short = try #require(ExactDecimal("6.5"))
        let long = try #require(ExactDecimal("6.500"))
        #expect(short == long)
        #expect(Set([short, long]).count == 1)
        #expect(try #require(ExactDecimal("9223372036854775807")) > #require(ExactDecimal("0.000000000000000001")))
        #expect(try #require(ExactDecimal("-2")) < #require(ExactDecimal("-1.99")))
    }

    @Test func `sums do not depend on their order and agree with Decimal`() throws {
        var generator = SplitMix(state: 7)
        let numbers = try (0..<500).map { _ in
            let mantissa = Int64.random(in: -1_000_000_000...1_000_000_000, using: &generator)
            return try #require(ExactDecimal(mantissa: mantissa, scale: Int.random(in: 0...6, using: &generator)))
        }
        let sum = try numbers.reduce(0) { try $0 + $1 }
        #expect(try numbers.shuffled(using: &generator).reduce(0) { try $0 + $1 } == sum)
        let second = numbers.reduce(Decimal(0)) { $0 + (Decimal(string: $1.description) ?? 0) }
        #expect(Decimal(string: sum.description) == second)
        #expect(try numbers.reduce(sum) { try $0 - $1 } == 0)
    }

    @Test func `overflow is reported`() throws {
        let most = try #require(ExactDecimal(mantissa: Int64.max, scale: 0))
        #expect(most.adding(1) == nil)
        #expect(throws: ExactDecimal.Overflow.self) { try most + 1 }
        #expect(most.multiplied(by: 2) == nil)
        let least = try #require(ExactDecimal(mantissa: Int64.min, scale: 0))
        #expect(least.subtracting(1) == nil)
        #expect(least.description == "-9223372036854775808")
        #expect(try most - most == 0)
    }
}
