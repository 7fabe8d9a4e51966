// Measurements that can only be in another unit: refused with the sentence that says how to write them.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// What no child under five can measure. What is merely odd is kept and marked by the implausible scores.
enum WeighingUnits {
    static func violations(_ payload: Weighing.Payload) -> [Violation] {
        var violations: [Violation] = []
        if payload.grams < 500 {
            violations.append(
                Violation(
                    "penimbangan.satuan",
                    field: "berat_gram",
                    "berat \(payload.grams) gram tidak mungkin: tulis dalam gram, 9,5 kg ditulis 9500"
                )
            )
        }
        check(payload.height, 30, 130, "tinggi_cm", "tinggi", example: "85", into: &violations)
        check(payload.head, 20, 65, "lingkar_kepala_cm", "lingkar kepala", example: "45.5", into: &violations)
        check(payload.muac, 5, 30, "lila_cm", "LILA", example: "14.5", into: &violations)
        return violations
    }

    private static func check(
        _ value: ExactDecimal?,
        _ least: ExactDecimal,
        _ most: ExactDecimal,
        _ field: String,
        _ what: String,
        example: String,
        into violations: inout [Violation]
    ) {
        guard let value, value < least || value > most else { return }
        violations.append(
            Violation(
                "penimbangan.satuan",
                field: field,
                "\(what) \(value) cm tidak mungkin (\(least) sampai \(most)): tulis dalam cm, misalnya \(example)"
            )
        )
    }
}
