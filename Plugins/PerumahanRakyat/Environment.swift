// Education of a household on a clean and healthy environment.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Takes what a household says about water and waste while it is being educated.
struct Environment: RecordHandler {
    struct Payload: Decodable, Sendable {
        var water: String
        var waste: String
        var nearIndustry: Bool?
        var note: String?

        enum CodingKeys: String, CodingKey {
            case water = "akses_air"
            case waste = "pengelolaan_sampah"
            case nearIndustry = "dekat_industri"
            case note = "catatan"
        }
    }

    let type: RecordType = "perumahan_rakyat.kie_lingkungan"

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        var fields: Fields = ["akses_air": .text(payload.water), "pengelolaan_sampah": .text(payload.waste)]
        fields["dekat_industri"] = payload.nearIndustry.map { .flag($0) }
        fields["catatan"] = payload.note.map { .text($0) }
        return [.put(fields)]
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        var indicators = ["perumahan_rakyat.kie_lingkungan"]
        if record.payload.waste == "dipilah" { indicators.append("perumahan_rakyat.sampah_dipilah") }
        if record.payload.water == "tidak_ada" { indicators.append("perumahan_rakyat.tanpa_akses_air") }
        return indicators.map { Contribution($0, record.date.period, subject: record.context.subject?.id) }
    }
}
