// The answer of a puskesmas to a referral: closes what earlier records asked for.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// What became of a referral. It answers the tasks of its topics, or all referrals of the resident when it names none, and
/// what the kader was asked to remind of or to fetch for; somebody who did not come leaves them open and is fetched.
struct ReferralAnswer: RecordHandler {
    struct Payload: Decodable, Sendable {
        var topics: [String]?
        var outcome: String
        var finding: String?
        var treatment: String?
        var examiner: String?
        var facility: String?
        var nextCheck: CivilDate?

        enum CodingKeys: String, CodingKey {
            case topics = "topik"
            case outcome = "hasil"
            case finding = "temuan_pemeriksaan"
            case treatment = "pengobatan"
            case examiner = "pemeriksa"
            case facility = "fasilitas"
            case nextCheck = "kontrol_tanggal"
        }
    }

    static let recordType: RecordType = "kesehatan.jawaban_rujukan"
    private static let absent = "tidak_datang"

    let type = ReferralAnswer.recordType
    let limits: Limits

    /// Whether an answer that was put closes referrals of a topic.
    static func answers(_ fields: Fields, _ topic: String) -> Bool {
        guard fields.text("hasil") != absent else { return false }
        guard let topics = fields.list("topik"), !topics.isEmpty else { return true }
        return topics.contains(.text(topic))
    }

    func validate(_ payload: Payload) -> [Violation] {
        guard payload.outcome != Self.absent else { return [] }
        var violations: [Violation] = []
        if payload.examiner == nil {
            violations.append(Violation("jawaban.pemeriksa", field: "pemeriksa", "isi siapa yang memeriksa"))
        }
        if payload.facility == nil {
            violations.append(Violation("jawaban.fasilitas", field: "fasilitas", "isi tempat pemeriksaan"))
        }
        return violations
    }

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        guard Client(context) != nil else { return Client.refusal(context) }
        if let check = payload.nextCheck, check <= context.date {
            let message = "tanggal kontrol \(check) harus sesudah tanggal jawaban \(context.date)"
            return [.reject(Violation("jawaban.kontrol", field: "kontrol_tanggal", message))]
        }
        var fields: Fields = ["hasil": .text(payload.outcome)]
        if let topics = payload.topics, !topics.isEmpty { fields["topik"] = .list(topics.map { .text($0) }) }
        fields["temuan_pemeriksaan"] = payload.finding.map { .text($0) }
        fields["pengobatan"] = payload.treatment.map { .text($0) }
        fields["pemeriksa"] = payload.examiner.map { .text($0) }
        fields["fasilitas"] = payload.facility.map { .text($0) }
        fields["kontrol_tanggal"] = payload.nextCheck.map { .date($0) }
        return [.put(fields)] + tasks(payload, context)
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        var tally = Tally(record.context)
        tally.add("jawaban_rujukan")
        tally.sort("jawaban", record.payload.outcome)
        return tally.contributions
    }

    private func tasks(_ payload: Payload, _ context: Context) -> [Effect] {
        guard payload.outcome != Self.absent else {
            let reason = "jemput: belum datang ke puskesmas setelah dirujuk"
            return [
                .raiseTask(
                    kind: "penjemputan",
                    reason: reason,
                    dueDays: limits.referralDays,
                    to: "kader",
                    topic: "rujukan"
                )
            ]
        }
        let topics: [String?] = payload.topics.flatMap { $0.isEmpty ? nil : $0 } ?? [nil]
        var effects = topics.map { Effect.answerTasks(kind: "rujukan", topic: $0) }
        effects.append(.answerTasks(kind: "penjemputan", topic: "rujukan"))
        effects.append(.answerTasks(kind: "kontrol"))
        if let check = payload.nextCheck {
            let days = context.date.days(until: check)
            effects.append(
                .raiseTask(kind: "kontrol", reason: "ingatkan kontrol tanggal \(check)", dueDays: days, to: "kader")
            )
        }
        return effects
    }
}
