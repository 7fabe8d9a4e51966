// Screening for tuberculosis, at all ages.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Signs of tuberculosis: two or more are referred `[C: kartu bantu]`. Fatigue is a sign of the adults' variant only; on a
/// child's form it is kept and not counted.
struct TuberculosisScreening: RecordHandler {
    enum Form: Questions {
        static let texts = ["tempat"]
        static let flags = TuberculosisScreening.signs + [TuberculosisScreening.fatigue, "dirujuk"]
    }
    typealias Payload = Answers<Form>

    static let signs = ["batuk", "demam", "berat_turun", "kontak_erat"]
    static let fatigue = "lesu"
    static let presumptive = 2
    private static let words = [
        "batuk": "batuk terus-menerus", "demam": "demam 2 minggu atau lebih",
        "berat_turun": "berat tidak naik atau turun", "kontak_erat": "kontak erat pasien TBC", fatigue: "lesu",
    ]

    let type: RecordType = "kesehatan.skrining_tbc"
    let groups: AgeGroups
    /// Completed years from which fatigue counts.
    let adultYears: Int
    let followUp: FollowUp

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        guard let client = Client(context) else { return Client.refusal(context) }
        if let refusal = Client.afterDeath(context) { return refusal }
        let found = found(payload, client)
        let presumptive = found.count >= TuberculosisScreening.presumptive
        var fields = payload.fields
        fields["tanda"] = .integer(found.count)
        fields["terduga"] = .flag(presumptive)
        fields["varian"] = .text(isAdult(client) ? "dewasa" : "anak")
        fields["umur_bulan"] = .integer(client.months)
        var findings = Findings()
        let names = found.compactMap { Self.words[$0] }.joined(separator: ", ")
        findings.add("tbc", "\(found.count) tanda TBC: \(names)", if: presumptive)
        let tasks = followUp.effects(of: findings, type, context, &fields)
        return [.put(fields)] + tasks
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        guard let client = Client(record.context) else { return [] }
        let presumptive = found(record.payload, client).count >= TuberculosisScreening.presumptive
        var tally = Tally(record.context)
        tally.split("tbc_diskrining")
        tally.split("tbc_terduga", if: presumptive)
        if let group = groups.name(of: client) { tally.add(group + "_tbc", if: presumptive) }
        tally.add("tbc_dirujuk", if: record.payload.fields.flag("dirujuk"))
        return tally.contributions
    }

    private func isAdult(_ client: Client) -> Bool { client.years >= adultYears }

    /// The signs that count, in the order of the form.
    private func found(_ payload: Payload, _ client: Client) -> [String] {
        let asked = isAdult(client) ? Self.signs + [Self.fatigue] : Self.signs
        return asked.filter { payload.fields.flag($0) == true }
    }
}
