// Pregnancy, delivery, the weeks after it, birth and death, one record at a time.
// SPDX-License-Identifier: Apache-2.0

import PluginKit
import Testing

@testable import KesehatanSector

@Suite struct KesehatanMotherTests {
    let bench: RuleBench
    let woman = Subject.girl("1998-03-10")
    let man = Subject.boy("1980-03-10")

    private static let shared = Result { try RuleBench(KesehatanSector.self, folder: "Kesehatan") }

    init() throws { bench = try Self.shared.get() }

    private func ask(
        _ type: String,
        _ payload: String,
        _ subject: Subject? = nil,
        on date: String = "2026-11-03",
        after previous: [EarlierRecord] = []
    ) throws -> Outcome {
        let newestFirst = previous.sorted { ($1.date, $1.id) < ($0.date, $0.id) }
        let subject = subject ?? woman
        return try bench.answer("kesehatan." + type, payload, on: date, subject: subject, previous: newestFirst)
    }

    /// A visit at a week, on the day that fits a last period on 6 January 2026.
    private func visit(_ week: Int, _ more: String = "", after weeks: [Int] = [], _ fields: Fields = [:]) throws
        -> Outcome
    {
        let period = try #require(CivilDate("2026-01-06"))
        func day(_ week: Int) -> String { period.adding(days: 7 * week).description }
        let payload = "{\"kunjungan\":\"lainnya\",\"usia_kehamilan_minggu\":\(week)\(more)}"
        let earlier = weeks.map { EarlierRecord.visit(day($0), week: $0, fields) }
        return try ask("kunjungan_ibu_hamil", payload, on: day(week), after: earlier)
    }

    private func reached(_ outcome: Outcome) -> [String] { outcome.put?.list("capaian")?.compactMap(\.asText) ?? [] }

    @Test func `an arm of 23_4 cm is KEK and one of 23_5 cm is not`() throws {
        let low = try visit(20, ",\"lila_cm\":23.4")
        #expect(low.figures == ["bumil_datang", "bumil_k1_akses", "bumil_kek"])
        #expect(low.tasks == ["rujukan to bidan in 7: rujuk: LILA di bawah 23.5 cm (KEK)"])
        for lila in ["23.5", "23.50", "30"] {
            let outcome = try visit(20, ",\"lila_cm\":\(lila)")
            #expect(outcome.figures == ["bumil_datang", "bumil_k1_akses", "bumil_tidak_kek"], "\(lila)")
            #expect(outcome.tasks.isEmpty)
        }
        #expect(try visit(20, ",\"lila_cm\":23.499").figures.contains("bumil_kek"))
        let unfed = try visit(20, ",\"lila_cm\":23.4,\"pmt_kek\":false")
        #expect(unfed.tasks.first?.hasSuffix("LILA di bawah 23.5 cm (KEK); belum mendapat PMT bumil KEK") == true)
    }

    @Test func `blood pressure, haemoglobin, tuberculosis and length of a pregnancy`() throws {
        func found(_ rest: String) throws -> [String] {
            try visit(30, "," + rest).figures.filter { !["bumil_datang", "bumil_k1_akses"].contains($0) }
        }
        #expect(try found("\"sistolik\":139,\"diastolik\":89") == ["bumil_td_normal"])
        #expect(try found("\"sistolik\":140,\"diastolik\":70") == ["bumil_td_tinggi"])
        #expect(try found("\"sistolik\":120,\"diastolik\":90") == ["bumil_td_tinggi"])
        #expect(try found("\"sistolik\":150") == [])
        #expect(try found("\"hb_g_dl\":10.9") == ["bumil_anemia"])
        #expect(try found("\"hb_g_dl\":11") == [])
        #expect(try found("\"tanda_tbc\":1") == [])
        #expect(try found("\"tanda_tbc\":2") == ["bumil_tbc"])
        #expect(try visit(41).tasks.isEmpty)
        #expect(try visit(42).tasks == ["rujukan to bidan in 7: rujuk: usia kehamilan 42 minggu (lewat bulan)"])
    }

    @Test func `K1 is murni up to week 12 and a kader's visit is none`() throws {
        #expect(reached(try visit(12)) == ["k1_akses", "k1_murni"])
        #expect(reached(try visit(13)) == ["k1_akses"])
        #expect(reached(try visit(12, ",\"pemeriksa\":\"kader\"")) == [])
        #expect(reached(try visit(13, after: [8], ["pemeriksa": .text("kader")])) == ["k1_akses"])
        #expect(reached(try visit(13, after: [8])) == [])
    }

    @Test func `K4 needs one contact, one and two by trimester, K6 one, two and three and two doctors with USG`() throws
    {
        #expect(reached(try visit(34, after: [10, 20, 30])) == ["k4_lengkap"])
        #expect(reached(try visit(25, after: [10, 20, 30])) == ["k4_lengkap"])
        #expect(reached(try visit(24, after: [10, 20, 30])) == [])
        #expect(reached(try visit(36, after: [13, 20, 30, 34])) == [])
        let usg: Fields = ["pemeriksa": .text("dokter"), "usg": .flag(true)]
        #expect(reached(try visit(38, after: [10, 16, 20, 30, 34], usg)) == ["k6_lengkap"])
        #expect(reached(try visit(38, after: [10, 16, 30, 34], usg)) == [])
        #expect(reached(try visit(38, after: [10, 16, 20, 30, 34], ["pemeriksa": .text("dokter")])) == [])
        let doctor = ",\"pemeriksa\":\"dokter\",\"usg\":true"
        #expect(reached(try visit(38, doctor, after: [10, 16, 20, 30, 34])) == [])
    }

    @Test func `tablets of a pregnancy are added up and reach ninety once`() throws {
        let given: Fields = ["ttd_tablet": .integer(30), "ttd_harian": .flag(true)]
        let third = try visit(30, ",\"ttd_tablet\":29,\"ttd_harian\":false", after: [15, 20], given)
        #expect(third.put?.integer("ttd_total") == 89)
        #expect(third.put?.integer("ttd_patuh_persen") == 66)
        #expect(!third.figures.contains("bumil_ttd_lengkap"))
        #expect(try visit(30, ",\"ttd_tablet\":30", after: [15, 20], given).figures.contains("bumil_ttd_lengkap"))
        #expect(try !visit(34, ",\"ttd_tablet\":30", after: [15, 20, 30], given).figures.contains("bumil_ttd_lengkap"))
    }

    @Test func `a visit number counts once in a pregnancy`() throws {
        let payload = "{\"kunjungan\":\"k1\",\"usia_kehamilan_minggu\":12}"
        let known = EarlierRecord.visit("2026-10-06", week: 8, ["kunjungan": .text("k1")])
        #expect(try !ask("kunjungan_ibu_hamil", payload, after: [known]).figures.contains("bumil_k1"))
        let lost = EarlierRecord.visit("2026-08-01", week: 8, ["kunjungan": .text("k1")])
        #expect(try ask("kunjungan_ibu_hamil", payload, after: [lost]).figures.contains("bumil_k1"))
    }

    /// Earlier records, and whether the visit of 3 November 2026 at week 10 continues the first of them.
    @Test func `a pregnancy goes on until delivery, 300 days or a later last period`() throws {
        func pregnancy(_ week: Int, _ previous: [EarlierRecord]) throws -> String? {
            let payload = "{\"kunjungan\":\"lainnya\",\"usia_kehamilan_minggu\":\(week)}"
            return try ask("kunjungan_ibu_hamil", payload, after: previous).put?.text("kehamilan")
        }
        let first = EarlierRecord.visit("2026-10-06", week: 6)
        #expect(try pregnancy(10, [first]) == first.id)
        // 300 days before 3 November is 7 January: week 4 on 4 February, one day later for 299.
        let edge = EarlierRecord.visit("2026-02-04", week: 4)
        #expect(try pregnancy(42, [edge]) == edge.id)
        #expect(try pregnancy(42, [.visit("2026-02-03", week: 4)]) == "r")
        // Week 4 on 3 November means a last period on 6 October: later than a contact on 5 October.
        #expect(try pregnancy(4, [.visit("2026-10-06", week: 8)]) == "kunjungan_ibu_hamil 2026-10-06")
        #expect(try pregnancy(4, [.visit("2026-10-05", week: 8)]) == "r")
        let delivered = [EarlierRecord.visit("2026-01-05", week: 30), .record("persalinan", "2026-03-09")]
        #expect(try pregnancy(20, delivered) == "r")
        let repeated = EarlierRecord.record("persalinan", "2026-10-20", ["ulang": .flag(true)])
        #expect(try pregnancy(10, [first, repeated]) == first.id)
    }

    @Test func `a pregnancy through a recorded delivery is kept, not counted and checked`() throws {
        let delivery = EarlierRecord.record("persalinan", "2026-10-01")
        let payload = "{\"kunjungan\":\"k1\",\"usia_kehamilan_minggu\":20}"
        let outcome = try ask("kunjungan_ibu_hamil", payload, after: [delivery])
        #expect(outcome.figures == [] && outcome.codes == [])
        #expect(outcome.put?.flag("bertentangan") == true)
        #expect(outcome.tasks.first?.hasPrefix("periksa_catatan to bidan in 7: kunjungan hamil 20 minggu") == true)
    }

    @Test func `the last period gives the expected date and must be possible`() throws {
        func visit(_ period: String) throws -> Outcome {
            let payload = "{\"kunjungan\":\"k1\",\"usia_kehamilan_minggu\":10,\"hpht\":\"\(period)\"}"
            return try ask("kunjungan_ibu_hamil", payload)
        }
        #expect(try visit("2026-08-25").put?.date("hpl") == CivilDate("2027-06-01"))
        #expect(try visit("2026-11-04").codes == ["bumil.hpht"])
        #expect(try visit("2025-12-30").codes == [])
        #expect(try visit("2025-12-29").codes == ["bumil.hpht"])
        let wrong = "{\"kunjungan\":\"k1\",\"usia_kehamilan_minggu\":10,\"gravida\":2,\"para\":2}"
        #expect(try ask("kunjungan_ibu_hamil", wrong).codes == ["bumil.para"])
    }

    @Test func `a delivery without a child is a violation and a male mother is refused`() throws {
        let empty = "{\"tempat_bersalin\":\"rumah\",\"penolong\":\"dukun\",\"lahir_hidup\":0,\"lahir_mati\":0}"
        #expect(try ask("persalinan", empty).codes == ["persalinan.jumlah"])
        let twins = "{\"tempat_bersalin\":\"rumah\",\"penolong\":\"dukun\",\"lahir_hidup\":2,\"lahir_mati\":0}"
        #expect(try ask("persalinan", twins).figures == ["lahir_hidup=2", "lahir_mati=0", "persalinan"])
        #expect(try ask("persalinan", twins, man).codes == ["subjek.perempuan"])
    }

    @Test
    func `a delivery ends the pregnancy, is before term or not, and a second one within 150 days is a repetition`()
        throws
    {
        let form = "{\"tempat_bersalin\":\"rumah\",\"penolong\":\"dukun\",\"lahir_hidup\":1,\"lahir_mati\":0}"
        // Last period on 17 February: 37 weeks are complete on 3 November.
        let term = EarlierRecord.visit("2026-04-28", week: 10)
        let born = try ask("persalinan", form, after: [term])
        #expect(born.put?.text("kehamilan") == term.id)
        #expect(born.put?.integer("usia_kehamilan_minggu") == 37)
        #expect(born.tasks.first?.hasPrefix("kunjungan_nifas to bidan in 2: ") == true)
        let early = try ask("persalinan", form, after: [.visit("2026-04-29", week: 10)])
        #expect(early.figures.contains("persalinan_prematur"))
        #expect(try ask("persalinan", form).put?.text("kehamilan") == "r")
        for (date, isRepeated) in [("2026-06-07", true), ("2026-06-06", false)] {
            let outcome = try ask("persalinan", form, after: [.record("persalinan", date)])
            #expect(outcome.put?.flag("ulang") == (isRepeated ? true : nil))
            #expect(outcome.figures.isEmpty == isRepeated, "\(date)")
        }
    }

    @Test func `visits after delivery and birth lie in their windows`() throws {
        for (visit, day, fits) in [
            ("kf1", 2, true), ("kf1", 3, false), ("kf2", 3, true), ("kf2", 7, true), ("kf3", 8, true),
            ("kf3", 28, true), ("kf4", 29, true), ("kf4", 42, true), ("kf4", 28, false),
        ] {
            let codes = try ask("kunjungan_nifas", "{\"kunjungan\":\"\(visit)\",\"hari_nifas\":\(day)}").codes
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

    @Test func `the delivery on record decides the KF and a visit beyond its weeks counts nothing`() throws {
        func visit(_ day: Int, _ delivery: String) throws -> Outcome {
            let label = day <= 2 ? "kf1" : "kf4"
            let payload = "{\"kunjungan\":\"\(label)\",\"hari_nifas\":\(day)}"
            return try ask("kunjungan_nifas", payload, after: [.record("persalinan", delivery)])
        }
        #expect(try visit(1, "2026-11-02").figures == ["kf1", "nifas_datang"])
        #expect(try visit(1, "2026-10-24").figures == ["kf3", "nifas_datang"])
        #expect(try visit(42, "2026-09-22").figures == ["kf4", "nifas_datang"])
        let late = try visit(42, "2026-09-21")
        #expect(late.figures == [] && late.tasks.count == 1)
        #expect(
            try visit(1, "2025-09-21").figures == ["kf1", "nifas_datang"],
            "a later delivery that is not on record"
        )
    }

    @Test func `KF and KN are complete once with the last of their visits`() throws {
        let delivery = EarlierRecord.record("persalinan", "2026-10-01", ["kehamilan": .text("x")])
        func nifas(_ date: String, _ kf: String, _ capsules: Int) -> EarlierRecord {
            .record("kunjungan_nifas", date, ["kf": .text(kf), "vitamin_a_kapsul": .integer(capsules)])
        }
        let three = [nifas("2026-10-02", "kf1", 1), nifas("2026-10-05", "kf2", 0), nifas("2026-10-15", "kf3", 0)]
        let payload = "{\"kunjungan\":\"kf4\",\"hari_nifas\":33,\"vitamin_a_kapsul\":1}"
        let last = try ask("kunjungan_nifas", payload, after: [delivery] + three)
        #expect(
            last.figures == ["kf4", "kf_lengkap", "nifas_datang", "nifas_vitamin_a", "nifas_vitamin_a_lengkap"]
        )
        #expect(last.put?.text("kehamilan") == "x")
        let again = try ask("kunjungan_nifas", payload, after: [delivery] + three + [nifas("2026-11-02", "kf4", 1)])
        #expect(again.figures == ["nifas_datang", "nifas_vitamin_a"])
        func newborn(_ date: String, _ kn: String) -> EarlierRecord {
            .record("kunjungan_neonatus", date, ["kunjungan": .text(kn)])
        }
        let visits = [newborn("2026-10-21", "kn1"), newborn("2026-10-25", "kn2")]
        let third = try ask("kunjungan_neonatus", "{\"kunjungan\":\"kn3\"}", .boy("2026-10-20"), after: visits)
        #expect(third.figures == ["kn3", "kn_lengkap", "neonatus_datang"])
    }

    @Test func `twins have a birth order and a birth counts once`() throws {
        let child = Subject.girl("2026-11-03")
        func born(_ rest: String, after previous: [EarlierRecord] = []) throws -> Outcome {
            try ask("kelahiran", "{\"berat_lahir_gram\":2600\(rest)}", child, after: previous)
        }
        #expect(try born(",\"kembar\":true").codes == ["kelahiran.urutan"])
        #expect(try born(",\"urutan_lahir\":2").codes == ["kelahiran.kembar"])
        let twin = try born(",\"kembar\":true,\"urutan_lahir\":2")
        #expect(twin.figures == ["kelahiran", "kelahiran_kembar", "kelahiran_p"])
        let second = try born("", after: [.record("kelahiran", "2026-11-01")])
        #expect(second.figures == [] && second.put?.flag("ulang") == true)
    }

    @Test func `deaths are told by age and by the mother's period`() throws {
        let none = "{\"masa_ibu\":\"bukan\"}"
        func child(_ birth: String, _ sex: Sex = .male) throws -> [String] {
            try ask("kematian", none, sex == .male ? .boy(birth) : .girl(birth)).figures
        }
        let infant = ["kematian", "kematian_bayi", "kematian_bayi_l", "kematian_l"]
        #expect(try child("2026-10-28") == infant + ["kematian_neonatus", "kematian_neonatus_dini"])
        #expect(try child("2026-10-27") == infant + ["kematian_neonatus"])
        #expect(try child("2026-10-06") == infant + ["kematian_neonatus"])
        #expect(try child("2026-10-05") == infant + ["kematian_post_neonatus"])
        #expect(try child("2025-11-03", .female) == ["kematian", "kematian_balita", "kematian_p"])
        let mother = "{\"masa_ibu\":\"nifas\"}"
        #expect(
            try ask("kematian", mother).figures == ["kematian", "kematian_ibu", "kematian_ibu_nifas", "kematian_p"]
        )
        #expect(try ask("kematian", mother, man).codes == ["subjek.perempuan"])
    }

    @Test func `a mother's death is checked against the delivery on record`() throws {
        let mother = "{\"masa_ibu\":\"nifas\"}"
        let within = try ask("kematian", mother, after: [.record("persalinan", "2026-09-22")])
        #expect(within.figures.contains("kematian_ibu_nifas") && within.tasks.isEmpty)
        let beyond = try ask("kematian", mother, after: [.record("persalinan", "2026-09-21")])
        #expect(beyond.figures == ["kematian", "kematian_p"] && beyond.tasks.count == 1)
        let denied = "{\"masa_ibu\":\"bukan\"}"
        for previous in [EarlierRecord.record("persalinan", "2026-09-22"), .visit("2026-10-01", week: 30)] {
            let outcome = try ask("kematian", denied, after: [previous])
            #expect(outcome.figures == ["kematian", "kematian_p"])
            #expect(outcome.tasks.first?.hasPrefix("kematian_ibu to bidan in 7: ") == true)
        }
        #expect(try ask("kematian", denied, after: [.visit("2025-10-01", week: 30)]).tasks.isEmpty)
        #expect(try ask("kematian", denied, after: [.record("kematian", "2026-11-01")]).figures == [])
    }
}
