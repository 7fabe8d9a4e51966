// Examination of the elderly: measurements, activities of daily living (AKS) and SKILAS.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Residents of 60 years and over.
struct ElderlyVisit: RecordHandler {
    enum Form: Questions {
        static let texts = ["tempat"]
        static let integers = Examination.integers + DailyLiving.items
        static let decimals = Examination.decimals
        static let flags = Examination.senses + ElderlyVisit.screening + ["edukasi", "dirujuk"]
    }
    typealias Payload = Answers<Form>

    /// The six answers of SKILAS.
    static let screening = [
        "skilas_kognitif", "skilas_mobilisasi", "skilas_malnutrisi", "skilas_pendengaran", "skilas_penglihatan",
        "skilas_depresi",
    ]

    let type: RecordType = "kesehatan.lansia"
    let limits: Limits
    let bodyMass: BodyMass
    let dailyLiving: DailyLiving

    func validate(_ payload: Payload) -> [Violation] {
        let answered = DailyLiving.items.count { payload.fields[$0] != nil }
        guard answered != 0, answered != DailyLiving.items.count else { return [] }
        let missing = DailyLiving.items.first { payload.fields[$0] == nil }
        return [Violation("lansia.aks", field: missing, "AKS: isi sepuluh butir, baru terisi \(answered)")]
    }

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        guard let client = Client(context) else { return Client.refusal(context) }
        guard client.years >= 60 else {
            return Client.wrongAge("umur \(client.years) tahun: formulir lansia mulai 60 tahun")
        }
        var fields = payload.fields.adding("umur_tahun", .integer(client.years))
        var referral = Referral()
        examineGrownUp(client, limits, bodyMass, &fields, &referral)
        if let total = payload.fields.total(DailyLiving.items), let level = dailyLiving.level(total) {
            fields["aks_total"] = .integer(total)
            fields["aks_kategori"] = .text(level.name)
            referral.add("AKS \(total), ketergantungan \(level.name)", if: total < DailyLiving.independent)
        }
        let risk = atRisk(payload.fields)
        fields["skilas_risiko"] = risk.map { .flag($0) }
        referral.add("SKILAS: ada jawaban ya", if: risk)
        return [.put(fields)] + referral.effects(to: "puskesmas", limits)
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        guard let client = Client(record.context) else { return [] }
        let answers = record.payload.fields
        var tally = Tally(record.context)
        countGrownUp("lansia", answers, client, limits, bodyMass, &tally)
        tally.sort("lansia_aks", answers.total(DailyLiving.items).flatMap { dailyLiving.level($0)?.recap })
        tally.decide(atRisk(answers), yes: "lansia_skilas_risiko", no: "lansia_skilas_aman")
        return tally.contributions
    }

    /// One yes is a risk `[C: kartu bantu]`; no risk is only known when all six are answered.
    private func atRisk(_ answers: Fields) -> Bool? {
        if answers.yes(ElderlyVisit.screening) > 0 { return true }
        return ElderlyVisit.screening.allSatisfy { answers.flag($0) != nil } ? false : nil
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
