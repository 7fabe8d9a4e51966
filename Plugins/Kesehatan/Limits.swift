// The values that a kabupaten may set: every limit that no source confirms.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// The manifest's `parameters`, read once.
struct Limits: Sendable {
    let weighingIntervalDays: Int
    let muacRed: ExactDecimal
    let muacGreen: ExactDecimal
    /// BB/U of the chart's red and orange lines.
    let redLine: ExactDecimal
    let orangeLine: ExactDecimal
    let energyDeficiency: ExactDecimal
    let lowBirthWeightGrams: Int
    let haemoglobinPregnant: ExactDecimal
    let haemoglobinGirl: ExactDecimal
    let systolic: (low: Int, high: Int)
    let diastolic: (low: Int, high: Int)
    let glucose: (low: Int, high: Int)
    let lungReferral: Int
    let mindPositive: Int
    let referralDays: Int

    init(_ setup: Setup) throws(SetupError) {
        func integer(_ name: String) throws(SetupError) -> Int {
            guard let value = setup.parameters.integer(name) else { throw SetupError("parameter \(name) is missing") }
            return value
        }
        func decimal(_ name: String) throws(SetupError) -> ExactDecimal {
            guard let value = setup.parameters.decimal(name) else { throw SetupError("parameter \(name) is missing") }
            return value
        }
        weighingIntervalDays = try integer("jarak_timbang_minimum_hari")
        muacRed = try decimal("lila_balita_merah_cm")
        muacGreen = try decimal("lila_balita_hijau_cm")
        redLine = try decimal("bgm_bbu_z")
        orangeLine = try decimal("oranye_bbu_z")
        energyDeficiency = try decimal("lila_kek_cm")
        lowBirthWeightGrams = try integer("bblr_gram")
        haemoglobinPregnant = try decimal("hb_bumil_g_dl")
        haemoglobinGirl = try decimal("hb_remaja_putri_g_dl")
        systolic = (try integer("sistolik_rendah"), try integer("sistolik_tinggi"))
        diastolic = (try integer("diastolik_rendah"), try integer("diastolik_tinggi"))
        glucose = (try integer("gula_rendah_mg_dl"), try integer("gula_tinggi_mg_dl"))
        lungReferral = try integer("puma_rujuk")
        mindPositive = try integer("srq_positif")
        referralDays = try integer("tenggat_rujukan_hari")
    }

    /// Class of a blood pressure; nil unless both values are given.
    func pressure(_ answers: Fields) -> Level? {
        guard let upper = answers.integer("sistolik"), let lower = answers.integer("diastolik") else { return nil }
        if upper >= systolic.high || lower >= diastolic.high { return .high }
        return upper < systolic.low || lower < diastolic.low ? .low : .normal
    }

    /// Class of a random blood glucose.
    func glucose(_ answers: Fields) -> Level? {
        answers.integer("gula_mg_dl").map { $0 >= glucose.high ? .high : $0 < glucose.low ? .low : .normal }
    }
}

/// Low, normal or high, as the recap sheets count blood pressure and glucose.
enum Level: String, Sendable {
    case low = "rendah"
    case normal
    case high = "tinggi"
}

/// Reasons to refer somebody, gathered over the rules of one record and told in one task.
struct Referral {
    private var reasons: [String] = []
    private var urgent = false

    /// A reason that the kader reads, when the rule holds. An urgent one is due on the same day.
    mutating func add(_ reason: String, if condition: Bool?, urgent: Bool = false) {
        guard condition == true else { return }
        reasons.append(reason)
        self.urgent = self.urgent || urgent
    }

    /// The task, or nothing when there is no reason.
    func effects(to role: String, _ limits: Limits) -> [Effect] {
        guard !reasons.isEmpty else { return [] }
        let reason = "rujuk: " + reasons.joined(separator: "; ")
        return [.raiseTask(kind: "rujukan", reason: reason, dueDays: urgent ? 0 : limits.referralDays, to: role)]
    }
}
