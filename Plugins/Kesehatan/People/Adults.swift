// Examination of adults.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Adults of 19 to 59 years.
struct AdultVisit: RecordHandler {
    enum Form: Questions {
        static let texts = ["tempat"]
        static let integers = Examination.integers
        static let decimals = Examination.decimals
        static let flags = Examination.senses + ["merokok", "edukasi", "dirujuk", "kontrasepsi"]
    }
    typealias Payload = Answers<Form>

    let type: RecordType = "kesehatan.dewasa"
    let grownUps: GrownUps
    let followUp: FollowUp

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        guard let client = Client(context) else { return Client.refusal(context) }
        if let refusal = Client.afterDeath(context) { return refusal }
        if let refusal = grownUps.refusal(client) { return refusal }
        var fields = payload.fields.adding("umur_tahun", .integer(client.years))
        var findings = Findings()
        grownUps.examine(client, &fields, &findings)
        let tasks = followUp.effects(of: findings, type, context, &fields)
        return [.put(fields)] + tasks
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        guard let client = Client(record.context) else { return [] }
        let answers = record.payload.fields
        var tally = Tally(record.context)
        grownUps.count(answers, client, in: &tally)
        tally.decide(answers.flag("kontrasepsi"), yes: "dewasa_kontrasepsi", no: "dewasa_tanpa_kontrasepsi")
        return tally.contributions
    }
}
