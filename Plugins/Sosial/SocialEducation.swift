// Sessions on gender equality, disability, inclusion and preparedness.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// A KIE session, with how many of its participants belong to vulnerable groups.
struct SocialEducation: RecordHandler {
    enum Form: Questions {
        static let texts = ["tema", "metode"]
        static let integers = ["peserta_l", "peserta_p", "kelompok_rentan"]
    }
    typealias Payload = Answers<Form>

    let type: RecordType = "sosial.kie"

    func validate(_ payload: Payload) -> [Violation] {
        guard let present = payload.fields.total(["peserta_l", "peserta_p"]),
            let vulnerable = payload.fields.integer("kelompok_rentan"), vulnerable > present
        else { return [] }
        let message = "peserta kelompok rentan \(vulnerable), lebih dari semua peserta \(present)"
        return [Violation("kie.kelompok_rentan", field: "kelompok_rentan", message)]
    }

    func apply(_ payload: Payload, in context: Context) -> [Effect] { [.put(payload.fields)] }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        let answers = record.payload.fields
        var tally = Tally(record.context)
        tally.add("kie")
        tally.sort("kie", answers.text("tema"))
        tally.number("kie_peserta", answers.total(["peserta_l", "peserta_p"]))
        tally.number("kie_peserta_l", answers.integer("peserta_l"))
        tally.number("kie_peserta_p", answers.integer("peserta_p"))
        tally.number("kie_rentan", answers.integer("kelompok_rentan"))
        return tally.contributions
    }
}
