// Rules of the social sector: poverty, assistance, rehabilitation, disaster victims, complaints.
// SPDX-License-Identifier: Apache-2.0

import PluginKit
import Testing

@testable import SosialSector

@Suite struct SosialRuleTests {
    let bench: RuleBench
    let person = Subject.girl("1970-03-10")
    let household = Subject(id: "h")

    private static let shared = Result { try RuleBench(SosialSector.self, folder: "Sosial") }

    init() throws { bench = try Self.shared.get() }

    private func ask(
        _ type: String,
        _ payload: String,
        _ subject: Subject? = nil,
        previous: [EarlierRecord] = []
    ) throws -> Outcome {
        try bench.answer("sosial." + type, payload, on: "2026-11-03", subject: subject, previous: previous)
    }

    private func earlier(_ type: String, _ status: String) throws -> EarlierRecord {
        let date = try #require(CivilDate("2026-10-01"))
        return EarlierRecord(id: "e", type: RecordType("sosial." + type), date: date, fields: ["status": .text(status)])
    }

    @Test func `a handler stands for each record type of the manifest`() {
        #expect(bench.types.sorted() == bench.manifest.records.map(\.type).sorted())
    }

    /// The listing of poor households is personal but no case: the score of a household is made from it.
    @Test func `every figure about people is hidden below five and every person's record but the listing confidential`()
    {
        for indicator in bench.manifest.indicators where !["IDR", "event", "percent"].contains(indicator.unit) {
            #expect(indicator.hideBelow == 5, "\(indicator.name)")
        }
        let others: [String: Manifest.Sensitivity] = ["sosial.kie": .normal, "sosial.fakir_miskin": .personal]
        for record in bench.manifest.records {
            #expect(record.sensitivity == others[record.type] ?? .confidential, "\(record.type)")
        }
    }

    @Test func `a session counts its participants and not more vulnerable ones than came`() throws {
        let payload = "{\"tema\":\"disabilitas\",\"peserta_l\":6,\"peserta_p\":18,\"kelompok_rentan\":24}"
        #expect(
            try ask("kie", payload).figures == [
                "kie", "kie_disabilitas", "kie_peserta=24", "kie_peserta_l=6", "kie_peserta_p=18", "kie_rentan=24",
            ]
        )
        #expect(try ask("kie", payload.replacing("\":24", with: "\":25")).codes == ["kie.kelompok_rentan"])
    }

    @Test func `a poor household outside the register is proposed to the village`() throws {
        let payload = """
            {"jumlah_anggota":5,"status_rumah":"sewa","jumlah_disabilitas":1,"terdaftar_dtsen":false}
            """
        let outcome = try ask("fakir_miskin", payload, household)
        #expect(
            outcome.figures == [
                "fakir_miskin", "fakir_miskin_disabilitas", "fakir_miskin_jiwa=5", "fakir_miskin_tak_terdaftar",
            ]
        )
        #expect(outcome.tasks.count == 1)
        let listed = try ask("fakir_miskin", payload.replacing("false", with: "true"), household)
        #expect(listed.figures == ["fakir_miskin", "fakir_miskin_disabilitas", "fakir_miskin_jiwa=5"])
        #expect(listed.tasks.isEmpty)
        let wrong = payload.replacing("\"jumlah_disabilitas\":1", with: "\"jumlah_disabilitas\":6")
        #expect(try ask("fakir_miskin", wrong, household).codes == ["fakir_miskin.disabilitas"])
    }

    @Test func `a verification knows whether the household was listed before`() throws {
        let payload = """
            {"rumah":"layak","penghasilan":"tetap","aset":"cukup","beban":"ringan","risiko":"rendah","skor":1}
            """
        #expect(try ask("verifikasi_sosek", payload, household).figures == ["verifikasi", "verifikasi_skor_1"])
        let listed = try ask("verifikasi_sosek", payload, household, previous: [earlier("fakir_miskin", "")])
        #expect(listed.figures == ["verifikasi", "verifikasi_skor_1", "verifikasi_terdata"])
        #expect(try ask("verifikasi_sosek", payload.replacing(":1}", with: ":6}"), household).codes.count == 1)
    }

    /// Weights of the five answers, and the score that they make.
    @Test(arguments: [
        ("layak", "tetap", "cukup", "ringan", "rendah", 1),
        ("kurang_layak", "tidak_tetap", "cukup", "ringan", "rendah", 1),
        ("tidak_layak", "tidak_tetap", "cukup", "ringan", "rendah", 2),
        ("tidak_layak", "tidak_ada", "sedikit", "ringan", "rendah", 3),
        ("tidak_layak", "tidak_ada", "tidak_ada", "sedang", "rendah", 4),
        ("tidak_layak", "tidak_ada", "tidak_ada", "berat", "tinggi", 5),
    ])
    func `the score of a verification comes from its answers`(
        _ house: String,
        _ income: String,
        _ assets: String,
        _ burden: String,
        _ risk: String,
        _ score: Int
    ) throws {
        let answers = """
            {"rumah":"\(house)","penghasilan":"\(income)","aset":"\(assets)","beban":"\(burden)","risiko":"\(risk)"}
            """
        let outcome = try ask("verifikasi_sosek", answers, household)
        #expect(outcome.figures == ["verifikasi", "verifikasi_skor_\(score)"])
        #expect(outcome.put?.integer("skor") == score && outcome.put?.integer("skor_hitungan") == score)
        #expect(outcome.put?.text("penjelasan")?.hasSuffix("dari 10, skor \(score)") == true)
    }

    @Test func `a complaint concerns the service of its kind, or none`() throws {
        for (kind, services) in [("disabilitas", "33"), ("anak", "34"), ("lansia", "35"), ("bencana", "37")] {
            let outcome = try ask("keluhan", "{\"jenis\":\"\(kind)\",\"lokasi\":\"RT 02\"}")
            #expect(outcome.put?.text("layanan_spm") == services)
        }
        #expect(try ask("keluhan", "{\"jenis\":\"bansos\",\"lokasi\":\"RT 02\"}").put?.text("layanan_spm") == nil)
    }

    @Test func `assistance that does not arrive opens a case and counts no recipient`() throws {
        func hand(_ condition: String, _ value: Int) throws -> Outcome {
            let payload = """
                {"jenis_bantuan":"blt_dd","nilai_rupiah":\(value),"metode":"tunai","kondisi":"\(condition)"}
                """
            return try ask("penyaluran_bansos", payload, person)
        }
        let whole = try hand("diterima_utuh", 300_000)
        #expect(whole.figures == ["bansos_blt_dd", "bansos_nilai=300000", "bansos_penerima"])
        #expect(whole.cases.isEmpty)
        let less = try hand("berkurang", 250_000)
        #expect(less.figures == ["bansos_bermasalah", "bansos_blt_dd", "bansos_nilai=250000", "bansos_penerima"])
        #expect(less.cases == ["bansos_berkurang/sedang"])
        #expect(try hand("tidak_diterima", 0).figures == ["bansos_bermasalah"])
        #expect(try hand("tidak_diterima", 0).cases == ["bansos_tidak_diterima/sedang"])
        #expect(try hand("tidak_diterima", 1).codes == ["bansos.nilai"])
    }

    /// Group, birth date, extra member, whether the age fits on 3 November 2026.
    @Test(arguments: [
        ("anak", "2008-11-04", "", true), ("anak", "2008-11-03", "", false), ("lansia", "1966-11-03", "", true),
        ("lansia", "1966-11-04", "", false), ("disabilitas", "2015-01-01", ",\"jenis_disabilitas\":\"fisik\"", true),
        ("tuna_sosial", "1990-01-01", ",\"jenis_tuna_sosial\":\"pengemis\"", true),
    ])
    func `rehabilitation is for its own target group`(group: String, birth: String, extra: String, fits: Bool) throws {
        let type = "rehabilitasi_" + group
        let outcome = try ask(type, "{\"status\":\"diajukan\"\(extra)}", .boy(birth))
        #expect(outcome.codes == (fits ? [] : ["subjek.umur"]))
        guard fits else { return }
        #expect(outcome.figures == [type + "_didata"])
        #expect(outcome.cases == [type + "/sedang"])
        #expect(outcome.tasks.count == 1)
        let served = try ask(type, "{\"status\":\"dilayani\",\"layanan_sandang\":true\(extra)}", .boy(birth))
        #expect(served.figures == [type + "_didata", type + "_dilayani"])
        #expect(served.cases.isEmpty)
        let again = try ask(
            type,
            "{\"status\":\"diajukan\"\(extra)}",
            .boy(birth),
            previous: [earlier(type, "diajukan")]
        )
        #expect(again.cases.isEmpty && again.tasks.isEmpty)
        #expect(try ask(type, "{\"status\":\"dilayani\"\(extra)}", .boy(birth)).codes == ["rehabilitasi.layanan"])
    }

    @Test func `a neglected child without a birth date is refused`() throws {
        let codes = try ask("rehabilitasi_anak", "{\"status\":\"diajukan\"}", Subject(id: "a")).codes
        #expect(codes == ["subjek.tanggal_lahir"])
    }

    @Test func `displaced victims of a disaster are an emergency`() throws {
        let payload = "{\"jenis_bencana\":\"banjir\",\"jumlah_jiwa\":4,\"mengungsi\":true,\"status\":\"diajukan\"}"
        let outcome = try ask("korban_bencana", payload, household)
        #expect(outcome.figures == ["korban_bencana", "korban_bencana_jiwa=4", "korban_bencana_mengungsi"])
        #expect(outcome.cases == ["bencana_banjir/darurat"])
        let stayed = try ask("korban_bencana", payload.replacing("true", with: "false"), household)
        #expect(stayed.cases == ["bencana_banjir/tinggi"])
        let again = try ask("korban_bencana", payload, household, previous: [earlier("korban_bencana", "diajukan")])
        #expect(again.cases.isEmpty)
        let served = payload.replacing("diajukan", with: "dilayani")
        #expect(try ask("korban_bencana", served, household).codes == ["korban_bencana.bantuan"])
    }

    @Test func `a complaint opens a case and asks for missing documents`() throws {
        let bare = try ask("keluhan", "{\"jenis\":\"bansos\",\"lokasi\":\"RT 02\",\"prioritas\":\"tinggi\"}")
        #expect(bare.cases == ["bansos/tinggi"])
        #expect(bare.figures == ["keluhan", "keluhan_bansos"])
        #expect(bare.tasks.count == 1)
        let complete = """
            {"jenis":"lainnya","lokasi":"RT 02","dok_ktp":true,"dok_kk":true,"dok_pernyataan":true}
            """
        #expect(try ask("keluhan", complete).tasks.isEmpty)
        #expect(try ask("keluhan", complete).put?.flag("dokumen_lengkap") == true)
        let late = complete.replacing("\"dok_ktp\"", with: "\"tanggal_penyampaian\":\"2026-11-04\",\"dok_ktp\"")
        #expect(try ask("keluhan", late).codes == ["keluhan.tanggal"])
    }
}
