// Limits of school age, adults, elderly and screenings: below, at and above each value of the tables and parameters.
// SPDX-License-Identifier: Apache-2.0

import PluginKit
import Testing

@testable import KesehatanSector

@Suite struct KesehatanLifeCourseTests {
    /// Two kabupaten: one with the defaults, one that set every limit otherwise.
    private static let shared = Result { () throws -> [RuleBench] in
        [
            try RuleBench(KesehatanSector.self, folder: "Kesehatan"),
            try RuleBench(KesehatanSector.self, folder: "Kesehatan", parameters: otherLimits),
        ]
    }
    private static let otherLimits: Fields = [
        "sistolik_tinggi": .integer(135), "diastolik_tinggi": .integer(85), "sistolik_rendah": .integer(95),
        "diastolik_rendah": .integer(65), "gula_tinggi_mg_dl": .integer(180), "gula_rendah_mg_dl": .integer(75),
        "hb_remaja_putri_g_dl": .integer(11), "puma_rujuk": .integer(7),
        "srq_positif": .integer(8), "tbc_lesu_umur_tahun": .integer(18), "heeadsss_rujuk": .integer(3),
        "lila_lansia_cm": .integer(22), "tenggat_rujukan_hari": .integer(5),
        "tenggat_rujukan_segera_hari": .integer(1),
    ]

    let benches: [RuleBench]
    let man = Subject.boy("1980-03-10")
    let elder = Subject.girl("1950-03-10")
    let girl = Subject.girl("2010-11-03")

    init() throws { benches = try Self.shared.get() }

    private func limits(_ index: Int) -> Fields {
        var values = benches[index].manifest.parameterDefaults
        guard index == 1 else { return values }
        for limit in Self.otherLimits.elements { values[limit.name] = limit.value }
        return values
    }

    private func ask(
        _ type: String,
        _ payload: String,
        _ subject: Subject,
        bench: Int = 0,
        on date: String = "2026-11-03"
    )
        throws -> Outcome
    {
        try benches[bench].answer("kesehatan." + type, payload, on: date, subject: subject)
    }

    private static func table(_ name: String) throws -> Table {
        let path = RuleBench.folder("Kesehatan") + "/tables/\(name).csv"
        return try Table(csv: FileReader.read(path, limit: 1 << 20), name: name)
    }

    /// `remaja_imt_` and so on, the one figure that begins so.
    private func figure(_ prefix: String, _ outcome: Outcome) -> String? {
        outcome.figures.first { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
    }

    /// Birth date, weight, height, z-score by the LMS formula from the printed table, in hundredths.
    @Test(arguments: [
        ("2014-11-03", 28, -357), ("2014-11-03", 30, -284), ("2014-11-03", 34, -151), ("2014-11-03", 40, -9),
        ("2014-11-03", 49, 127), ("2014-11-03", 56, 198), ("2014-11-03", 80, 352),
    ])
    func `body mass for age of a girl of 144 months and 150 cm`(birth: String, weight: Int, score: Int) throws {
        let outcome = try ask("usia_sekolah_remaja", "{\"berat_kg\":\(weight),\"tinggi_cm\":150}", .girl(birth))
        #expect(outcome.put?.decimal("imt_u") == ExactDecimal(mantissa: Int64(score), scale: 2))
        #expect(outcome.put?.text("imt_sumber") == "dihitung")
    }

    @Test(arguments: [-300, -200, 100, 200])
    func `classes of school age change at the scores of the table`(limit: Int) throws {
        let rows = try Self.table("kategori_gizi").rows.filter { $0["index"] == "imtu_5_18" }
        let words = try Self.table("imt_umur")
        #expect(rows.compactMap { $0.integer("limit") }.contains(limit / 100))
        func measure(_ grams: Int) throws -> (score: Int, outcome: Outcome) {
            let weight = "\(grams / 1_000).\(String(1_000 + grams % 1_000).dropFirst())"
            let payload = "{\"berat_kg\":\(weight),\"tinggi_cm\":150}"
            let outcome = try ask("usia_sekolah_remaja", payload, .girl("2014-11-03"))
            let score = try #require(outcome.put?.decimal("imt_u")?.multiplied(by: 100)?.integer)
            return (score, outcome)
        }
        var (low, high) = (25_000, 70_000)
        while high - low > 10 {
            let middle = (low + high) / 20 * 10
            if try measure(middle).score < limit { low = middle } else { high = middle }
        }
        var seen: Set<Int> = []
        for grams in stride(from: high - 200, through: high + 200, by: 10) {
            let (score, outcome) = try measure(grams)
            seen.insert(score)
            let expected = rows.last { row in
                guard let bound = row.integer("limit") else { return true }
                return row["bound"] == "from" ? score >= bound * 100 : score > bound * 100
            }
            let category = try #require(words.first(where: ["kategori": expected?["category"] ?? ""])?["rekap"])
            #expect(figure("remaja_imt_", outcome) == category, "\(score)")
        }
        #expect(seen.isSuperset(of: [limit - 1, limit, limit + 1]))
    }

    @Test func `a score beyond five is kept and counted in no class, and the form's class does not replace it`() throws
    {
        let payload = "{\"berat_kg\":40,\"tinggi_cm\":115,\"imt_kategori\":\"obesitas\"}"
        let outcome = try ask("usia_sekolah_remaja", payload, .boy("2020-11-03"))
        #expect(outcome.put?.decimal("imt_u") == ExactDecimal("7.41"))
        #expect(
            outcome.figures == ["remaja_datang", "remaja_datang_6_14", "remaja_datang_l", "remaja_imt_tidak_wajar"]
        )
        #expect(outcome.tasks.isEmpty)
    }

    @Test func `without weight and height the form's class counts and is marked`() throws {
        let outcome = try ask("usia_sekolah_remaja", "{\"tinggi_cm\":150,\"imt_kategori\":\"kurus\"}", girl)
        #expect(outcome.put?.text("imt_sumber") == "formulir")
        #expect(
            outcome.figures.filter { $0.hasPrefix("remaja_imt") } == ["remaja_imt_dari_formulir", "remaja_imt_kurus"]
        )
    }

    @Test func `classes of adults change at the limits of the table`() throws {
        let rows = try Self.table("imt_dewasa").rows
        for (index, row) in rows.enumerated() {
            guard let limit = row.decimal("batas_atas")?.multiplied(by: 10)?.integer, let name = row["kategori"] else {
                continue
            }
            let next = try #require(rows[index + 1]["kategori"])
            for (step, expected) in [(-1, name), (0, row["batas_termasuk"] == "ya" ? name : next), (1, next)] {
                // At 200 cm the index is a quarter of the weight.
                let tenths = 4 * (limit + step)
                let payload = "{\"berat_kg\":\(tenths / 10).\(tenths % 10),\"tinggi_cm\":200}"
                #expect(figure("dewasa_imt_", try ask("dewasa", payload, man)) == expected, "\(payload)")
                #expect(figure("lansia_imt_", try ask("lansia", payload, elder)) == expected, "\(payload)")
            }
        }
    }

    @Test(arguments: [0, 1])
    func `pressure and glucose change class at the parameters`(bench: Int) throws {
        let limits = limits(bench)
        func limit(_ name: String) throws -> Int { try #require(limits.integer(name)) }
        func pressure(_ upper: Int, _ lower: Int) throws -> String? {
            figure("dewasa_td_", try ask("dewasa", "{\"sistolik\":\(upper),\"diastolik\":\(lower)}", man, bench: bench))
        }
        func glucose(_ value: Int) throws -> String? {
            figure("remaja_gula_", try ask("usia_sekolah_remaja", "{\"gula_mg_dl\":\(value)}", girl, bench: bench))
        }
        let (high, low) = (try limit("sistolik_tinggi"), try limit("sistolik_rendah"))
        for (value, expected) in [
            (high - 1, "normal"), (high, "tinggi"), (high + 1, "tinggi"), (low - 1, "rendah"), (low, "normal"),
            (low + 1, "normal"),
        ] { #expect(try pressure(value, 75) == expected, "\(value)") }
        let (highLower, lowLower) = (try limit("diastolik_tinggi"), try limit("diastolik_rendah"))
        for (value, expected) in [
            (highLower - 1, "normal"), (highLower, "tinggi"), (highLower + 1, "tinggi"), (lowLower - 1, "rendah"),
            (lowLower, "normal"), (lowLower + 1, "normal"),
        ] { #expect(try pressure(120, value) == expected, "\(value)") }
        let (sweet, faint) = (try limit("gula_tinggi_mg_dl"), try limit("gula_rendah_mg_dl"))
        for (value, expected) in [
            (sweet - 1, "normal"), (sweet, "tinggi"), (sweet + 1, "tinggi"), (faint - 1, "rendah"), (faint, "normal"),
            (faint + 1, "normal"),
        ] { #expect(try glucose(value) == expected, "\(value)") }
    }

    @Test(arguments: [0, 1])
    func `haemoglobin of girls and the arm of the elderly change at the parameters`(bench: Int) throws {
        for (type, field, parameter, subject, yes, no) in [
            (
                "usia_sekolah_remaja", "hb_g_dl", "hb_remaja_putri_g_dl", girl, "remaja_anemia", "remaja_tidak_anemia"
            ),
            (
                "lansia", "lila_cm", "lila_lansia_cm", elder, "lansia_skilas_malnutrisi_ya",
                "lansia_skilas_malnutrisi_tidak"
            ),
        ] {
            let limit = try #require(limits(bench).decimal(parameter)?.multiplied(by: 10)?.integer)
            for (tenths, expected) in [(limit - 1, yes), (limit, no), (limit + 1, no)] {
                var payload = "{\"\(field)\":\(tenths / 10).\(tenths % 10)}"
                if type == "lansia" {
                    payload = payload.replacing(
                        "}",
                        with: ",\"berat_turun_3_bulan\":false,\"nafsu_makan_hilang\":false}"
                    )
                }
                let figures = try ask(type, payload, subject, bench: bench).figures
                #expect(figures.contains(expected), "\(payload)")
                #expect(!figures.contains(expected == yes ? no : yes), "\(payload)")
            }
        }
    }

    @Test func `a waist is at risk above 90 cm for men and above 80 cm for women`() throws {
        for (type, prefix, male, female) in [
            ("usia_sekolah_remaja", "remaja", Subject.boy("2010-11-03"), girl),
            ("dewasa", "dewasa", man, Subject.girl("1980-03-10")),
            ("lansia", "lansia", Subject.boy("1950-03-10"), elder),
        ] {
            for (subject, limit, sex) in [(male, 90, "l"), (female, 80, "p")] {
                for (value, atRisk) in [("\(limit - 1).9", false), ("\(limit)", false), ("\(limit).1", true)] {
                    let outcome = try ask(type, "{\"lingkar_perut_cm\":\(value)}", subject)
                    #expect(outcome.figures.contains("\(prefix)_lp_risiko") == atRisk, "\(prefix) \(value)")
                    #expect(outcome.figures.contains("\(prefix)_lp_risiko_\(sex)") == atRisk, "\(prefix) \(value)")
                }
            }
        }
    }

    @Test func `each total of daily living has the class and the recap of the table`() throws {
        let rows = try Self.table("aks").rows
        let items = [2, 2, 1, 2, 2, 3, 3, 2, 2, 1]
        let names = ["bab", "bak", "bersih_diri", "wc", "makan", "pindah", "jalan", "pakaian", "tangga", "mandi"]
        for total in 0...20 {
            var left = total
            let payload = zip(names, items).map { name, most in
                defer { left -= min(left, most) }
                return "\"aks_\(name)\":\(min(left, most))"
            }.joined(separator: ",")
            let row = try #require(
                rows.first { ($0.integer("dari") ?? 99) <= total && total <= ($0.integer("sampai") ?? -1) }
            )
            let outcome = try ask("lansia", "{\(payload)}", elder)
            let classes = outcome.figures.filter { $0.hasPrefix("lansia_aks_") }
            #expect(classes == ["lansia_aks_\(row["rekap"] ?? "")", "lansia_aks_\(row["kategori"] ?? "")"].sorted())
            #expect(outcome.tasks.isEmpty == (total == 20), "\(total)")
        }
    }

    @Test(arguments: [0, 1])
    func `PUMA refers from the parameter on`(bench: Int) throws {
        let limit = try #require(limits(bench).integer("puma_rujuk"))
        for score in [limit - 1, limit, limit + 1] {
            // A man of 60: 3 points, 40 pack-years: 2, the rest from the answers.
            let answers = ["napas_pendek", "dahak", "batuk_tanpa_flu", "diminta_spirometri"].enumerated()
                .map { "\"\($0.element)\":\($0.offset < score - 5)" }.joined(separator: ",")
            let payload = "{\"bungkus_tahun\":40,\(answers)}"
            let outcome = try ask("skrining_puma", payload, .boy("1966-11-03"), bench: bench)
            #expect(outcome.put?.integer("skor") == max(score, 5))
            #expect(outcome.tasks.isEmpty == (max(score, 5) < limit), "\(score)")
        }
    }

    @Test(arguments: [0, 1])
    func `SRQ-20 is positive from the parameter on and item 17 is due at once`(bench: Int) throws {
        let limit = try #require(limits(bench).integer("srq_positif"))
        let days = try #require(limits(bench).integer("tenggat_rujukan_hari"))
        let urgent = try #require(limits(bench).integer("tenggat_rujukan_segera_hari"))
        func screen(_ yes: Int, item17: Bool = false) throws -> Outcome {
            let answers = (1...20).map {
                "\"srq_\($0 < 10 ? "0" : "")\($0)\":\($0 == 17 ? item17 : $0 <= yes)"
            }
            return try ask("skrining_jiwa", "{\(answers.joined(separator: ","))}", man, bench: bench)
        }
        for score in [limit - 1, limit, limit + 1] {
            let outcome = try screen(score)
            #expect(outcome.figures.contains(score >= limit ? "srq_positif" : "srq_negatif"), "\(score)")
            let task = "rujukan to puskesmas in \(days): rujuk: SRQ-20: \(score) jawaban ya"
            #expect(outcome.tasks == (score >= limit ? [task] : []), "\(score)")
        }
        let alone = try screen(0, item17: true)
        #expect(alone.figures == ["srq_butir_17", "srq_diskrining", "srq_negatif"])
        #expect(
            alone.tasks == ["rujukan to puskesmas in \(urgent): rujuk hari ini juga: SRQ-20 butir 17 dijawab ya"]
        )
    }

    @Test(arguments: [0, 1])
    func `fatigue is a sign of tuberculosis from the age of the parameter on`(bench: Int) throws {
        let years = try #require(limits(bench).integer("tbc_lesu_umur_tahun"))
        let payload = "{\"batuk\":true,\"demam\":false,\"berat_turun\":false,\"kontak_erat\":false,\"lesu\":true}"
        for (birth, counts) in [("\(2026 - years)-11-04", false), ("\(2026 - years)-11-03", true)] {
            let outcome = try ask("skrining_tbc", payload, .boy(birth), bench: bench)
            #expect(outcome.put?.integer("tanda") == (counts ? 2 : 1), "\(birth)")
            #expect(outcome.put?.text("varian") == (counts ? "dewasa" : "anak"), "\(birth)")
            #expect(outcome.tasks.isEmpty == !counts, "\(birth)")
        }
    }

    @Test(arguments: [0, 1])
    func `HEEADSSS refers from the parameter on and never tells which domain`(bench: Int) throws {
        let limit = try #require(limits(bench).integer("heeadsss_rujuk"))
        let urgent = try #require(limits(bench).integer("tenggat_rujukan_segera_hari"))
        let domains = AdolescentScreening.domains
        func screen(_ yes: some Sequence<String>, harm: Bool = false) throws -> Outcome {
            let yes = Set(yes)
            let answers = domains.map { "\"\($0)\":\(yes.contains($0))" } + ["\"pikiran_bunuh_diri\":\(harm)"]
            return try ask("skrining_heeadsss", "{\(answers.joined(separator: ","))}", girl, bench: bench)
        }
        #expect(domains.count == 8)
        for count in 0...8 {
            let outcome = try screen(domains.prefix(count))
            #expect(outcome.put?.integer("ranah_bermasalah") == count)
            #expect(outcome.tasks.isEmpty == (count < limit), "\(count)")
            #expect(outcome.tasks.allSatisfy { $0.hasSuffix(": HEEADSSS: \(count) dari 8 ranah bermasalah") })
            let counted = ["heeadsss_diskrining"] + domains.prefix(count).map { "heeadsss_" + $0 }
            #expect(outcome.figures == (counted + (count > 0 ? ["remaja_heeadsss"] : [])).sorted())
        }
        let harm = try screen([], harm: true)
        let first = "rujukan to puskesmas in \(urgent): rujuk hari ini juga: HEEADSSS: ada pikiran mengakhiri hidup"
        #expect(harm.tasks.first == first)
        #expect(harm.figures.contains("heeadsss_bunuh_diri"))
    }

    @Test func `forms are for the ages of the table`() throws {
        let types = ["remaja": "usia_sekolah_remaja", "dewasa": "dewasa", "lansia": "lansia"]
        let day = try #require(CivilDate("2026-11-03"))
        for row in try Self.table("kelompok_umur").rows where row["skema"] == "ilp" {
            guard let type = types[row["kelompok"] ?? ""], let from = row.integer("dari_bulan") else { continue }
            func codes(_ birth: CivilDate) throws -> [String] { try ask(type, "{}", .girl(birth.description)).codes }
            let youngest = day.adding(months: -from)
            #expect(try codes(youngest) == [], "\(type)")
            #expect(try codes(youngest.adding(days: 1)) == ["subjek.umur"], "\(type)")
            guard let upTo = row.integer("sampai_bulan") else { continue }
            let tooOld = day.adding(months: -(upTo + 1))
            #expect(try codes(tooOld.adding(days: 1)) == [], "\(type)")
            #expect(try codes(tooOld) == ["subjek.umur"], "\(type)")
        }
    }
}
