// Nutritional status of a weighed child: scores, classes, velocity, and what they mean for recap and referral.
// SPDX-License-Identifier: Apache-2.0

import Growth
import PluginKit

/// The WHO tables and the classes of Permenkes 2/2020.
struct Nutrition: Sendable {
    let tables: GrowthTables
    let categories: NutritionCategories

    init(_ setup: Setup) throws(SetupError) {
        tables = try GrowthTables { name throws(SetupError) in try setup.tableBytes(name) }
        categories = try NutritionCategories(setup.table("kategori_gizi"))
    }

    /// What one weighing says of a child.
    struct Status: Sendable {
        let ageDays: Int
        let result: GrowthResult
        let findings: NutritionFindings
        /// Length or height after the correction, as exact as it was measured, cm.
        let length: ExactDecimal?

        /// Implausible scores, by their names.
        var implausible: [GrowthIndex] { GrowthIndex.allCases.filter { result.isFlagged($0) } }
    }

    func status(_ payload: Weighing.Payload, _ child: Client) -> Status {
        let measurement = GrowthMeasurement(
            sex: child.sex,
            ageDays: Double(child.days),
            weight: Double(payload.grams) / 1_000,
            height: payload.height?.measured,
            posture: payload.measure.map { $0 == "berbaring" ? .lying : .standing },
            oedema: payload.oedema ?? false,
            head: payload.head?.measured,
            arm: payload.muac?.measured
        )
        let result = tables.assess(measurement)
        return Status(
            ageDays: child.days,
            result: result,
            findings: NutritionFindings(result, measurement, categories),
            length: Self.length(payload.height, result.correctedLength)
        )
    }

    private static func length(_ measured: ExactDecimal?, _ corrected: Double?) -> ExactDecimal? {
        guard let measured, let corrected else { return nil }
        let shift = corrected - measured.measured
        guard shift.magnitude > 0.5, let difference = ExactDecimal(mantissa: 7, scale: 1) else { return measured }
        return shift > 0 ? measured.adding(difference) : measured.subtracting(difference)
    }
}

extension Nutrition.Status {
    private var scores: [(field: String, index: GrowthIndex)] {
        GrowthIndex.allCases.map { ("\($0.rawValue)_z", $0) }
    }

    /// Adds scores and classes to the fields of the record.
    func put(into fields: inout Fields) {
        fields["umur_hari"] = .integer(ageDays)
        fields["tinggi_terkoreksi_cm"] = length.map { .decimal($0) }
        for (field, index) in scores { fields[field] = result[index]?.decimal.map { .decimal($0) } }
        for (field, category) in [
            ("bbu_kategori", findings.weightForAge), ("tbu_kategori", findings.lengthForAge),
            ("bbtb_kategori", findings.weightForLength), ("imtu_kategori", findings.bodyMassForAge),
            ("lku_kategori", findings.headForAge),
        ] {
            fields[field] = category.map { .text($0.name) }
        }
        let odd = implausible
        if !odd.isEmpty { fields["tidak_wajar"] = .list(odd.map { .text($0.rawValue) }) }
    }

    /// Adds gain and velocity since an earlier weighing; nothing when it was on the same day.
    func putVelocity(
        since last: EarlierRecord,
        _ payload: Weighing.Payload,
        on date: CivilDate,
        into fields: inout Fields
    ) {
        let days = last.date.days(until: date)
        guard days > 0 else { return }
        fields["selang_hari"] = .integer(days)
        if let before = last.fields.integer("berat_gram") {
            let gain = payload.grams.subtractingReportingOverflow(before)
            if !gain.overflow {
                fields["laju_gram_per_hari"] = Self.rounded(Double(gain.partialValue) / Double(days)).map {
                    .decimal($0)
                }
            }
        }
        guard let length, let before = last.fields.decimal("tinggi_terkoreksi_cm"),
            let age = last.fields.integer("umur_hari"), var gain = length.subtracting(before)
        else { return }
        // Lengths are 0.7 cm more than heights: a child does not shrink on the day its standard changes.
        if age < GrowthTables.firstHeightDay, ageDays >= GrowthTables.firstHeightDay,
            let difference = ExactDecimal(mantissa: 7, scale: 1), let sum = gain.adding(difference)
        {
            gain = sum
        }
        fields["kenaikan_tinggi_cm"] = .decimal(gain)
        let pace = gain.measured / Double(days) * GrowthTables.daysOfMonth
        fields["laju_cm_per_bulan"] = Self.rounded(pace).map { .decimal($0) }
    }

    /// Two decimals, a tie away from zero.
    private static func rounded(_ value: Double) -> ExactDecimal? { ZScore(rounding: value)?.decimal }

    /// Adds the reasons to refer: every class that the table refers, told once where two indices say the same.
    ///
    /// - Parameter isBelowRedLine: the weight was already told of.
    func addReasons(to referral: inout Referral, isBelowRedLine: Bool) {
        let height = ageDays < GrowthTables.firstHeightDay ? "PB" : "TB"
        func add(_ category: NutritionCategories.Category?, _ words: String, _ index: String, _ score: ZScore?) {
            guard let category, category.isReferred else { return }
            let number = score.map { " \($0)".map { $0 == "." ? "," : String($0) }.joined() } ?? ""
            let name = category.name.map { $0 == "_" ? " " : String($0) }.joined()
            referral.add("\(words)\(name) (\(index)\(number))", if: true)
        }
        if !isBelowRedLine, result.weightForAge != nil {
            add(findings.weightForAge, "berat badan ", "BB/U", result.weightForAge)
        }
        add(findings.lengthForAge, "", "\(height)/U", result.lengthForAge)
        if result.weightForLength != nil {
            add(findings.weightForLength, "", "BB/\(height)", result.weightForLength)
        } else if result.bodyMassForAge != nil {
            add(findings.bodyMassForAge, "", "IMT/U", result.bodyMassForAge)
        }
        add(findings.headForAge, "lingkar kepala: ", "LK/U", result.headForAge)
    }

    /// Asks to measure again when a score is implausible.
    func remeasurement(_ limits: Limits) -> [Effect] {
        let odd = implausible
        guard !odd.isEmpty else { return [] }
        let names: [String] = odd.map {
            switch $0 {
            case .weightForAge: "BB/U"
            case .lengthForAge: "PB/U atau TB/U"
            case .weightForLength: "BB/PB atau BB/TB"
            case .bodyMassForAge: "IMT/U"
            case .headForAge: "LK/U"
            case .armForAge: "LILA/U"
            }
        }
        let reason =
            "ukur ulang: \(names.joined(separator: ", ")) tidak wajar; "
            + "periksa hasil ukur, cara ukur, tanggal lahir dan jenis kelamin"
        return [.raiseTask(kind: "ukur_ulang", reason: reason, dueDays: limits.referralDays, to: "kader")]
    }

    /// Adds what the child is in the recaps of its month: the newest valid measurement of the month counts.
    ///
    /// 0 is said for the three prevalences, so that none is not the same as not measured, and for everything when the
    /// child was measured before in the month, so that the newer measurement wins.
    func count(in tally: inout Tally, again: Bool, _ categories: NutritionCategories) {
        if let category = findings.weightForAge {
            tally.state("bbu_terukur", true, sexes: true)
            tally.state("underweight", category.isLow, sexes: true, again: again, says0: true)
            tally.state("underweight_berat", category == categories.lowest(.weightForAge), again: again, says0: true)
            tally.state("bbu_baik", !category.isAbnormal, again: again)
            tally.state("bbu_lebih", category.isAbnormal && !category.isLow, again: again)
        }
        if let category = findings.lengthForAge {
            tally.state("tbu_terukur", true, sexes: true)
            tally.state("stunting", category.isLow, sexes: true, again: again, says0: true)
            tally.state("stunting_berat", category == categories.lowest(.lengthForAge), again: again, says0: true)
            tally.state("tbu_normal", !category.isAbnormal, again: again)
            tally.state("tbu_tidak_normal", category.isAbnormal, again: again)
        }
        if let category = findings.weightForLength {
            tally.state("bbtb_terukur", true, sexes: true)
            tally.state("wasting", category.isLow, sexes: true, again: again, says0: true)
            tally.state("wasting_berat", category == categories.lowest(.weightForLength), again: again, says0: true)
            tally.state("bbtb_baik", !category.isAbnormal, again: again)
            tally.state("bbtb_lebih", category.isAbnormal && !category.isLow, again: again)
        }
        if let category = findings.headForAge {
            tally.state("lku_normal", !category.isAbnormal, again: again)
            tally.state("lku_tidak_normal", category.isAbnormal, again: again)
        }
        tally.state("tidak_wajar", !implausible.isEmpty, again: again)
    }
}

extension ExactDecimal {
    /// The nearest binary number, for the formulas of the standards.
    var measured: Double {
        var divisor = 1.0
        for _ in 0..<scale { divisor *= 10 }
        return Double(mantissa) / divisor
    }
}
