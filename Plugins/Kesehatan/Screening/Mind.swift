// Screening for mental distress: SRQ-20 of adults, HEEADSSS of adolescents.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// SRQ-20 from 18 years on: six answers yes are positive; a thought of ending one's life is referred at once.
struct MindScreening: RecordHandler {
    enum Form: Questions {
        static let flags = MindScreening.items + ["dirujuk"]
    }
    typealias Payload = Answers<Form>

    static let items = (1...20).map { $0 < 10 ? "srq_0\($0)" : "srq_\($0)" }
    static let selfHarm = "srq_17"

    let type: RecordType = "kesehatan.skrining_jiwa"
    let limits: Limits
    let followUp: FollowUp

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        guard let client = Client(context) else { return Client.refusal(context) }
        if let refusal = Client.afterDeath(context) { return refusal }
        guard client.years >= 18 else {
            return Client.wrongAge("umur \(client.years) tahun: SRQ-20 mulai 18 tahun")
        }
        let score = payload.fields.yes(MindScreening.items)
        let positive = score >= limits.mindPositive
        var fields = payload.fields
        fields["skor"] = .integer(score)
        fields["positif"] = .flag(positive)
        var findings = Findings()
        findings.add("srq_butir_17", "SRQ-20 butir 17 dijawab ya", if: payload.fields.flag(MindScreening.selfHarm))
        findings.add("srq", "SRQ-20: \(score) jawaban ya", if: positive)
        let tasks = followUp.effects(of: findings, type, context, &fields)
        return [.put(fields)] + tasks
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        let answers = record.payload.fields
        var tally = Tally(record.context)
        tally.add("srq_diskrining")
        tally.decide(
            answers.yes(MindScreening.items) >= limits.mindPositive,
            yes: "srq_positif",
            no: "srq_negatif"
        )
        tally.add("srq_butir_17", if: answers.flag(MindScreening.selfHarm))
        tally.add("srq_dirujuk", if: answers.flag("dirujuk"))
        return tally.contributions
    }
}

/// HEEADSSS: home, education or employment, eating, activities, drugs, sexuality, suicide and depression, safety.
///
/// A task says how many of the eight domains have a problem, never which: the answers are confidential. A thought of ending
/// one's life is referred at once.
struct AdolescentScreening: RecordHandler {
    enum Form: Questions {
        static let texts = ["tempat"]
        static let flags = AdolescentScreening.domains + [AdolescentScreening.selfHarm, "edukasi", "dirujuk"]
    }
    typealias Payload = Answers<Form>

    static let domains = [
        "rumah", "pendidikan_pekerjaan", "makan", "aktivitas", "napza", "seksualitas", Self.mood, "keamanan",
    ]
    static let mood = "suasana_hati"
    static let selfHarm = "pikiran_bunuh_diri"

    let type: RecordType = "kesehatan.skrining_heeadsss"
    let ages: AgeGroups.Group
    /// Domains with a problem from which somebody is referred.
    let referral: Int
    let followUp: FollowUp

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        guard let client = Client(context) else { return Client.refusal(context) }
        if let refusal = Client.afterDeath(context) { return refusal }
        guard ages.contains(client) else {
            return Client.wrongAge("umur \(client.years) tahun: skrining HEEADSSS \(ages.years) tahun")
        }
        let domains = problems(payload)
        var fields = payload.fields.adding("umur_tahun", .integer(client.years))
        fields["ranah_bermasalah"] = .integer(domains.count)
        fields["masalah"] = .flag(!domains.isEmpty)
        var findings = Findings()
        findings.add(
            "heeadsss_bunuh_diri",
            "HEEADSSS: ada pikiran mengakhiri hidup",
            if: payload.fields.flag(Self.selfHarm)
        )
        let reason = "HEEADSSS: \(domains.count) dari \(Self.domains.count) ranah bermasalah"
        findings.add("heeadsss", reason, if: domains.count >= referral)
        let tasks = followUp.effects(of: findings, type, context, &fields)
        return [.put(fields)] + tasks
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        let answers = record.payload.fields
        let domains = problems(record.payload)
        var tally = Tally(record.context)
        tally.add("heeadsss_diskrining")
        for domain in domains { tally.sort("heeadsss", domain) }
        tally.add("heeadsss_bunuh_diri", if: answers.flag(Self.selfHarm))
        tally.add("heeadsss_dirujuk", if: answers.flag("dirujuk"))
        tally.add("remaja_heeadsss", if: !domains.isEmpty)
        return tally.contributions
    }

    /// The domains with a problem; a thought of ending one's life is one of suicide and depression.
    private func problems(_ payload: Payload) -> [String] {
        Self.domains.filter { domain in
            payload.fields.flag(domain) == true || (domain == Self.mood && payload.fields.flag(Self.selfHarm) == true)
        }
    }
}
