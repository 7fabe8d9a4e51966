// What residents propose for education (aspirasi).
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Takes a proposal; it always opens a case, as urgent as the proposal is.
struct Proposal: RecordHandler {
    struct Form: Decodable, Sendable {
        var kind: String
        var description: String
        var urgency: Priority
        var advice: String?

        enum CodingKeys: String, CodingKey {
            case kind = "jenis"
            case description = "uraian"
            case urgency = "urgensi"
            case advice = "rekomendasi_kader"
        }
    }

    let type: RecordType = "pendidikan.aspirasi"
    let desk: CaseDesk

    func apply(_ payload: Documented<Form>, in context: Context) -> [Effect] {
        var fields: Fields = [
            "jenis": .text(payload.kind),
            "uraian": .text(payload.description),
            "urgensi": .text(payload.urgency.rawValue),
        ]
        fields["rekomendasi_kader"] = payload.advice.map { .text($0) }
        payload.documents.put(into: &fields)
        return [.put(fields)]
            + desk.open("aspirasi_" + payload.kind, priority: payload.urgency, documents: payload.documents)
    }

    func summarise(_ record: Record<Documented<Form>>) -> [Contribution] {
        [Contribution("pendidikan.aspirasi", record.date.period)]
    }
}
