// Social assistance handed out to a person.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// PKH, BPNT, BLT-DD, PBI-JKN and others, and how they arrived. Opens a case when less arrived than was due.
struct Assistance: RecordHandler {
    enum Form: Questions {
        static let texts = ["jenis_bantuan", "metode", "kondisi"]
        static let integers = ["nilai_rupiah"]
    }
    typealias Payload = Answers<Form>

    let type: RecordType = "sosial.penyaluran_bansos"

    func validate(_ payload: Payload) -> [Violation] {
        guard payload.fields.text("kondisi") == "tidak_diterima", let value = payload.fields.integer("nilai_rupiah"),
            value > 0
        else { return [] }
        let message = "bantuan tidak diterima: nilai harus 0, bukan \(value)"
        return [Violation("bansos.nilai", field: "nilai_rupiah", message)]
    }

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        switch payload.fields.text("kondisi") {
        case "berkurang": [.put(payload.fields), .openCase(reason: "bansos_berkurang", priority: "sedang")]
        case "tidak_diterima": [.put(payload.fields), .openCase(reason: "bansos_tidak_diterima", priority: "sedang")]
        default: [.put(payload.fields)]
        }
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        let answers = record.payload.fields
        let condition = answers.text("kondisi")
        var tally = Tally(record.context)
        if condition != "tidak_diterima" {
            tally.add("bansos_penerima")
            tally.sort("bansos", answers.text("jenis_bantuan"))
            tally.number("bansos_nilai", answers.integer("nilai_rupiah"))
        }
        tally.add("bansos_bermasalah", if: condition == "berkurang" || condition == "tidak_diterima")
        return tally.contributions
    }
}
