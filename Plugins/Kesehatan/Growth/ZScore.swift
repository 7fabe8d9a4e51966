// A z-score to two decimals, and the LMS formula that gives it.
// SPDX-License-Identifier: Apache-2.0

import Glibc
package import PluginKit

/// A z-score, rounded to two decimals. Categories and flags are decided on this value, never on more digits.
package struct ZScore: Hashable, Sendable, Comparable {
    /// The score times 100.
    package let hundredths: Int

    package init(hundredths: Int) { self.hundredths = hundredths }

    /// Rounds to two decimals, a tie away from zero; nil for a value that is no number or beyond a million.
    ///
    /// A value closer than 1e-10 to a tie counts as one: the tables have four or five digits, so a true tie comes out of
    /// binary arithmetic as 0.9949999999999999 or as 0.9950000000000001.
    package init?(rounding value: Double) {
        guard value.magnitude < 1_000_000 else { return nil }
        let scaled = (value.magnitude * 100 + 0.5 + 1e-8).rounded(.down)
        hundredths = value < 0 ? -Int(scaled) : Int(scaled)
    }

    /// The score as an exact decimal of two places.
    package var decimal: ExactDecimal? { ExactDecimal(mantissa: Int64(hundredths), scale: 2) }

    package static func < (left: ZScore, right: ZScore) -> Bool { left.hundredths < right.hundredths }
}

extension ZScore: CustomStringConvertible {
    /// Two decimals, `-2.05`.
    package var description: String {
        let digits = hundredths.magnitude % 100
        return "\(hundredths < 0 ? "-" : "")\(hundredths.magnitude / 100).\(digits < 10 ? "0" : "")\(digits)"
    }
}

/// L, M and S of one sex at one age or length: power, median and coefficient of variation.
struct LMS: Hashable, Sendable {
    var l: Double
    var m: Double
    var s: Double

    /// The measurement that lies `k` standard deviations from the median.
    private func deviation(_ k: Double) -> Double { m * pow(1 + l * s * k, 1 / l) }

    /// The unrounded z-score of a measurement.
    ///
    /// `[C: WorldHealthOrganization/anthro]`. Beyond 3 and -3 the score goes on in steps of the outermost whole
    /// deviation, except for length and height, which are distributed normally.
    /// - Parameter restricted: whether that rule applies.
    func score(_ y: Double, restricted: Bool) -> Double {
        let ratio = y / m
        let score = l == 1 ? (ratio - 1) / s : (pow(ratio, l) - 1) / (s * l)
        guard restricted, score.magnitude > 3 else { return score }
        if score > 3 {
            let outer = deviation(3)
            return 3 + (y - outer) / (outer - deviation(2))
        }
        let outer = deviation(-3)
        return -3 + (y - outer) / (deviation(-2) - outer)
    }

    /// The values between this row and the next one.
    func interpolated(to next: LMS, _ part: Double) -> LMS {
        LMS(l: l + part * (next.l - l), m: m + part * (next.m - m), s: s + part * (next.s - s))
    }
}
