// A confidential complaint (keluhan): who says what is sealed in the message's `person` object.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Takes a complaint. It opens a case at the office of its kind when the reporter's identity is complete; a complaint
/// without identity may be ignored (domain §4.6), which the kabupaten decides.
struct ConfidentialComplaint: RecordHandler {
    enum Form: Questions {
        static let texts = ComplaintWords.texts.filter { $0 != "isi_keluhan" }
        static let flags = ["identitas_lengkap", "lampiran", "dok_ktp", "dok_kk"]
        static let dates = ["tanggal_penyampaian"]
    }
    typealias Payload = Answers<Form>

    let type: RecordType = "trantibumlinmas.keluhan"
    let kinds: EventKinds
    /// Whether a complaint without identity opens a case.
    let followsAnonymous: Bool

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        if let violation = ComplaintWords.lateness(payload.fields, context) { return [.reject(violation)] }
        let name = payload.fields.text("jenis") ?? "lainnya"
        let kind = kinds[name]
        let put = Effect.put(payload.fields.adding("layanan_spm", kind.services.map { .text($0) }))
        guard payload.fields.flag("identitas_lengkap") == true || followsAnonymous else { return [put] }
        let priority = payload.fields.text("prioritas").flatMap { Priority(rawValue: $0) } ?? kind.priority
        return [put, .openCase(reason: "keluhan_" + name, priority: priority.rawValue, office: kind.office)]
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        [Contribution("trantibumlinmas.keluhan", record.date.period)]
    }
}
