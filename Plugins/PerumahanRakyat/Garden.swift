// Gardens, hydroponics and biopores at a house.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Takes what a household grows, or how many biopores it has dug.
struct Garden: RecordHandler {
    struct Payload: Decodable, Sendable {
        enum Activity: String, Decodable, Sendable {
            case garden = "kebun_gizi"
            case biopores = "biopori"
            case hydroponics = "hidroponik"
        }

        var activity: Activity
        var plants: String?
        var technique: String?
        var number: Int
        var place: String?

        enum CodingKeys: String, CodingKey {
            case activity = "kegiatan"
            case plants = "jenis_tanaman"
            case technique = "teknik"
            case number = "jumlah"
            case place = "lokasi"
        }
    }

    let type: RecordType = "perumahan_rakyat.pekarangan"

    func validate(_ payload: Payload) -> [Violation] {
        let named = payload.plants.isWritten
        guard payload.activity != .biopores, !named else { return [] }
        return [Violation("pekarangan.jenis_tanaman", field: "jenis_tanaman", "jenis tanaman belum diisi")]
    }

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        var fields: Fields = ["kegiatan": .text(payload.activity.rawValue), "jumlah": .integer(payload.number)]
        fields["jenis_tanaman"] = payload.plants.map { .text($0) }
        fields["teknik"] = payload.technique.map { .text($0) }
        fields["lokasi"] = payload.place.map { .text($0) }
        return [.put(fields)]
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        let month = record.date.period
        let number = ExactDecimal(record.payload.number)
        guard record.payload.activity != .biopores else {
            return [Contribution("perumahan_rakyat.biopori", month, value: number)]
        }
        return [
            Contribution("perumahan_rakyat.pekarangan", month, subject: record.context.subject?.id),
            Contribution("perumahan_rakyat.tanaman", month, value: number),
        ]
    }
}
