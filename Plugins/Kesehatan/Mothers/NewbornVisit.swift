// Visits of a newborn, KN1 to KN3.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

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
        if let refusal = Client.afterDeath(context) { return refusal }
        if let visit = payload.fields.text("kunjungan"), let window = windows[visit], !window.contains(child.days) {
            let rule = "\(visit) untuk umur \(window.lowerBound)-\(window.upperBound) hari"
            return Client.wrongAge("umur \(child.days) hari: \(rule)")
        }
        var referral = Referral()
        referral.add("ada tanda bahaya bayi baru lahir", if: payload.fields.flag("tanda_bahaya"), urgent: true)
        var fields = payload.fields.adding("umur_hari", .integer(child.days))
        fields["kn_lengkap"] = .flag(windows.isComplete("kn", earlier(context) + [payload.fields.text("kunjungan")]))
        return [.put(fields)] + referral.effects(to: "bidan", limits)
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        let answers = record.payload.fields
        let before = earlier(record.context)
        let visit = answers.text("kunjungan")
        var tally = Tally(record.context)
        tally.add("neonatus_datang")
        if let visit { tally.add(visit) }
        tally.add("kn_lengkap", if: windows.isComplete("kn", before + [visit]) && !windows.isComplete("kn", before))
        tally.add("neonatus_asi", if: answers.flag("asi_saja"))
        tally.add("neonatus_dirujuk", if: answers.flag("dirujuk"))
        return tally.contributions
    }

    private func earlier(_ context: Context) -> [String?] {
        context.previous.filter { $0.type == type }.map { $0.fields.text("kunjungan") }
    }
}
