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

/// A death. Children are told by age; mothers by the period that the form names, within 42 days of a delivery on record.
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
        let period = maternal(payload)
        guard client.sex == .female || period == nil else { return Client.notFemale("kematian ibu") }
        if let known = context.latest(type) {
            let message = "kematian sudah dicatat pada \(known.date): koreksi catatan itu"
            return [.reject(Violation("kematian.sudah_dicatat", message))]
        }
        let days = pregnancies.lastDelivery(context)?.date.days(until: context.date)
        if period == "nifas", let days, days > pregnancies.postpartumDays, !pregnancies.isPregnant(context) {
            let message =
                "bersalin \(days) hari sebelum meninggal: masa nifas sampai \(pregnancies.postpartumDays) hari"
            return [.reject(Violation("kematian.masa_ibu", field: "masa_ibu", message))]
        }
        var fields = payload.fields.adding("umur_bulan", .integer(client.months))
        fields["golongan"] = .text(group(client, isMaternal: period != nil))
        guard client.sex == .female else { return [.put(fields)] }
        let isPostpartum = days.map { $0 <= pregnancies.postpartumDays } ?? false
        if isPostpartum { fields["hari_setelah_bersalin"] = days.map { .integer($0) } }
        guard period == nil, isPostpartum || pregnancies.isPregnant(context) else { return [.put(fields)] }
        let when = isPostpartum ? "\(days ?? 0) hari setelah bersalin" : "saat tercatat hamil"
        let reason = "meninggal \(when): pastikan apakah kematian ibu"
        return [
            .put(fields),
            .raiseTask(kind: "kematian_ibu", reason: reason, dueDays: limits.referralDays, to: "bidan"),
        ]
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        guard let client = Client(record.context) else { return [] }
        var tally = Tally(record.context)
        tally.split("kematian")
        tally.add("kematian_neonatus", if: client.days <= Death.neonatal)
        tally.add("kematian_neonatus_dini", if: client.days <= Death.early)
        tally.add("kematian_post_neonatus", if: client.days > Death.neonatal && client.months < 12)
        tally.split("kematian_bayi", if: client.months < 12)
        tally.add("kematian_balita", if: (12..<60).contains(client.months))
        if let period = maternal(record.payload) {
            tally.add("kematian_ibu")
            tally.sort("kematian_ibu", period)
        }
        return tally.contributions
    }

    /// The period of a maternal death; nil for another death.
    private func maternal(_ payload: Payload) -> String? {
        payload.fields.text("masa_ibu").flatMap { ["hamil", "bersalin", "nifas"].contains($0) ? $0 : nil }
    }

    private func group(_ client: Client, isMaternal: Bool) -> String {
        if isMaternal { return "ibu" }
        if client.days <= Death.neonatal { return "neonatus" }
        return client.months < 12 ? "bayi" : client.months < 60 ? "balita" : "lainnya"
    }
}
