// Deaths by class, and the refusal of services that are dated after one.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

extension Client {
    /// Refuses a record of a day after the person's death; nil when there is no such death among the earlier records, so
    /// the manifest's `needs` must ask for `kesehatan.kematian`.
    static func afterDeath(_ context: Context) -> [Effect]? {
        guard let death = context.previous.first(where: { $0.type == "kesehatan.kematian" && $0.date < context.date })
        else { return nil }
        let message = "warga meninggal \(death.date), pelayanan \(context.date) sesudahnya: periksa warga dan tanggal"
        return [.reject(Violation("subjek.meninggal", message))]
    }
}

/// A death. Children are told by age; mothers by the period that the form names, and within 42 days of a delivery that is
/// on record. A second death of the same person is kept, marked and not counted.
struct Death: RecordHandler {
    enum Form: Questions {
        static let texts = ["masa_ibu", "tempat_meninggal", "sebab"]
    }
    typealias Payload = Answers<Form>

    let type: RecordType = "kesehatan.kematian"
    let pregnancies: PregnancyRules
    let limits: Limits

    /// Last day of life of a neonatal death, and of an early one `[G]`.
    private static let neonatal = 28
    private static let early = 6

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        guard let client = Client(context) else { return Client.refusal(context) }
        let told = Death.period(payload)
        guard client.sex == .female || told == nil else { return Client.notFemale("kematian ibu") }
        var fields = payload.fields.adding("umur_bulan", .integer(client.months))
        if let known = context.latest(type) {
            fields["ulang"] = .flag(true)
            let reason = "kematian sudah dicatat pada \(known.date): periksa kedua catatan"
            return [.put(fields), Contradiction.task(reason, about: "kematian", limits)]
        }
        let period = maternal(payload, context)
        fields["golongan"] = .text(group(client, isMaternal: period != nil))
        guard client.sex == .female else { return [.put(fields)] }
        let days = daysSinceDelivery(context)
        fields["hari_setelah_bersalin"] = days.map { .integer($0) }
        guard let reason = doubt(told, period, days, context) else { return [.put(fields)] }
        return [
            .put(fields),
            .raiseTask(kind: "kematian_ibu", reason: reason, dueDays: limits.referralDays, to: "bidan"),
        ]
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        guard let client = Client(record.context), record.context.latest(type) == nil else { return [] }
        var tally = Tally(record.context)
        tally.split("kematian")
        tally.add("kematian_neonatus", if: client.days <= Death.neonatal)
        tally.add("kematian_neonatus_dini", if: client.days <= Death.early)
        tally.add("kematian_post_neonatus", if: client.days > Death.neonatal && client.months < 12)
        tally.split("kematian_bayi", if: client.months < 12)
        tally.add("kematian_balita", if: (12..<60).contains(client.months))
        if let period = maternal(record.payload, record.context) {
            tally.add("kematian_ibu")
            tally.sort("kematian_ibu", period)
        }
        return tally.contributions
    }

    /// The period that the form names; nil for a death that was none of a mother.
    private static func period(_ payload: Payload) -> String? {
        payload.fields.text("masa_ibu").flatMap { ["hamil", "bersalin", "nifas"].contains($0) ? $0 : nil }
    }

    /// The period of a maternal death: as told, but not `nifas` when the delivery on record is too long ago.
    private func maternal(_ payload: Payload, _ context: Context) -> String? {
        guard let told = Death.period(payload) else { return nil }
        guard told == "nifas", let days = daysSinceDelivery(context), !pregnancies.isPregnant(context) else {
            return told
        }
        return days <= pregnancies.postpartumDays ? told : nil
    }

    private func daysSinceDelivery(_ context: Context) -> Int? {
        pregnancies.lastDelivery(context)?.date.days(until: context.date)
    }

    /// What the midwife is asked to find out when the form and the records disagree; nil when they do not.
    private func doubt(_ told: String?, _ period: String?, _ days: Int?, _ context: Context) -> String? {
        if told != nil {
            return period != nil ? nil : "dicatat meninggal masa nifas, \(days ?? 0) hari setelah bersalin: periksa"
        }
        if let days, days <= pregnancies.postpartumDays {
            return "meninggal \(days) hari setelah bersalin: pastikan apakah kematian ibu"
        }
        return pregnancies.isPregnant(context) ? "meninggal saat tercatat hamil: pastikan apakah kematian ibu" : nil
    }

    private func group(_ client: Client, isMaternal: Bool) -> String {
        if isMaternal { return "ibu" }
        if client.days <= Death.neonatal { return "neonatus" }
        return client.months < 12 ? "bayi" : client.months < 60 ? "balita" : "lainnya"
    }
}
