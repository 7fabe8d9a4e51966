// How a child grows: along the WHO curves, with its own place on them, noise, and months of illness.
// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Weight and length of one child by month of the simulation, a pure function of seed and child.
struct Growth: Sendable {
    /// Standard deviations from the median, for weight and for length.
    private let weightPlace: Double
    private let lengthPlace: Double
    private let isBoy: Bool
    private let birth: Day
    private let seed: UInt64

    init(seed: UInt64, child: Int, isBoy: Bool, birth: Day) {
        var chance = SplitMix(seed, 0x47524F, UInt64(child))
        weightPlace = -0.75 + 0.85 * chance.normal()
        lengthPlace = -0.9 + 0.8 * chance.normal()
        self.isBoy = isBoy
        self.birth = birth
        self.seed = SplitMix(seed, 0x4D4F4E, UInt64(child)).seedOnly
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
            let age = max(0, Double(day.number - birth.number) / 30.4375)
            let curve = 1_000 * Self.weight(age, weightPlace + 0.05 * chance.normal(), isBoy: isBoy)
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

    /// Tenths of a centimetre on a day.
    func length(on day: Day) -> Int {
        let age = max(0, Double(day.number - birth.number) / 30.4375)
        let (m, s) =
            isBoy
            ? (Self.at(age, GrowthStandard.boysLengthM), Self.at(age, GrowthStandard.boysLengthS))
            : (Self.at(age, GrowthStandard.girlsLengthM), Self.at(age, GrowthStandard.girlsLengthS))
        return Int((10 * m * (1 + s * lengthPlace)).rounded())
    }

    /// Where a weight stands on the chart of the child's age, in standard deviations.
    func place(grams: Int, on day: Day) -> Double {
        let age = max(0, Double(day.number - birth.number) / 30.4375)
        let (l, m, s) = Self.weightParameters(age, isBoy: isBoy)
        return (pow(Double(grams) / 1_000 / m, l) - 1) / (s * l)
    }

    private static func weight(_ months: Double, _ z: Double, isBoy: Bool) -> Double {
        let (l, m, s) = weightParameters(months, isBoy: isBoy)
        return m * pow(max(0.2, 1 + l * s * z), 1 / l)
    }

    private static func weightParameters(_ months: Double, isBoy: Bool) -> (l: Double, m: Double, s: Double) {
        isBoy
            ? (
                at(months, GrowthStandard.boysWeightL), at(months, GrowthStandard.boysWeightM),
                at(months, GrowthStandard.boysWeightS)
            )
            : (
                at(months, GrowthStandard.girlsWeightL), at(months, GrowthStandard.girlsWeightM),
                at(months, GrowthStandard.girlsWeightS)
            )
    }

    private static func at(_ months: Double, _ table: [Double]) -> Double {
        let place = min(months, Double(table.count - 1))
        let low = Int(place)
        let high = min(low + 1, table.count - 1)
        return table[low] + (place - Double(low)) * (table[high] - table[low])
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
