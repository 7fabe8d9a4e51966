// An incident: what kind, when, where, how bad. Who and how is sealed in the message's `person` object.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Takes an incident; it opens a case at the office of its kind, unless it was finished on the spot.
struct Incident: RecordHandler {
    struct Payload: Decodable, Sendable {
        enum Impact: String, Decodable, Sendable {
            case light = "ringan"
            case medium = "sedang"
            case heavy = "berat"

            var priority: Priority {
                switch self {
                case .light: .low
                case .medium: .medium
                case .heavy: .high
                }
            }
        }
        enum FollowUp: String, Decodable, Sendable {
            case none = "belum"
            case mediated = "dimediasi"
            case handledByVillage = "ditangani_desa"
            case reported = "dilaporkan"
            case finished = "selesai"
        }

        var day: CivilDate
        /// `HH:MM`.
        var time: String?
        var place: String
        var kind: String
        var impact: Impact
        var followUp: FollowUp
        var identityCard: Bool?

        enum CodingKeys: String, CodingKey {
            case day = "tanggal_kejadian"
            case time = "waktu"
            case place = "lokasi"
            case kind = "jenis"
            case impact = "dampak"
            case followUp = "tindak_lanjut"
            case identityCard = "dok_ktp"
        }
    }

    let type: RecordType = "trantibumlinmas.insiden"
    let kinds: EventKinds

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        guard payload.day <= context.date else {
            let message = "tanggal kejadian sesudah tanggal layanan"
            return [.reject(Violation("insiden.tanggal", field: "tanggal_kejadian", message))]
        }
        let kind = kinds[payload.kind]
        var fields: Fields = [
            "tanggal_kejadian": .date(payload.day),
            "lokasi": .text(payload.place),
            "jenis": .text(payload.kind),
            "dampak": .text(payload.impact.rawValue),
            "tindak_lanjut": .text(payload.followUp.rawValue),
        ]
        fields["waktu"] = payload.time.map { .text($0) }
        fields["dok_ktp"] = payload.identityCard.map { .flag($0) }
        fields["layanan_spm"] = kind.services.map { .text($0) }
        guard payload.followUp != .finished else { return [.put(fields)] }
        let priority = max(kind.priority, payload.impact.priority)
        return [
            .put(fields),
            .openCase(reason: "insiden_" + payload.kind, priority: priority.rawValue, office: kind.office),
        ]
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        let month = record.date.period
        let all = Contribution("trantibumlinmas.insiden", month)
        guard let group = kinds[record.payload.kind].group else { return [all] }
        return [all, Contribution("trantibumlinmas.insiden_" + group, month)]
    }
}
