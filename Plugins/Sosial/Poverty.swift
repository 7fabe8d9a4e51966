// Poor households: listing them and verifying their situation.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// A household listed as poor. Not a legal SPM service by itself.
struct PoorHousehold: RecordHandler {
    enum Form: Questions {
        static let texts = ["status_rumah"]
        static let integers = ["jumlah_anggota", "penghasilan_rupiah", "jumlah_disabilitas"]
        static let flags = ["terdaftar_dtsen"]
    }
    typealias Payload = Answers<Form>

    let type: RecordType = "sosial.fakir_miskin"
    let documentDays: Int

    func validate(_ payload: Payload) -> [Violation] {
        guard let members = payload.fields.integer("jumlah_anggota"),
            let disabled = payload.fields.integer("jumlah_disabilitas"), disabled > members
        else { return [] }
        let message = "anggota dengan disabilitas \(disabled), lebih dari jumlah anggota \(members)"
        return [Violation("fakir_miskin.disabilitas", field: "jumlah_disabilitas", message)]
    }

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        guard payload.fields.flag("terdaftar_dtsen") == false else { return [.put(payload.fields)] }
        let reason = "usulkan keluarga ke DTSEN: didata sebagai fakir miskin, belum terdaftar"
        return [
            .put(payload.fields),
            .raiseTask(kind: "usulan_data", reason: reason, dueDays: documentDays, to: "pemdes"),
        ]
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        let answers = record.payload.fields
        var tally = Tally(record.context)
        tally.add("fakir_miskin")
        tally.number("fakir_miskin_jiwa", answers.integer("jumlah_anggota"))
        tally.add("fakir_miskin_disabilitas", if: answers.integer("jumlah_disabilitas").map { $0 > 0 })
        tally.add("fakir_miskin_tak_terdaftar", if: answers.flag("terdaftar_dtsen").map { !$0 })
        return tally.contributions
    }
}

/// Verification of a household's situation, with a score from 1 (hardly poor) to 5 (destitute).
struct SocioEconomicCheck: RecordHandler {
    struct Payload: Decodable, Sendable {
        enum Form: Questions {
            static let texts = PovertyScore.answers + ["alasan_skor"]
            static let integers = ["skor"]
        }

        let fields: Fields
        /// Version 1 has the verifier's score alone; from version 2 on a score of one's own needs a reason.
        let asksReason: Bool

        init(from decoder: any Decoder) throws {
            fields = try Answers<Form>(from: decoder).fields
            asksReason = (decoder.userInfo[.recordVersion] as? Int ?? 1) >= 2
        }
    }

    let type: RecordType = "sosial.verifikasi_sosek"
    let score: PovertyScore

    func validate(_ payload: Payload) -> [Violation] {
        let fields = payload.fields
        guard payload.asksReason, let given = fields.integer("skor"), given != score.score(fields),
            !fields.text("alasan_skor").isWritten
        else { return [] }
        let message = "skor \(given), padahal \(score.explanation(fields)): tuliskan alasannya"
        return [Violation("verifikasi.alasan_skor", field: "alasan_skor", message)]
    }

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        let fields = payload.fields
        return [
            .put(
                fields.adding("skor", .integer(settled(fields)))
                    .adding("skor_hitungan", .integer(score.score(fields)))
                    .adding("penjelasan", .text(score.explanation(fields)))
            )
        ]
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        var tally = Tally(record.context)
        tally.add("verifikasi")
        tally.sort("verifikasi_skor", String(settled(record.payload.fields)))
        tally.add("verifikasi_terdata", if: record.context.latest("sosial.fakir_miskin") != nil)
        return tally.contributions
    }

    /// The verifier's score, else the table's.
    private func settled(_ fields: Fields) -> Int { fields.integer("skor") ?? score.score(fields) }
}
