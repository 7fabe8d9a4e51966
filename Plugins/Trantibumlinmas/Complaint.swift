// A confidential complaint (keluhan): who says what is sealed in the message's `person` object.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Takes a complaint. It opens a case at the office of its kind when the reporter's identity is complete; a complaint
/// without identity may be ignored (domain §4.6), which the kabupaten decides.
struct Complaint: RecordHandler {
    struct Payload: Decodable, Sendable {
        var sex: String?
        var kind: String
        var identified: Bool
        var place: String
        var reported: CivilDate?
        var receivedBy: String?
        var priority: Priority?
        var attached: Bool?
        var sourceStatus: String?
        var identityCard: Bool?
        var familyCard: Bool?

        enum CodingKeys: String, CodingKey {
            case sex = "jk"
            case kind = "jenis"
            case identified = "identitas_lengkap"
            case place = "lokasi"
            case reported = "tanggal_penyampaian"
            case receivedBy = "penerima_aspirasi"
            case priority = "prioritas"
            case attached = "lampiran"
            case sourceStatus = "status"
            case identityCard = "dok_ktp"
            case familyCard = "dok_kk"
        }
    }

    let type: RecordType = "trantibumlinmas.keluhan"
    let kinds: EventKinds
    /// Whether a complaint without identity opens a case.
    let followsAnonymous: Bool

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        if let reported = payload.reported, reported > context.date {
            let message = "tanggal penyampaian sesudah tanggal layanan"
            return [.reject(Violation("keluhan.tanggal", field: "tanggal_penyampaian", message))]
        }
        let kind = kinds[payload.kind]
        var fields: Fields = [
            "jenis": .text(payload.kind),
            "identitas_lengkap": .flag(payload.identified),
            "lokasi": .text(payload.place),
        ]
        fields["jk"] = payload.sex.map { .text($0) }
        fields["tanggal_penyampaian"] = payload.reported.map { .date($0) }
        fields["penerima_aspirasi"] = payload.receivedBy.map { .text($0) }
        fields["prioritas"] = payload.priority.map { .text($0.rawValue) }
        fields["lampiran"] = payload.attached.map { .flag($0) }
        fields["status"] = payload.sourceStatus.map { .text($0) }
        fields["dok_ktp"] = payload.identityCard.map { .flag($0) }
        fields["dok_kk"] = payload.familyCard.map { .flag($0) }
        fields["layanan_spm"] = kind.services.map { .text($0) }
        guard payload.identified || followsAnonymous else { return [.put(fields)] }
        let priority = payload.priority ?? kind.priority
        return [
            .put(fields),
            .openCase(reason: "keluhan_" + payload.kind, priority: priority.rawValue, office: kind.office),
        ]
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        [Contribution("trantibumlinmas.keluhan", record.date.period)]
    }
}
