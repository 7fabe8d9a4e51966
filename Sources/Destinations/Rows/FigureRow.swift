// One figure of one area as it leaves, and the exact arithmetic of its value.
// SPDX-License-Identifier: Apache-2.0

internal import PluginKit

/// A row: an indicator of an area. Row key inside a document is (`code`, `area`).
struct FigureRow: Sendable {
    var code: String
    /// One of the six sectors; nil in the registry document.
    var sector: String?
    var area: String
    var unit: String
    /// Without the denominator: the value. Integers only go out as `pembilang`.
    var numerator: ExactDecimal?
    var denominator: ExactDecimal?
    var isRatio = false
    var status: String
    var subkegiatan: [String] = []
    /// What the mapping says of the indicator; nil for counts of the registry.
    var rule: ExporterMapping.IndicatorRule?
    /// Decimals of `nilai`, the same for every row of the indicator.
    var scale = 0

    /// A plain count of the registry, always final.
    static func count(_ code: String, sector: String?, area: String, unit: String, _ count: Int) -> FigureRow {
        FigureRow(
            code: code,
            sector: sector,
            area: area,
            unit: unit,
            numerator: ExactDecimal(count),
            status: "final"
        )
    }

    /// `nilai`: the number itself, or the percentage of a ratio, rounded half away from zero to `scale` decimals.
    /// `nil` when the row has no number; a ratio over zero has none.
    func value() throws(PlanError) -> String? {
        guard let numerator else { return nil }
        if isRatio {
            guard let denominator, denominator.mantissa != 0 else { return nil }
            return try Self.quotient(
                Self.scaled(numerator, by: 2 + scale + denominator.scale),
                Self.scaled(denominator, by: numerator.scale),
                scale: scale
            )
        }
        return try Self.quotient(Self.scaled(numerator, by: scale), Self.scaled(1, by: numerator.scale), scale: scale)
    }

    private static func scaled(_ number: ExactDecimal, by power: Int) throws(PlanError) -> Int128 {
        var result = Int128(number.mantissa)
        for _ in 0..<power {
            let next = result.multipliedReportingOverflow(by: 10)
            guard !next.overflow else { throw PlanError(.unusable, "a figure has too many digits") }
            result = next.partialValue
        }
        return result
    }

    private static func quotient(_ dividend: Int128, _ divisor: Int128, scale: Int) throws(PlanError) -> String {
        let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
        let roundsUp = remainder.magnitude * 2 >= divisor.magnitude
        let isNegative = (dividend < 0) != (divisor < 0) && dividend != 0
        let rounded = roundsUp ? quotient + (isNegative ? -1 : 1) : quotient
        guard let mantissa = Int64(exactly: rounded), let decimal = ExactDecimal(mantissa: mantissa, scale: scale)
        else { throw PlanError(.unusable, "a figure has too many digits") }
        return decimal.description
    }
}
