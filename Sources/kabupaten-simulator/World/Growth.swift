// How a child grows: along the WHO curves, with its own place on them, noise, and months of illness.
// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Weight and length of one child by month of the simulation, a pure function of seed and child.
struct Growth: Sendable {
    /// Standard deviations from the median.
    private let weightPlace: Double
    private let lengthPlace: Double
    private let headPlace: Double
    private let armPlace: Double
    private let isBoy: Bool
    private let birth: Day
    private let seed: UInt64
    private let standards: SexStandards

    init(seed: UInt64, child: Int, isBoy: Bool, birth: Day, standards: StandardTables) {
        var chance = SplitMix(seed, 0x47524F, UInt64(child))
        // Some children never caught up in length, some are thin; the others scatter around the median of the village.
        var weight = -0.75 + 0.85 * chance.normal()
        var length = -0.9 + 0.8 * chance.normal()
        if chance.chance(0.09) {
            length -= 1.3
            weight -= 0.5
        }
        if chance.chance(0.045) { weight -= 1.4 }
        weightPlace = weight
        lengthPlace = length
        headPlace = -0.3 + 0.9 * chance.normal()
        armPlace = 0.15 + 0.6 * weight + 0.7 * chance.normal()
        self.isBoy = isBoy
        self.birth = birth
        self.seed = SplitMix(seed, 0x4D4F4E, UInt64(child)).seedOnly
        self.standards = standards.of(isBoy: isBoy)
    }

    /// Grams on the open days of months `first` to `first + months`, in whole 50 g as a dacin shows them.
    ///
    /// In most months a child gains at least the minimum of its age; when it was ill, it does not.
    func weights(from first: Month, months: Int, openDay: Int) -> [Int] {
        var grams: [Int] = []
        var last = 0.0
        for index in 0...months {
            var chance = SplitMix(seed, UInt64(index))
            let day = first.adding(index).day(openDay)
            let curve = 1_000 * weight(on: day, weightPlace + 0.05 * chance.normal())
            let isWell = chance.chance(0.925)
            let extra = chance.unit()
            if last == 0 {
                last = curve
            } else if isWell {
                let least = Double(MinimumGain.grams(day.completedMonths(since: birth), isBoy: isBoy) ?? 0)
                last = max(last + least + 25 + 150 * extra, min(curve, last + 1_200))
            } else {
                last = max(last - 350 + 420 * extra, 1_800)
            }
            grams.append(Int((last / 50).rounded()) * 50)
        }
        return grams
    }

    /// Length in tenths of a centimetre on a day, as a board shows it: children move.
    func length(on day: Day) -> Int { tenths(standards.length, lengthPlace, on: day, noise: 0.5) }

    /// Head circumference in tenths of a centimetre.
    func head(on day: Day) -> Int { tenths(standards.head, headPlace, on: day, noise: 0.2) }

    /// Mid-upper-arm circumference in tenths of a centimetre; the table begins at three months.
    func arm(on day: Day) -> Int { tenths(standards.arm, armPlace, on: day, noise: 0.2) }

    private func tenths(_ table: StandardTable, _ place: Double, on day: Day, noise: Double) -> Int {
        let (l, m, s) = table.nearest(day.number - birth.number)
        var chance = SplitMix(seed, 0x4E4F49, UInt64(bitPattern: Int64(day.number)), UInt64(m.bitPattern))
        let value = m * pow(max(0.2, 1 + l * s * place), 1 / l)
        return Int((10 * (value + noise * chance.normal())).rounded())
    }

    /// Where a weight stands on the chart of the child's age, in standard deviations.
    func place(grams: Int, on day: Day) -> Double {
        let (l, m, s) = standards.weight.nearest(day.number - birth.number)
        return (pow(Double(grams) / 1_000 / m, l) - 1) / (s * l)
    }

    private func weight(on day: Day, _ z: Double) -> Double {
        let (l, m, s) = standards.weight.nearest(day.number - birth.number)
        return m * pow(max(0.2, 1 + l * s * z), 1 / l)
    }
}

/// Kenaikan berat minimal (KBM) of Buku KIA 2023: grams a month by completed months of age, 1 to 60.
enum MinimumGain {
    private static let boys = [800, 900, 800, 600, 500, 400, 400, 300, 300, 300, 300]
    private static let girls = [800, 900, 800, 600, 500, 400, 300, 300, 300, 300, 200]

    static func grams(_ months: Int, isBoy: Bool) -> Int? {
        guard (1...60).contains(months) else { return nil }
        return months > 11 ? 200 : (isBoy ? boys : girls)[months - 1]
    }
}

extension SplitMix {
    /// A seed for streams below this one.
    var seedOnly: UInt64 {
        var copy = self
        return copy.next()
    }
}
