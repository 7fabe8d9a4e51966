// Education on disasters and order (KIE) and drills (simulasi).
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Takes an event: education concerns legal service 29, a drill 30, an event of both kinds both.
struct EducationAndDrill: RecordHandler {
    struct Payload: Decodable, Sendable {
        enum Kind: String, Decodable, Sendable {
            case education = "kie"
            case drill = "simulasi"
            case both = "keduanya"

            var educates: Bool { self != .drill }
            var drills: Bool { self != .education }
        }

        var kind: Kind
        var participants: Int
        var groups: String?
        var result: String?

        enum CodingKeys: String, CodingKey {
            case kind = "jenis"
            case participants = "jumlah_peserta"
            case groups = "unsur"
            case result = "capaian"
        }
    }

    let type: RecordType = "trantibumlinmas.kie_simulasi"

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        var fields: Fields = [
            "jenis": .text(payload.kind.rawValue),
            "jumlah_peserta": .integer(payload.participants),
        ]
        fields["unsur"] = payload.groups.map { .text($0) }
        fields["capaian"] = payload.result.map { .text($0) }
        switch payload.kind {
        case .education: fields["layanan_spm"] = .text("29")
        case .drill: fields["layanan_spm"] = .text("30")
        case .both: fields["layanan_spm"] = .text("29 30")
        }
        return [.put(fields)]
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        let month = record.date.period
        let participants = ExactDecimal(record.payload.participants)
        var contributions: [Contribution] = []
        if record.payload.kind.educates {
            contributions.append(Contribution("trantibumlinmas.kie", month))
            contributions.append(Contribution("trantibumlinmas.peserta_kie", month, value: participants))
        }
        if record.payload.kind.drills {
            contributions.append(Contribution("trantibumlinmas.simulasi", month))
            contributions.append(Contribution("trantibumlinmas.peserta_simulasi", month, value: participants))
        }
        return contributions
    }
}
