// Learning aids (APE) of a posyandu or PAUD, counted by kind and condition.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Counts one kind of learning aid. Badly damaged ones of high priority open a case.
struct LearningAid: RecordHandler {
    struct Payload: Decodable, Sendable {
        enum Condition: String, Decodable, Sendable {
            case good = "baik"
            case lightlyDamaged = "rusak_ringan"
            case badlyDamaged = "rusak_berat"
        }

        var kind: String
        var number: Int
        var condition: Condition?
        var priority: Priority
        var needs: String?

        enum CodingKeys: String, CodingKey {
            case kind = "jenis"
            case number = "jumlah"
            case condition = "kondisi"
            case priority = "prioritas"
            case needs = "kebutuhan"
        }
    }

    let type: RecordType = "pendidikan.ape"

    func validate(_ payload: Payload) -> [Violation] {
        guard payload.number > 0, payload.condition == nil else { return [] }
        return [Violation("ape.kondisi", field: "kondisi", "kondisi APE belum diisi")]
    }

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        var fields: Fields = [
            "jenis": .text(payload.kind),
            "jumlah": .integer(payload.number),
            "prioritas": .text(payload.priority.rawValue),
        ]
        fields["kondisi"] = payload.condition.map { .text($0.rawValue) }
        fields["kebutuhan"] = payload.needs.map { .text($0) }
        guard payload.condition == .badlyDamaged, payload.priority == .high else { return [.put(fields)] }
        return [.put(fields), .openCase(reason: "ape_rusak_berat", priority: payload.priority.rawValue)]
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        let number = ExactDecimal(record.payload.number)
        let all = Contribution("pendidikan.ape", record.date.period, value: number)
        guard let condition = record.payload.condition, condition != .good, record.payload.number > 0 else {
            return [all]
        }
        return [all, Contribution("pendidikan.ape_rusak", record.date.period, value: number)]
    }
}
