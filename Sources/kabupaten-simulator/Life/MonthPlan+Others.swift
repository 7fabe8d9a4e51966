// School age, adults, elderly, screenings, visits at home and contraception.
// SPDX-License-Identifier: Apache-2.0

extension MonthPlan {
    mutating func planOthers() {
        for resident in residents(.schoolAge, on: openDay) where chance.chance(0.33) { schoolAge(resident) }
        for resident in residents(.adult, on: openDay) {
            if chance.chance(0.3) { adult(resident) }
            if chance.chance(0.06) { screenLungs(resident) }
            if chance.chance(0.06) { screenMind(resident) }
        }
        for resident in residents(.elderly, on: openDay) where chance.chance(0.5) { elderly(resident) }
        for group in [AgeGroup.child, .adult, .elderly] {
            for resident in residents(group, on: openDay) where chance.chance(0.025) { screenTuberculosis(resident) }
        }
        for resident in residents(.mother, on: openDay) where chance.chance(0.07) { contraception(resident) }
        for _ in 0..<chance.times(1.4) { visitHome() }
        for index in posyandu.residents {
            guard let death = world.residents[index].death, death.month == month else { continue }
            let form: Form = [
                "masa_ibu": .text("bukan"), "tempat_meninggal": .text(chance.pick(["rumah", "fasilitas_kesehatan"])),
            ]
            record(
                "kesehatan.kematian",
                .resident(index),
                form,
                at: Moment(death, hour: 16, minute: chance.number(0...59))
            )
        }
        let girls = residents(.schoolAge, on: openDay).filter {
            !$0.isMale && openDay.completedMonths(since: $0.birth) >= 132
        }
        for girl in girls where chance.chance(0.03) {
            record("kesehatan.imunisasi", .resident(girl.index), ["dosis": .text("HPV")], at: atOpenDay())
        }
        for mother in residents(.mother, on: openDay) where chance.chance(0.012) {
            let form: Form = ["dosis": .text(chance.pick(["T1", "T2", "T3", "T4", "T5", "TT"]))]
            record("kesehatan.imunisasi", .resident(mother.index), form, at: atOpenDay())
        }
    }

    private mutating func measure(_ form: inout Form, weight: ClosedRange<Int>, height: ClosedRange<Int>) {
        form["berat_kg"] = .hundredths(10 * chance.number(weight))
        form["tinggi_cm"] = .hundredths(10 * chance.number(height))
        if chance.chance(0.7) { form["lingkar_perut_cm"] = .hundredths(10 * chance.number(620...1_080)) }
        if chance.chance(0.9) {
            form["sistolik"] = .number(chance.number(84...172))
            form["diastolik"] = .number(chance.number(52...102))
        }
        if chance.chance(0.6) { form["gula_mg_dl"] = .number(chance.number(62...245)) }
    }

    private mutating func close(_ form: inout Form) {
        if chance.chance(0.4) { form["edukasi"] = .flag(true) }
        if chance.chance(0.05) { form["dirujuk"] = .flag(true) }
    }

    private mutating func schoolAge(_ resident: Resident) {
        let years = openDay.completedMonths(since: resident.birth) / 12
        guard (6...18).contains(years) else { return }
        var form: Form = [:]
        measure(&form, weight: (10 * years + 80)...(30 * years + 190), height: (60 * years + 780)...(55 * years + 960))
        // The school told the class: without a height it is not worked out anew.
        form["tinggi_cm"] = nil
        form["imt_kategori"] = .text(
            chance.weighted([("normal", 7), ("kurus", 1.2), ("gemuk", 1), ("sangat_kurus", 0.3), ("obesitas", 0.4)])
        )
        if !resident.isMale {
            if chance.chance(0.5) { form["hb_g_dl"] = .hundredths(10 * chance.number(98...142)) }
            if chance.chance(0.3) { form["anemia"] = maybe(0.2) }
            if chance.chance(0.6) { form["ttd_mingguan"] = maybe(0.8) }
        }
        if chance.chance(0.5) { form["heeadsss_masalah"] = maybe(0.08) }
        close(&form)
        record("kesehatan.usia_sekolah_remaja", .resident(resident.index), form, at: atOpenDay())
    }

    private mutating func adult(_ resident: Resident) {
        guard (19...59).contains(openDay.completedMonths(since: resident.birth) / 12) else { return }
        var form: Form = [:]
        measure(&form, weight: 420...940, height: 1_470...1_760)
        if chance.chance(0.5) { form["penglihatan_gangguan"] = maybe(0.12) }
        if chance.chance(0.5) { form["pendengaran_gangguan"] = maybe(0.05) }
        if resident.isMale { form["merokok"] = maybe(0.55) }
        close(&form)
        record("kesehatan.dewasa", .resident(resident.index), form, at: atOpenDay())
    }

    private mutating func elderly(_ resident: Resident) {
        guard openDay.completedMonths(since: resident.birth) / 12 >= 60 else { return }
        var form: Form = [:]
        measure(&form, weight: 360...760, height: 1_400...1_660)
        if chance.chance(0.7) {
            let isIndependent = chance.chance(0.6)
            for (item, most) in [
                ("bab", 2), ("bak", 2), ("bersih_diri", 1), ("wc", 2), ("makan", 2), ("pindah", 3), ("jalan", 3),
                ("pakaian", 2), ("tangga", 2), ("mandi", 1),
            ] {
                form["aks_" + item] = .number(isIndependent ? most : chance.number(0...most))
            }
        }
        if chance.chance(0.6) {
            let items = ["kognitif", "mobilisasi", "malnutrisi", "pendengaran", "penglihatan", "depresi"]
            for item in items { form["skilas_" + item] = maybe(0.08) }
        }
        close(&form)
        record("kesehatan.lansia", .resident(resident.index), form, at: atOpenDay())
    }

    private mutating func screenTuberculosis(_ resident: Resident) {
        var form: Form = [
            "batuk": maybe(0.25), "demam": maybe(0.15), "berat_turun": maybe(0.12), "kontak_erat": maybe(0.06),
        ]
        if chance.chance(0.4) { form["lesu"] = maybe(0.2) }
        if chance.chance(0.05) { form["dirujuk"] = .flag(true) }
        record("kesehatan.skrining_tbc", .resident(resident.index), form, at: atOpenDay())
    }

    private mutating func screenLungs(_ resident: Resident) {
        guard openDay.completedMonths(since: resident.birth) / 12 >= 40 else { return }
        let form: Form = [
            "bungkus_tahun": .number(chance.number(0...55)), "napas_pendek": maybe(0.3), "dahak": maybe(0.3),
            "batuk_tanpa_flu": maybe(0.25), "diminta_spirometri": maybe(0.1),
        ]
        record("kesehatan.skrining_puma", .resident(resident.index), form, at: atOpenDay())
    }

    private mutating func screenMind(_ resident: Resident) {
        let burden = chance.chance(0.15) ? 0.4 : 0.08
        var form: Form = [:]
        for item in 1...20 { form["srq_" + twoDigits(item)] = maybe(item == 17 ? 0.01 : burden) }
        record("kesehatan.skrining_jiwa", .resident(resident.index), form, at: atOpenDay())
    }

    private mutating func contraception(_ mother: Resident) {
        let method = chance.weighted([
            ("suntik", 5), ("pil", 2), ("implan", 2), ("iud", 1), ("kondom", 0.5), ("mow", 0.3),
        ])
        let status = chance.weighted([("lanjutan", 6), ("baru", 2), ("ganti_cara", 1), ("berhenti", 0.7)])
        var form: Form = ["metode": .text(method), "status": .text(status)]
        if chance.chance(0.2) { form["keluhan_efek_samping"] = maybe(0.3) }
        record("kesehatan.kb", .resident(mother.index), form, at: atOpenDay())
    }

    private mutating func visitHome() {
        let (group, name) = chance.pick([
            (AgeGroup.child, "bayi_balita"), (.mother, "ibu_hamil"), (.elderly, "lansia"), (.adult, "dewasa"),
        ])
        let time = sometime()
        let people = residents(group, on: time.day)
        guard !people.isEmpty else { return }
        var form: Form = [
            "sasaran": .text(name), "belum_dilayani": maybe(0.4), "tidak_patuh": maybe(0.2),
            "tanda_bahaya": maybe(0.03),
        ]
        if chance.chance(0.5) { form["edukasi"] = .flag(true) }
        if chance.chance(0.04) { form["dirujuk"] = .flag(true) }
        record("kesehatan.kunjungan_rumah", .resident(chance.pick(people).index), form, at: time)
    }
}
