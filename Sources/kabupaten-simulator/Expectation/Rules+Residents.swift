// Health: school age, adults, elderly, screenings, visits at home, and what a posyandu reports about itself.
// SPDX-License-Identifier: Apache-2.0

extension Rules {
    static func healthOfOthers(_ question: Question, _ result: inout Judgement) {
        let form = question.form
        switch question.type.dropFirst("kesehatan.".count) {
        case "usia_sekolah_remaja": schoolAge(question, &result)
        case "dewasa":
            result.refuse("subjek.umur", if: !(19...59).contains(question.years))
            grownUp("dewasa", question, &result)
            result.person("dewasa_merokok", if: form.isYes("merokok"))
        case "lansia": elderly(question, &result)
        case "skrining_tbc":
            let fatigue = question.years >= 15 ? ["lesu"] : []
            let signs = form.yes(["batuk", "demam", "berat_turun", "kontak_erat"] + fatigue)
            result.bySex("tbc_diskrining")
            result.bySex("tbc_terduga", if: signs >= 2)
            let age = question.years
            result.person(
                (age < 6 ? "balita" : age < 19 ? "remaja" : age < 60 ? "dewasa" : "lansia") + "_tbc",
                if: signs >= 2
            )
            result.person("tbc_dirujuk", if: form.isYes("dirujuk"))
        case "skrining_puma": lungs(question, &result)
        case "skrining_jiwa":
            result.refuse("subjek.umur", if: question.years < 18)
            result.person("srq_diskrining")
            let score = form.answers.count { $0.name.hasPrefix("srq_") && $0.answer == .flag(true) }
            result.person(score >= 6, yes: "srq_positif", no: "srq_negatif")
            result.person("srq_butir_17", if: form.isYes("srq_17"))
            result.person("srq_dirujuk", if: form.isYes("dirujuk"))
        case "kunjungan_rumah":
            result.count("kunjungan_rumah")
            result.person("kunjungan_rumah_warga")
            for finding in ["belum_dilayani", "tidak_patuh", "tanda_bahaya", "dirujuk"] {
                result.count("kunjungan_rumah_" + finding, if: form.isYes(finding))
            }
        case "kb": contraception(question, &result)
        default: reports(question, &result)
        }
    }

    private static func schoolAge(_ question: Question, _ result: inout Judgement) {
        let (form, years) = (question.form, question.years)
        result.refuse("subjek.umur", if: !(6...18).contains(years))
        result.bySex("remaja_datang")
        result.person(years < 15 ? "remaja_datang_6_14" : "remaja_datang_15_18")
        bodyMass(question, &result)
        if years >= 15 { measurements("remaja", question, &result) }
        if !question.isMale {
            let isAnaemic = form.hundredths("hb_g_dl").map { $0 < 1_200 } ?? form.flag("anemia")
            result.person(isAnaemic, yes: "remaja_anemia", no: "remaja_tidak_anemia")
            result.person(form.flag("ttd_mingguan"), yes: "remaja_ttd", no: "remaja_tidak_ttd")
        }
        result.person("remaja_heeadsss", if: form.isYes("heeadsss_masalah"))
        result.person("remaja_edukasi", if: form.isYes("edukasi"))
        result.person("remaja_dirujuk", if: form.isYes("dirujuk"))
    }

    private static func bodyMass(_ question: Question, _ result: inout Judgement) {
        guard let score = question.schoolScore else {
            guard let category = question.form.text("imt_kategori") else { return }
            result.person("remaja_imt_" + category)
            return result.person("remaja_imt_dari_formulir")
        }
        guard (-500...500).contains(score) else { return result.person("remaja_imt_tidak_wajar") }
        let name =
            score < -300
            ? "sangat_kurus" : score < -200 ? "kurus" : score <= 100 ? "normal" : score <= 200 ? "gemuk" : "obesitas"
        result.person("remaja_imt_" + name)
    }

    private static func measurements(_ prefix: String, _ question: Question, _ result: inout Judgement) {
        let form = question.form
        let waist = form.hundredths("lingkar_perut_cm") ?? 0
        result.bySex(prefix + "_lp_risiko", if: waist > (question.isMale ? 9_000 : 8_000))
        if let pressure = pressure(form) { result.person("\(prefix)_td_\(pressure)") }
        if let glucose = form.number("gula_mg_dl") {
            result.person("\(prefix)_gula_\(glucose >= 200 ? "tinggi" : glucose < 70 ? "rendah" : "normal")")
        }
    }

    private static func grownUp(_ prefix: String, _ question: Question, _ result: inout Judgement) {
        let form = question.form
        result.bySex(prefix + "_datang")
        if let weight = form.hundredths("berat_kg"), let height = form.hundredths("tinggi_cm"), height > 0 {
            // Tenths of kg/m², half up: (kg / 100) / (cm / 10,000)² x 10.
            let (dividend, divisor) = (weight * 10_000_000, height * height)
            let tenths = (2 * dividend + divisor) / (2 * divisor)
            let name =
                tenths < 170
                ? "sangat_kurus"
                : tenths < 185
                    ? "kurus"
                    : tenths <= 250
                        ? "normal"
                        : tenths <= 270 ? "gemuk" : "obesitas"
            result.person("\(prefix)_imt_\(name)")
        }
        measurements(prefix, question, &result)
        result.person(prefix + "_penglihatan", if: form.isYes("penglihatan_gangguan"))
        result.person(prefix + "_pendengaran", if: form.isYes("pendengaran_gangguan"))
        result.person(prefix + "_edukasi", if: form.isYes("edukasi"))
        result.person(prefix + "_dirujuk", if: form.isYes("dirujuk"))
    }

    private static func elderly(_ question: Question, _ result: inout Judgement) {
        let form = question.form
        let scores = form.answers.filter { $0.name.hasPrefix("aks_") }.compactMap { form.number($0.name) }
        result.refuse("lansia.aks", if: !scores.isEmpty && scores.count != 10)
        result.refuse("subjek.umur", if: question.years < 60)
        grownUp("lansia", question, &result)
        if scores.count == 10 {
            let total = scores.reduce(0, +)
            result.person("lansia_aks_" + (total == 20 ? "a" : total >= 9 ? "b" : "c"))
            let name =
                total == 20
                ? "mandiri" : total >= 12 ? "ringan" : total >= 9 ? "sedang" : total >= 5 ? "berat" : "total"
            result.person("lansia_aks_" + name)
        }
        for answer in form.answers where answer.name.hasPrefix("skilas_") {
            result.person(form.flag(answer.name), yes: "lansia_\(answer.name)_ya", no: "lansia_\(answer.name)_tidak")
        }
        let answers = form.answers.filter { $0.name.hasPrefix("skilas_") }.map(\.answer)
        if answers.contains(.flag(true)) {
            result.person("lansia_skilas_risiko")
        } else if answers.count == 6 {
            result.person("lansia_skilas_aman")
        }
    }

    private static func lungs(_ question: Question, _ result: inout Judgement) {
        let form = question.form
        result.refuse("subjek.umur", if: question.years < 40)
        let packYears = form.number("bungkus_tahun") ?? 0
        let byAge = question.years >= 60 ? 2 : question.years >= 50 ? 1 : 0
        let bySmoking = packYears >= 40 ? 2 : packYears >= 20 ? 1 : 0
        let answers = form.yes(["napas_pendek", "dahak", "batuk_tanpa_flu", "diminta_spirometri"])
        result.person("puma_diskrining")
        let score = (question.isMale ? 1 : 0) + byAge + bySmoking + answers
        result.person(score >= 6, yes: "puma_berisiko", no: "puma_tidak_berisiko")
        result.person("puma_dirujuk", if: form.isYes("dirujuk"))
    }

    private static func contraception(_ question: Question, _ result: inout Judgement) {
        let method = question.form.text("metode") ?? ""
        let isForWomen = ["mow", "iud", "pil", "implan", "suntik"].contains(method)
        result.refuse("subjek.perempuan", if: question.isMale && isForWomen)
        result.refuse("subjek.laki_laki", if: !question.isMale && method == "mop")
        if question.form.text("status") == "berhenti" { return result.person("kb_berhenti") }
        result.person("kb_akseptor")
        result.person("kb_" + method)
        result.person("kb_baru", if: question.form.text("status") == "baru")
    }

    private static func reports(_ question: Question, _ result: inout Judgement) {
        let form = question.form
        switch question.type.dropFirst("kesehatan.".count) {
        case "penyuluhan":
            let (men, women) = (form.number("peserta_l") ?? 0, form.number("peserta_p") ?? 0)
            result.count("penyuluhan")
            result.sum("penyuluhan_peserta", men + women)
            result.sum("penyuluhan_peserta_l", men)
            result.sum("penyuluhan_peserta_p", women)
        case "keluhan":
            complaintDate(question, &result)
            result.count("keluhan")
            result.count("keluhan_" + (form.text("jenis") ?? ""))
            result.opensCase = true
        case "hari_buka":
            result.count("hari_buka")
            for who in ["kader_l", "kader_p", "plkb_l", "plkb_p", "medis_l", "medis_p"] {
                result.sum("hadir_" + who, form.number(who))
            }
            result.count("hari_buka_lengkap", if: form.isYes("langkah_lengkap"))
        case "sasaran": targets(form, &result)
        default:
            let item = form.text("barang") ?? ""
            let (before, got) = (form.number("sisa_lalu") ?? 0, form.number("diterima") ?? 0)
            let (given, left) = (form.number("diberikan") ?? 0, form.number("sisa") ?? 0)
            result.refuse("logistik.jumlah", if: before + got - given != left)
            result.stock("logistik_sisa_" + item, left)
            result.sum("logistik_diberikan_" + item, given)
        }
    }

    private static func targets(_ form: Form, _ result: inout Judgement) {
        let values = ["s_l", "s_p", "k_l", "k_p"].map { form.number($0) ?? 0 }
        result.refuse("aturan.urutan", if: values[2] > values[0] || values[3] > values[1])
        for (name, value) in zip(["s_l", "s_p", "k_l", "k_p"], values) { result.stock(name, value) }
        result.stock("s", values[0] + values[1])
        result.stock("k", values[2] + values[3])
        for (name, _) in form.answers where !["s_l", "s_p", "k_l", "k_p"].contains(name) {
            result.stock("sasaran_" + name, form.number(name))
        }
    }

    /// A complaint cannot have been made after it was recorded.
    static func complaintDate(_ question: Question, _ result: inout Judgement) {
        guard case .date(let day)? = question.form["tanggal_penyampaian"] else { return }
        result.refuse("keluhan.tanggal", if: day > question.date)
    }
}
