// A visit of a pregnant woman: her measurements, and what the pregnancy has reached with it.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// A visit of a pregnant woman, at the posyandu or at home.
struct AntenatalVisit: RecordHandler {
    enum Form: Questions {
        static let texts = ["kunjungan", "posisi_berat", "pemeriksa", "tempat"]
        static let integers = [
            "usia_kehamilan_minggu", "sistolik", "diastolik", "ttd_tablet", "gravida", "para", "tanda_tbc",
        ]
        static let decimals = ["berat_kg", "lila_cm", "hb_g_dl"]
        static let flags = [
            "ttd_harian", "pmt_kek", "pmt_harian", "kelas_ibu", "tanda_bahaya", "usg", "edukasi", "dirujuk",
        ]
        static let dates = ["hpht"]
    }
    typealias Payload = Answers<Form>

    /// Weeks that the form takes at most.
    private static let longestWeeks = 44

    let type: RecordType = "kesehatan.kunjungan_ibu_hamil"
    let limits: Limits
    let pregnancies: PregnancyRules
    let targets: AntenatalTargets

    func validate(_ payload: Payload) -> [Violation] {
        guard let gravida = payload.fields.integer("gravida"), let para = payload.fields.integer("para"),
            para >= gravida
        else { return [] }
        let message = "persalinan sebelumnya (para \(para)) harus kurang dari kehamilan ke \(gravida)"
        return [Violation("bumil.para", field: "para", message)]
    }

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        guard let client = Client(context) else { return Client.refusal(context) }
        if let refusal = Client.afterDeath(context) { return refusal }
        guard client.sex == .female else { return Client.notFemale("kunjungan ibu hamil") }
        let contact = AntenatalContact(record: context.record, date: context.date, payload.fields)
        if let violation = impossiblePeriod(contact) { return [.reject(violation)] }
        if let delivery = contradictingDelivery(contact, context) {
            let reason = "kunjungan hamil \(contact.week) minggu, sudah bersalin \(delivery): periksa kedua catatan"
            return [
                .put(payload.fields.adding("bertentangan", .flag(true))),
                Contradiction.task(reason, about: "kehamilan", limits),
            ]
        }
        let finding = examine(payload)
        let pregnancy = pregnancies.pregnancy(of: contact, payload.fields, after: context.previous)
        var fields = payload.fields
        fields["kek"] = finding.energyDeficiency.map { .flag($0) }
        fields["td_tinggi"] = finding.pressureHigh.map { .flag($0) }
        fields["anemia"] = finding.anaemia.map { .flag($0) }
        describe(pregnancy, contact, &fields)
        return [.put(fields)] + referral(payload, contact, finding).effects(to: "bidan", limits)
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        let answers = record.payload.fields
        let finding = examine(record.payload)
        let contact = AntenatalContact(record: record.id, date: record.date, answers)
        guard contradictingDelivery(contact, record.context) == nil else { return [] }
        let pregnancy = pregnancies.pregnancy(of: contact, answers, after: record.context.previous)
        var tally = Tally(record.context)
        tally.add("bumil_datang")
        let isNewLabel = !pregnancy.contacts.dropLast().contains { $0.label == contact.label }
        if contact.label != "lainnya", isNewLabel { tally.sort("bumil", contact.label) }
        for name in reachedNow(pregnancy) { tally.add("bumil_" + name) }
        tally.sort("bumil_berat", answers.text("posisi_berat"))
        tally.decide(finding.energyDeficiency, yes: "bumil_kek", no: "bumil_tidak_kek")
        tally.decide(finding.pressureHigh, yes: "bumil_td_tinggi", no: "bumil_td_normal")
        tally.add("bumil_anemia", if: finding.anaemia)
        tally.add("bumil_ttd", if: answers.integer("ttd_tablet").map { $0 > 0 })
        tally.decide(answers.flag("ttd_harian"), yes: "bumil_ttd_harian", no: "bumil_ttd_tidak_harian")
        tally.add("bumil_pmt_kek", if: answers.flag("pmt_kek"))
        tally.decide(answers.flag("pmt_harian"), yes: "bumil_pmt_harian", no: "bumil_pmt_tidak_harian")
        tally.decide(answers.flag("kelas_ibu"), yes: "bumil_kelas", no: "bumil_tidak_kelas")
        tally.add("bumil_dokter_usg", if: contact.examiner == "dokter" && contact.ultrasound)
        tally.add("bumil_tbc", if: finding.tuberculosis)
        tally.add("bumil_tanda_bahaya", if: answers.flag("tanda_bahaya"))
        tally.add("bumil_edukasi", if: answers.flag("edukasi"))
        tally.add("bumil_dirujuk", if: answers.flag("dirujuk"))
        return tally.contributions
    }

    /// A last period after the visit, or longer ago than any pregnancy lasts.
    private func impossiblePeriod(_ contact: AntenatalContact) -> Violation? {
        guard let period = contact.lastPeriod else { return nil }
        let days = period.days(until: contact.date)
        guard !(0...7 * AntenatalVisit.longestWeeks).contains(days) else { return nil }
        let message = "HPHT \(period) tidak mungkin untuk kunjungan \(contact.date): periksa kedua tanggal"
        return Violation("bumil.hpht", field: "hpht", message)
    }

    /// The day of a recorded delivery before the visit, when she would have been pregnant through it.
    private func contradictingDelivery(_ contact: AntenatalContact, _ context: Context) -> CivilDate? {
        guard let delivery = pregnancies.lastDelivery(context)?.date, delivery < context.date,
            contact.estimatedLastPeriod < delivery
        else { return nil }
        return delivery
    }

    private func describe(_ pregnancy: Pregnancy, _ contact: AntenatalContact, _ fields: inout Fields) {
        fields["kehamilan"] = .text(pregnancy.id)
        fields["kontak_ke"] = .integer(pregnancy.contacts.count)
        fields["trimester"] = .integer(targets.trimester(week: contact.week))
        fields["hpl"] = pregnancy.lastPeriod.map { .date($0.adding(days: pregnancies.lengthDays)) }
        fields["ttd_total"] = .integer(pregnancy.tablets)
        fields["ttd_patuh_persen"] = pregnancy.dailyPercent.map { .integer($0) }
        let reached = reachedNow(pregnancy)
        if !reached.isEmpty { fields["capaian"] = .list(reached.map { .text($0) }) }
    }

    /// What the last contact of a pregnancy reached that those before had not.
    private func reachedNow(_ pregnancy: Pregnancy) -> [String] {
        let before = Array(pregnancy.contacts.dropLast())
        let known = targets.reached(before)
        var reached = targets.reached(pregnancy.contacts).filter { !known.contains($0) }
        let tablets = before.reduce(0) { $0 + $1.tablets }
        if tablets < pregnancies.tablets, pregnancy.tablets >= pregnancies.tablets { reached.append("ttd_lengkap") }
        return reached
    }

    private struct Finding {
        let energyDeficiency: Bool?
        let pressureHigh: Bool?
        let anaemia: Bool?
        let tuberculosis: Bool?
    }

    /// What the measurements mean; nil for what was not measured.
    private func examine(_ payload: Payload) -> Finding {
        let answers = payload.fields
        return Finding(
            energyDeficiency: answers.decimal("lila_cm").map { $0 < limits.energyDeficiency },
            pressureHigh: limits.pressure(answers).map { $0 == .high },
            anaemia: answers.decimal("hb_g_dl").map { $0 < limits.haemoglobinPregnant },
            tuberculosis: answers.integer("tanda_tbc").map { $0 >= TuberculosisScreening.presumptive }
        )
    }

    private func referral(_ payload: Payload, _ contact: AntenatalContact, _ finding: Finding) -> Referral {
        let answers = payload.fields
        var referral = Referral()
        referral.add("ada tanda bahaya kehamilan", if: answers.flag("tanda_bahaya"), urgent: true)
        referral.add("LILA di bawah \(limits.energyDeficiency) cm (KEK)", if: finding.energyDeficiency)
        let isUnfed = finding.energyDeficiency == true && answers.flag("pmt_kek") == false
        referral.add("belum mendapat PMT bumil KEK", if: isUnfed)
        referral.add("tekanan darah tinggi", if: finding.pressureHigh)
        referral.add("anemia", if: finding.anaemia)
        referral.add("\(answers.integer("tanda_tbc") ?? 0) tanda TBC", if: finding.tuberculosis)
        referral.add(
            "usia kehamilan \(contact.week) minggu (lewat bulan)",
            if: contact.week >= pregnancies.postTermWeek
        )
        return referral
    }
}
