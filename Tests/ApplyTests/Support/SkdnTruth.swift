// SKDN of a set of weighings by the rules of the field, written for the tests and from the rules alone.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginKit

/// A weighing as it stands in the end.
struct TruthWeighing {
    var id: UUID
    var posyandu: UUID
    var child: UUID
    /// Year, month, day.
    var date: TruthDate
    var grams: Int
    /// What the kader read off the growth chart.
    var chart: String
    var isRetracted = false
}

/// S and K as a posyandu returned them; the newest message decides between returns of one day.
struct TruthReturn {
    var posyandu: UUID
    var date: TruthDate
    var said: UUID
    var boys: (s: Int, k: Int)
    var girls: (s: Int, k: Int)
}

struct TruthChild {
    var isBoy: Bool
    var birth: TruthDate
}

/// A civil date with arithmetic of its own.
struct TruthDate: Hashable, Comparable {
    var year: Int
    var month: Int
    var day: Int

    var text: String { "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)" }
    var period: String { String(text.prefix(7)) }
    /// Months since year 0.
    var monthNumber: Int { year * 12 + month }

    static func < (left: TruthDate, right: TruthDate) -> Bool {
        (left.year, left.month, left.day) < (right.year, right.month, right.day)
    }

    static func length(_ year: Int, _ month: Int) -> Int {
        if month == 2 { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28 }
        return [4, 6, 9, 11].contains(month) ? 30 : 31
    }

    /// Completed months of age; who is born on the 31st completes a month on the last day of a shorter one.
    func months(since birth: TruthDate) -> Int {
        let isDue = day >= min(birth.day, Self.length(year, month))
        return monthNumber - birth.monthNumber - (isDue ? 0 : 1)
    }
}

enum SkdnTruth {
    /// Buku KIA 2023: least gain in grams, ages 1 to 12 months; 200 g from then on.
    private static let boys = [800, 900, 800, 600, 500, 400, 400, 300, 300, 300, 300, 200]
    private static let girls = [800, 900, 800, 600, 500, 400, 300, 300, 300, 300, 200, 200]

    private static func least(_ child: TruthChild, _ months: Int) -> Int? {
        guard months >= 1 else { return nil }
        return (child.isBoy ? boys : girls)[min(months, 12) - 1]
    }

    static func band(_ months: Int) -> Int { months < 6 ? 0 : months < 12 ? 1 : months < 24 ? 2 : 3 }

    /// What every posyandu counts: `posyandu month sex band column` → number, without zeros; `-` stands for all.
    static func counts(
        _ children: [UUID: TruthChild],
        _ weighings: [TruthWeighing],
        _ returns: [TruthReturn]
    ) -> [String: Int] {
        var counts: [String: Int] = [:]
        for (id, own) in Dictionary(grouping: weighings.filter { !$0.isRetracted }, by: \.child) {
            guard let child = children[id] else { continue }
            var last: (weighing: TruthWeighing, letter: String)?
            for weighing in own.sorted(by: { ($0.date.text, $0.id.text) < ($1.date.text, $1.id.text) }) {
                let isSecond = last?.weighing.date.period == weighing.date.period
                let letter = isSecond ? last?.letter ?? "" : letter(weighing, after: last, child)
                if !isSecond {
                    var columns = ["D", letter]
                    if letter == "T", last?.letter == "T" { columns.append("2T") }
                    if weighing.chart == "bawah_garis_merah" { columns.append("BGM") }
                    if weighing.chart == "kuning" { columns.append("R") }
                    let band = "\(band(weighing.date.months(since: child.birth)))"
                    for column in columns {
                        for (sex, age) in [("-", "-"), (child.isBoy ? "L" : "P", band)] {
                            let key = "\(weighing.posyandu.text) \(weighing.date.period) \(sex) \(age) \(column)"
                            counts[key, default: 0] += 1
                        }
                    }
                }
                last = (weighing, letter)
            }
        }
        for (_, own) in Dictionary(grouping: returns, by: { "\($0.posyandu.text) \($0.date.period)" }) {
            guard let newest = own.max(by: { ($0.date.text, $0.said.text) < ($1.date.text, $1.said.text) }) else {
                continue
            }
            let place = "\(newest.posyandu.text) \(newest.date.period)"
            counts["\(place) - - S"] = newest.boys.s + newest.girls.s
            counts["\(place) - - K"] = newest.boys.k + newest.girls.k
            for (sex, value) in [("L", newest.boys), ("P", newest.girls)] {
                counts["\(place) \(sex) - S"] = value.s
                counts["\(place) \(sex) - K"] = value.k
            }
        }
        return counts
    }

    private static func letter(
        _ weighing: TruthWeighing,
        after last: (weighing: TruthWeighing, letter: String)?,
        _ child: TruthChild
    ) -> String {
        guard let last else { return "B" }
        guard last.weighing.date.monthNumber + 1 == weighing.date.monthNumber,
            let least = least(child, weighing.date.months(since: child.birth))
        else { return "O" }
        return weighing.grams - last.weighing.grams >= least ? "N" : "T"
    }
}
