// Visits of a woman within 42 days after delivery, and the windows of KF and KN.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// A visit of a woman after delivery.
///
/// Where the delivery is on record its date decides the day; else the day on the form does.
struct PostpartumVisit: RecordHandler {
    enum Form: Questions {
        static let texts = ["kunjungan", "tempat"]
        static let integers = ["hari_nifas", "sistolik", "diastolik", "vitamin_a_kapsul", "tanda_tbc"]
        static let flags = ["menyusui", "kb_pascasalin", "tanda_bahaya", "edukasi", "dirujuk"]
    }
    typealias Payload = Answers<Form>

    /// Capsules of vitamin A after a delivery `[C: kartu bantu]`.
    private static let capsules = 2

    let type: RecordType = "kesehatan.kunjungan_nifas"
    let limits: Limits
    let windows: VisitWindows
    let pregnancies: PregnancyRules

    func validate(_ payload: Payload) -> [Violation] {
        guard let visit = payload.fields.text("kunjungan"), let day = payload.fields.integer("hari_nifas"),
            let window = windows[visit], !window.contains(day)
        else { return [] }
        return [PostpartumVisit.wrongDay(visit, window, day)]
    }

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        guard let client = Client(context) else { return Client.refusal(context) }
        if let refusal = Client.afterDeath(context) { return refusal }
        guard client.sex == .female else { return Client.notFemale("kunjungan nifas") }
        if let violation = contradiction(payload, context) { return [.reject(violation)] }
        let answers = payload.fields
        let high = limits.pressure(answers).map { $0 == .high }
        let tuberculosis = hasSigns(payload)
        var referral = Referral()
        referral.add("ada tanda bahaya nifas", if: answers.flag("tanda_bahaya"), urgent: true)
        referral.add("tekanan darah tinggi", if: high)
        referral.add("\(answers.integer("tanda_tbc") ?? 0) tanda TBC", if: tuberculosis)
        let course = course(payload, context)
        var fields = answers.adding("td_tinggi", high.map { .flag($0) })
        fields["kehamilan"] = course.pregnancy.map { .text($0) }
        fields["vitamin_a_total"] = .integer(course.capsulesBefore + (answers.integer("vitamin_a_kapsul") ?? 0))
        fields["kf_lengkap"] = .flag(windows.isComplete("kf", course.visitsBefore + [answers.text("kunjungan")]))
        return [.put(fields)] + referral.effects(to: "bidan", limits)
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        let answers = record.payload.fields
        let course = course(record.payload, record.context)
        let visit = answers.text("kunjungan")
        var tally = Tally(record.context)
        tally.add("nifas_datang")
        if let visit, !course.visitsBefore.contains(visit) { tally.add(visit) }
        let completes =
            windows.isComplete("kf", course.visitsBefore + [visit]) && !windows.isComplete("kf", course.visitsBefore)
        tally.add("kf_lengkap", if: completes)
        let given = answers.integer("vitamin_a_kapsul")
        tally.decide(given.map { $0 > 0 }, yes: "nifas_vitamin_a", no: "nifas_tanpa_vitamin_a")
        let all = course.capsulesBefore + (given ?? 0)
        let isAll = course.capsulesBefore < PostpartumVisit.capsules && all >= PostpartumVisit.capsules
        tally.add("nifas_vitamin_a_lengkap", if: isAll)
        let high = limits.pressure(answers).map { $0 == .high }
        tally.decide(high, yes: "nifas_td_tinggi", no: "nifas_td_normal")
        tally.add("nifas_tbc", if: hasSigns(record.payload))
        tally.add("nifas_tanda_bahaya", if: answers.flag("tanda_bahaya"))
        tally.add("nifas_menyusui", if: answers.flag("menyusui"))
        tally.decide(answers.flag("kb_pascasalin"), yes: "nifas_kb", no: "nifas_tanpa_kb")
        tally.add("nifas_edukasi", if: answers.flag("edukasi"))
        tally.add("nifas_dirujuk", if: answers.flag("dirujuk"))
        return tally.contributions
    }

    private func hasSigns(_ payload: Payload) -> Bool? {
        payload.fields.integer("tanda_tbc").map { $0 >= TuberculosisScreening.presumptive }
    }

    private static func wrongDay(_ visit: String, _ window: ClosedRange<Int>, _ day: Int) -> Violation {
        let message =
            "\(visit) untuk hari \(window.lowerBound)-\(window.upperBound) setelah bersalin, bukan hari \(day)"
        return Violation("nifas.hari", field: "hari_nifas", message)
    }

    /// What a delivery on record says against the form; nil when nothing, or when the form means a later delivery that is
    /// not on record.
    private func contradiction(_ payload: Payload, _ context: Context) -> Violation? {
        guard let delivery = pregnancies.lastDelivery(context), let visit = payload.fields.text("kunjungan"),
            let told = payload.fields.integer("hari_nifas"), let window = windows[visit]
        else { return nil }
        let meant = context.date.adding(days: -told)
        guard delivery.date.days(until: meant) < pregnancies.deliveryGapDays else { return nil }
        let day = delivery.date.days(until: context.date)
        guard !window.contains(day) else { return nil }
        var violation = PostpartumVisit.wrongDay(visit, window, day)
        violation.message += " (bersalin \(delivery.date))"
        return violation
    }

    private struct Course {
        /// Visit numbers since the delivery, before this one.
        let visitsBefore: [String?]
        let capsulesBefore: Int
        let pregnancy: String?
    }

    /// The earlier visits after the same delivery.
    private func course(_ payload: Payload, _ context: Context) -> Course {
        let told = payload.fields.integer("hari_nifas") ?? 0
        let delivery = pregnancies.lastDelivery(context)
        let isSame = delivery.map { $0.date.days(until: context.date) <= pregnancies.postpartumDays } ?? false
        let start = isSame ? delivery?.date : nil
        let visits = context.previous.filter { record in
            guard record.type == type else { return false }
            if let start { return record.date >= start }
            let day = record.fields.integer("hari_nifas") ?? 0
            let apart = record.date.adding(days: -day).days(until: context.date.adding(days: -told))
            return abs(apart) <= pregnancies.postpartumDays
        }
        return Course(
            visitsBefore: visits.map { $0.fields.text("kunjungan") },
            capsulesBefore: visits.reduce(0) { $0 + ($1.fields.integer("vitamin_a_kapsul") ?? 0) },
            pregnancy: isSame ? delivery?.fields.text("kehamilan") : nil
        )
    }
}

/// Which days after delivery or birth each visit is for, from `kunjungan.csv` `[G]`.
struct VisitWindows: Sendable {
    private let windows: [String: ClosedRange<Int>]

    init(_ table: Table) throws(SetupError) {
        var windows: [String: ClosedRange<Int>] = [:]
        for row in table.rows {
            guard let visit = row["kunjungan"], let first = row.integer("hari_dari"),
                let last = row.integer("hari_sampai"), first <= last
            else { throw SetupError("kunjungan.csv: a row without kunjungan, hari_dari or hari_sampai") }
            windows[visit] = first...last
        }
        self.windows = windows
    }

    subscript(visit: String) -> ClosedRange<Int>? { windows[visit] }

    /// Whether all visits of a kind, `kf` or `kn`, are among these.
    func isComplete(_ kind: String, _ visits: [String?]) -> Bool {
        windows.keys.allSatisfy { !$0.hasPrefix(kind) || visits.contains($0) }
    }
}
