// Z-scores of a child by the simulator's own arithmetic, for the tally of stunting, wasting and underweight.
// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Scores in hundredths; nil where one cannot be made or must not be counted.
struct NutritionScores: Equatable, Sendable {
    var weightForAge: Int?
    var lengthForAge: Int?
    var weightForLength: Int?
    var headForAge: Int?
    /// Whether any of the scores lies outside what WHO holds for plausible.
    var isImplausible = false

    /// A measurement as the form of a weighing says it.
    init(_ form: Form, isBoy: Bool, days: Int, _ tables: StandardTables) {
        guard (0...1_826).contains(days) else { return }
        let tables = tables.of(isBoy: isBoy)
        let kilograms = form.number("berat_gram").map { Double($0) / 1_000 }
        let hasOedema = form.isYes("edema")
        let length = form.hundredths("tinggi_cm").map { Self.corrected(Double($0) / 100, form.text("cara_ukur"), days) }
        if let kilograms, !hasOedema, let row = tables.weight[days] {
            weightForAge = keep(Self.score(kilograms, row), -600...500)
        }
        if let length, length > 0, let row = tables.length[days] {
            lengthForAge = keep(Self.plain(length, row), -600...600)
        }
        if let length, let kilograms, !hasOedema {
            let table = days < 731 ? tables.weightForLength : tables.weightForHeight
            weightForLength = Self.between(length, table).flatMap { keep(Self.score(kilograms, $0), -500...500) }
        }
        if let length, length > 0, let kilograms, !hasOedema, let row = tables.bodyMass[days] {
            _ = keep(Self.score(kilograms / (length / 100 * length / 100), row), -500...500)
        }
        if let head = form.hundredths("lingkar_kepala_cm"), let row = tables.head[days] {
            headForAge = keep(Self.score(Double(head) / 100, row), -500...500)
        }
        if let arm = form.hundredths("lila_cm"), let row = tables.arm[days] {
            _ = keep(Self.score(Double(arm) / 100, row), -500...500)
        }
    }

    /// IMT/U of 6 to 18 years by the reference of 2007, between two months, in hundredths.
    static func ofSchoolAge(_ form: Form, isBoy: Bool, days: Int, _ tables: StandardTables) -> Int? {
        guard let weight = form.hundredths("berat_kg"), let height = form.hundredths("tinggi_cm"), height > 0 else {
            return nil
        }
        let table = tables.of(isBoy: isBoy).schoolBodyMass
        let months = Double(days) / 30.4375
        let month = Int(months)
        guard let left = table[month], let right = table[month + 1] else { return nil }
        let part = months - Double(month)
        func mix(_ left: Double, _ right: Double) -> Double { left + part * (right - left) }
        let row = (mix(left.l, right.l), mix(left.m, right.m), mix(left.s, right.s))
        let bodyMass = Double(weight) * 10_000 / 100 / (Double(height) / 100 * Double(height) / 100)
        return Int((100 * score(bodyMass, row)).rounded())
    }

    private mutating func keep(_ score: Double, _ plausible: ClosedRange<Int>) -> Int? {
        let hundredths = Int((100 * score).rounded())
        if plausible.contains(hundredths) { return hundredths }
        isImplausible = true
        return nil
    }

    /// Lying below two years, standing from then on: 0.7 cm between them. Who stands before nine months did not.
    private static func corrected(_ length: Double, _ measure: String?, _ days: Int) -> Double {
        let isStanding = measure == "berdiri" && days > 273
        if days < 731 { return isStanding ? length + 0.7 : length }
        return measure == "berbaring" ? length - 0.7 : length
    }

    private typealias Row = (l: Double, m: Double, s: Double)

    private static func plain(_ value: Double, _ row: Row) -> Double {
        (pow(value / row.m, row.l) - 1) / (row.s * row.l)
    }

    /// Beyond three deviations the distance between the second and the third goes on.
    private static func score(_ value: Double, _ row: Row) -> Double {
        let z = plain(value, row)
        guard abs(z) > 3 else { return z }
        let side: Double = z > 0 ? 1 : -1
        let third = at(3 * side, row)
        let step = abs(third - at(2 * side, row))
        return 3 * side + (value - third) / step
    }

    private static func at(_ z: Double, _ row: Row) -> Double { row.m * pow(1 + row.l * row.s * z, 1 / row.l) }

    /// The row of a length between two millimetres.
    private static func between(_ centimetres: Double, _ table: StandardTable) -> Row? {
        let millimetres = centimetres * 10
        let low = Int((millimetres + 1e-9).rounded(.down))
        guard let left = table[low] else { return nil }
        let part = max(0, millimetres - Double(low))
        guard part > 1e-9 else { return left }
        guard let right = table[low + 1] else { return nil }
        func mix(_ left: Double, _ right: Double) -> Double { left + part * (right - left) }
        return (mix(left.l, right.l), mix(left.m, right.m), mix(left.s, right.s))
    }
}
