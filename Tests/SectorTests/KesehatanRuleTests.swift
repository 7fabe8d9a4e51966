// Rules of the health sector for adults, screenings and reports.
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
            outcome.figures
                == ["lansia_aks_\(name)", "lansia_aks_\(recap)", "lansia_datang", "lansia_datang_l"].sorted()
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
