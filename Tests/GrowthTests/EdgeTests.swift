// The edges of ages, lengths, rounding and classes.
// SPDX-License-Identifier: Apache-2.0

import Growth
import PluginKit
import Testing

@Suite struct EdgeTests {
    private let tables: GrowthTables
    private let categories: NutritionCategories

    init() throws {
        tables = try GrowthBench.tables.get()
        categories = try GrowthBench.categories.get()
    }

    private func assess(
        _ age: Double?,
        weight: Double? = 9,
        height: Double? = 80,
        _ posture: GrowthMeasurement.Posture? = nil,
        oedema: Bool = false
    ) -> GrowthResult {
        tables.assess(
            GrowthMeasurement(
                sex: .male,
                ageDays: age,
                weight: weight,
                height: height,
                posture: posture,
                oedema: oedema,
                head: 46,
                arm: 15
            )
        )
    }

    /// 1,826.25 days are 60 months: a fraction below them still scores, by the rounded day.
    @Test(arguments: [(-0.1, false), (0, true), (1826, true), (1826.2, true), (1826.25, false), (1827, false)])
    func `scores are there from birth to the last day under 60 months`(age: Double, isThere: Bool) {
        let result = assess(age)
        for index in GrowthIndex.allCases where index != .armForAge || age > 91 {
            #expect((result[index] != nil) == isThere, "\(index)")
        }
        #expect(result.correctedLength == 80)
    }

    @Test func `arm circumference begins at day 91, half a day rounds up`() {
        #expect(assess(90).armForAge == nil)
        #expect(assess(90.4).armForAge == nil)
        #expect(assess(90.5).armForAge == assess(91).armForAge)
        #expect(assess(91).armForAge != nil)
    }

    /// Standing under 9 months (273.9375 days) says nothing; lying from day 731 takes 0.7 cm off.
    @Test(arguments: [
        (273, GrowthMeasurement.Posture.standing, 80), (273.9, .standing, 80), (273.9375, .standing, 80.7),
        (274, .standing, 80.7), (730, .standing, 80.7), (730.4, .standing, 80.7), (730.5, .standing, 80),
        (731, .standing, 80), (730, .lying, 80), (730.5, .lying, 79.3), (731, .lying, 79.3), (0, .lying, 80),
    ])
    func `length and height are corrected for the posture`(
        age: Double,
        posture: GrowthMeasurement.Posture,
        length: Double
    ) {
        #expect(assess(age, posture).correctedLength == length)
    }

    @Test func `weight for length is given from 45 to 110 cm, for height from 65 to 120`() {
        func isThere(_ age: Double, _ height: Double, _ posture: GrowthMeasurement.Posture? = nil) -> Bool {
            assess(age, height: height, posture).weightForLength != nil
        }
        #expect(!isThere(300, 44.9) && isThere(300, 45) && isThere(300, 110) && !isThere(300, 110.1))
        #expect(!isThere(800, 64.9) && isThere(800, 65) && isThere(800, 120) && !isThere(800, 120.1))
        // The corrected length decides, and 109.3 + 0.7 is 110 whatever binary arithmetic makes of it.
        #expect(isThere(300, 109.3, .standing) && !isThere(300, 109.4, .standing) && isThere(300, 44.3, .standing))
        #expect(isThere(800, 65.7, .lying) && !isThere(800, 65.6, .lying) && isThere(800, 120.7, .lying))
    }

    @Test func `without an age only weight for length is there, by posture or by 87 cm`() {
        for height in [45.0, 64.9, 86.9] { #expect(assess(nil, height: height).weightForLength != nil) }
        // As a height 64.9 is below the table, as a length it is not.
        #expect(assess(nil, height: 64.9, .standing).weightForLength == nil)
        #expect(assess(nil, height: 86.9, .lying).weightForLength == assess(nil, height: 86.9).weightForLength)
        #expect(assess(nil, height: 87, .standing).weightForLength == assess(nil, height: 87).weightForLength)
        #expect(
            assess(nil, height: 115).weightForLength != nil && assess(nil, height: 115, .lying).weightForLength == nil
        )
        let result = assess(nil)
        #expect(result.weightForAge == nil && result.lengthForAge == nil && result.bodyMassForAge == nil)
        #expect(result.headForAge == nil && result.armForAge == nil)
    }

    @Test func `oedema takes away what uses the weight, and counts as the lowest class`() {
        let result = assess(400, oedema: true)
        #expect(result.weightForAge == nil && result.weightForLength == nil && result.bodyMassForAge == nil)
        #expect(result.lengthForAge == assess(400).lengthForAge && result.lengthForAge != nil)
        let child = GrowthMeasurement(sex: .male, ageDays: 400, weight: 9, height: 80, oedema: true)
        let findings = NutritionFindings(result, child, categories)
        #expect(findings.weightForLength?.name == "gizi_buruk" && findings.wasting == true)
        #expect(findings.weightForAge?.name == "sangat_kurang" && findings.underweight == true)
        #expect(findings.stunting == false)
        let older = GrowthMeasurement(sex: .male, ageDays: 1827, weight: 9, height: 80, oedema: true)
        #expect(NutritionFindings(tables.assess(older), older, categories).wasting == nil)
    }

    @Test func `what is not positive is missing, and takes only its own scores away`() {
        for weight in [0, -1, .nan, .infinity] {
            let result = assess(400, weight: weight)
            #expect(result.weightForAge == nil && result.bodyMassForAge == nil && result.lengthForAge != nil)
        }
        #expect(assess(400, height: 0).correctedLength == nil)
        #expect(assess(.nan).weightForAge == nil && assess(1e300).weightForAge == nil)
    }

    /// 9.3999996185303 is what a single-precision file holds of 9.4.
    @Test func `single precision does not move a score that lies on no tie`() {
        #expect(assess(365, weight: 9.39999961853027) == assess(365, weight: 9.4))
        #expect(assess(800, height: 84.8000030517578).lengthForAge == assess(800, height: 84.8).lengthForAge)
    }

    @Test func `a tie rounds away from zero, also where binary arithmetic falls short of it`() throws {
        for (value, hundredths) in [
            (1.005, 101), (-1.005, -101), (0.995, 100), (2.675, 268), (-2.675, -268), (1.00499999, 100), (-0.004, 0),
            (0.005, 1), (-3, -300),
        ] {
            #expect(ZScore(rounding: value)?.hundredths == hundredths, "\(value)")
        }
        #expect(ZScore(rounding: .nan) == nil && ZScore(rounding: -.infinity) == nil)
        #expect("\(try #require(ZScore(rounding: -0.05)))" == "-0.05")
    }

    /// The class on both sides of every limit, and on it.
    @Test(arguments: [
        (NutritionCategories.Scale.weightForAge, -301, "sangat_kurang"), (.weightForAge, -300, "kurang"),
        (.weightForAge, -201, "kurang"), (.weightForAge, -200, "normal"), (.weightForAge, 100, "normal"),
        (.weightForAge, 101, "risiko_lebih"), (.lengthForAge, -301, "sangat_pendek"), (.lengthForAge, -300, "pendek"),
        (.lengthForAge, -200, "normal"), (.lengthForAge, 300, "normal"), (.lengthForAge, 301, "tinggi"),
        (.weightForLength, -301, "gizi_buruk"), (.weightForLength, -300, "gizi_kurang"),
        (.weightForLength, -200, "gizi_baik"), (.weightForLength, 100, "gizi_baik"),
        (.weightForLength, 101, "berisiko_gizi_lebih"), (.weightForLength, 200, "berisiko_gizi_lebih"),
        (.weightForLength, 201, "gizi_lebih"), (.weightForLength, 300, "gizi_lebih"),
        (.weightForLength, 301, "obesitas"), (.schoolBodyMassForAge, 200, "gizi_lebih"),
        (.schoolBodyMassForAge, 201, "obesitas"), (.headForAge, -201, "mikrosefali"), (.headForAge, -200, "normal"),
        (.headForAge, 200, "normal"), (.headForAge, 201, "makrosefali"),
    ])
    func `classes of Permenkes 2 of 2020`(scale: NutritionCategories.Scale, hundredths: Int, name: String) {
        #expect(categories.category(scale, ZScore(hundredths: hundredths))?.name == name)
    }

    @Test func `colours of the arm tape`() {
        #expect(
            [11.4, 11.5, 12.4, 12.5].map { categories.category(arm: $0)?.name } == [
                "merah", "kuning", "kuning", "hijau",
            ]
        )
    }

    @Test func `a flagged score has no class`() {
        let child = GrowthMeasurement(sex: .male, ageDays: 1001, weight: 18, height: 120)
        let result = tables.assess(child)
        #expect(result.isFlagged(.lengthForAge) && result.plausible(.lengthForAge) == nil)
        let findings = NutritionFindings(result, child, categories)
        #expect(findings.stunting == nil && findings.lengthForAge == nil && findings.wasting == true)
    }

    /// M of the table has the score 0, and M(1 + 2LS)^(1/L) the score 2: boys of 61 months, read off the file by hand.
    @Test func `body mass of school age follows the reference of 2007`() throws {
        #expect(tables.bmiForAge5to19(.male, ageMonths: 61, bodyMass: 15.2641)?.hundredths == 0)
        #expect(tables.bmiForAge5to19(.male, ageMonths: 61, bodyMass: 18.2589)?.hundredths == 200)
        #expect(tables.bmiForAge5to19(.female, ageMonths: 228, bodyMass: 21.4269)?.hundredths == 0)
        let between = try #require(tables.bmiForAge5to19(.male, ageMonths: 61.5, bodyMass: 17))
        let low = try #require(tables.bmiForAge5to19(.male, ageMonths: 61, bodyMass: 17))
        let high = try #require(tables.bmiForAge5to19(.male, ageMonths: 62, bodyMass: 17))
        #expect(min(low, high) <= between && between <= max(low, high))
        #expect(tables.bmiForAge5to19(.male, ageMonths: 60.9, bodyMass: 15) == nil)
        #expect(tables.bmiForAge5to19(.male, ageMonths: 228.1, bodyMass: 20) == nil)
        #expect(tables.bmiForAge5to19(.male, ageMonths: 100, bodyMass: 0) == nil)
    }
}
