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

/// Verification of a household's situation, with a score from 1 to 5.
struct SocioEconomicCheck: RecordHandler {
    enum Form: Questions {
        static let texts = ["rumah", "penghasilan", "aset", "beban", "risiko"]
        static let integers = ["skor"]
    }
    typealias Payload = Answers<Form>

    let type: RecordType = "sosial.verifikasi_sosek"

    func apply(_ payload: Payload, in context: Context) -> [Effect] { [.put(payload.fields)] }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        var tally = Tally(record.context)
        tally.add("verifikasi")
        tally.sort("verifikasi_skor", record.payload.fields.integer("skor").map { String($0) })
        tally.add("verifikasi_terdata", if: record.context.latest("sosial.fakir_miskin") != nil)
        return tally.contributions
    }
}
