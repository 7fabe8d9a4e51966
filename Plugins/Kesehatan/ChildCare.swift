// Vitamin A, deworming and diarrhoea of children.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// A vitamin A capsule: blue once at 6-11 months, red every six months at 12-59 months `[C: Buku KIA 2023]`.
struct VitaminA: RecordHandler {
    enum Form: Questions { static let texts = ["kapsul"] }
    typealias Payload = Answers<Form>

    let type: RecordType = "kesehatan.vitamin_a"

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        guard let child = Client(context) else { return Client.refusal(context) }
        let blue = payload.fields.text("kapsul") == "biru"
        guard (blue ? 6..<12 : 12..<60).contains(child.months) else {
            let rule = blue ? "kapsul biru untuk 6-11 bulan" : "kapsul merah untuk 12-59 bulan"
            return Client.wrongAge("umur \(child.months) bulan: \(rule)")
        }
        return [.put(payload.fields.adding("umur_bulan", .integer(child.months)))]
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        var tally = Tally(record.context)
        tally.split("vitamin_a")
        tally.sort("vitamin_a", record.payload.fields.text("kapsul"))
        return tally.contributions
    }
}

/// A deworming tablet, from 12 months on `[C: Buku KIA 2023]`.
struct Deworming: RecordHandler {
    enum Form: Questions {
        static let texts = ["obat"]
        static let integers = ["dosis_mg"]
    }
    typealias Payload = Answers<Form>

    let type: RecordType = "kesehatan.obat_cacing"

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        guard let child = Client(context) else { return Client.refusal(context) }
        guard child.months >= 12 else {
            return Client.wrongAge("umur \(child.months) bulan: obat cacing mulai 12 bulan")
        }
        return [.put(payload.fields.adding("umur_bulan", .integer(child.months)))]
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        var tally = Tally(record.context)
        tally.split("obat_cacing")
        return tally.contributions
    }
}

/// Diarrhoea of a child under five, and the oral rehydration that it was given.
struct Diarrhoea: RecordHandler {
    enum Form: Questions {
        static let flags = ["oralit", "zinc", "dirujuk"]
        static let integers = ["oralit_bungkus"]
    }
    typealias Payload = Answers<Form>

    let type: RecordType = "kesehatan.diare"

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        guard let child = Client(context) else { return Client.refusal(context) }
        guard child.months < 60 else {
            return Client.wrongAge("umur \(child.months) bulan: catatan diare balita sampai 59 bulan")
        }
        return [.put(payload.fields.adding("umur_bulan", .integer(child.months)))]
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        var tally = Tally(record.context)
        tally.split("diare")
        tally.split("oralit", if: record.payload.fields.flag("oralit"))
        tally.add("diare_dirujuk", if: record.payload.fields.flag("dirujuk"))
        return tally.contributions
    }
}
