// Home visits and contraception.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// A visit of a kader at home: looks for missing service, non-compliance and danger signs `[C: kartu bantu]`.
struct HomeVisit: RecordHandler {
    enum Form: Questions {
        static let texts = ["sasaran"]
        static let flags = ["belum_dilayani", "tidak_patuh", "tanda_bahaya", "edukasi", "dirujuk"]
    }
    typealias Payload = Answers<Form>

    let type: RecordType = "kesehatan.kunjungan_rumah"
    let limits: Limits

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        guard Client(context) != nil else { return Client.refusal(context) }
        var effects: [Effect] = [.put(payload.fields)]
        if payload.fields.flag("belum_dilayani") == true {
            let reason = "jemput: belum mendapat pelayanan posyandu"
            effects.append(
                .raiseTask(
                    kind: "penjemputan",
                    reason: reason,
                    dueDays: limits.referralDays,
                    to: "kader",
                    topic: "posyandu"
                )
            )
        }
        var referral = Referral()
        referral.add("ada tanda bahaya saat kunjungan rumah", if: payload.fields.flag("tanda_bahaya"), urgent: true)
        return effects + referral.effects(to: "bidan", limits)
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        let answers = record.payload.fields
        var tally = Tally(record.context)
        tally.add("kunjungan_rumah")
        tally.add("kunjungan_rumah_warga")
        for finding in ["belum_dilayani", "tidak_patuh", "tanda_bahaya", "dirujuk"] {
            tally.add("kunjungan_rumah_" + finding, if: answers.flag(finding))
        }
        return tally.contributions
    }
}

/// A method of contraception, begun, continued, changed or stopped.
struct Contraception: RecordHandler {
    enum Form: Questions {
        static let texts = ["metode", "status"]
        static let flags = ["keluhan_efek_samping"]
    }
    typealias Payload = Answers<Form>

    let type: RecordType = "kesehatan.kb"

    private static let forWomen = ["pil", "implan", "mow", "iud", "suntik"]

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        guard let client = Client(context) else { return Client.refusal(context) }
        let method = payload.fields.text("metode") ?? ""
        if client.sex == .male, Contraception.forWomen.contains(method) { return Client.notFemale("KB \(method)") }
        if client.sex == .female, method == "mop" {
            return [.reject(Violation("subjek.laki_laki", field: "metode", "KB mop hanya untuk laki-laki"))]
        }
        return [.put(payload.fields)]
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        let answers = record.payload.fields
        var tally = Tally(record.context)
        if answers.text("status") == "berhenti" {
            tally.add("kb_berhenti")
        } else {
            tally.add("kb_akseptor")
            tally.sort("kb", answers.text("metode"))
            tally.add("kb_baru", if: answers.text("status") == "baru")
        }
        return tally.contributions
    }
}
