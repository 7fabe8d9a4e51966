// A patrol of the community.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Takes a patrol. What it finds is recorded as an incident of its own, so it opens no case.
struct Patrol: RecordHandler {
    struct Payload: Decodable, Sendable {
        enum Finding: String, Decodable, Sendable {
            case nothing = "nihil"
            case disturbance = "gangguan"
            case danger = "kerawanan"
            case damage = "kerusakan_fasilitas"
            case other = "lainnya"
        }

        var method: String
        var officers: Int
        var finding: Finding
        var action: String?

        enum CodingKeys: String, CodingKey {
            case method = "metode"
            case officers = "jumlah_petugas"
            case finding = "temuan"
            case action = "tindakan"
        }
    }

    let type: RecordType = "trantibumlinmas.patroli"

    func validate(_ payload: Payload) -> [Violation] {
        let acted = payload.action?.contains { !$0.isWhitespace } ?? false
        guard payload.finding != .nothing, !acted else { return [] }
        return [Violation("patroli.tindakan", field: "tindakan", "ada temuan: tuliskan tindakan")]
    }

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        var fields: Fields = [
            "metode": .text(payload.method),
            "jumlah_petugas": .integer(payload.officers),
            "temuan": .text(payload.finding.rawValue),
        ]
        fields["tindakan"] = payload.action.map { .text($0) }
        return [.put(fields)]
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        let all = Contribution("trantibumlinmas.patroli", record.date.period)
        guard record.payload.finding != .nothing else { return [all] }
        return [all, Contribution("trantibumlinmas.patroli_temuan", record.date.period)]
    }
}
