// N, T, O, B, 2T and the month that a weighing counts in.
// SPDX-License-Identifier: Apache-2.0

import PluginKit
import Testing

@testable import KesehatanSector

@Suite struct KesehatanWeighingTests {
    let bench: RuleBench

    private static let shared = Result { try RuleBench(KesehatanSector.self, folder: "Kesehatan") }

    init() throws { bench = try Self.shared.get() }

    private func earlier(_ date: String, _ grams: Int, _ status: String = "b") throws -> EarlierRecord {
        EarlierRecord(
            id: date,
            type: "kesehatan.penimbangan",
            date: try #require(CivilDate(date)),
            fields: ["berat_gram": .integer(grams), "status": .text(status)]
        )
    }

    /// The figures of SKDN and the form, without those of the nutritional status.
    private func balance(_ outcome: Outcome) -> [String] {
        let states = ["bbu_", "tbu_", "bbtb_", "lku_", "underweight", "stunting", "wasting", "tidak_wajar"]
        return outcome.figures.filter { figure in !states.contains { figure.hasPrefix($0) } }
    }

    private func weigh(
        _ grams: Int,
        on date: String,
        _ subject: Subject?,
        _ previous: [EarlierRecord] = []
    ) throws -> Outcome {
        try bench.answer(
            "kesehatan.penimbangan",
            "{\"berat_gram\":\(grams)}",
            on: date,
            subject: subject,
            previous: previous
        )
    }

    @Test func `the first weighing ever is B`() throws {
        let outcome = try weigh(5_800, on: "2026-11-03", .boy("2026-08-01"))
        #expect(balance(outcome) == ["b", "b_l", "d", "d_0_5", "d_l"])
        #expect(outcome.periods == ["2026-11"])
        #expect(outcome.put?.text("status") == "b")
        #expect(outcome.put?.integer("umur_bulan") == 3)
        #expect(outcome.put?["kenaikan_gram"] == nil)
    }

    /// Month of age at the weighing, gain and expected letter; minimum gains of `kbm.csv` read by hand.
    @Test(arguments: [
        // Three months: 800 g for both.
        ("L", "2026-08-01", 800, "n"), ("L", "2026-08-01", 799, "t"), ("P", "2026-08-01", 800, "n"),
        // Seven months: boys 400 g, girls 300 g.
        ("L", "2026-04-01", 399, "t"), ("L", "2026-04-01", 400, "n"), ("P", "2026-04-01", 300, "n"),
        ("P", "2026-04-01", 299, "t"),
        // Eleven months: boys 300 g, girls 200 g.
        ("L", "2025-12-01", 299, "t"), ("L", "2025-12-01", 300, "n"), ("P", "2025-12-01", 200, "n"),
        ("P", "2025-12-01", 199, "t"),
        // Twelve and 59 months: 200 g; a flat and a falling curve.
        ("L", "2025-11-01", 200, "n"), ("P", "2021-12-01", 199, "t"), ("P", "2025-11-01", 0, "t"),
        ("L", "2025-11-01", -300, "t"),
    ])
    func `the gain since last month is compared with the minimum of sex and age`(
        sex: String,
        birth: String,
        gain: Int,
        letter: String
    ) throws {
        let child: Subject = sex == "L" ? .boy(birth) : .girl(birth)
        let outcome = try weigh(8_000 + gain, on: "2026-11-03", child, [earlier("2026-10-06", 8_000)])
        #expect(outcome.put?.text("status") == letter)
        #expect(outcome.put?.integer("kenaikan_gram") == gain)
        #expect(outcome.figures.contains(letter + (sex == "L" ? "_l" : "_p")))
    }

    /// Date now, date of the newest earlier weighing, letter.
    @Test(arguments: [
        ("2026-11-30", "2026-10-01", "n"), ("2026-11-01", "2026-10-31", "n"), ("2026-11-03", "2026-09-30", "o"),
        ("2026-01-02", "2025-12-31", "n"), ("2026-01-31", "2025-12-01", "n"), ("2026-01-05", "2025-11-30", "o"),
        ("2026-01-05", "2025-01-05", "o"), ("2026-03-01", "2026-02-28", "n"),
    ])
    func `only the calendar month before is compared with`(now: String, before: String, letter: String) throws {
        let outcome = try weigh(9_000, on: now, .girl("2024-06-15"), [earlier(before, 8_500)])
        #expect(outcome.put?.text("status") == letter)
        #expect(outcome.periods == [String(now.prefix(7))])
    }

    @Test func `in the month of birth nothing can be judged`() throws {
        let outcome = try weigh(3_900, on: "2026-11-10", .boy("2026-10-28"), [earlier("2026-10-30", 3_200)])
        #expect(balance(outcome) == ["d", "d_0_5", "d_l", "o", "o_l"])
    }

    @Test func `a weighing too soon after the last is O when the kabupaten says so`() throws {
        let strict = try RuleBench(
            KesehatanSector.self,
            folder: "Kesehatan",
            parameters: ["jarak_timbang_minimum_hari": .integer(14)]
        )
        let outcome = try strict.answer(
            "kesehatan.penimbangan",
            "{\"berat_gram\":9000}",
            on: "2026-11-01",
            subject: .girl("2024-06-15"),
            previous: [earlier("2026-10-19", 8_500)]
        )
        #expect(outcome.put?.text("status") == "o")
    }

    @Test func `T after T is 2T and T after O is not`() throws {
        let child = Subject.girl("2025-06-15")
        let twice = try weigh(8_000, on: "2026-11-03", child, [earlier("2026-10-06", 8_000, "t")])
        #expect(balance(twice) == ["d", "d_12_23", "d_p", "dua_t", "t", "t_p"])
        #expect(twice.tasks == ["rujukan to bidan in 7: rujuk: berat badan tidak naik dua kali berturut-turut (2T)"])
        let once = try weigh(8_000, on: "2026-11-03", child, [earlier("2026-10-06", 8_000, "o")])
        #expect(balance(once) == ["d", "d_12_23", "d_p", "t", "t_p"])
        #expect(once.tasks == ["rujukan to bidan in 7: rujuk: berat badan tidak naik (T)"])
        let older = try weigh(8_000, on: "2026-11-03", child, [earlier("2026-09-06", 8_000, "t")])
        #expect(balance(older) == ["d", "d_12_23", "d_p", "o", "o_p"])
    }

    @Test func `a second weighing in a month is kept and not counted`() throws {
        let previous = [try earlier("2026-11-03", 8_200, "n"), try earlier("2026-10-06", 8_000)]
        let outcome = try weigh(8_100, on: "2026-11-20", .girl("2025-06-15"), previous)
        #expect(balance(outcome).isEmpty)
        #expect(outcome.put?.text("status") == "n")
        #expect(outcome.put?.integer("berat_gram") == 8_100)
        #expect(outcome.tasks.isEmpty)
    }

    @Test func `a child of 59 months is weighed and one of 60 months is refused`() throws {
        #expect(
            try balance(weigh(15_000, on: "2026-11-03", .boy("2021-11-04"))) == ["b", "b_l", "d", "d_24_59", "d_l"]
        )
        #expect(try weigh(15_000, on: "2026-11-03", .boy("2021-11-03")).codes == ["subjek.umur"])
    }

    @Test func `without birth date or sex or before birth the record is refused`() throws {
        #expect(try weigh(5_000, on: "2026-11-03", nil).codes == ["subjek.tanggal_lahir"])
        #expect(try weigh(5_000, on: "2026-11-03", Subject(id: "a", sex: .male)).codes == ["subjek.tanggal_lahir"])
        let noSex = Subject(id: "a", birthDate: CivilDate("2026-01-01"))
        #expect(try weigh(5_000, on: "2026-11-03", noSex).codes == ["subjek.jenis_kelamin"])
        #expect(try weigh(5_000, on: "2026-11-03", .boy("2026-11-04")).codes == ["subjek.belum_lahir"])
        #expect(try weigh(3_000, on: "2026-11-04", .boy("2026-11-04")).figures.contains("b"))
    }

    @Test func `bands of age begin at 0, 6, 12 and 24 completed months`() throws {
        for (birth, band) in [
            ("2026-05-04", "d_0_5"), ("2026-05-03", "d_6_11"), ("2025-11-04", "d_6_11"), ("2025-11-03", "d_12_23"),
            ("2024-11-04", "d_12_23"), ("2024-11-03", "d_24_59"),
        ] {
            #expect(try weigh(8_000, on: "2026-11-03", .girl(birth)).figures.contains(band), "\(birth)")
        }
    }

    @Test func `what the form says beside the weight is counted by age`() throws {
        let infant = try bench.answer(
            "kesehatan.penimbangan",
            """
            {"berat_gram":5200,"asi_eksklusif":false,"lila_cm":11.0,"mp_asi":true,"mt_pangan":true,"sakit":true,
             "posisi_kms":"bawah_garis_merah","perkembangan_lengkap":false}
            """,
            on: "2026-11-03",
            subject: .boy("2026-06-03")
        )
        #expect(
            balance(infant) == [
                "asi_tidak_eksklusif", "b", "b_l", "balita_sakit", "bgm", "d", "d_0_5", "d_l",
                "perkembangan_tidak_lengkap", "pmt", "pmt_l",
            ]
        )
        #expect(infant.tasks == ["rujukan to bidan in 7: rujuk: berat badan di bawah garis merah (BGM)"])
        let older = try bench.answer(
            "kesehatan.penimbangan",
            """
            {"berat_gram":11500,"asi_eksklusif":true,"lila_cm":11.4,"mp_asi":true,"edema":true,"posisi_kms":"kuning"}
            """,
            on: "2026-11-03",
            subject: .girl("2023-11-03")
        )
        #expect(
            balance(older) == [
                "b", "b_p", "d", "d_24_59", "d_p", "edema", "lila_tidak_normal", "lulus_36", "mp_asi", "r",
            ]
        )
        #expect(
            older.tasks == ["rujukan to bidan in 0: rujuk: LILA di bawah 11.5 cm; bengkak (edema) kedua kaki"]
        )
    }

    @Test func `D is always N and T and O and B`() throws {
        var letters: [String: Int] = [:]
        for gain in [-200, 0, 199, 200, 600] {
            for before in ["2026-11-01", "2026-10-20", "2026-09-20"] {
                let outcome = try weigh(8_000 + gain, on: "2026-11-25", .girl("2025-01-15"), [earlier(before, 8_000)])
                for figure in outcome.figures { letters[figure, default: 0] += 1 }
            }
        }
        let judged = ["n", "t", "o", "b"].map { letters[$0, default: 0] }
        #expect(judged == [2, 3, 5, 0])
        #expect(letters["d"] == judged.reduce(0, +))
    }

    @Test func `weights outside the form's range never reach the handler`() throws {
        #expect(try weigh(499, on: "2026-11-03", .boy("2026-08-01")).codes.count == 1)
        #expect(try weigh(40_001, on: "2026-11-03", .boy("2026-08-01")).codes.count == 1)
    }
}
