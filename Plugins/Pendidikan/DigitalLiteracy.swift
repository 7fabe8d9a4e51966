// How well a parent finds the way in the digital world.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Assesses the digital literacy of a parent.
struct DigitalLiteracy: RecordHandler {
    struct Payload: Decodable, Sendable {
        enum Level: String, Decodable, Sendable {
            case low = "rendah"
            case medium = "sedang"
            case high = "tinggi"
        }

        var level: Level
        var hasPhone: Bool
        var needs: String?
        var topics: String?

        enum CodingKeys: String, CodingKey {
            case level = "tingkat"
            case hasPhone = "fasilitas_hp"
            case needs = "kebutuhan"
            case topics = "materi"
        }
    }

    let type: RecordType = "pendidikan.literasi_digital"

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        var fields: Fields = ["tingkat": .text(payload.level.rawValue), "fasilitas_hp": .flag(payload.hasPhone)]
        fields["kebutuhan"] = payload.needs.map { .text($0) }
        fields["materi"] = payload.topics.map { .text($0) }
        return [.put(fields)]
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        let parent = record.context.subject?.id
        let all = Contribution("pendidikan.literasi_digital", record.date.period, subject: parent)
        guard record.payload.level == .low else { return [all] }
        return [all, Contribution("pendidikan.literasi_rendah", record.date.period, subject: parent)]
    }
}
