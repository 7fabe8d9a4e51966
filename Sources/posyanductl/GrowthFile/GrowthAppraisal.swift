// Scores and classes of a measurement as the cells that are added to its row.
// SPDX-License-Identifier: Apache-2.0

import Growth

/// What makes cells of a measurement: the WHO tables and the classes.
struct GrowthAppraisal: Sendable {
    let tables: GrowthTables
    let categories: NutritionCategories

    private static let scales: [(GrowthIndex, NutritionCategories.Scale)] = [
        (.weightForAge, .weightForAge), (.lengthForAge, .lengthForAge), (.weightForLength, .weightForLength),
        (.bodyMassForAge, .bodyMassForAge), (.headForAge, .headForAge),
    ]
    private static let indices = GrowthIndex.allCases
    private static let names = GrowthIndex.allCases.map { Array($0.rawValue.utf8) }

    /// Appends the cells of ``GrowthColumns/added``, each behind a separator.
    func append(_ measurement: GrowthMeasurement, to out: inout [UInt8], separator: UInt8) {
        let result = tables.assess(measurement)
        out.append(separator)
        if let length = result.correctedLength.flatMap({ ZScore(rounding: $0) }) { Self.append(length, to: &out) }
        for index in Self.indices {
            out.append(separator)
            if let score = result[index] { Self.append(score, to: &out) }
        }
        out.append(separator)
        var isFirst = true
        for (position, index) in Self.indices.enumerated() where result.isFlagged(index) {
            if !isFirst { out.append(0x20) }
            isFirst = false
            out.append(contentsOf: Self.names[position])
        }
        let findings = NutritionFindings(result, measurement, categories)
        for (_, scale) in Self.scales {
            out.append(separator)
            if let category = findings[scale] { out.append(contentsOf: category.text) }
        }
        out.append(separator)
        if let category = findings.arm { out.append(contentsOf: category.text) }
        for finding in [findings.stunting, findings.wasting, findings.underweight] {
            out.append(separator)
            if let finding { out.append(UInt8(ascii: finding ? "1" : "0")) }
        }
    }

    /// The cells of a row without results.
    static func appendEmpty(to out: inout [UInt8], separator: UInt8) {
        for _ in GrowthColumns.added { out.append(separator) }
    }

    private static func append(_ score: ZScore, to out: inout [UInt8]) {
        var rest = score.hundredths.magnitude
        if score.hundredths < 0 { out.append(UInt8(ascii: "-")) }
        let fraction = rest % 100
        rest /= 100
        var divisor: UInt = 1
        while rest / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            out.append(UInt8(ascii: "0") + UInt8(rest / divisor % 10))
            divisor /= 10
        }
        out.append(UInt8(ascii: "."))
        out.append(UInt8(ascii: "0") + UInt8(fraction / 10))
        out.append(UInt8(ascii: "0") + UInt8(fraction % 10))
    }
}
