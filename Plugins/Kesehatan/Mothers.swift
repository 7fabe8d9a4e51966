// Pregnant women and women after delivery.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// A visit of a pregnant woman, at the posyandu or at home.
struct AntenatalVisit: RecordHandler {
    enum Form: Questions {
        static let texts = ["kunjungan", "posisi_berat", "pemeriksa", "tempat"]
        static let integers = ["usia_kehamilan_minggu", "sistolik", "diastolik", "ttd_tablet"]
        static let decimals = ["berat_kg", "lila_cm", "hb_g_dl"]
        static let flags = [
            "ttd_harian", "pmt_kek", "pmt_harian", "kelas_ibu", "tanda_bahaya", "edukasi", "dirujuk",
        ]
    }
    typealias Payload = Answers<Form>

    let type: RecordType = "kesehatan.kunjungan_ibu_hamil"
    let limits: Limits

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        guard let client = Client(context) else { return Client.refusal(context) }
        guard client.sex == .female else { return Client.notFemale("kunjungan ibu hamil") }
        let finding = examine(payload)
        var fields = payload.fields
        fields["kek"] = finding.energyDeficiency.map { .flag($0) }
        fields["td_tinggi"] = finding.pressureHigh.map { .flag($0) }
        fields["anemia"] = finding.anaemia.map { .flag($0) }
        var referral = Referral()
        referral.add("ada tanda bahaya kehamilan", if: payload.fields.flag("tanda_bahaya"), urgent: true)
        referral.add("LILA di bawah \(limits.energyDeficiency) cm (KEK)", if: finding.energyDeficiency)
        referral.add("tekanan darah tinggi", if: finding.pressureHigh)
        referral.add("anemia", if: finding.anaemia)
        return [.put(fields)] + referral.effects(to: "bidan", limits)
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        let answers = record.payload.fields
        let finding = examine(record.payload)
        var tally = Tally(record.context)
        tally.add("bumil_datang")
        if answers.text("kunjungan") != "lainnya" { tally.sort("bumil", answers.text("kunjungan")) }
        tally.sort("bumil_berat", answers.text("posisi_berat"))
        tally.decide(finding.energyDeficiency, yes: "bumil_kek", no: "bumil_tidak_kek")
        tally.decide(finding.pressureHigh, yes: "bumil_td_tinggi", no: "bumil_td_normal")
        tally.add("bumil_anemia", if: finding.anaemia)
        tally.add("bumil_ttd", if: answers.integer("ttd_tablet").map { $0 > 0 })
        tally.decide(answers.flag("ttd_harian"), yes: "bumil_ttd_harian", no: "bumil_ttd_tidak_harian")
        tally.add("bumil_pmt_kek", if: answers.flag("pmt_kek"))
        tally.decide(answers.flag("pmt_harian"), yes: "bumil_pmt_harian", no: "bumil_pmt_tidak_harian")
        tally.decide(answers.flag("kelas_ibu"), yes: "bumil_kelas", no: "bumil_tidak_kelas")
        tally.add("bumil_edukasi", if: answers.flag("edukasi"))
        tally.add("bumil_dirujuk", if: answers.flag("dirujuk"))
        return tally.contributions
    }

    /// What the measurements mean; nil for what was not measured.
    private func examine(
        _ payload: Payload
    ) -> (energyDeficiency: Bool?, pressureHigh: Bool?, anaemia: Bool?) {
        let answers = payload.fields
        return (
            answers.decimal("lila_cm").map { $0 < limits.energyDeficiency },
            limits.pressure(answers).map { $0 == .high },
            answers.decimal("hb_g_dl").map { $0 < limits.haemoglobinPregnant }
        )
    }
}

/// A visit of a woman within 42 days after delivery.
struct PostpartumVisit: RecordHandler {
    enum Form: Questions {
        static let texts = ["kunjungan", "tempat"]
        static let integers = ["hari_nifas", "sistolik", "diastolik", "vitamin_a_kapsul"]
        static let flags = ["menyusui", "kb_pascasalin", "tanda_bahaya", "edukasi", "dirujuk"]
    }
    typealias Payload = Answers<Form>

    let type: RecordType = "kesehatan.kunjungan_nifas"
    let limits: Limits
    let windows: VisitWindows

    func validate(_ payload: Payload) -> [Violation] {
        guard let visit = payload.fields.text("kunjungan"), let day = payload.fields.integer("hari_nifas"),
            let window = windows[visit], !window.contains(day)
        else { return [] }
        let message =
            "\(visit) untuk hari \(window.lowerBound)-\(window.upperBound) setelah bersalin, bukan hari \(day)"
        return [Violation("nifas.hari", field: "hari_nifas", message)]
    }

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        guard let client = Client(context) else { return Client.refusal(context) }
        guard client.sex == .female else { return Client.notFemale("kunjungan nifas") }
        let high = limits.pressure(payload.fields).map { $0 == .high }
        var referral = Referral()
        referral.add("ada tanda bahaya nifas", if: payload.fields.flag("tanda_bahaya"), urgent: true)
        referral.add("tekanan darah tinggi", if: high)
        let fields = payload.fields.adding("td_tinggi", high.map { .flag($0) })
        return [.put(fields)] + referral.effects(to: "bidan", limits)
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        let answers = record.payload.fields
        var tally = Tally(record.context)
        tally.add("nifas_datang")
        if let visit = answers.text("kunjungan") { tally.add(visit) }
        tally.decide(
            answers.integer("vitamin_a_kapsul").map { $0 > 0 },
            yes: "nifas_vitamin_a",
            no: "nifas_tanpa_vitamin_a"
        )
        tally.add("nifas_menyusui", if: answers.flag("menyusui"))
        tally.decide(answers.flag("kb_pascasalin"), yes: "nifas_kb", no: "nifas_tanpa_kb")
        tally.add("nifas_edukasi", if: answers.flag("edukasi"))
        tally.add("nifas_dirujuk", if: answers.flag("dirujuk"))
        return tally.contributions
    }
}

/// Which days after delivery or birth each visit is for, from `kunjungan.csv` `[G]`.
struct VisitWindows: Sendable {
    private let windows: [String: ClosedRange<Int>]

    init(_ table: Table) throws(SetupError) {
        var windows: [String: ClosedRange<Int>] = [:]
        for row in table.rows {
            guard let visit = row["kunjungan"], let first = row.integer("hari_dari"),
                let last = row.integer("hari_sampai"), first <= last
            else { throw SetupError("kunjungan.csv: a row without kunjungan, hari_dari or hari_sampai") }
            windows[visit] = first...last
        }
        self.windows = windows
    }

    subscript(visit: String) -> ClosedRange<Int>? { windows[visit] }
}
