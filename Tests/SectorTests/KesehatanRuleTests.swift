// Rules of the health sector apart from weighing: doses, mothers, adults, screenings, reports.
// SPDX-License-Identifier: Apache-2.0

import PluginKit
import Testing

@testable import KesehatanSector

@Suite struct KesehatanRuleTests {
    let bench: RuleBench
    let woman = Subject.girl("1998-03-10")
    let man = Subject.boy("1980-03-10")

    private static let shared = Result { try RuleBench(KesehatanSector.self, folder: "Kesehatan") }

    init() throws { bench = try Self.shared.get() }

    private func ask(_ type: String, _ payload: String, _ subject: Subject? = nil, on date: String = "2026-11-03")
        throws
        -> Outcome
    {
        try bench.answer("kesehatan." + type, payload, on: date, subject: subject)
    }

    @Test func `a handler stands for each record type of the manifest`() {
        #expect(bench.types.sorted() == bench.manifest.records.map(\.type).sorted())
    }

    /// Label, code that is kept, indicator (nil: not counted).
    @Test(arguments: [
        ("DPT-HB-Hib1", "DPT-HB-Hib1", "imunisasi_dpt_hb_hib1"),
        ("dpt hb hib 1", "DPT-HB-Hib1", "imunisasi_dpt_hb_hib1"),
        ("DPT I", "DPT-HB-Hib1", "imunisasi_dpt_hb_hib1"), ("Polio IV", "OPV4", "imunisasi_opv4"),
        ("Campak", "MR1", "imunisasi_mr1"), ("MR (BIAS)", "MR (BIAS)", "imunisasi_mr_bias"),
        ("Td (BIAS kelas 5)", "Td (BIAS kelas 5)", "imunisasi_td_bias_kelas_5"), ("HB0", "HB0", "imunisasi_hb0"),
        ("HepB II", "DPT-HB-Hib2", nil), ("HepB III", "DPT-HB-Hib3", nil),
    ])
    func `a dose is found by its code or its old label`(label: String, code: String, indicator: String?) throws {
        let outcome = try ask("imunisasi", "{\"dosis\":\"\(label)\"}", .boy("2026-01-03"))
        #expect(outcome.put?.text("dosis") == code)
        #expect(outcome.put?.text("label_asal") == (label.contains("-Hib1") || label == code ? nil : label))
        #expect(outcome.figures == (indicator.map { [$0, $0 + "_l"] } ?? []))
    }

    @Test func `an old label with two meanings is asked about and an unknown one refused`() throws {
        let asked = try ask("imunisasi", "{\"dosis\":\"HepB I\"}", .boy("2026-01-03"))
        #expect(asked.codes == ["imunisasi.tanya"])
        #expect(asked.answer.violations.first?.message.contains("HB0 atau DPT-HB-Hib1") == true)
        #expect(try ask("imunisasi", "{\"dosis\":\"Cacar\"}", .boy("2026-01-03")).codes == ["imunisasi.dosis"])
    }

    @Test func `doses for women are refused for a male and counted without sex`() throws {
        #expect(try ask("imunisasi", "{\"dosis\":\"T2\"}", woman).figures == ["imunisasi_t2"])
        #expect(try ask("imunisasi", "{\"dosis\":\"TT\"}", woman).figures == ["imunisasi_tt_tanpa_nomor"])
        #expect(try ask("imunisasi", "{\"dosis\":\"HPV\"}", .girl("2015-05-05")).figures == ["imunisasi_hpv"])
        for dose in ["T2", "TT", "HPV"] {
            #expect(try ask("imunisasi", "{\"dosis\":\"\(dose)\"}", man).codes == ["subjek.perempuan"], "\(dose)")
        }
    }

    /// Capsule, birth date, whether it is for that age on 3 November 2026.
    @Test(arguments: [
        ("biru", "2026-05-04", false), ("biru", "2026-05-03", true), ("biru", "2025-11-04", true),
        ("biru", "2025-11-03", false), ("merah", "2025-11-04", false), ("merah", "2025-11-03", true),
        ("merah", "2021-11-04", true), ("merah", "2021-11-03", false),
    ])
    func `the colour of the vitamin A capsule fits the age`(colour: String, birth: String, fits: Bool) throws {
        let outcome = try ask("vitamin_a", "{\"kapsul\":\"\(colour)\"}", .girl(birth))
        #expect(outcome.figures == (fits ? ["vitamin_a", "vitamin_a_\(colour)", "vitamin_a_p"] : []))
        #expect(outcome.codes == (fits ? [] : ["subjek.umur"]))
    }

    @Test func `an arm of 23_4 cm is KEK and one of 23_5 cm is not`() throws {
        func visit(_ lila: String) throws -> Outcome {
            let payload = "{\"kunjungan\":\"k1\",\"usia_kehamilan_minggu\":10,\"lila_cm\":\(lila)}"
            return try ask("kunjungan_ibu_hamil", payload, woman)
        }
        let low = try visit("23.4")
        #expect(low.figures == ["bumil_datang", "bumil_k1", "bumil_kek"])
        #expect(low.tasks == ["rujukan to bidan in 7: rujuk: LILA di bawah 23.5 cm (KEK)"])
        for lila in ["23.5", "23.50", "30"] {
            let outcome = try visit(lila)
            #expect(outcome.figures == ["bumil_datang", "bumil_k1", "bumil_tidak_kek"], "\(lila)")
            #expect(outcome.tasks.isEmpty)
        }
        #expect(try visit("23.499").figures.contains("bumil_kek"))
    }

    @Test func `blood pressure and haemoglobin of a pregnant woman`() throws {
        func visit(_ rest: String) throws -> [String] {
            let payload = "{\"kunjungan\":\"lainnya\",\"usia_kehamilan_minggu\":30,\(rest)}"
            return try ask("kunjungan_ibu_hamil", payload, woman).figures
        }
        #expect(try visit("\"sistolik\":139,\"diastolik\":89") == ["bumil_datang", "bumil_td_normal"])
        #expect(try visit("\"sistolik\":140,\"diastolik\":70") == ["bumil_datang", "bumil_td_tinggi"])
        #expect(try visit("\"sistolik\":120,\"diastolik\":90") == ["bumil_datang", "bumil_td_tinggi"])
        #expect(try visit("\"sistolik\":150") == ["bumil_datang"])
        #expect(try visit("\"hb_g_dl\":10.9") == ["bumil_anemia", "bumil_datang"])
        #expect(try visit("\"hb_g_dl\":11") == ["bumil_datang"])
    }

    @Test func `visits after delivery and birth lie in their windows`() throws {
        for (visit, day, fits) in [
            ("kf1", 2, true), ("kf1", 3, false), ("kf2", 3, true), ("kf2", 7, true), ("kf3", 8, true),
            ("kf3", 28, true),
            ("kf4", 29, true), ("kf4", 42, true), ("kf4", 28, false),
        ] {
            let payload = "{\"kunjungan\":\"\(visit)\",\"hari_nifas\":\(day)}"
            let codes = try ask("kunjungan_nifas", payload, woman).codes
            #expect(codes == (fits ? [] : ["nifas.hari"]), "\(visit) \(day)")
        }
        for (visit, birth, fits) in [
            ("kn1", "2026-11-03", true), ("kn1", "2026-11-01", true), ("kn1", "2026-10-31", false),
            ("kn2", "2026-10-31", true), ("kn2", "2026-10-27", true), ("kn3", "2026-10-26", true),
            ("kn3", "2026-10-06", true), ("kn3", "2026-10-05", false),
        ] {
            let codes = try ask("kunjungan_neonatus", "{\"kunjungan\":\"\(visit)\"}", .boy(birth)).codes
            #expect(codes == (fits ? [] : ["subjek.umur"]), "\(visit) \(birth)")
        }
    }

    @Test func `a delivery without a child is a violation and a male mother is refused`() throws {
        let empty = "{\"tempat_bersalin\":\"rumah\",\"penolong\":\"dukun\",\"lahir_hidup\":0,\"lahir_mati\":0}"
        #expect(try ask("persalinan", empty, woman).codes == ["persalinan.jumlah"])
        let twins = "{\"tempat_bersalin\":\"rumah\",\"penolong\":\"dukun\",\"lahir_hidup\":2,\"lahir_mati\":0}"
        #expect(try ask("persalinan", twins, woman).figures == ["lahir_hidup=2", "lahir_mati=0", "persalinan"])
        #expect(try ask("persalinan", twins, man).codes == ["subjek.perempuan"])
    }

    @Test func `deaths are told by age and by the mother's period`() throws {
        let none = "{\"masa_ibu\":\"bukan\"}"
        #expect(
            try ask("kematian", none, .boy("2026-10-06")).figures == [
                "kematian", "kematian_bayi", "kematian_bayi_l", "kematian_l", "kematian_neonatus",
            ]
        )
        #expect(
            try ask("kematian", none, .boy("2026-10-05")).figures == [
                "kematian", "kematian_bayi", "kematian_bayi_l", "kematian_l",
            ]
        )
        #expect(
            try ask("kematian", none, .girl("2025-11-03")).figures == ["kematian", "kematian_balita", "kematian_p"]
        )
        #expect(
            try ask("kematian", "{\"masa_ibu\":\"nifas\"}", woman).figures == [
                "kematian", "kematian_ibu", "kematian_p",
            ]
        )
        #expect(try ask("kematian", "{\"masa_ibu\":\"nifas\"}", man).codes == ["subjek.perempuan"])
    }

    /// Weight, height, index and class; 25.0 is still normal and 27.0 still gemuk.
    @Test(arguments: [
        ("43.4", "160.0", "17.0", "kurus"), ("43.3", "160.0", "16.9", "sangat_kurus"),
        ("47.2", "160", "18.4", "kurus"), ("47.4", "160", "18.5", "normal"), ("64.0", "160.0", "25.0", "normal"),
        ("64.2", "160.0", "25.1", "gemuk"), ("69.1", "160.0", "27.0", "gemuk"), ("69.4", "160.0", "27.1", "obesitas"),
    ])
    func `the body mass index of adults has one decimal`(
        weight: String,
        height: String,
        index: String,
        category: String
    ) throws {
        let outcome = try ask("dewasa", "{\"berat_kg\":\(weight),\"tinggi_cm\":\(height)}", man)
        #expect(outcome.put?.decimal("imt") == ExactDecimal(index))
        #expect(outcome.figures == ["dewasa_datang", "dewasa_datang_l", "dewasa_imt_\(category)"])
    }

    @Test func `waist, pressure and glucose of adults`() throws {
        let payload = "{\"lingkar_perut_cm\":90,\"sistolik\":89,\"diastolik\":70,\"gula_mg_dl\":199}"
        #expect(
            try ask("dewasa", payload, man).figures == [
                "dewasa_datang", "dewasa_datang_l", "dewasa_gula_normal", "dewasa_td_rendah",
            ]
        )
        let woman = try ask("dewasa", payload.replacing("199", with: "200"), woman)
        #expect(
            woman.figures == [
                "dewasa_datang", "dewasa_datang_p", "dewasa_gula_tinggi", "dewasa_lp_risiko", "dewasa_lp_risiko_p",
                "dewasa_td_rendah",
            ]
        )
        #expect(woman.tasks == ["rujukan to puskesmas in 7: rujuk: gula darah sewaktu 200 mg/dL (tinggi)"])
    }

    @Test func `forms refuse ages that they are not for`() throws {
        for (type, birth, fits) in [
            ("usia_sekolah_remaja", "2020-11-03", true), ("usia_sekolah_remaja", "2020-11-04", false),
            ("usia_sekolah_remaja", "2007-11-04", true), ("usia_sekolah_remaja", "2007-11-03", false),
            ("dewasa", "2007-11-03", true), ("dewasa", "2007-11-04", false), ("dewasa", "1966-11-04", true),
            ("dewasa", "1966-11-03", false), ("lansia", "1966-11-03", true), ("lansia", "1966-11-04", false),
        ] {
            #expect(try ask(type, "{}", .girl(birth)).codes == (fits ? [] : ["subjek.umur"]), "\(type) \(birth)")
        }
    }

    @Test func `pressure, glucose and waist of adolescents count from 15 years on`() throws {
        let payload = "{\"sistolik\":120,\"diastolik\":80,\"gula_mg_dl\":60,\"lingkar_perut_cm\":81,\"hb_g_dl\":12}"
        #expect(
            try ask("usia_sekolah_remaja", payload, .girl("2011-11-04")).figures == [
                "remaja_datang", "remaja_datang_6_14", "remaja_datang_p", "remaja_tidak_anemia",
            ]
        )
        #expect(
            try ask("usia_sekolah_remaja", payload, .girl("2011-11-03")).figures == [
                "remaja_datang", "remaja_datang_15_18", "remaja_datang_p", "remaja_gula_rendah", "remaja_lp_risiko",
                "remaja_lp_risiko_p", "remaja_td_normal", "remaja_tidak_anemia",
            ]
        )
        let boy = try ask("usia_sekolah_remaja", "{\"hb_g_dl\":10,\"ttd_mingguan\":true}", .boy("2013-11-03"))
        #expect(boy.figures == ["remaja_datang", "remaja_datang_6_14", "remaja_datang_l"])
    }

    /// Points of the mobility items taken away from 20, and the class.
    @Test(arguments: [
        (20, "mandiri", "a"), (19, "ringan", "b"), (12, "ringan", "b"), (11, "sedang", "b"), (9, "sedang", "b"),
        (8, "berat", "c"), (5, "berat", "c"), (4, "total", "c"), (0, "total", "c"),
    ])
    func `activities of daily living fall in classes`(total: Int, name: String, recap: String) throws {
        var left = total
        let items = [
            ("bab", 2), ("bak", 2), ("bersih_diri", 1), ("wc", 2), ("makan", 2), ("pindah", 3), ("jalan", 3),
            ("pakaian", 2), ("tangga", 2), ("mandi", 1),
        ].map { item, most in
            let points = min(left, most)
            left -= points
            return "\"aks_\(item)\":\(points)"
        }
        let outcome = try ask("lansia", "{\(items.joined(separator: ","))}", .boy("1950-01-01"))
        #expect(outcome.put?.integer("aks_total") == total)
        #expect(outcome.put?.text("aks_kategori") == name)
        #expect(
            outcome.figures == ["lansia_aks_\(name)", "lansia_aks_\(recap)", "lansia_datang", "lansia_datang_l"].sorted()
        )
        #expect(outcome.tasks.isEmpty == (total == 20))
        let part = try ask("lansia", "{\(items[0])}", .boy("1950-01-01"))
        #expect(part.codes == ["lansia.aks"])
    }

    @Test func `one answer yes to SKILAS is a risk and no risk needs all six`() throws {
        let risk = try ask("lansia", "{\"skilas_depresi\":true}", .girl("1950-01-01"))
        #expect(
            risk.figures == [
                "lansia_datang", "lansia_datang_p", "lansia_skilas_depresi_ya", "lansia_skilas_risiko",
            ]
        )
        #expect(
            try ask("lansia", "{\"skilas_depresi\":false}", .girl("1950-01-01")).figures == [
                "lansia_datang", "lansia_datang_p", "lansia_skilas_depresi_tidak",
            ]
        )
    }

    @Test func `two signs of tuberculosis are referred and one is not`() throws {
        func screen(_ signs: [String], _ extra: String = "") throws -> Outcome {
            let answers = ["batuk", "demam", "berat_turun", "kontak_erat"].map { "\"\($0)\":\(signs.contains($0))" }
            return try ask("skrining_tbc", "{\(answers.joined(separator: ","))\(extra)}", man)
        }
        #expect(try screen(["batuk"]).figures == ["tbc_diskrining", "tbc_diskrining_l"])
        #expect(try screen(["batuk"]).tasks.isEmpty)
        let two = try screen(["batuk", "kontak_erat"])
        #expect(two.figures == ["dewasa_tbc", "tbc_diskrining", "tbc_diskrining_l", "tbc_terduga", "tbc_terduga_l"])
        #expect(
            two.tasks == ["rujukan to puskesmas in 7: rujuk: 2 tanda TBC: batuk terus-menerus, kontak erat pasien TBC"]
        )
        #expect(try screen(["demam"], ",\"lesu\":true").put?.flag("terduga") == true)
    }

    /// Sex, birth date, pack-years, answers yes, score; referred from 6.
    @Test(arguments: [
        ("L", "1986-11-03", 19, 4, 5), ("L", "1986-11-03", 20, 4, 6), ("P", "1976-11-03", 40, 2, 5),
        ("P", "1966-11-03", 40, 2, 6), ("L", "1966-11-03", 40, 4, 9), ("P", "1986-11-03", 0, 0, 0),
    ])
    func `PUMA adds sex, age, pack-years and answers`(
        sex: String,
        birth: String,
        packYears: Int,
        yes: Int,
        score: Int
    ) throws {
        let answers = ["napas_pendek", "dahak", "batuk_tanpa_flu", "diminta_spirometri"].enumerated()
            .map { "\"\($0.element)\":\($0.offset < yes)" }.joined(separator: ",")
        let outcome = try ask(
            "skrining_puma",
            "{\"bungkus_tahun\":\(packYears),\(answers)}",
            sex == "L" ? .boy(birth) : .girl(birth)
        )
        #expect(outcome.put?.integer("skor") == score)
        #expect(outcome.figures == ["puma_diskrining", score >= 6 ? "puma_berisiko" : "puma_tidak_berisiko"].sorted())
        #expect(outcome.tasks.isEmpty == (score < 6))
    }

    @Test func `item 17 of SRQ-20 is referred at once, six answers yes in days`() throws {
        func screen(_ yes: Set<Int>) throws -> Outcome {
            let answers = (1...20).map { "\"srq_\($0 < 10 ? "0" : "")\($0)\":\(yes.contains($0))" }
            return try ask("skrining_jiwa", "{\(answers.joined(separator: ","))}", woman)
        }
        #expect(try screen([1, 2, 3, 4, 5]).figures == ["srq_diskrining", "srq_negatif"])
        #expect(try screen([1, 2, 3, 4, 5]).tasks.isEmpty)
        #expect(try screen([1, 2, 3, 4, 5, 6]).figures == ["srq_diskrining", "srq_positif"])
        #expect(try screen([1, 2, 3, 4, 5, 6]).tasks == ["rujukan to puskesmas in 7: rujuk: SRQ-20: 6 jawaban ya"])
        let urgent = try screen([17])
        #expect(urgent.figures == ["srq_butir_17", "srq_diskrining", "srq_negatif"])
        #expect(urgent.tasks == ["rujukan to puskesmas in 0: rujuk hari ini juga: SRQ-20 butir 17 dijawab ya"])
    }

    @Test func `contraception counts users by method and leavers apart`() throws {
        let used = try ask("kb", "{\"metode\":\"suntik\",\"status\":\"baru\"}", woman)
        #expect(used.figures == ["kb_akseptor", "kb_baru", "kb_suntik"])
        #expect(try ask("kb", "{\"metode\":\"pil\",\"status\":\"berhenti\"}", woman).figures == ["kb_berhenti"])
        #expect(try ask("kb", "{\"metode\":\"iud\",\"status\":\"baru\"}", man).codes == ["subjek.perempuan"])
        #expect(try ask("kb", "{\"metode\":\"mop\",\"status\":\"baru\"}", woman).codes == ["subjek.laki_laki"])
    }

    @Test func `target numbers are stocks without a subject and K is at most S`() throws {
        let outcome = try ask("sasaran", "{\"s_l\":24,\"s_p\":22,\"k_l\":24,\"k_p\":20,\"bumil\":5}", on: "2026-11-30")
        #expect(outcome.figures == ["k=44", "k_l=24", "k_p=20", "s=46", "s_l=24", "s_p=22", "sasaran_bumil=5"])
        #expect(outcome.answer.contributions.allSatisfy { $0.subject == nil })
        #expect(try !ask("sasaran", "{\"s_l\":24,\"s_p\":22,\"k_l\":25,\"k_p\":20}").codes.isEmpty)
    }

    @Test func `supplies must add up`() throws {
        let payload = "{\"barang\":\"oralit\",\"sisa_lalu\":20,\"diterima\":50,\"diberikan\":14,\"sisa\":56}"
        #expect(try ask("logistik", payload).figures == ["logistik_diberikan_oralit=14", "logistik_sisa_oralit=56"])
        #expect(try ask("logistik", payload.replacing("56", with: "55")).codes == ["logistik.jumlah"])
    }

    @Test func `a complaint opens a case and its date is not in the future`() throws {
        let payload = "{\"jenis\":\"obat\",\"isi_keluhan\":\"obat habis\",\"lokasi\":\"RT 03\"}"
        let outcome = try ask("keluhan", payload)
        #expect(outcome.cases == ["obat/sedang"])
        #expect(outcome.figures == ["keluhan", "keluhan_obat"])
        let late = payload.replacing("}", with: ",\"tanggal_penyampaian\":\"2026-11-04\"}")
        #expect(try ask("keluhan", late).codes == ["keluhan.tanggal"])
    }
}
