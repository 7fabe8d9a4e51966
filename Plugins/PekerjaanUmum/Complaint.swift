// A resident's complaint or request (keluhan), with the RT's letter and the place to build at.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Takes a complaint; it always opens a case. Who complains stays in the message's `person` object.
struct Complaint: RecordHandler {
    struct Form: Decodable, Sendable {
        var sex: String?
        var kind: String
        var text: String
        var letterNumber: String?
        var place: String
        var buildingPlace: String?
        var reported: CivilDate?
        var receivedBy: String?
        var priority: Priority?
        var attached: Bool?
        var sourceStatus: String?

        enum CodingKeys: String, CodingKey {
            case sex = "jk"
            case kind = "jenis"
            case text = "isi_keluhan"
            case letterNumber = "no_surat_permohonan"
            case place = "lokasi"
            case buildingPlace = "lokasi_pembangunan"
            case reported = "tanggal_penyampaian"
            case receivedBy = "penerima_aspirasi"
            case priority = "prioritas"
            case attached = "lampiran"
            case sourceStatus = "status"
        }
    }

    let type: RecordType = "pekerjaan_umum.keluhan"
    /// Legal services of each kind of complaint; a kind without one is not among the keys.
    let services: [String: String]
    let desk: CaseDesk

    /// - Parameter kinds: `tables/keluhan.csv`, columns `jenis` and `layanan_spm`.
    init(kinds: Table, desk: CaseDesk) {
        var services: [String: String] = [:]
        for row in kinds.rows {
            if let kind = row["jenis"], let ids = row["layanan_spm"], !ids.isEmpty { services[kind] = ids }
        }
        self.services = services
        self.desk = desk
    }

    func apply(_ payload: Documented<Form>, in context: Context) -> [Effect] {
        if let reported = payload.reported, reported > context.date {
            let message = "tanggal penyampaian sesudah tanggal layanan"
            return [.reject(Violation("keluhan.tanggal", field: "tanggal_penyampaian", message))]
        }
        var fields: Fields = [
            "jenis": .text(payload.kind),
            "isi_keluhan": .text(payload.text),
            "lokasi": .text(payload.place),
        ]
        fields["no_surat_permohonan"] = payload.letterNumber.map { .text($0) }
        fields["lokasi_pembangunan"] = payload.buildingPlace.map { .text($0) }
        fields["jk"] = payload.sex.map { .text($0) }
        fields["tanggal_penyampaian"] = payload.reported.map { .date($0) }
        fields["penerima_aspirasi"] = payload.receivedBy.map { .text($0) }
        fields["prioritas"] = payload.priority.map { .text($0.rawValue) }
        fields["lampiran"] = payload.attached.map { .flag($0) }
        fields["status"] = payload.sourceStatus.map { .text($0) }
        fields["layanan_spm"] = services[payload.kind].map { .text($0) }
        payload.documents.put(into: &fields)
        return [.put(fields)]
            + desk.open("keluhan_" + payload.kind, priority: payload.priority, documents: payload.documents)
    }

    func summarise(_ record: Record<Documented<Form>>) -> [Contribution] {
        [Contribution("pekerjaan_umum.keluhan", record.date.period)]
    }
}
