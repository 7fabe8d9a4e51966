// Delivery and birth.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// A delivery; the subject is the mother. It ends her pregnancy. A second one within ``PregnancyRules/deliveryGapDays`` is
/// kept, marked and not counted.
struct Delivery: RecordHandler {
    enum Form: Questions {
        static let texts = ["tempat_bersalin", "penolong", "cara"]
        static let integers = ["lahir_hidup", "lahir_mati"]
        static let flags = ["imd", "kb_pascasalin"]
    }
    typealias Payload = Answers<Form>

    let type: RecordType = "kesehatan.persalinan"
    let limits: Limits
    let pregnancies: PregnancyRules
    let windows: VisitWindows

    private static let healthWorkers = ["dokter", "bidan", "perawat"]
    private static let facilities = ["rumah_sakit", "puskesmas", "praktik_bidan"]

    func validate(_ payload: Payload) -> [Violation] {
        guard payload.fields.total(["lahir_hidup", "lahir_mati"]) == 0 else { return [] }
        return [Violation("persalinan.jumlah", field: "lahir_hidup", "isi jumlah bayi lahir hidup atau lahir mati")]
    }

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        guard let client = Client(context) else { return Client.refusal(context) }
        if let refusal = Client.afterDeath(context) { return refusal }
        guard client.sex == .female else { return Client.notFemale("persalinan") }
        if let first = firstReport(context) {
            let reason = "persalinan \(first) sudah dicatat: periksa tanggalnya; bayi kembar satu persalinan"
            return [
                .put(payload.fields.adding("ulang", .flag(true))),
                Contradiction.task(reason, about: "persalinan", limits),
            ]
        }
        let pregnancy = pregnancies.pregnancy(endedOn: context.date, after: context.previous)
        let week = pregnancy?.week(on: context.date)
        var fields = payload.fields.adding("kehamilan", .text(pregnancy?.id ?? context.record))
        fields["usia_kehamilan_minggu"] = week.map { .integer($0) }
        fields["prematur"] = week.map { .flag($0 < pregnancies.termWeek) }
        return [.put(fields)] + PostpartumVisit.firstVisitTask(windows)
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        guard firstReport(record.context) == nil else { return [] }
        let answers = record.payload.fields
        let pregnancy = pregnancies.pregnancy(endedOn: record.date, after: record.context.previous)
        var tally = Tally(record.context)
        tally.add("persalinan")
        tally.add("persalinan_nakes", if: answers.text("penolong").map { Delivery.healthWorkers.contains($0) })
        tally.add("persalinan_faskes", if: answers.text("tempat_bersalin").map { Delivery.facilities.contains($0) })
        tally.number("lahir_hidup", answers.integer("lahir_hidup"))
        tally.number("lahir_mati", answers.integer("lahir_mati"))
        tally.add("persalinan_imd", if: answers.flag("imd"))
        tally.add("persalinan_kb", if: answers.flag("kb_pascasalin"))
        tally.add("persalinan_prematur", if: pregnancy?.week(on: record.date).map { $0 < pregnancies.termWeek })
        return tally.contributions
    }

    /// The day of the delivery that this one repeats.
    private func firstReport(_ context: Context) -> CivilDate? {
        pregnancies.lastDelivery(context).flatMap { last in
            last.date.days(until: context.date) < pregnancies.deliveryGapDays ? last.date : nil
        }
    }
}

/// A live birth; the subject is the child. Its mother is named by the core message that registers the child, which needs
/// no NIK. A second birth of the same child is kept, marked and not counted.
struct Birth: RecordHandler {
    enum Form: Questions {
        static let integers = ["berat_lahir_gram", "urutan_lahir"]
        static let decimals = ["panjang_lahir_cm", "lingkar_kepala_cm"]
        static let flags = ["imd", "kembar"]
    }
    typealias Payload = Answers<Form>

    let type: RecordType = "kesehatan.kelahiran"
    let limits: Limits

    func validate(_ payload: Payload) -> [Violation] {
        let (isTwin, order) = (payload.fields.flag("kembar") == true, payload.fields.integer("urutan_lahir"))
        if isTwin, order == nil {
            return [Violation("kelahiran.urutan", field: "urutan_lahir", "bayi kembar: isi urutan lahir")]
        }
        if !isTwin, let order, order > 1 {
            return [Violation("kelahiran.kembar", field: "kembar", "urutan lahir \(order) hanya untuk bayi kembar")]
        }
        return []
    }

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        guard Client(context) != nil else { return Client.refusal(context) }
        if let refusal = Client.afterDeath(context) { return refusal }
        if let known = context.latest(type) {
            let reason = "kelahiran sudah dicatat pada \(known.date): periksa kedua catatan"
            return [
                .put(payload.fields.adding("ulang", .flag(true))),
                Contradiction.task(reason, about: "kelahiran", limits),
            ]
        }
        let low = isLow(payload)
        var referral = Referral()
        referral.add("berat lahir di bawah \(limits.lowBirthWeightGrams) gram", if: low)
        return [.put(payload.fields.adding("bblr", low.map { .flag($0) }))] + referral.effects(to: "bidan", limits)
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        guard record.context.latest(type) == nil else { return [] }
        var tally = Tally(record.context)
        tally.split("kelahiran")
        tally.add("bblr", if: isLow(record.payload))
        tally.add("kelahiran_kembar", if: record.payload.fields.flag("kembar"))
        tally.add("kelahiran_imd", if: record.payload.fields.flag("imd"))
        return tally.contributions
    }

    private func isLow(_ payload: Payload) -> Bool? {
        payload.fields.integer("berat_lahir_gram").map { $0 < limits.lowBirthWeightGrams }
    }
}
