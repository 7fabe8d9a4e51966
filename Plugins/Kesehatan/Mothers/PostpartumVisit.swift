// Visits of a woman within 42 days after delivery, and the windows of KF and KN.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// A visit of a woman after delivery.
///
/// Where the delivery is on record its date decides the day, and the day decides the KF; else the form does. A visit beyond
/// the last day of its windows is kept and not counted.
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
        let message =
            "\(visit) untuk hari \(window.lowerBound)-\(window.upperBound) setelah bersalin, bukan hari \(day)"
        return [Violation("nifas.hari", field: "hari_nifas", message)]
    }

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        guard let client = Client(context) else { return Client.refusal(context) }
        if let refusal = Client.afterDeath(context) { return refusal }
        guard client.sex == .female else { return Client.notFemale("kunjungan nifas") }
        let answers = payload.fields
        let high = limits.pressure(answers).map { $0 == .high }
        let tuberculosis = hasSigns(payload)
        var referral = Referral()
        referral.add("ada tanda bahaya nifas", if: answers.flag("tanda_bahaya"), urgent: true)
        referral.add("tekanan darah tinggi", if: high)
        referral.add("\(answers.integer("tanda_tbc") ?? 0) tanda TBC", if: tuberculosis)
        let course = course(payload, context)
        let visit = windows.visit("kf", on: course.day)
        var fields = answers.adding("td_tinggi", high.map { .flag($0) })
        fields["kehamilan"] = course.pregnancy.map { .text($0) }
        fields["hari_tercatat"] = course.recordedDay.map { .integer($0) }
        fields["kf"] = visit.map { .text($0) }
        fields["vitamin_a_total"] = .integer(course.capsulesBefore + (answers.integer("vitamin_a_kapsul") ?? 0))
        fields["kf_lengkap"] = .flag(windows.isComplete("kf", course.visitsBefore + [visit]))
        var effects: [Effect] = [.put(fields), .answerTasks(kind: PostpartumVisit.visitTask)]
        if visit == nil {
            let reason = "kunjungan nifas pada hari ke-\(course.day) setelah bersalin: periksa kedua tanggal"
            effects.append(Contradiction.task(reason, about: "nifas", limits))
        }
        return effects + referral.effects(to: "bidan", limits)
    }

    /// The kind of task that a delivery raises and the first visit after it answers.
    private static let visitTask = "kunjungan_nifas"

    /// The task of a delivery: the first visit of mother and child, on the last day of its window.
    static func firstVisitTask(_ windows: VisitWindows) -> [Effect] {
        guard let window = windows["kf1"] else { return [] }
        let reason = "kunjungan pertama ibu nifas dan bayi (KF1 dan KN1), paling lambat hari ke-\(window.upperBound)"
        return [.raiseTask(kind: visitTask, reason: reason, dueDays: window.upperBound, to: "bidan")]
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        let answers = record.payload.fields
        let course = course(record.payload, record.context)
        guard let visit = windows.visit("kf", on: course.day) else { return [] }
        var tally = Tally(record.context)
        tally.add("nifas_datang")
        if !course.visitsBefore.contains(visit) { tally.add(visit) }
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

    private struct Course {
        let day: Int
        /// Days since the delivery on record; nil when there is none that the visit can mean.
        let recordedDay: Int?
        /// The KF of the earlier visits after the same delivery.
        let visitsBefore: [String?]
        let capsulesBefore: Int
        let pregnancy: String?
    }

    /// The day of the visit and the earlier visits after the same delivery. A day on the form that points to a time when she
    /// can have delivered again means a delivery that is not on record.
    private func course(_ payload: Payload, _ context: Context) -> Course {
        let told = payload.fields.integer("hari_nifas") ?? 0
        let meant = context.date.adding(days: -told)
        let delivery = pregnancies.lastDelivery(context).flatMap { last in
            last.date.days(until: meant) < pregnancies.deliveryGapDays ? last : nil
        }
        let start = delivery?.date ?? meant.adding(days: -pregnancies.postpartumDays)
        let visits = context.previous.filter { $0.type == type && $0.date >= start }
        return Course(
            day: delivery?.date.days(until: context.date) ?? told,
            recordedDay: delivery?.date.days(until: context.date),
            visitsBefore: visits.map { $0.fields.text("kf") },
            capsulesBefore: visits.reduce(0) { $0 + ($1.fields.integer("vitamin_a_kapsul") ?? 0) },
            pregnancy: delivery?.fields.text("kehamilan")
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

    /// The visit of a kind, `kf` or `kn`, whose window holds the day.
    func visit(_ kind: String, on day: Int) -> String? {
        windows.first { $0.key.hasPrefix(kind) && $0.value.contains(day) }?.key
    }

    /// Whether all visits of a kind, `kf` or `kn`, are among these.
    func isComplete(_ kind: String, _ visits: [String?]) -> Bool {
        windows.keys.allSatisfy { !$0.hasPrefix(kind) || visits.contains($0) }
    }
}
