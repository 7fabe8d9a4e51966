// A complaint or proposal about social services.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Opens a case. What is complained of, and by whom, stays in the envelope: the sector is confidential.
struct Complaint: RecordHandler {
    enum Form: Questions {
        static let texts = ["jenis", "lokasi", "jk", "penerima_aspirasi", "prioritas", "status"]
        static let flags = ["lampiran"] + CaseDesk.documents
        static let dates = ["tanggal_penyampaian"]
    }
    typealias Payload = Answers<Form>

    let type: RecordType = "sosial.keluhan"
    let desk: CaseDesk

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        let answers = payload.fields
        if let reported = answers.date("tanggal_penyampaian"), reported > context.date {
            let message = "tanggal penyampaian \(reported) sesudah tanggal catatan \(context.date)"
            return [.reject(Violation("keluhan.tanggal", field: "tanggal_penyampaian", message))]
        }
        let put = Effect.put(answers.adding("dokumen_lengkap", .flag(desk.isComplete(answers))))
        let priority = answers.text("prioritas") ?? "sedang"
        return [put] + desk.open(answers.text("jenis") ?? "lainnya", priority: priority, answers)
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        var tally = Tally(record.context)
        tally.add("keluhan")
        tally.sort("keluhan", record.payload.fields.text("jenis"))
        return tally.contributions
    }
}
