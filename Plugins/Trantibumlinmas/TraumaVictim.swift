// A victim of a disaster who may need psychosocial help.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Takes a victim of a disaster. Counselling or referral that is not finished opens a case.
struct TraumaVictim: RecordHandler {
    struct Payload: Decodable, Sendable {
        enum Need: String, Decodable, Sendable {
            case none = "tidak_ada"
            case company = "pendampingan"
            case counselling = "konseling"
            case referral = "rujukan"
        }
        enum FollowUp: String, Decodable, Sendable {
            case none = "belum"
            case attended = "didampingi"
            case referred = "dirujuk"
            case finished = "selesai"
        }

        /// Years.
        var age: Int
        var sex: String
        var place: String
        var disaster: String
        var need: Need
        var followUp: FollowUp

        enum CodingKeys: String, CodingKey {
            case age = "usia"
            case sex = "jk"
            case place = "lokasi"
            case disaster = "jenis_bencana"
            case need = "kebutuhan_psikososial"
            case followUp = "tindak_lanjut"
        }
    }

    let type: RecordType = "trantibumlinmas.korban_trauma"
    /// Years; victims below it are children.
    let childAge: Int

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        let put = Effect.put([
            "usia": .integer(payload.age),
            "jk": .text(payload.sex),
            "lokasi": .text(payload.place),
            "jenis_bencana": .text(payload.disaster),
            "kebutuhan_psikososial": .text(payload.need.rawValue),
            "tindak_lanjut": .text(payload.followUp.rawValue),
        ])
        guard payload.followUp != .finished else { return [put] }
        switch payload.need {
        case .none, .company: return [put]
        case .counselling: return [put, .openCase(reason: "konseling", priority: Priority.medium.rawValue)]
        case .referral: return [put, .openCase(reason: "rujukan", priority: Priority.high.rawValue)]
        }
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        let all = Contribution("trantibumlinmas.korban_trauma", record.date.period)
        guard record.payload.age < childAge else { return [all] }
        return [all, Contribution("trantibumlinmas.korban_trauma_anak", record.date.period)]
    }
}
