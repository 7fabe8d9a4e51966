// Doses, vitamin A, deworming and iron tablets, one record at a time.
// SPDX-License-Identifier: Apache-2.0

import PluginKit
import Testing

@testable import KesehatanSector

@Suite struct KesehatanImmunisationTests {
    let bench: RuleBench
    let woman = Subject.girl("1998-03-10")
    let man = Subject.boy("1980-03-10")

    private static let shared = Result { try RuleBench(KesehatanSector.self, folder: "Kesehatan") }

    init() throws { bench = try Self.shared.get() }

    private func ask(
        _ type: String,
        _ payload: String,
        _ subject: Subject,
        on date: String = "2026-11-03",
        after previous: [EarlierRecord] = []
    ) throws -> Outcome {
        try bench.answer("kesehatan." + type, payload, on: date, subject: subject, previous: previous)
    }

    private func dose(
        _ code: String,
        _ subject: Subject,
        on date: String = "2026-11-03",
        after given: [(code: String, date: String)] = []
    ) throws -> Outcome {
        try ask("imunisasi", "{\"dosis\":\"\(code)\"}", subject, on: date, after: try given.map(EarlierRecord.dose))
    }

    /// Label, birth date, code that is kept, indicators without sex.
    @Test(arguments: [
        ("DPT-HB-Hib1", "2026-09-03", "DPT-HB-Hib1", ["imunisasi_dpt_hb_hib1"]),
        ("dpt hb hib 1", "2026-09-03", "DPT-HB-Hib1", ["imunisasi_dpt_hb_hib1"]),
        ("DPT I", "2026-09-03", "DPT-HB-Hib1", ["imunisasi_dpt_hb_hib1"]),
        ("Polio IV", "2026-07-03", "OPV4", ["imunisasi_opv4"]), ("Campak", "2026-02-03", "MR1", ["imunisasi_mr1"]),
        ("MR (BIAS)", "2019-05-03", "MR (BIAS)", ["imunisasi_mr_bias"]),
        ("Td (BIAS kelas 5)", "2015-05-03", "Td (BIAS kelas 5)", ["imunisasi_td_bias_kelas_5"]),
        ("HB0", "2026-11-03", "HB0", ["imunisasi_hb0"]), ("HepB II", "2026-08-03", "DPT-HB-Hib2", []),
        ("HepB III", "2026-07-03", "DPT-HB-Hib3", []),
    ])
    func `a dose is found by its code or its old label`(
        label: String,
        birth: String,
        code: String,
        indicators: [String]
    ) throws {
        let outcome = try dose(label, .boy(birth))
        #expect(outcome.put?.text("dosis") == code)
        #expect(outcome.put?.text("label_asal") == (label.contains("-Hib1") || label == code ? nil : label))
        #expect(outcome.figures == indicators.flatMap { [$0, $0 + "_l"] })
    }

    @Test func `an old label with two meanings is asked about and an unknown one refused`() throws {
        let asked = try dose("HepB I", .boy("2026-01-03"))
        #expect(asked.codes == ["imunisasi.tanya"])
        #expect(asked.answer.violations.first?.message.contains("HB0 atau DPT-HB-Hib1") == true)
        #expect(try dose("Cacar", .boy("2026-01-03")).codes == ["imunisasi.dosis"])
    }

    @Test func `doses for women are refused for a male and counted without sex`() throws {
        #expect(try dose("T2", woman).figures == ["imunisasi_t2"])
        #expect(try dose("TT", woman).figures == ["imunisasi_tt_tanpa_nomor"])
        #expect(try dose("HPV", .girl("2015-05-05")).figures == ["imunisasi_hpv"])
        for code in ["T2", "TT", "HPV"] {
            #expect(try dose(code, man).codes == ["subjek.perempuan"], "\(code)")
        }
    }

    /// Birth date, code, doses before, reason on 3 November 2026: the last day that is wrong and the first that is right.
    @Test(
        arguments: [
            ("2026-09-23", "DPT-HB-Hib1", [], "umur_kurang"), ("2026-09-22", "DPT-HB-Hib1", [], nil),
            ("2026-02-04", "MR1", [], "umur_kurang"), ("2026-02-03", "MR1", [], nil),
            ("2025-11-03", "BCG", [], "umur_lewat"), ("2025-11-04", "BCG", [], nil),
            ("2026-10-26", "HB0", [], "umur_lewat"), ("2026-10-27", "HB0", [], nil),
            ("2026-07-03", "OPV2", [("OPV1", "2026-10-07")], "jarak_kurang"),
            ("2026-07-03", "OPV2", [("OPV1", "2026-10-06")], nil),
            ("2025-01-03", "MR2", [("MR1", "2026-05-04")], "jarak_kurang"),
            ("2025-01-03", "MR2", [("MR1", "2026-05-03")], nil),
        ] as [(String, String, [(String, String)], String?)]
    )
    func `a dose below its age or interval is counted with a mark and completes nothing`(
        birth: String,
        code: String,
        before: [(String, String)],
        reason: String?
    ) throws {
        let outcome = try dose(code, .girl(birth), after: before.map { (code: $0.0, date: $0.1) })
        #expect(outcome.put?.flag("sah") == (reason == nil))
        #expect(outcome.put?.text("alasan_tidak_sah") == reason)
        #expect(outcome.figures.contains("imunisasi_tidak_sah") == (reason != nil))
        #expect(outcome.figures.contains { $0.hasSuffix("_p") })
    }

    @Test func `an invalid dose is asked for again from the day on which it can count`() throws {
        let child = Subject.girl("2026-01-28")
        let soon = try dose("OPV2", child, on: "2026-03-23", after: [("OPV1", "2026-03-03")])
        #expect(
            soon.tasks.first
                == "imunisasi_ulang to bidan in 35: OPV2 terlalu dekat dengan dosis sebelumnya, tidak sah: ulangi mulai "
                + "2026-04-20"
        )
        let given = [("OPV1", "2026-03-03"), ("OPV2", "2026-03-23")]
        #expect(try dose("OPV2", child, on: "2026-04-19", after: given).put?.flag("sah") == false)
        let repaired = try dose("OPV2", child, on: "2026-04-20", after: given)
        #expect(repaired.put?.flag("sah") == true)
        #expect(repaired.answer.effects.contains(.answerTasks(kind: "imunisasi_ulang", topic: "opv2")))
        let old = try dose("BCG", .girl("2025-11-03"))
        #expect(old.tasks.allSatisfy { !$0.hasPrefix("imunisasi_ulang") })
    }

    @Test func `a dose reported a second time is counted apart`() throws {
        let outcome = try dose("Polio I", .boy("2026-06-03"), after: [("OPV1", "2026-07-03")])
        #expect(outcome.figures == ["imunisasi_ulang"])
        #expect(outcome.put?.flag("ulang") == true)
    }

    @Test func `a late dose is catch-up from the first overdue day on`() throws {
        let last = try dose("MR1", .boy("2026-01-04"), on: "2026-11-02")
        #expect(last.figures == ["imunisasi_mr1", "imunisasi_mr1_l"])
        let first = try dose("MR1", .boy("2026-01-04"))
        #expect(first.figures == ["imunisasi_kejar", "imunisasi_mr1", "imunisasi_mr1_l"])
    }

    @Test func `T1 to T5 protect by years and TT of pregnant women is counted`() throws {
        let series = [("T1", "2015-01-05"), ("T2", "2015-02-02"), ("T3", "2015-08-02"), ("T4", "2016-08-02")]
        for (code, date, count, until) in [
            ("T1", "2015-01-05", 0, nil), ("T2", "2015-02-02", 1, "2018-02-01"), ("T3", "2015-08-02", 2, "2020-08-01"),
            ("T4", "2016-08-02", 3, "2026-08-01"), ("T5", "2017-08-02", 4, "2042-08-01"),
        ] as [(String, String, Int, String?)] {
            let outcome = try dose(code, woman, on: date, after: series.prefix(count).map { (code: $0.0, date: $0.1) })
            #expect(outcome.put?.text("status_t") == code.lowercased())
            #expect(outcome.put?.date("terlindung_sampai") == until.flatMap { CivilDate($0) }, "\(code)")
        }
        let told = try ask("imunisasi", "{\"dosis\":\"T2\",\"hamil\":true}", woman)
        #expect(told.figures == ["imunisasi_t2", "imunisasi_t2_plus_bumil", "imunisasi_t_bumil"])
        let visit = EarlierRecord.visit("2026-10-01", week: 10)
        let seen = try ask("imunisasi", "{\"dosis\":\"T1\"}", woman, after: [visit])
        #expect(seen.figures == ["imunisasi_t1", "imunisasi_t_bumil"])
        let denied = try ask("imunisasi", "{\"dosis\":\"T1\",\"hamil\":false}", woman, after: [visit])
        #expect(denied.figures == ["imunisasi_t1"])
        let delivered = EarlierRecord.record("persalinan", "2026-10-20")
        #expect(
            try ask("imunisasi", "{\"dosis\":\"T1\"}", woman, after: [delivered, visit]).figures == ["imunisasi_t1"]
        )
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

    /// Days of two capsules and whether the second is one too many: campaigns begin in February and August.
    @Test(arguments: [
        ("2026-02-01", "2026-07-31", true), ("2026-07-31", "2026-08-01", false), ("2026-08-01", "2027-01-31", true),
        ("2027-01-31", "2027-02-01", false),
    ])
    func `one capsule and one deworming a campaign`(first: String, second: String, isSecond: Bool) throws {
        let child = Subject.girl("2023-05-03")
        for (type, payload) in [("vitamin_a", "{\"kapsul\":\"merah\"}"), ("obat_cacing", "{\"obat\":\"albendazol\"}")] {
            let outcome = try ask(type, payload, child, on: second, after: [.record(type, first)])
            #expect(outcome.figures.contains(type + "_ganda") == isSecond)
            #expect(outcome.figures.contains(type) == !isSecond)
            #expect(outcome.put?.flag("ganda") == (isSecond ? true : nil))
        }
    }

    @Test func `a contact asks for overdue doses that may be given and answers what was asked before`() throws {
        let child = Subject.boy("2026-05-03")
        let given = try [("BCG", "2026-06-03"), ("OPV1", "2026-06-03"), ("DPT-HB-Hib1", "2026-10-20")]
            .map { try EarlierRecord.dose(($0.0, $0.1)) }
        let outcome = try ask("vitamin_a", "{\"kapsul\":\"biru\"}", child, after: given)
        // DPT-HB-Hib2 must wait for its interval; OPV3 for OPV2; IPV2 is not due yet.
        let codes = ["OPV2", "PCV1", "RV1", "IPV1"]
        #expect(outcome.put?.list("imunisasi_tertunda") == codes.map { .text($0) })
        let reason = "imunisasi tertunda atau belum tercatat: OPV2, PCV1, RV1, IPV1; cek Buku KIA"
        #expect(outcome.tasks == ["imunisasi_tertunda to bidan in 7: " + reason])
        #expect(outcome.answer.effects.contains(.answerTasks(kind: "imunisasi_tertunda")))
    }

    @Test func `a service on the day of death counts and one after it is refused`() throws {
        let death = EarlierRecord.record("kematian", "2026-11-03")
        #expect(try ask("vitamin_a", "{\"kapsul\":\"biru\"}", .boy("2026-05-03"), after: [death]).codes == [])
        for (type, payload) in [
            ("imunisasi", "{\"dosis\":\"MR1\"}"), ("vitamin_a", "{\"kapsul\":\"merah\"}"),
            ("obat_cacing", "{\"obat\":\"albendazol\"}"), ("diare", "{\"oralit\":true}"),
            ("ttd_rematri", "{\"tablet\":4}"),
            ("kunjungan_ibu_hamil", "{\"kunjungan\":\"k1\",\"usia_kehamilan_minggu\":8}"),
            ("kunjungan_nifas", "{\"kunjungan\":\"kf1\",\"hari_nifas\":1}"),
        ] {
            let outcome = try ask(type, payload, .girl("2024-05-03"), on: "2026-11-04", after: [death])
            #expect(outcome.codes == ["subjek.meninggal"], "\(type)")
        }
    }

    @Test func `iron tablets of a girl are added up over the calendar year`() throws {
        let girl = Subject.girl("2012-05-03")
        let before = [
            EarlierRecord.record("ttd_rematri", "2026-10-01", ["tablet": .integer(47)]),
            EarlierRecord.record("ttd_rematri", "2025-12-30", ["tablet": .integer(40)]),
        ]
        let payload = "{\"tablet\":4,\"diminum_mingguan\":true}"
        let short = try ask("ttd_rematri", payload, girl, after: before)
        #expect(short.figures == ["rematri_ttd", "rematri_ttd_mingguan", "rematri_ttd_tablet=4"])
        #expect(short.put?.integer("tablet_tahun_ini") == 51)
        let full = try ask("ttd_rematri", payload.replacing("4", with: "5"), girl, after: before)
        #expect(full.figures.contains("rematri_ttd_setahun"))
        #expect(try ask("ttd_rematri", payload, .boy("2012-05-03")).codes == ["subjek.perempuan"])
        for (birth, fits) in [
            ("2016-11-04", false), ("2016-11-03", true), ("2007-11-04", true), ("2007-11-03", false),
        ] {
            #expect(try ask("ttd_rematri", payload, .girl(birth)).codes == (fits ? [] : ["subjek.umur"]), "\(birth)")
        }
    }
}

extension EarlierRecord {
    static func record(_ type: String, _ date: String, _ fields: Fields = [:], id: String? = nil) -> EarlierRecord {
        EarlierRecord(
            id: id ?? "\(type) \(date)",
            type: RecordType("kesehatan." + type),
            date: CivilDate(date) ?? CivilDate(daysSince1970: 0),
            fields: fields
        )
    }

    static func dose(_ given: (code: String, date: String)) throws -> EarlierRecord {
        .record("imunisasi", given.date, ["dosis": .text(given.code)], id: "\(given.date) \(given.code)")
    }

    static func visit(_ date: String, week: Int, _ more: Fields = [:]) -> EarlierRecord {
        var fields: Fields = ["kunjungan": .text("lainnya"), "usia_kehamilan_minggu": .integer(week)]
        for element in more.elements { fields[element.name] = element.value }
        return .record("kunjungan_ibu_hamil", date, fields)
    }
}
