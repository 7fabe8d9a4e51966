// Nutritional status of a weighing: scores, classes, referral, velocity, what it adds to the recaps.
// SPDX-License-Identifier: Apache-2.0

import PluginKit
import Testing

@testable import KesehatanSector

@Suite struct KesehatanNutritionTests {
    let bench: RuleBench

    private static let shared = Result { try RuleBench(KesehatanSector.self, folder: "Kesehatan") }

    init() throws { bench = try Self.shared.get() }

    private static let day = "2026-11-03"

    private func weigh(
        _ payload: String,
        _ sex: Sex,
        days: Int,
        _ previous: [EarlierRecord] = []
    ) throws -> Outcome {
        let birth = try #require(CivilDate(Self.day)).adding(days: -days)
        let child = Subject(id: "a", sex: sex, birthDate: birth)
        return try bench.answer("kesehatan.penimbangan", payload, on: Self.day, subject: child, previous: previous)
    }

    private func earlier(_ date: String, _ fields: Fields) throws -> EarlierRecord {
        EarlierRecord(id: date, type: "kesehatan.penimbangan", date: try #require(CivilDate(date)), fields: fields)
    }

    private func score(_ outcome: Outcome, _ name: String) -> String? { outcome.put?.decimal(name)?.description }

    /// Rows 25, 29, 22 and 31 of the boundary vectors.
    @Test func `the record holds scores of two decimals and their classes`() throws {
        let boy = try weigh(#"{"berat_gram":9000,"tinggi_cm":80.0,"cara_ukur":"berdiri"}"#, .male, days: 731)
        #expect(["bbu_z", "tbu_z", "bbtb_z", "imtu_z"].map { score(boy, $0) } == ["-2.64", "-2.33", "-2.00", "-1.74"])
        #expect(boy.put?.text("bbu_kategori") == "kurang" && boy.put?.text("tbu_kategori") == "pendek")
        #expect(boy.put?.text("bbtb_kategori") == "gizi_baik" && boy.put?.text("imtu_kategori") == "gizi_baik")
        #expect(boy.put?.integer("umur_hari") == 731 && score(boy, "tinggi_terkoreksi_cm") == "80.0")
        let girl = try weigh(#"{"berat_gram":4200,"tinggi_cm":62,"cara_ukur":"berbaring"}"#, .female, days: 200)
        #expect(
            ["bbu_z", "tbu_z", "bbtb_z", "imtu_z"].map { score(girl, $0) } == ["-4.57", "-2.02", "-4.65", "-4.75"]
        )
        #expect(girl.put?.flag("bgm") == true)
        let standing = try weigh(#"{"berat_gram":8000,"tinggi_cm":70.0,"cara_ukur":"berdiri"}"#, .female, days: 300)
        #expect(score(standing, "tinggi_terkoreksi_cm") == "70.7" && score(standing, "tbu_z") == "-0.24")
        let plain = try weigh(#"{"berat_gram":8000}"#, .female, days: 300)
        #expect(score(plain, "bbu_z") == "-0.44" && plain.put?["tbu_z"] == nil && plain.put?["tbu_kategori"] == nil)
    }

    @Test func `abnormal classes are referred in plain words, the same thing once`() throws {
        let boy = try weigh(
            #"{"berat_gram":9000,"tinggi_cm":80,"cara_ukur":"berdiri","posisi_kms":"hijau"}"#,
            .male,
            days: 731
        )
        #expect(
            boy.tasks == ["rujukan to bidan in 7: rujuk: berat badan kurang (BB/U -2,64); pendek (TB/U -2,33)"]
        )
        let girl = try weigh(#"{"berat_gram":4200,"tinggi_cm":62,"cara_ukur":"berbaring"}"#, .female, days: 200)
        #expect(
            girl.tasks == [
                "rujukan to bidan in 7: rujuk: berat badan di bawah garis merah (BGM); pendek (PB/U -2,02); "
                    + "gizi buruk (BB/PB -4,65)"
            ]
        )
        // High BB/U alone says nothing: BB/PB does.
        let tall = try weigh(#"{"berat_gram":11000}"#, .male, days: 365)
        #expect(tall.put?.text("bbu_kategori") == "risiko_lebih" && tall.tasks.isEmpty)
        let heavy = try weigh(#"{"berat_gram":12500,"tinggi_cm":76,"cara_ukur":"berbaring"}"#, .male, days: 365)
        #expect(
            heavy.tasks == [
                "rujukan to bidan in 7: rujuk: berat badan di atas garis oranye; gizi lebih (BB/PB 2,92)"
            ]
        )
    }

    @Test func `the mark of the kader on the chart counts before the score`() throws {
        let marked = try weigh(#"{"berat_gram":4200,"posisi_kms":"kuning"}"#, .female, days: 200)
        #expect(!marked.figures.contains("bgm") && marked.figures.contains("r") && marked.put?["bgm"] == nil)
        #expect(marked.tasks == ["rujukan to bidan in 7: rujuk: berat badan sangat kurang (BB/U -4,57)"])
        #expect(try weigh(#"{"berat_gram":4200}"#, .female, days: 200).figures.contains("bgm"))
        #expect(try weigh(#"{"berat_gram":12500}"#, .male, days: 365).figures.contains("oranye"))
        let bench = try RuleBench(KesehatanSector.self, folder: "Kesehatan", parameters: ["bgm_bbu_z": .integer(-5)])
        let lower = try bench.answer(
            "kesehatan.penimbangan",
            #"{"berat_gram":4200}"#,
            on: Self.day,
            subject: .girl("2026-04-17")
        )
        #expect(!lower.figures.contains("bgm"))
    }

    /// Row 3 of the boundary vectors: BB/TB and IMT/U beyond -5, the others plausible.
    @Test func `an implausible score is kept, marked, counted nowhere, and measured again`() throws {
        let odd = try weigh(#"{"berat_gram":10000,"tinggi_cm":100}"#, .male, days: 1010)
        #expect(score(odd, "bbtb_z") == "-5.19" && odd.put?["bbtb_kategori"] == nil)
        #expect(odd.put?["tidak_wajar"] == .list([.text("bbtb"), .text("imtu")]))
        #expect(odd.figures.contains("tidak_wajar") && odd.figures.contains("tbu_terukur"))
        #expect(!odd.figures.contains { $0.hasPrefix("bbtb_") || $0.hasPrefix("wasting") })
        #expect(
            odd.tasks.last == "ukur_ulang to kader in 7: ukur ulang: BB/PB atau BB/TB, IMT/U tidak wajar; "
                + "periksa hasil ukur, cara ukur, tanggal lahir dan jenis kelamin"
        )
    }

    @Test func `recaps count the newest valid measurement of the month`() throws {
        let payload = #"{"berat_gram":9000,"tinggi_cm":80,"cara_ukur":"berdiri","lingkar_kepala_cm":48}"#
        let states = ["bbu_", "tbu_", "bbtb_", "lku_", "underweight", "stunting", "wasting", "tidak_wajar"]
        func recap(_ outcome: Outcome) -> [String] {
            outcome.figures.filter { figure in states.contains { figure.hasPrefix($0) } }
        }
        #expect(
            recap(try weigh(payload, .male, days: 731)) == [
                "bbtb_baik", "bbtb_terukur", "bbtb_terukur_l", "bbu_terukur", "bbu_terukur_l", "lku_normal", "stunting",
                "stunting_berat=0", "stunting_l", "tbu_terukur", "tbu_terukur_l", "tbu_tidak_normal", "underweight",
                "underweight_berat=0", "underweight_l", "wasting=0", "wasting_berat=0",
            ]
        )
        let again = recap(
            try weigh(
                payload,
                .male,
                days: 731,
                [earlier("2026-11-01", ["berat_gram": .integer(8_900), "status": .text("b")])]
            )
        )
        #expect(again.contains("wasting_l=0") && again.contains("tbu_normal=0") && again.contains("bbu_lebih=0"))
        #expect(again.contains("stunting_l") && again.contains("tidak_wajar=0"))
        // Nothing valid now: what was measured before in the month stays.
        let nothing = recap(try weigh(#"{"berat_gram":9000,"edema":false}"#, .male, days: 731, []))
        #expect(!nothing.contains { $0.hasPrefix("tbu_") || $0.hasPrefix("stunting") })
    }

    @Test func `oedema is wasting and underweight at their worst`() throws {
        let outcome = try weigh(
            #"{"berat_gram":8000,"tinggi_cm":70,"cara_ukur":"berdiri","edema":true}"#,
            .female,
            days: 300
        )
        #expect(outcome.put?["bbu_z"] == nil && outcome.put?["bbtb_z"] == nil && score(outcome, "tbu_z") == "-0.24")
        #expect(outcome.put?.text("bbtb_kategori") == "gizi_buruk")
        for figure in ["wasting", "wasting_berat", "wasting_p", "underweight_berat", "bbtb_terukur"] {
            #expect(outcome.figures.contains(figure), "\(figure)")
        }
        #expect(outcome.tasks == ["rujukan to bidan in 0: rujuk: bengkak (edema) kedua kaki"])
    }

    /// 300 g in 30 days; 85.0 cm lying to 85.3 cm standing over the second birthday is 1.0 cm.
    @Test func `velocity is counted since the weighing before, over the change of standard`() throws {
        let last = try earlier(
            "2026-10-04",
            [
                "berat_gram": .integer(10_700), "tinggi_terkoreksi_cm": .decimal(85), "umur_hari": .integer(705),
                "status": .text("n"),
            ]
        )
        let outcome = try weigh(
            #"{"berat_gram":11000,"tinggi_cm":85.3,"cara_ukur":"berdiri"}"#,
            .female,
            days: 735,
            [last]
        )
        #expect(outcome.put?.integer("selang_hari") == 30)
        #expect(score(outcome, "laju_gram_per_hari") == "10.00")
        #expect(outcome.put?.decimal("kenaikan_tinggi_cm") == ExactDecimal("1.0"))
        #expect(score(outcome, "laju_cm_per_bulan") == "1.01")
        let sameDay = try weigh(
            #"{"berat_gram":11000}"#,
            .female,
            days: 735,
            [earlier(Self.day, ["berat_gram": .integer(10_700)])]
        )
        #expect(sameDay.put?["selang_hari"] == nil)
    }

    @Test(arguments: [
        (#"{"berat_gram":9}"#, "berat 9 gram tidak mungkin: tulis dalam gram, 9,5 kg ditulis 9500"),
        (
            #"{"berat_gram":9500,"tinggi_cm":8.5}"#,
            "tinggi 8.5 cm tidak mungkin (30 sampai 130): tulis dalam cm, misalnya 85"
        ),
        (
            #"{"berat_gram":9500,"tinggi_cm":850}"#,
            "tinggi 850 cm tidak mungkin (30 sampai 130): tulis dalam cm, misalnya 85"
        ),
        (
            #"{"berat_gram":9500,"lila_cm":145}"#,
            "LILA 145 cm tidak mungkin (5 sampai 30): tulis dalam cm, misalnya 14.5"
        ),
    ])
    func `another unit is refused with the way to write it`(payload: String, message: String) throws {
        let outcome = try weigh(payload, .male, days: 300)
        #expect(outcome.answer.violations.map(\.message) == [message])
        #expect(outcome.codes == ["penimbangan.satuan"])
    }
}
