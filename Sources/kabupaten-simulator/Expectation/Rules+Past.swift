// Health rules that look at everything the person had before: doses, campaigns, pregnancies, visits after birth, death.
// SPDX-License-Identifier: Apache-2.0

extension Rules {
    /// Types whose standing records later ones of the same resident look at.
    static let remembered: Set<String> = Set(
        [
            "imunisasi", "vitamin_a", "obat_cacing", "kunjungan_ibu_hamil", "persalinan", "kunjungan_nifas",
            "kunjungan_neonatus", "kematian",
        ].map { "kesehatan." + $0 }
    )

    /// Types that are refused after the resident's death.
    private static let endWithLife: Set<String> = Set(
        [
            "penimbangan", "imunisasi", "vitamin_a", "obat_cacing", "diare", "kunjungan_ibu_hamil", "persalinan",
            "kelahiran", "kunjungan_nifas", "kunjungan_neonatus",
            "usia_sekolah_remaja", "dewasa", "lansia", "skrining_tbc",
            "skrining_puma", "skrining_jiwa",
        ].map { "kesehatan." + $0 }
    )

    static func death(before question: Question, _ result: inout Judgement) {
        guard endWithLife.contains(question.type) else { return }
        let isDead = question.past.contains { $0.type == "kesehatan.kematian" && $0.date < question.date }
        result.refuse("subjek.meninggal", if: isDead)
    }

    /// Adds a dose under its indicator, or what it is instead.
    static func dose(
        _ code: String,
        _ indicator: String,
        ofWomen: Bool,
        _ question: Question,
        _ result: inout Judgement
    ) {
        guard let birth = question.facts?.birth else { return }
        var doses: [(code: String, date: Day)] = question.past.filter { $0.type == question.type }.compactMap {
            record in
            let label = record.form.text("dosis") ?? ""
            return label.hasPrefix("HepB") || label == "TT" ? nil : (oldLabels[label] ?? label, record.date)
        }
        doses.append((code, question.date))
        let reading = DoseReading(doses, birth: birth)
        if reading.isRepeated { return result.count("imunisasi_ulang") }
        if ofWomen { result.person(indicator) } else { result.bySex(indicator) }
        result.count("imunisasi_tidak_sah", if: reading.isInvalid)
        result.count("imunisasi_kejar", if: reading.isLate)
        result.bySex("idl", if: reading.completesFirstYear)
        result.bySex("ibl", if: reading.completesSecondYear)
        guard code.first == "T", code.count == 2 else { return }
        let isPregnant = isPregnant(question)
        result.person("imunisasi_t_bumil", if: isPregnant)
        result.person("imunisasi_t2_plus_bumil", if: isPregnant && code != "T1")
    }

    /// Seen pregnant, not delivered since, and the last period at most 300 days ago.
    static func isPregnant(_ question: Question) -> Bool {
        guard let first = visits(question).first, !question.past.contains(where: { $0.type == "kesehatan.persalinan" })
        else { return false }
        return question.date.number - lastPeriod(first).number <= 300
    }

    /// Whether a record of the type came before in the half year that begins in February or August.
    static func isServed(_ question: Question) -> Bool {
        let month = question.date.month
        let back = month.ofYear < 2 ? month.ofYear + 4 : month.ofYear < 8 ? month.ofYear - 2 : month.ofYear - 8
        let start = month.adding(-back).first
        let served = question.past.filter { $0.type == question.type }
        if served.contains(where: { $0.date >= start }) { return true }
        return question.form.text("kapsul") == "biru" && served.contains { $0.form.text("kapsul") == "biru" }
    }

    static func pregnancy(_ question: Question, _ result: inout Judgement) {
        let before = visits(question).map { (form: $0.form, date: $0.date) }
        let all = before + [(question.form, question.date)]
        if let visit = question.form.text("kunjungan"), visit != "lainnya" {
            result.person("bumil_" + visit, if: !before.contains { $0.form.text("kunjungan") == visit })
        }
        result.person("bumil_k1_akses", if: before.isEmpty)
        result.person(
            "bumil_k1_murni",
            if: before.isEmpty && (question.form.number("usia_kehamilan_minggu") ?? 99) <= 12
        )
        result.person("bumil_k4_lengkap", if: hasFour(all) && !hasFour(before))
        func tablets(_ visits: [(form: Form, date: Day)]) -> Int {
            visits.reduce(0) { $0 + ($1.form.number("ttd_tablet") ?? 0) }
        }
        result.person("bumil_ttd_lengkap", if: tablets(before) < 90 && tablets(all) >= 90)
        result.person("bumil_tanda_bahaya", if: question.form.isYes("tanda_bahaya"))
    }

    /// A contact up to week 12, one up to week 24 and two after it.
    private static func hasFour(_ visits: [(form: Form, date: Day)]) -> Bool {
        func days(_ weeks: ClosedRange<Int>) -> Int {
            Set(visits.filter { weeks.contains($0.form.number("usia_kehamilan_minggu") ?? 0) }.map(\.date)).count
        }
        return days(1...12) >= 1 && days(13...24) >= 1 && days(25...44) >= 2
    }

    static func weeksAfter(_ question: Question, _ result: inout Judgement) {
        let visits = question.past.filter { $0.type == question.type }
        let before = Set(visits.compactMap { $0.form.text("kunjungan") })
        let visit = question.form.text("kunjungan") ?? ""
        result.person(visit, if: !before.contains(visit))
        result.person("kf_lengkap", if: before.count < 4 && before.union([visit]).count == 4)
        let capsules = visits.reduce(0) { $0 + ($1.form.number("vitamin_a_kapsul") ?? 0) }
        let all = capsules + (question.form.number("vitamin_a_kapsul") ?? 0)
        result.person("nifas_vitamin_a_lengkap", if: capsules < 2 && all >= 2)
        result.person(pressure(question.form).map { $0 == "tinggi" }, yes: "nifas_td_tinggi", no: "nifas_td_normal")
    }

    static func newbornVisits(_ question: Question, _ result: inout Judgement) {
        let before = Set(question.past.filter { $0.type == question.type }.compactMap { $0.form.text("kunjungan") })
        let visit = question.form.text("kunjungan") ?? ""
        result.person("kn_lengkap", if: before.count < 3 && before.union([visit]).count == 3)
    }

    private static func visits(_ question: Question) -> [StandingRecord] {
        question.past.filter { $0.type == "kesehatan.kunjungan_ibu_hamil" }
    }

    private static func lastPeriod(_ visit: StandingRecord) -> Day {
        visit.date.adding(-7 * (visit.form.number("usia_kehamilan_minggu") ?? 0))
    }
}
