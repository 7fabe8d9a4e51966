// Referrals that stand, their answers, and the visitors of a posyandu.
// SPDX-License-Identifier: Apache-2.0

import PluginKit
import Testing

@testable import KesehatanSector

@Suite struct KesehatanFollowUpTests {
    private static let shared = Result { try RuleBench(KesehatanSector.self, folder: "Kesehatan") }

    let bench: RuleBench
    let man = Subject.boy("1980-03-10")

    init() throws { bench = try Self.shared.get() }

    private func ask(_ type: String, _ payload: String, _ subject: Subject, _ previous: [EarlierRecord] = [])
        throws -> Outcome
    {
        try bench.answer("kesehatan." + type, payload, on: "2026-11-03", subject: subject, previous: previous)
    }

    private func earlier(_ type: String, _ date: String, _ fields: Fields) throws -> EarlierRecord {
        let day = try #require(CivilDate(date))
        return EarlierRecord(id: date, type: RecordType("kesehatan." + type), date: day, fields: fields)
    }

    private func measured(_ date: String, _ findings: [String]) throws -> EarlierRecord {
        try earlier("dewasa", date, ["temuan": .list(findings.map { .text($0) })])
    }

    @Test func `a finding that stands is not referred twice, until it is answered or long ago`() throws {
        let high = "{\"sistolik\":150,\"diastolik\":95}"
        let task = ["rujukan to puskesmas in 7: rujuk: tekanan darah 150/95 mmHg (tinggi)"]
        func answer(_ outcome: String, _ topics: [String]) throws -> EarlierRecord {
            let list = FieldValue.list(topics.map { .text($0) })
            return try earlier("jawaban_rujukan", "2026-10-20", ["hasil": .text(outcome), "topik": list])
        }
        let before = try measured("2026-10-03", ["td_tinggi"])
        #expect(try ask("dewasa", high, man).tasks == task)
        #expect(try ask("dewasa", high, man).put?.list("temuan") == [.text("td_tinggi")])
        #expect(try ask("dewasa", high, man, [before]).tasks == [])
        #expect(try ask("dewasa", high, man, [before]).put?.list("temuan") == nil)
        #expect(try ask("dewasa", high, man, [before]).figures.contains("dewasa_td_tinggi"))
        #expect(try ask("dewasa", high, man, [measured("2026-10-03", ["gula_tinggi"])]).tasks == task)
        #expect(try ask("dewasa", high, man, [answer("diobati", ["tekanan_darah"]), before]).tasks == task)
        #expect(try ask("dewasa", high, man, [answer("diobati", []), before]).tasks == task)
        #expect(try ask("dewasa", high, man, [answer("diobati", ["gula_darah"]), before]).tasks == [])
        #expect(try ask("dewasa", high, man, [answer("tidak_datang", []), before]).tasks == [])
        let answered = try earlier("jawaban_rujukan", "2026-09-20", ["hasil": .text("diobati")])
        #expect(try ask("dewasa", high, man, [before, answered]).tasks == [])
        // 90 days before 3 November is 5 August.
        #expect(try ask("dewasa", high, man, [measured("2026-08-05", ["td_tinggi"])]).tasks == [])
        #expect(try ask("dewasa", high, man, [measured("2026-08-04", ["td_tinggi"])]).tasks == task)
    }

    @Test func `a thought of self-harm is referred every time`() throws {
        let items = (1...20).map { "\"srq_\($0 < 10 ? "0" : "")\($0)\":\($0 == 17)" }.joined(separator: ",")
        let before = try earlier("skrining_jiwa", "2026-11-02", ["temuan": .list([.text("srq_butir_17")])])
        #expect(
            try ask("skrining_jiwa", "{\(items)}", man, [before]).tasks
                == ["rujukan to puskesmas in 0: rujuk hari ini juga: SRQ-20 butir 17 dijawab ya"]
        )
    }

    @Test func `findings of one topic are one task, of two topics two`() throws {
        let payload = "{\"sistolik\":150,\"diastolik\":95,\"gula_mg_dl\":250,\"penglihatan_gangguan\":true}"
        let outcome = try ask("dewasa", payload, man)
        let topics = outcome.answer.effects.compactMap { effect -> String? in
            guard case .raiseTask(_, _, _, _, let topic) = effect else { return nil }
            return topic
        }
        #expect(topics == ["tekanan_darah", "gula_darah", "penglihatan"])
    }

    @Test func `each rule of the table has a topic that an answer can name`() throws {
        let record = try #require(bench.manifest.record("kesehatan.jawaban_rujukan"))
        let topics = try #require(record.field("topik")).choices
        let bytes = try FileReader.read(RuleBench.folder("Kesehatan") + "/tables/tindak_lanjut.csv", limit: 1 << 20)
        let rows = try Table(csv: bytes, name: "tindak_lanjut").rows
        #expect(rows.allSatisfy { topics.contains($0["topik"] ?? "") })
        #expect(Set(rows.compactMap { $0["temuan"] }).count == rows.count)
    }

    @Test func `an answer closes its topics, an absence closes nothing and sends the kader`() throws {
        func effects(_ payload: String) throws -> [Effect] {
            try ask("jawaban_rujukan", payload, man).answer.effects.filter { effect in
                if case .put = effect { false } else { true }
            }
        }
        let seen = "\"pemeriksa\":\"dokter\",\"fasilitas\":\"puskesmas\""
        #expect(
            try effects("{\"topik\":[\"tbc\",\"gizi\"],\"hasil\":\"diobati\",\(seen)}") == [
                .answerTasks(kind: "rujukan", topic: "tbc"), .answerTasks(kind: "rujukan", topic: "gizi"),
                .answerTasks(kind: "penjemputan", topic: "rujukan"), .answerTasks(kind: "kontrol"),
            ]
        )
        #expect(try effects("{\"hasil\":\"edukasi\",\(seen)}").first == .answerTasks(kind: "rujukan"))
        let check = try effects("{\"hasil\":\"dikontrol\",\(seen),\"kontrol_tanggal\":\"2026-11-17\"}")
        let reminder = "ingatkan kontrol tanggal 2026-11-17"
        #expect(check.last == .raiseTask(kind: "kontrol", reason: reminder, dueDays: 14, to: "kader"))
        let absent = try ask("jawaban_rujukan", "{\"hasil\":\"tidak_datang\"}", man)
        #expect(absent.tasks == ["penjemputan to kader in 7: jemput: belum datang ke puskesmas setelah dirujuk"])
        #expect(absent.figures == ["jawaban_rujukan", "jawaban_tidak_datang"])
    }

    @Test func `an answer says who examined where, and checks again later`() throws {
        #expect(
            try ask("jawaban_rujukan", "{\"hasil\":\"diobati\"}", man).codes
                == ["jawaban.pemeriksa", "jawaban.fasilitas"]
        )
        let seen = "\"hasil\":\"diobati\",\"pemeriksa\":\"bidan\",\"fasilitas\":\"pustu\""
        for (day, codes) in [
            ("2026-11-02", ["jawaban.kontrol"]), ("2026-11-03", ["jawaban.kontrol"]), ("2026-11-04", []),
        ] {
            let payload = "{\(seen),\"kontrol_tanggal\":\"\(day)\"}"
            #expect(try ask("jawaban_rujukan", payload, man).codes == codes, "\(day)")
        }
    }

    private static let steps =
        "\"pendaftaran\":true,\"pengukuran\":true,\"pencatatan\":true,\"pelayanan\":true,\"penyuluhan\":true"

    /// Birth date on 3 November 2026 and the column of SIP 6.
    @Test(arguments: [
        ("2026-11-03", "bayi"), ("2025-11-04", "bayi"), ("2025-11-03", "balita"), ("2020-11-04", "balita"),
        ("2020-11-03", "anak"), ("2007-11-04", "anak"), ("2007-11-03", "produktif"), ("1966-11-04", "produktif"),
        ("1966-11-03", "lansia"), ("1930-01-01", "lansia"),
    ])
    func `a visitor is in one group of SIP 6`(birth: String, group: String) throws {
        let outcome = try ask("kunjungan_posyandu", "{\"tempat\":\"hari_buka\",\(Self.steps)}", .boy(birth))
        let columns = outcome.figures.filter { $0.hasSuffix("_baru_l") || $0.hasSuffix("_lama_l") }
        #expect(columns == ["pengunjung_\(group)_baru_l"])
        #expect(outcome.put?.text("skema_umur") == "sip-6")
    }

    @Test func `new is who never came before, and a month has one group and newness`() throws {
        let payload = "{\"tempat\":\"hari_buka\",\(Self.steps)}"
        let child = Subject.girl("2025-11-02")
        func columns(_ previous: [EarlierRecord]) throws -> [String] {
            try ask("kunjungan_posyandu", payload, child, previous).figures
                .filter { $0.contains("_baru_") || $0.contains("_lama_") }
        }
        func visit(_ date: String, _ group: String, new: Bool) throws -> EarlierRecord {
            try earlier("kunjungan_posyandu", date, ["kelompok": .text(group), "baru": .flag(new)])
        }
        #expect(try columns([]) == ["pengunjung_balita_baru_p"])
        #expect(try columns([visit("2026-10-31", "bayi", new: true)]) == ["pengunjung_balita_lama_p"])
        #expect(try columns([visit("2026-11-01", "bayi", new: true)]) == ["pengunjung_bayi_baru_p"])
        #expect(try columns([visit("2026-11-01", "bayi", new: false)]) == ["pengunjung_bayi_lama_p"])
    }

    @Test func `women of childbearing age, pregnant and breastfeeding visitors`() throws {
        let payload = "{\"tempat\":\"luar_hari_buka\",\(Self.steps),\"hamil\":true,\"menyusui\":true}"
        let figures = try ask("kunjungan_posyandu", payload, .girl("1996-05-03")).figures
        #expect(figures.contains("pengunjung_ibu_hamil") && figures.contains("pengunjung_ibu_menyusui"))
        #expect(figures.contains("pengunjung_wus_pus") && figures.contains("pengunjung_luar_hari_buka"))
        #expect(try ask("kunjungan_posyandu", payload, man).codes == ["subjek.perempuan"])
        let plain = "{\"tempat\":\"hari_buka\",\(Self.steps)}"
        for (birth, counts) in [
            ("2011-11-04", false), ("2011-11-03", true), ("1976-11-04", true), ("1976-11-03", false),
        ] {
            let figures = try ask("kunjungan_posyandu", plain, .girl(birth)).figures
            #expect(figures.contains("pengunjung_wus_pus") == counts, "\(birth)")
        }
    }

    @Test func `a visit with a step left out is not complete and answers the task to fetch`() throws {
        let part = Self.steps.replacing("\"penyuluhan\":true", with: "\"penyuluhan\":false")
        let outcome = try ask("kunjungan_posyandu", "{\"tempat\":\"hari_buka\",\(part)}", man)
        #expect(outcome.put?.integer("langkah_selesai") == 4)
        #expect(!outcome.figures.contains("kunjungan_lengkap") && !outcome.figures.contains("langkah_penyuluhan"))
        #expect(outcome.answer.effects.contains(.answerTasks(kind: "penjemputan", topic: "posyandu")))
    }

    @Test(arguments: ["dewasa", "skrining_tbc", "skrining_puma", "skrining_jiwa", "kunjungan_posyandu"])
    func `nobody is served after death`(type: String) throws {
        let payloads = [
            "skrining_tbc": "{\"batuk\":false,\"demam\":false,\"berat_turun\":false,\"kontak_erat\":false}",
            "skrining_puma": "{\"bungkus_tahun\":0,\"napas_pendek\":false,\"dahak\":false,\"batuk_tanpa_flu\":false,"
                + "\"diminta_spirometri\":false}",
            "skrining_jiwa": "{\((1...20).map { "\"srq_\($0 < 10 ? "0" : "")\($0)\":false" }.joined(separator: ","))}",
            "kunjungan_posyandu": "{\"tempat\":\"hari_buka\",\(Self.steps)}",
        ]
        let death = try earlier("kematian", "2026-11-02", ["masa_ibu": .text("bukan")])
        #expect(try ask(type, payloads[type] ?? "{}", man, [death]).codes == ["subjek.meninggal"])
        #expect(try ask(type, payloads[type] ?? "{}", man).codes == [])
    }
}
