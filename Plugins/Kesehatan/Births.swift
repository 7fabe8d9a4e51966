// Delivery, birth and the newborn's first month.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// A delivery; the subject is the mother.
struct Delivery: RecordHandler {
    enum Form: Questions {
        static let texts = ["tempat_bersalin", "penolong", "cara"]
        static let integers = ["lahir_hidup", "lahir_mati"]
        static let flags = ["imd", "kb_pascasalin"]
    }
    typealias Payload = Answers<Form>

    let type: RecordType = "kesehatan.persalinan"

    private static let healthWorkers = ["dokter", "bidan", "perawat"]
    private static let facilities = ["rumah_sakit", "puskesmas", "praktik_bidan"]

    func validate(_ payload: Payload) -> [Violation] {
        guard payload.fields.total(["lahir_hidup", "lahir_mati"]) == 0 else { return [] }
        return [Violation("persalinan.jumlah", field: "lahir_hidup", "isi jumlah bayi lahir hidup atau lahir mati")]
    }

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        guard let client = Client(context) else { return Client.refusal(context) }
        guard client.sex == .female else { return Client.notFemale("persalinan") }
        return [.put(payload.fields)]
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        let answers = record.payload.fields
        var tally = Tally(record.context)
        tally.add("persalinan")
        tally.add("persalinan_nakes", if: answers.text("penolong").map { Delivery.healthWorkers.contains($0) })
        tally.add("persalinan_faskes", if: answers.text("tempat_bersalin").map { Delivery.facilities.contains($0) })
        tally.number("lahir_hidup", answers.integer("lahir_hidup"))
        tally.number("lahir_mati", answers.integer("lahir_mati"))
        tally.add("persalinan_imd", if: answers.flag("imd"))
        tally.add("persalinan_kb", if: answers.flag("kb_pascasalin"))
        return tally.contributions
    }
}

/// A live birth; the subject is the child.
struct Birth: RecordHandler {
    enum Form: Questions {
        static let integers = ["berat_lahir_gram"]
        static let decimals = ["panjang_lahir_cm", "lingkar_kepala_cm"]
        static let flags = ["imd", "kembar"]
    }
    typealias Payload = Answers<Form>

    let type: RecordType = "kesehatan.kelahiran"
    let limits: Limits

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        guard Client(context) != nil else { return Client.refusal(context) }
        let low = isLow(payload)
        var referral = Referral()
        referral.add("berat lahir di bawah \(limits.lowBirthWeightGrams) gram", if: low)
        return [.put(payload.fields.adding("bblr", low.map { .flag($0) }))] + referral.effects(to: "bidan", limits)
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        var tally = Tally(record.context)
        tally.split("kelahiran")
        tally.add("bblr", if: isLow(record.payload))
        return tally.contributions
    }

    private func isLow(_ payload: Payload) -> Bool? {
        payload.fields.integer("berat_lahir_gram").map { $0 < limits.lowBirthWeightGrams }
    }
}

/// A visit of a newborn within 28 days of birth.
struct NewbornVisit: RecordHandler {
    enum Form: Questions {
        static let texts = ["kunjungan", "tempat"]
        static let integers = ["berat_gram"]
        static let flags = ["asi_saja", "tali_pusat_bersih", "tanda_bahaya", "dirujuk"]
    }
    typealias Payload = Answers<Form>

    let type: RecordType = "kesehatan.kunjungan_neonatus"
    let limits: Limits
    let windows: VisitWindows

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        guard let child = Client(context) else { return Client.refusal(context) }
        if let visit = payload.fields.text("kunjungan"), let window = windows[visit], !window.contains(child.days) {
            let rule = "\(visit) untuk umur \(window.lowerBound)-\(window.upperBound) hari"
            return Client.wrongAge("umur \(child.days) hari: \(rule)")
        }
        var referral = Referral()
        referral.add("ada tanda bahaya bayi baru lahir", if: payload.fields.flag("tanda_bahaya"), urgent: true)
        return [.put(payload.fields.adding("umur_hari", .integer(child.days)))] + referral.effects(to: "bidan", limits)
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        let answers = record.payload.fields
        var tally = Tally(record.context)
        tally.add("neonatus_datang")
        if let visit = answers.text("kunjungan") { tally.add(visit) }
        tally.add("neonatus_asi", if: answers.flag("asi_saja"))
        tally.add("neonatus_dirujuk", if: answers.flag("dirujuk"))
        return tally.contributions
    }
}
