// Health: children, mothers, births and deaths.
// SPDX-License-Identifier: Apache-2.0

extension Rules {
    static func health(_ question: Question, _ result: inout Judgement) {
        if let facts = question.facts { result.refuse("subjek.belum_lahir", if: question.date < facts.birth) }
        death(before: question, &result)
        switch question.type.dropFirst("kesehatan.".count) {
        case "penimbangan": weighing(question, &result)
        case "imunisasi": immunisation(question, &result)
        case "vitamin_a":
            let isBlue = question.form.text("kapsul") == "biru"
            result.refuse("subjek.umur", if: !(isBlue ? 6...11 : 12...59).contains(question.months))
            guard !isServed(question) else { return result.person("vitamin_a_ganda") }
            result.bySex("vitamin_a")
            result.person(isBlue ? "vitamin_a_biru" : "vitamin_a_merah")
        case "obat_cacing":
            result.refuse("subjek.umur", if: question.months < 12)
            guard !isServed(question) else { return result.person("obat_cacing_ganda") }
            result.bySex("obat_cacing")
        case "diare":
            result.refuse("subjek.umur", if: question.months >= 60)
            result.bySex("diare")
            result.bySex("oralit", if: question.form.isYes("oralit"))
            result.person("diare_dirujuk", if: question.form.isYes("dirujuk"))
        case "kunjungan_ibu_hamil": antenatal(question, &result)
        case "persalinan": delivery(question, &result)
        case "kelahiran":
            result.bySex("kelahiran")
            result.person("bblr", if: (question.form.number("berat_lahir_gram") ?? 2_500) < 2_500)
            result.person("kelahiran_imd", if: question.form.isYes("imd"))
        case "kunjungan_nifas": postpartum(question, &result)
        case "kunjungan_neonatus": newborn(question, &result)
        case "kematian": death(question, &result)
        default: healthOfOthers(question, &result)
        }
    }

    private static func weighing(_ question: Question, _ result: inout Judgement) {
        let (form, months) = (question.form, question.months)
        result.refuse("isian.wajib", if: form["berat_gram"] == nil)
        result.refuse("isian.maksimum", if: (form.number("berat_gram") ?? 0) > 40_000)
        result.refuse("penimbangan.satuan", if: !(500...40_000).contains(form.number("berat_gram") ?? 500))
        result.refuse("subjek.umur", if: months >= 60)
        guard let growth = question.growth else { return }
        if let scores = question.scores { nutrition(scores, form, isAgain: growth.isRepeated, &result) }
        guard !growth.isRepeated else { return }
        result.bySex("d")
        result.bySex(growth.letter)
        result.person(months < 6 ? "d_0_5" : months < 12 ? "d_6_11" : months < 24 ? "d_12_23" : "d_24_59")
        result.person("dua_t", if: growth.isTwiceNotUp)
        let place = question.scores?.weightForAge
        switch form.text("posisi_kms") {
        case "bawah_garis_merah": result.person("bgm")
        case "kuning": result.person("r")
        case "atas_garis_oranye": result.person("oranye")
        case nil:
            result.person("bgm", if: place.map { $0 < -300 } ?? false)
            result.person("oranye", if: place.map { $0 > 200 } ?? false)
        default: break
        }
        result.person("lulus_36", if: months == 36 && (form.number("berat_gram") ?? 0) >= 11_500)
        result.person("edema", if: form.isYes("edema"))
        if months <= 5 {
            result.person(form.flag("asi_eksklusif"), yes: "asi_eksklusif", no: "asi_tidak_eksklusif")
        } else {
            result.person("mp_asi", if: form.isYes("mp_asi"))
            result.person(form.hundredths("lila_cm").map { $0 >= 1_250 }, yes: "lila_normal", no: "lila_tidak_normal")
        }
        result.bySex("pmt", if: form.isYes("mt_pangan"))
        let development = form.flag("perkembangan_lengkap")
        result.person(development, yes: "perkembangan_lengkap", no: "perkembangan_tidak_lengkap")
        result.person("balita_sakit", if: form.isYes("sakit"))
        result.person("balita_edukasi", if: form.isYes("edukasi"))
        result.person("balita_dirujuk", if: form.isYes("dirujuk"))
    }

    /// What the child is in the month, by its newest measurement: Permenkes 2/2020.
    private static func nutrition(
        _ scores: NutritionScores,
        _ form: Form,
        isAgain: Bool,
        _ result: inout Judgement
    ) {
        // Oedema of both feet is the lowest class in what depends on the weight.
        let lowest = form.isYes("edema") ? Int.min : nil
        if let score = lowest ?? scores.weightForAge {
            result.state("bbu_terukur", true, .bySex, isAgain)
            result.state("underweight", score < -200, .bySexAndNone, isAgain)
            result.state("underweight_berat", score < -300, .none, isAgain)
            result.state("bbu_baik", (-200...100).contains(score), .plain, isAgain)
            result.state("bbu_lebih", score > 100, .plain, isAgain)
        }
        if let score = scores.lengthForAge {
            result.state("tbu_terukur", true, .bySex, isAgain)
            result.state("stunting", score < -200, .bySexAndNone, isAgain)
            result.state("stunting_berat", score < -300, .none, isAgain)
            result.state("tbu_normal", (-200...300).contains(score), .plain, isAgain)
            result.state("tbu_tidak_normal", !(-200...300).contains(score), .plain, isAgain)
        }
        if let score = lowest ?? scores.weightForLength {
            result.state("bbtb_terukur", true, .bySex, isAgain)
            result.state("wasting", score < -200, .bySexAndNone, isAgain)
            result.state("wasting_berat", score < -300, .none, isAgain)
            result.state("bbtb_baik", (-200...100).contains(score), .plain, isAgain)
            result.state("bbtb_lebih", score > 100, .plain, isAgain)
        }
        if let score = scores.headForAge {
            result.state("lku_normal", (-200...200).contains(score), .plain, isAgain)
            result.state("lku_tidak_normal", !(-200...200).contains(score), .plain, isAgain)
        }
        result.state("tidak_wajar", scores.isImplausible, .plain, isAgain)
    }

    /// Old labels of the SIP sheets, and the dose each stands for now.
    static let oldLabels = [
        "DPT I": "DPT-HB-Hib1", "DPT II": "DPT-HB-Hib2", "Polio I": "OPV1", "Polio II": "OPV2", "Campak": "MR1",
    ]

    private static func immunisation(_ question: Question, _ result: inout Judgement) {
        let label = question.form.text("dosis") ?? ""
        switch label {
        case "HepB I": return result.refuse("imunisasi.tanya")
        case "HepB II", "HepB III": return
        case "TT":
            result.refuse("subjek.perempuan", if: question.isMale)
            result.person("imunisasi_t_bumil", if: isPregnant(question))
            return result.person("imunisasi_tt_tanpa_nomor")
        case "T1", "T2", "T3", "T4", "T5", "HPV":
            result.refuse("subjek.perempuan", if: question.isMale)
            return dose(label, "imunisasi_" + label.lowercased(), ofWomen: true, question, &result)
        default: break
        }
        let code = oldLabels[label] ?? label
        guard VaccineSchedule.doses.contains(code) else { return result.refuse("imunisasi.dosis") }
        var name = ""
        for character in code.lowercased() {
            if character.isLetter || character.isNumber {
                name.append(character)
            } else if name.last != "_", character != ")" {
                name.append("_")
            }
        }
        dose(code, "imunisasi_" + name, ofWomen: false, question, &result)
    }

    private static func antenatal(_ question: Question, _ result: inout Judgement) {
        let form = question.form
        result.refuse("subjek.perempuan", if: question.isMale)
        result.person("bumil_datang")
        pregnancy(question, &result)
        if let colour = form.text("posisi_berat") { result.person("bumil_berat_" + colour) }
        result.person(form.hundredths("lila_cm").map { $0 < 2_350 }, yes: "bumil_kek", no: "bumil_tidak_kek")
        if let pressure = pressure(form) { result.person(pressure == "tinggi" ? "bumil_td_tinggi" : "bumil_td_normal") }
        result.person("bumil_anemia", if: (form.hundredths("hb_g_dl") ?? 9_900) < 1_100)
        result.person("bumil_ttd", if: (form.number("ttd_tablet") ?? 0) > 0)
        result.person(form.flag("ttd_harian"), yes: "bumil_ttd_harian", no: "bumil_ttd_tidak_harian")
        result.person("bumil_pmt_kek", if: form.isYes("pmt_kek"))
        result.person(form.flag("pmt_harian"), yes: "bumil_pmt_harian", no: "bumil_pmt_tidak_harian")
        result.person(form.flag("kelas_ibu"), yes: "bumil_kelas", no: "bumil_tidak_kelas")
        result.person("bumil_edukasi", if: form.isYes("edukasi"))
        result.person("bumil_dirujuk", if: form.isYes("dirujuk"))
    }

    private static func delivery(_ question: Question, _ result: inout Judgement) {
        let form = question.form
        let born = (form.number("lahir_hidup") ?? 0) + (form.number("lahir_mati") ?? 0)
        result.refuse("persalinan.jumlah", if: born == 0)
        result.refuse("subjek.perempuan", if: question.isMale)
        result.person("persalinan")
        result.person("persalinan_nakes", if: ["dokter", "bidan", "perawat"].contains(form.text("penolong") ?? ""))
        let facilities = ["rumah_sakit", "puskesmas", "praktik_bidan"]
        result.person("persalinan_faskes", if: facilities.contains(form.text("tempat_bersalin") ?? ""))
        result.sum("lahir_hidup", form.number("lahir_hidup"))
        result.sum("lahir_mati", form.number("lahir_mati"))
        result.person("persalinan_imd", if: form.isYes("imd"))
        result.person("persalinan_kb", if: form.isYes("kb_pascasalin"))
    }

    private static func postpartum(_ question: Question, _ result: inout Judgement) {
        let form = question.form
        let windows = ["kf1": 0...2, "kf2": 3...7, "kf3": 8...28, "kf4": 29...42]
        let visit = form.text("kunjungan") ?? ""
        result.refuse("nifas.hari", if: windows[visit]?.contains(form.number("hari_nifas") ?? -1) != true)
        result.refuse("subjek.perempuan", if: question.isMale)
        result.person("nifas_datang")
        weeksAfter(question, &result)
        let capsules = form.number("vitamin_a_kapsul").map { $0 > 0 }
        result.person(capsules, yes: "nifas_vitamin_a", no: "nifas_tanpa_vitamin_a")
        result.person("nifas_menyusui", if: form.isYes("menyusui"))
        result.person(form.flag("kb_pascasalin"), yes: "nifas_kb", no: "nifas_tanpa_kb")
        result.person("nifas_edukasi", if: form.isYes("edukasi"))
        result.person("nifas_dirujuk", if: form.isYes("dirujuk"))
    }

    private static func newborn(_ question: Question, _ result: inout Judgement) {
        let windows = ["kn1": 0...2, "kn2": 3...7, "kn3": 8...28]
        let visit = question.form.text("kunjungan") ?? ""
        result.refuse("subjek.umur", if: windows[visit]?.contains(question.days) != true)
        result.person("neonatus_datang")
        newbornVisits(question, &result)
        result.person(visit)
        result.person("neonatus_asi", if: question.form.isYes("asi_saja"))
        result.person("neonatus_dirujuk", if: question.form.isYes("dirujuk"))
    }

    private static func death(_ question: Question, _ result: inout Judgement) {
        let isMaternal = question.form.text("masa_ibu") != "bukan"
        result.refuse("subjek.perempuan", if: isMaternal && question.isMale)
        result.bySex("kematian")
        result.person("kematian_neonatus", if: question.days <= 28)
        result.person("kematian_neonatus_dini", if: question.days <= 6)
        result.person("kematian_post_neonatus", if: question.days > 28 && question.months < 12)
        result.bySex("kematian_bayi", if: question.months < 12)
        result.person("kematian_balita", if: (12...59).contains(question.months))
        result.person("kematian_ibu", if: isMaternal)
    }

    /// `tinggi`, `rendah` or `normal`; nil unless both values are given.
    static func pressure(_ form: Form) -> String? {
        guard let upper = form.number("sistolik"), let lower = form.number("diastolik") else { return nil }
        if upper >= 140 || lower >= 90 { return "tinggi" }
        return upper < 90 || lower < 60 ? "rendah" : "normal"
    }
}

/// The doses of the national schedule that a posyandu records.
enum VaccineSchedule {
    /// Completed months of age and what is due then.
    static let routine: [(months: Int, doses: [String])] = [
        (1, ["BCG", "OPV1"]), (2, ["DPT-HB-Hib1", "OPV2", "PCV1", "RV1"]), (3, ["DPT-HB-Hib2", "OPV3", "PCV2", "RV2"]),
        (4, ["DPT-HB-Hib3", "OPV4", "IPV1", "RV3"]), (9, ["MR1", "IPV2"]), (12, ["PCV3"]),
        (18, ["DPT-HB-Hib4", "MR2"]),
    ]
    static let school = ["MR (BIAS)", "DT (BIAS)", "Td (BIAS kelas 2)", "Td (BIAS kelas 5)"]
    static let doses = Set(routine.flatMap(\.doses) + school + ["HB0", "JE"])
}
