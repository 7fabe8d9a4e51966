// Pregnancy, delivery, birth, and the weeks after it.
// SPDX-License-Identifier: Apache-2.0

extension MonthPlan {
    mutating func planMothers() {
        for mother in settled(.mother) {
            guard let delivery = mother.delivery else { continue }
            planPregnancy(mother, delivery.due)
            if delivery.due.month == month { planBirth(mother, delivery.due, world.residents[delivery.newborn]) }
            planWeeksAfter(mother, delivery.due)
        }
    }

    private mutating func planPregnancy(_ mother: Resident, _ due: Day) {
        let day = openDay
        let week = 40 - (due.number - day.number) / 7
        guard (7...40).contains(week), due > day, chance.chance(0.88) else { return }
        let visit = week < 13 ? "k1" : week < 20 ? "k2" : week < 27 ? "k3" : week < 32 ? "k4" : week < 36 ? "k5" : "k6"
        var form: Form = [
            "kunjungan": .text(chance.chance(0.05) ? "lainnya" : visit), "usia_kehamilan_minggu": .number(week),
            "berat_kg": .hundredths(10 * chance.number(440...760)),
        ]
        if chance.chance(0.8) { form["posisi_berat"] = .text(chance.chance(0.85) ? "hijau" : "merah") }
        if chance.chance(0.8) { form["lila_cm"] = .hundredths(10 * chance.number(214...305)) }
        if chance.chance(0.85) {
            form["sistolik"] = .number(chance.number(88...148))
            form["diastolik"] = .number(chance.number(54...95))
        }
        if chance.chance(0.4) { form["hb_g_dl"] = .hundredths(10 * chance.number(92...138)) }
        if chance.chance(0.8) { form["ttd_tablet"] = .number(chance.chance(0.9) ? 30 : 0) }
        if chance.chance(0.7) { form["ttd_harian"] = maybe(0.8) }
        if let arm = form.hundredths("lila_cm"), arm < 2_350 {
            form["pmt_kek"] = .flag(true)
            form["pmt_harian"] = maybe(0.7)
        }
        if chance.chance(0.6) { form["kelas_ibu"] = maybe(0.6) }
        if chance.chance(0.02) { form["tanda_bahaya"] = .flag(true) }
        if chance.chance(0.5) { form["edukasi"] = .flag(true) }
        if chance.chance(0.05) { form["dirujuk"] = .flag(true) }
        record("kesehatan.kunjungan_ibu_hamil", .resident(mother.index), form, at: atOpenDay())
    }

    private mutating func planBirth(_ mother: Resident, _ due: Day, _ baby: Resident) {
        let hour = chance.number(8...10)
        let registered = Moment(due.adding(chance.number(1...2)), hour: hour, minute: chance.number(0...59))
        plan(registered, .registerNewborn(baby.index))
        let after = Moment(seconds: registered.seconds + 300)
        record(
            "kesehatan.persalinan",
            .resident(mother.index),
            [
                "tempat_bersalin": .text(
                    chance.weighted([("puskesmas", 5), ("rumah_sakit", 3), ("praktik_bidan", 3), ("rumah", 0.4)])
                ),
                "penolong": .text(chance.weighted([("bidan", 7), ("dokter", 3), ("dukun", 0.2)])),
                "lahir_hidup": .number(1), "lahir_mati": .number(chance.chance(0.01) ? 1 : 0), "imd": maybe(0.8),
                "kb_pascasalin": maybe(0.4),
            ],
            at: after,
            date: due
        )
        var form: Form = [
            "berat_lahir_gram": .number(10 * chance.number(215...385)),
            "panjang_lahir_cm": .hundredths(10 * chance.number(455...525)),
        ]
        if chance.chance(0.7) { form["imd"] = maybe(0.8) }
        record(
            "kesehatan.kelahiran",
            .resident(baby.index),
            form,
            at: Moment(seconds: registered.seconds + 420),
            person: [("nama", baby.name), ("nama_ibu", mother.name)],
            date: due
        )
        if chance.chance(0.9) {
            let time = Moment(seconds: registered.seconds + 600)
            record("kesehatan.imunisasi", .resident(baby.index), ["dosis": .text("HB0")], at: time)
        }
        planNewbornVisits(baby, due, registered)
        if chance.chance(0.012) {
            let time = Moment(due.adding(chance.number(5...20)), hour: 11, minute: 0)
            let form: Form = ["masa_ibu": .text("bukan"), "tempat_meninggal": .text("fasilitas_kesehatan")]
            record("kesehatan.kematian", .resident(baby.index), form, at: time)
        }
    }

    private mutating func planNewbornVisits(_ baby: Resident, _ due: Day, _ registered: Moment) {
        for (visit, days) in [("kn1", 1...2), ("kn2", 3...7), ("kn3", 8...28)] where chance.chance(0.7) {
            let date = due.adding(chance.number(days))
            let written = max(
                Moment(date, hour: 14, minute: chance.number(0...59)),
                Moment(seconds: registered.seconds + 900)
            )
            let form: Form = ["kunjungan": .text(visit), "asi_saja": maybe(0.9), "tali_pusat_bersih": maybe(0.95)]
            record("kesehatan.kunjungan_neonatus", .resident(baby.index), form, at: written, date: date)
            if chance.chance(0.08) {
                // The midwife reports the same visit again, with the weight: a correction by its natural key.
                let again = Moment(written.day.adding(chance.number(1...6)), hour: 15, minute: 30)
                let full = form.with("berat_gram", .number(10 * chance.number(250...420)))
                record("kesehatan.kunjungan_neonatus", .resident(baby.index), full, at: again, date: date)
            }
        }
    }

    private mutating func planWeeksAfter(_ mother: Resident, _ due: Day) {
        for (visit, days) in [("kf1", 1...2), ("kf2", 3...7), ("kf3", 8...28), ("kf4", 29...42)]
        where chance.chance(0.5) {
            let day = chance.number(days)
            let date = due.adding(day)
            guard date.month == month, due >= world.scenario.first.first else { continue }
            var form: Form = ["kunjungan": .text(visit), "hari_nifas": .number(day), "menyusui": maybe(0.95)]
            if chance.chance(0.6) {
                form["sistolik"] = .number(chance.number(95...145))
                form["diastolik"] = .number(chance.number(60...92))
            }
            if chance.chance(0.7) { form["vitamin_a_kapsul"] = .number(chance.chance(0.85) ? 2 : 0) }
            if chance.chance(0.4) { form["kb_pascasalin"] = maybe(0.5) }
            if chance.chance(0.3) { form["edukasi"] = .flag(true) }
            let time = Moment(date, hour: chance.number(9...15), minute: chance.number(0...59))
            record("kesehatan.kunjungan_nifas", .resident(mother.index), form, at: time)
        }
    }
}
