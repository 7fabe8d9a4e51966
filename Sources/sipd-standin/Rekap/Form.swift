// The written forms of the contract: codes, dates, times, decimals.
// SPDX-License-Identifier: Apache-2.0

/// Pure checks of text.
enum Form {
    /// First and last day of `2026-11`, `2026-Q4` or `2026`.
    static func days(of period: String) -> (first: String, last: String)? {
        let parts = period.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        guard let year = parts.first, year.utf8.count == 4, isDigits(year), let number = Int(year) else { return nil }
        if parts.count == 1 { return ("\(year)-01-01", "\(year)-12-31") }
        guard parts.count == 2, parts[1].utf8.count == 2 else { return nil }
        if parts[1].hasPrefix("Q"), let quarter = Int(parts[1].dropFirst()), (1...4).contains(quarter) {
            let (from, to) = (quarter * 3 - 2, quarter * 3)
            return ("\(year)-\(two(from))-01", "\(year)-\(two(to))-\(two(length(to, number)))")
        }
        guard isDigits(parts[1]), let month = Int(parts[1]), (1...12).contains(month) else { return nil }
        return ("\(year)-\(two(month))-01", "\(year)-\(two(month))-\(two(length(month, number)))")
    }

    private static func length(_ month: Int, _ year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }

    static func isDigits(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
    }

    /// `2025-10-05T10:00:00+07:00`; `Z` and other zones are refused.
    static func isLocalTime(_ text: String?) -> Bool {
        guard let text, text.utf8.count == 25, ["+07:00", "+08:00", "+09:00"].contains(String(text.suffix(6))) else {
            return false
        }
        let parts = text.dropLast(6).split(separator: "T", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return false }
        let date = parts[0].split(separator: "-", omittingEmptySubsequences: false)
        let time = parts[1].split(separator: ":", omittingEmptySubsequences: false)
        guard date.count == 3, time.count == 3, (date + time).allSatisfy(isDigits), date[0].utf8.count == 4,
            let year = Int(date[0]), let month = Int(date[1]), let day = Int(date[2]), let hour = Int(time[0]),
            let minute = Int(time[1]), let second = Int(time[2])
        else { return false }
        return (1...12).contains(month) && (1...length(month, year)).contains(day) && hour < 24 && minute < 60
            && second < 60
    }

    /// `SPM4.RTLH.TINDAKLANJUT`: parts of capitals, digits and underscores, two at least.
    static func isIndicator(_ text: String?) -> Bool {
        guard let parts = text?.split(separator: ".", omittingEmptySubsequences: false), parts.count >= 2 else {
            return false
        }
        return parts.allSatisfy { part in
            !part.isEmpty
                && part.utf8.allSatisfy { ($0 >= 0x41 && $0 <= 0x5A) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x5F }
        }
    }

    /// A dotted kode wilayah at or below a kodepemda of four digits.
    static func isArea(_ text: String?, under kodepemda: String) -> Bool {
        guard let text, kodepemda.utf8.count == 4 else { return false }
        let own = "\(kodepemda.prefix(2)).\(kodepemda.suffix(2))"
        guard text == own || text.hasPrefix(own + ".") else { return false }
        let lengths = text.split(separator: ".", omittingEmptySubsequences: false).map {
            isDigits($0) ? $0.utf8.count : 0
        }
        return [[2, 2], [2, 2, 2], [2, 2, 2, 4]].contains(lengths)
    }

    /// Decimals of `-12.50`; `nil` when it is no decimal.
    static func scale(_ text: String) -> Int? {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.allSatisfy({ isDigits($0) && $0.utf8.count <= 15 }) else {
            return nil
        }
        return parts.count == 2 ? parts[1].utf8.count : 0
    }

    /// Whether `text` is the count itself, or the percentage rounded half up to its own scale.
    static func value(_ text: String, fits numerator: Int, over denominator: Int?) -> Bool {
        guard let scale = scale(text), scale <= 9, let stated = Int(text.filter { $0 != "." }) else { return false }
        var power = 1
        for _ in 0..<scale { power *= 10 }
        guard let denominator else {
            let (expected, overflow) = numerator.multipliedReportingOverflow(by: power)
            return !overflow && expected == stated
        }
        let (dividend, overflow) = numerator.multipliedReportingOverflow(by: 100 * power)
        guard denominator > 0, !overflow else { return false }
        let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: denominator)
        return stated == quotient + (remainder >= denominator - remainder ? 1 : 0)
    }

    /// Sixteen digits in a row.
    static func holdsIdentityNumber(_ text: String) -> Bool {
        var run = 0
        for byte in text.utf8 {
            run = byte >= 0x30 && byte <= 0x39 ? run + 1 : 0
            if run >= 16 { return true }
        }
        return false
    }
}
