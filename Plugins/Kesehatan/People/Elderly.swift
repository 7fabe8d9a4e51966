// Examination of the elderly: measurements, activities of daily living (AKS) and SKILAS.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Residents of 60 years and over.
struct ElderlyVisit: RecordHandler {
    enum Form: Questions {
        static let texts = ["tempat"]
        static let integers = Examination.integers + DailyLiving.items
        static let decimals = Examination.decimals + ["lila_cm"]
        static let flags =
            Examination.senses + ElderlyScreening.questions + ["edukasi", "dirujuk", "merokok"]
            + ElderlyScreening.malnutritionSigns
    }
    typealias Payload = Answers<Form>

    let type: RecordType = "kesehatan.lansia"
    let grownUps: GrownUps
    let dailyLiving: DailyLiving
    let screening: ElderlyScreening
    let followUp: FollowUp

    func validate(_ payload: Payload) -> [Violation] {
        let answered = DailyLiving.items.count { payload.fields[$0] != nil }
        guard answered != 0, answered != DailyLiving.items.count else { return [] }
        let missing = DailyLiving.items.first { payload.fields[$0] == nil }
        return [Violation("lansia.aks", field: missing, "AKS: isi sepuluh butir, baru terisi \(answered)")]
    }

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        guard let client = Client(context) else { return Client.refusal(context) }
        if let refusal = Client.afterDeath(context) { return refusal }
        if let refusal = grownUps.refusal(client) { return refusal }
        var fields = payload.fields.adding("umur_tahun", .integer(client.years))
        var findings = Findings()
        grownUps.examine(client, &fields, &findings)
        if let total = payload.fields.total(DailyLiving.items), let level = dailyLiving.level(total) {
            fields["aks_total"] = .integer(total)
            fields["aks_kategori"] = .text(level.name)
            let reason = "AKS \(total) dari \(DailyLiving.independent), ketergantungan \(level.name)"
            findings.add("aks", reason, if: total < DailyLiving.independent)
        }
        let answers = screening.answers(payload.fields)
        let risk = screening.isAtRisk(answers)
        fields["malnutrisi"] = answers["skilas_malnutrisi"].map { .flag($0) }
        fields["skilas_risiko"] = risk.map { .flag($0) }
        findings.add("skilas", "SKILAS: " + screening.words(answers), if: risk)
        let tasks = followUp.effects(of: findings, type, context, &fields)
        return [.put(fields)] + tasks
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        guard let client = Client(record.context) else { return [] }
        let fields = record.payload.fields
        var tally = Tally(record.context)
        grownUps.count(fields, client, in: &tally)
        let level = fields.total(DailyLiving.items).flatMap { dailyLiving.level($0) }
        tally.sort("lansia_aks", level?.recap)
        tally.sort("lansia_aks", level?.name)
        let answers = screening.answers(fields)
        for question in ElderlyScreening.questions {
            tally.decide(answers[question], yes: "lansia_\(question)_ya", no: "lansia_\(question)_tidak")
        }
        tally.decide(screening.isAtRisk(answers), yes: "lansia_skilas_risiko", no: "lansia_skilas_aman")
        return tally.contributions
    }
}

/// SKILAS: six questions; malnutrition also follows from its signs `[C: kartu bantu]`.
struct ElderlyScreening: Sendable {
    static let questions = [
        "skilas_kognitif", "skilas_mobilisasi", "skilas_malnutrisi", "skilas_pendengaran", "skilas_penglihatan",
        "skilas_depresi",
    ]
    static let malnutritionSigns = ["berat_turun_3_bulan", "nafsu_makan_hilang"]

    /// Arm circumference in cm below which somebody is malnourished.
    let armLimit: ExactDecimal

    /// What is known of each question. Malnutrition is there when it was ticked, or one of its signs is; it is excluded by a
    /// no, and by all its signs being absent.
    func answers(_ fields: Fields) -> [String: Bool] {
        var answers: [String: Bool] = [:]
        for question in Self.questions { answers[question] = fields.flag(question) }
        let thinArm = fields.decimal("lila_cm").map { $0 < armLimit }
        let signs = Self.malnutritionSigns.map { fields.flag($0) } + [thinArm]
        if signs.contains(true) {
            answers["skilas_malnutrisi"] = true
        } else if answers["skilas_malnutrisi"] == nil, signs.allSatisfy({ $0 == false }) {
            answers["skilas_malnutrisi"] = false
        }
        return answers
    }

    /// One yes is a risk `[C: kartu bantu]`; no risk is only known when all six are answered.
    func isAtRisk(_ answers: [String: Bool]) -> Bool? {
        if answers.values.contains(true) { return true }
        return answers.count == Self.questions.count ? false : nil
    }

    /// The questions answered yes, in the order of the form.
    func words(_ answers: [String: Bool]) -> String {
        Self.questions.filter { answers[$0] == true }.map { String($0.dropFirst("skilas_".count)) }
            .joined(separator: ", ")
    }
}

/// Aktivitas kehidupan sehari-hari (modified Barthel): classes of the total, from `aks.csv`.
struct DailyLiving: Sendable {
    static let items = [
        "aks_bab", "aks_bak", "aks_bersih_diri", "aks_wc", "aks_makan", "aks_pindah", "aks_jalan", "aks_pakaian",
        "aks_tangga", "aks_mandi",
    ]
    /// The total of somebody who needs no help; below it: refer `[C: kartu bantu lansia]`.
    static let independent = 20

    struct Level: Sendable {
        let name: String
        /// Category A, B or C of the recap sheet.
        let recap: String
        let range: ClosedRange<Int>
    }

    private let levels: [Level]

    init(_ table: Table) throws(SetupError) {
        var levels: [Level] = []
        for row in table.rows {
            guard let name = row["kategori"], let recap = row["rekap"], let low = row.integer("dari"),
                let high = row.integer("sampai"), low <= high
            else { throw SetupError("aks.csv: a row without dari, sampai, kategori or rekap") }
            levels.append(Level(name: name, recap: recap, range: low...high))
        }
        self.levels = levels
    }

    func level(_ total: Int) -> Level? { levels.first { $0.range.contains(total) } }
}
