// Households hit by a disaster: the legal service 37.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// A household hit by a disaster, and what it was given.
struct DisasterVictims: RecordHandler {
    enum Form: Questions {
        static let texts = ["jenis_bencana", "status"]
        static let integers = ["jumlah_jiwa", "jiwa_rentan"]
        static let flags = ["mengungsi"] + DisasterVictims.aid
    }
    typealias Payload = Answers<Form>

    static let aid = ["bantuan_permakanan", "bantuan_sandang", "bantuan_hunian", "bantuan_psikososial"]

    let type: RecordType = "sosial.korban_bencana"

    func validate(_ payload: Payload) -> [Violation] {
        let answers = payload.fields
        var violations: [Violation] = []
        if let persons = answers.integer("jumlah_jiwa"), let vulnerable = answers.integer("jiwa_rentan"),
            vulnerable > persons
        {
            let message = "jiwa rentan \(vulnerable), lebih dari jumlah jiwa \(persons)"
            violations.append(Violation("korban_bencana.jiwa_rentan", field: "jiwa_rentan", message))
        }
        if answers.text("status") == "dilayani", answers.yes(DisasterVictims.aid) == 0 {
            let message = "dilayani: pilih bantuan yang diberikan"
            violations.append(Violation("korban_bencana.bantuan", field: "status", message))
        }
        return violations
    }

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        let answers = payload.fields
        let waiting = context.latest(type)?.fields.text("status") == "diajukan"
        guard answers.text("status") == "diajukan", !waiting else { return [.put(answers)] }
        let reason = "bencana_" + (answers.text("jenis_bencana") ?? "lainnya")
        let priority = answers.flag("mengungsi") == true ? "darurat" : "tinggi"
        return [.put(answers), .openCase(reason: reason, priority: priority)]
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        let answers = record.payload.fields
        var tally = Tally(record.context)
        tally.add("korban_bencana")
        tally.number("korban_bencana_jiwa", answers.integer("jumlah_jiwa"))
        tally.add("korban_bencana_mengungsi", if: answers.flag("mengungsi"))
        tally.add("korban_bencana_dilayani", if: answers.text("status") == "dilayani")
        return tally.contributions
    }
}
