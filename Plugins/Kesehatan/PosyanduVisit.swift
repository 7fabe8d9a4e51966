// A visit to the posyandu with its five steps, and the visitors of SIP 6.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Who came, on which kind of day, and which of the five steps were done `[C: kartu bantu]`.
///
/// Somebody is counted once a month, in the age group and as new or returning as at the first visit of the month: a baby
/// who turns one between two visits is not two visitors. New is who never came before. Who came need not be fetched: the
/// visit answers the kader's tasks to fetch somebody to the posyandu. For a child under five it tells which doses of the
/// immunisation schedule are overdue, so that one who is only weighed is asked for as well.
struct PosyanduVisit: RecordHandler {
    enum Form: Questions {
        static let texts = ["tempat"]
        static let flags = PosyanduVisit.steps + ["hamil", "menyusui"]
    }
    typealias Payload = Answers<Form>

    static let steps = ["pendaftaran", "pengukuran", "pencatatan", "pelayanan", "penyuluhan"]

    let type: RecordType = "kesehatan.kunjungan_posyandu"
    let groups: AgeGroups
    let childbearing: AgeGroups
    let schedule: ImmunisationSchedule
    let limits: Limits

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        guard let client = Client(context) else { return Client.refusal(context) }
        if let refusal = Client.afterDeath(context) { return refusal }
        if client.sex == .male, payload.fields.yes(["hamil", "menyusui"]) > 0 {
            return Client.notFemale("ibu hamil dan menyusui")
        }
        let visitor = visitor(client, context)
        var fields = payload.fields.adding("umur_bulan", .integer(client.months))
        fields["kelompok"] = visitor.group.map { .text($0) }
        fields["skema_umur"] = .text(groups.version)
        fields["baru"] = .flag(visitor.isNew)
        fields["langkah_selesai"] = .integer(payload.fields.yes(PosyanduVisit.steps))
        let effects = client.months < 60 ? schedule.contact(fields, context, limits) : [.put(fields)]
        return effects + [.answerTasks(kind: "penjemputan", topic: "posyandu")]
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        guard let client = Client(record.context) else { return [] }
        let answers = record.payload.fields
        let visitor = visitor(client, record.context)
        var tally = Tally(record.context)
        tally.add("kunjungan_posyandu")
        for step in PosyanduVisit.steps { tally.add("langkah_" + step, if: answers.flag(step)) }
        tally.add("kunjungan_lengkap", if: answers.yes(PosyanduVisit.steps) == PosyanduVisit.steps.count)
        tally.split("pengunjung")
        tally.sort("pengunjung", answers.text("tempat"))
        if let group = visitor.group {
            let sex = client.sex == .male ? "l" : "p"
            tally.add("pengunjung_\(group)_\(visitor.isNew ? "baru" : "lama")_\(sex)")
        }
        tally.sort("pengunjung", childbearing.name(of: client))
        tally.add("pengunjung_ibu_hamil", if: answers.flag("hamil"))
        tally.add("pengunjung_ibu_menyusui", if: answers.flag("menyusui"))
        return tally.contributions
    }

    private func visitor(_ client: Client, _ context: Context) -> (group: String?, isNew: Bool) {
        guard let last = context.latest(type) else { return (groups.name(of: client), true) }
        guard last.date.period == context.date.period else { return (groups.name(of: client), false) }
        return (last.fields.text("kelompok"), last.fields.flag("baru") ?? false)
    }
}
