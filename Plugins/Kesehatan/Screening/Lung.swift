// PUMA: screening for chronic obstructive lung disease.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// PUMA, computed from the raw answers, from the age on at which `puma.csv` begins.
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
    let followUp: FollowUp

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        guard let client = Client(context) else { return Client.refusal(context) }
        if let refusal = Client.afterDeath(context) { return refusal }
        guard let score = score(payload, client) else {
            return Client.wrongAge("umur \(client.years) tahun: skrining PUMA mulai \(scores.youngest) tahun")
        }
        let atRisk = score >= limits.lungReferral
        var fields = payload.fields.adding("umur_tahun", .integer(client.years))
        fields["skor"] = .integer(score)
        fields["berisiko"] = .flag(atRisk)
        var findings = Findings()
        findings.add("puma", "skor PUMA \(score), dirujuk mulai \(limits.lungReferral)", if: atRisk)
        let tasks = followUp.effects(of: findings, type, context, &fields)
        return [.put(fields)] + tasks
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
    /// Completed years from which there are points for age.
    let youngest: Int
    private let rows: [(factor: String, from: Int?, upTo: Int?, points: Int)]

    init(_ table: Table) throws(SetupError) {
        var rows: [(factor: String, from: Int?, upTo: Int?, points: Int)] = []
        for row in table.rows {
            guard let factor = row["faktor"], let points = row.integer("skor") else {
                throw SetupError("puma.csv: a row without faktor or skor")
            }
            rows.append((factor, row.integer("dari"), row.integer("sampai"), points))
        }
        guard let youngest = rows.filter({ $0.factor == "umur_tahun" }).compactMap(\.from).min() else {
            throw SetupError("puma.csv: no row of umur_tahun with dari")
        }
        self.rows = rows
        self.youngest = youngest
    }

    /// nil when no row holds the value.
    func points(_ factor: String, _ value: Int) -> Int? {
        rows.first { row in
            row.factor == factor && (row.from.map { $0 <= value } ?? true) && (row.upTo.map { value <= $0 } ?? true)
        }?.points
    }
}
