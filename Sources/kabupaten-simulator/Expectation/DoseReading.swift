// The simulator's own reading of the dose schedule: which doses count, which are late, what is complete.
// SPDX-License-Identifier: Apache-2.0

/// What a dose means after those before it.
struct DoseReading {
    /// An age or an interval.
    private enum Span {
        case days(Int), months(Int)

        func end(from day: Day) -> Day {
            switch self {
            case .days(let number): day.adding(number)
            case .months(let number): day.month.adding(number).day(day.parts.day)
            }
        }
    }

    private struct Rule {
        var series: String
        var due: Span?
        var least: Span?
        var before: Span?
        var gap: Span?
    }

    private struct Given {
        let code: String
        let rule: Rule
        let date: Day
        let counts: Bool
    }

    private(set) var isRepeated = false
    private(set) var isInvalid = false
    private(set) var isLate = false
    private(set) var completesFirstYear = false
    private(set) var completesSecondYear = false

    /// - Parameter doses: of one person, oldest first; the last one is read. Codes without a rule are passed over.
    init(_ doses: [(code: String, date: Day)], birth: Day) {
        var given: [Given] = []
        for (place, dose) in doses.enumerated() {
            guard let rule = Self.rules[dose.code] else { continue }
            let isRead = place == doses.count - 1
            if given.contains(where: { $0.code == dose.code && $0.counts }) {
                if isRead { isRepeated = true }
                continue
            }
            let last = given.last { $0.rule.series == rule.series }?.date
            let counts =
                (rule.least.map { dose.date >= $0.end(from: birth) } ?? true)
                && (rule.before.map { dose.date < $0.end(from: birth) } ?? true)
                && (last.flatMap { last in rule.gap.map { dose.date >= $0.end(from: last) } } ?? true)
            let before = Set(given.filter(\.counts).map(\.code))
            if isRead {
                isInvalid = !counts
                isLate = counts && Self.wasLate(dose.code, rule, dose.date, birth, given)
                let now = counts ? before.union([dose.code]) : before
                completesFirstYear = Self.firstYear.isSubset(of: now) && !Self.firstYear.isSubset(of: before)
                let all = Self.firstYear.union(["PCV3", "DPT-HB-Hib4", "MR2"])
                completesSecondYear = all.isSubset(of: now) && !all.isSubset(of: before)
            }
            given.append(Given(code: dose.code, rule: rule, date: dose.date, counts: counts))
        }
    }

    /// Thirty days after its age, and after its interval to the dose given before it; never where a higher dose was given,
    /// and not from five years on.
    private static func wasLate(_ code: String, _ rule: Rule, _ date: Day, _ birth: Day, _ given: [Given]) -> Bool {
        guard let due = rule.due?.end(from: birth), date < birth.month.adding(60).day(birth.parts.day) else {
            return false
        }
        let number = code.last?.wholeNumberValue ?? 0
        let sameSeries = given.filter { $0.rule.series == rule.series }
        if sameSeries.contains(where: { $0.counts && ($0.code.last?.wholeNumberValue ?? 0) > number }) { return false }
        let last = sameSeries.last { ($0.code.last?.wholeNumberValue ?? 0) <= number }?.date
        let from = last.flatMap { last in rule.gap.map { max(due, $0.end(from: last)) } } ?? due
        return date >= from.adding(30)
    }

    private static let rules: [String: Rule] = [
        "HB0": Rule(series: "HB", due: .days(0), before: .days(8)),
        "BCG": Rule(series: "BCG", due: .months(1), before: .months(12)),
        "OPV1": Rule(series: "OPV", due: .months(1)),
        "OPV2": Rule(series: "OPV", due: .months(2), least: .days(28), gap: .days(28)),
        "OPV3": Rule(series: "OPV", due: .months(3), least: .days(56), gap: .days(28)),
        "OPV4": Rule(series: "OPV", due: .months(4), least: .days(84), gap: .days(28)),
        "DPT-HB-Hib1": Rule(series: "DPT", due: .months(2), least: .days(42)),
        "DPT-HB-Hib2": Rule(series: "DPT", due: .months(3), least: .days(70), gap: .days(28)),
        "DPT-HB-Hib3": Rule(series: "DPT", due: .months(4), least: .days(98), gap: .days(28)),
        "DPT-HB-Hib4": Rule(series: "DPT", due: .months(18), least: .months(12), gap: .months(6)),
        "PCV1": Rule(series: "PCV", due: .months(2), least: .days(42)),
        "PCV2": Rule(series: "PCV", due: .months(3), least: .days(70), gap: .days(28)),
        "PCV3": Rule(series: "PCV", due: .months(12), least: .months(9), gap: .days(56)),
        "RV1": Rule(series: "RV", due: .months(2), least: .days(42)),
        "RV2": Rule(series: "RV", due: .months(3), least: .days(70), gap: .days(28)),
        "RV3": Rule(series: "RV", due: .months(4), least: .days(98), gap: .days(28)),
        "IPV1": Rule(series: "IPV", due: .months(4), least: .days(42)),
        "IPV2": Rule(series: "IPV", due: .months(9), least: .days(70), gap: .days(28)),
        "MR1": Rule(series: "MR", due: .months(9), least: .months(9)),
        "MR2": Rule(series: "MR", due: .months(18), least: .months(12), gap: .months(6)),
        "HPV": Rule(series: "HPV", least: .months(108)),
        "T1": Rule(series: "T"), "T2": Rule(series: "T", gap: .days(28)), "T3": Rule(series: "T", gap: .months(6)),
        "T4": Rule(series: "T", gap: .months(12)), "T5": Rule(series: "T", gap: .months(12)),
    ]

    private static let firstYear: Set<String> = [
        "HB0", "BCG", "OPV1", "OPV2", "OPV3", "OPV4", "DPT-HB-Hib1", "DPT-HB-Hib2", "DPT-HB-Hib3", "PCV1", "PCV2",
        "RV1", "RV2", "RV3", "IPV1", "IPV2", "MR1",
    ]
}
