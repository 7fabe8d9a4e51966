// Screening for tuberculosis, chronic lung disease and mental distress.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Signs of tuberculosis, at all ages: two or more are referred `[C: kartu bantu]`.
struct TuberculosisScreening: RecordHandler {
    enum Form: Questions {
        static let texts = ["tempat"]
        static let flags = TuberculosisScreening.signs + ["dirujuk"]
    }
    typealias Payload = Answers<Form>

    static let signs = ["batuk", "demam", "berat_turun", "kontak_erat", "lesu"]
    static let presumptive = 2

    let type: RecordType = "kesehatan.skrining_tbc"
    let limits: Limits

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        guard Client(context) != nil else { return Client.refusal(context) }
        let count = payload.fields.yes(TuberculosisScreening.signs)
        let presumptive = count >= TuberculosisScreening.presumptive
        var fields = payload.fields
        fields["tanda"] = .integer(count)
        fields["terduga"] = .flag(presumptive)
        var referral = Referral()
        referral.add("\(count) tanda TBC", if: presumptive)
        return [.put(fields)] + referral.effects(to: "puskesmas", limits)
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        let answers = record.payload.fields
        var tally = Tally(record.context)
        tally.split("tbc_diskrining")
        let count = answers.yes(TuberculosisScreening.signs)
        tally.split("tbc_terduga", if: count >= TuberculosisScreening.presumptive)
        tally.add("tbc_dirujuk", if: answers.flag("dirujuk"))
        return tally.contributions
    }
}

/// PUMA: risk of chronic obstructive lung disease from 40 years on.
struct LungScreening: RecordHandler {
    enum Form: Questions {
        static let integers = ["bungkus_tahun"]
        static let flags = LungScreening.questions + ["dirujuk"]
    }
    typealias Payload = Answers<Form>

    static let questions = ["napas_pendek", "dahak", "batuk_tanpa_flu", "diminta_spirometri"]

    let type: RecordType = "kesehatan.skrining_puma"
    let limits: Limits
    let scores: LungScores

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        guard let client = Client(context) else { return Client.refusal(context) }
        guard client.years >= 40, let score = score(payload, client) else {
            return Client.wrongAge("umur \(client.years) tahun: skrining PUMA mulai 40 tahun")
        }
        let atRisk = score >= limits.lungReferral
        var fields = payload.fields.adding("umur_tahun", .integer(client.years))
        fields["skor"] = .integer(score)
        fields["berisiko"] = .flag(atRisk)
        var referral = Referral()
        referral.add("skor PUMA \(score)", if: atRisk)
        return [.put(fields)] + referral.effects(to: "puskesmas", limits)
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        guard let client = Client(record.context) else { return [] }
        var tally = Tally(record.context)
        tally.add("puma_diskrining")
        let atRisk = score(record.payload, client).map { $0 >= limits.lungReferral }
        tally.decide(atRisk, yes: "puma_berisiko", no: "puma_tidak_berisiko")
        tally.add("puma_dirujuk", if: record.payload.fields.flag("dirujuk"))
        return tally.contributions
    }

    private func score(_ payload: Payload, _ client: Client) -> Int? {
        guard let age = scores.points("umur_tahun", client.years) else { return nil }
        let packYears = payload.fields.integer("bungkus_tahun").flatMap { scores.points("bungkus_tahun", $0) } ?? 0
        let sex = scores.points(client.sex == .male ? "laki_laki" : "perempuan", 0) ?? 0
        let perAnswer = scores.points("pertanyaan", 0) ?? 0
        return age + packYears + sex + perAnswer * payload.fields.yes(LungScreening.questions)
    }
}

/// Points of PUMA by factor and value, from `puma.csv` `[P: SIPANDU-LT]`.
struct LungScores: Sendable {
    private let rows: [(factor: String, from: Int?, upTo: Int?, points: Int)]

    init(_ table: Table) throws(SetupError) {
        var rows: [(factor: String, from: Int?, upTo: Int?, points: Int)] = []
        for row in table.rows {
            guard let factor = row["faktor"], let points = row.integer("skor") else {
                throw SetupError("puma.csv: a row without faktor or skor")
            }
            rows.append((factor, row.integer("dari"), row.integer("sampai"), points))
        }
        self.rows = rows
    }

    /// nil when no row holds the value.
    func points(_ factor: String, _ value: Int) -> Int? {
        rows.first { row in
            row.factor == factor && (row.from.map { $0 <= value } ?? true) && (row.upTo.map { value <= $0 } ?? true)
        }?.points
    }
}

/// SRQ-20 from 18 years on: six answers yes are positive; a thought of ending one's life is referred at once.
struct MindScreening: RecordHandler {
    enum Form: Questions {
        static let flags = MindScreening.items + ["dirujuk"]
    }
    typealias Payload = Answers<Form>

    static let items = (1...20).map { $0 < 10 ? "srq_0\($0)" : "srq_\($0)" }
    static let selfHarm = "srq_17"

    let type: RecordType = "kesehatan.skrining_jiwa"
    let limits: Limits

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        guard let client = Client(context) else { return Client.refusal(context) }
        guard client.years >= 18 else {
            return Client.wrongAge("umur \(client.years) tahun: SRQ-20 mulai 18 tahun")
        }
        let score = payload.fields.yes(MindScreening.items)
        let positive = score >= limits.mindPositive
        var fields = payload.fields
        fields["skor"] = .integer(score)
        fields["positif"] = .flag(positive)
        var referral = Referral()
        referral.add("SRQ-20 butir 17 dijawab ya", if: payload.fields.flag(MindScreening.selfHarm), urgent: true)
        referral.add("SRQ-20 positif", if: positive)
        return [.put(fields)] + referral.effects(to: "puskesmas", limits)
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        let answers = record.payload.fields
        var tally = Tally(record.context)
        tally.add("srq_diskrining")
        tally.decide(
            answers.yes(MindScreening.items) >= limits.mindPositive,
            yes: "srq_positif",
            no: "srq_negatif"
        )
        tally.add("srq_butir_17", if: answers.flag(MindScreening.selfHarm))
        tally.add("srq_dirujuk", if: answers.flag("dirujuk"))
        return tally.contributions
    }
}
