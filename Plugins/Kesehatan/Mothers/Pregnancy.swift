// A pregnancy put together from the records of a woman: from her first contact to the delivery.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// One antenatal contact.
struct AntenatalContact: Hashable, Sendable {
    let record: String
    let date: CivilDate
    /// Weeks since the last period, as written on the form.
    let week: Int
    /// The visit number of the form, `k1` to `k6` or `lainnya`.
    let label: String
    let examiner: String?
    let ultrasound: Bool
    let tablets: Int
    /// Tablets taken daily; nil when it was not asked.
    let daily: Bool?
    let lastPeriod: CivilDate?

    init(record: String, date: CivilDate, _ fields: Fields) {
        self.record = record
        self.date = date
        week = fields.integer("usia_kehamilan_minggu") ?? 0
        label = fields.text("kunjungan") ?? "lainnya"
        examiner = fields.text("pemeriksa")
        ultrasound = fields.flag("usg") == true
        tablets = fields.integer("ttd_tablet") ?? 0
        daily = fields.flag("ttd_harian")
        lastPeriod = fields.date("hpht")
    }

    /// The first day of the last period: as told, else counted back from the weeks.
    var estimatedLastPeriod: CivilDate { lastPeriod ?? date.adding(days: -7 * week) }
    /// A kader's visit is a contact of the posyandu and no antenatal examination; who is not named is taken for a midwife.
    var isExamination: Bool { examiner != "kader" }
}

/// A pregnancy of a woman.
struct Pregnancy: Hashable, Sendable {
    /// The id of its first record.
    let id: String
    /// In the order of (service date, record id).
    var contacts: [AntenatalContact]
    /// nil while she is pregnant, as far as the records say.
    var delivery: CivilDate?

    /// The first day of the last period: the first that was told, else by the weeks of the first contact; nil when a
    /// delivery is all that is known.
    var lastPeriod: CivilDate? {
        contacts.lazy.compactMap(\.lastPeriod).first ?? contacts.first?.estimatedLastPeriod
    }

    /// Completed weeks on a day.
    func week(on date: CivilDate) -> Int? { lastPeriod.map { max(0, $0.days(until: date)) / 7 } }

    var tablets: Int { contacts.reduce(0) { $0 + $1.tablets } }

    /// Percent of the contacts that were asked about daily tablets and said yes, rounded down; nil when none was asked.
    var dailyPercent: Int? {
        let answers = contacts.compactMap(\.daily)
        return answers.isEmpty ? nil : 100 * answers.count { $0 } / answers.count
    }
}

/// How records make pregnancies, with the parameters of the kabupaten.
struct PregnancyRules: Sendable {
    /// Days from the last period after which a contact belongs to another pregnancy.
    let longestDays: Int
    /// Days from the last period to the expected date of delivery.
    let lengthDays: Int
    let termWeek: Int
    let postTermWeek: Int
    /// Days within which a second delivery is the same one.
    let deliveryGapDays: Int
    /// Days after delivery that are postpartum.
    let postpartumDays: Int
    /// Iron tablets of a pregnancy.
    let tablets: Int

    init(_ setup: Setup) throws(SetupError) {
        func integer(_ name: String) throws(SetupError) -> Int {
            guard let value = setup.parameters.integer(name) else { throw SetupError("parameter \(name) is missing") }
            return value
        }
        longestDays = try integer("kehamilan_terpanjang_hari")
        lengthDays = try integer("kehamilan_hari")
        termWeek = try integer("cukup_bulan_minggu")
        postTermWeek = try integer("lewat_bulan_minggu")
        deliveryGapDays = try integer("jarak_persalinan_hari")
        postpartumDays = try integer("nifas_hari")
        tablets = try integer("ttd_kehamilan")
    }

    /// The pregnancies that antenatal visits and deliveries make, oldest first; other records, and those that were marked as
    /// repeated or contradictory, are passed over.
    ///
    /// A visit begins a pregnancy when there is none, after a delivery, when the last period of the known one lies more
    /// than ``longestDays`` back, and when her last period is later than the last contact: that one ended unseen.
    func pregnancies(_ records: [EarlierRecord]) -> [Pregnancy] {
        var pregnancies: [Pregnancy] = []
        for record in records.sorted(by: { ($0.date, $0.id) < ($1.date, $1.id) }) {
            switch record.type {
            case "kesehatan.kunjungan_ibu_hamil" where record.fields.flag("bertentangan") != true:
                let contact = AntenatalContact(record: record.id, date: record.date, record.fields)
                if let last = pregnancies.last, belongs(contact, to: last) {
                    pregnancies[pregnancies.count - 1].contacts.append(contact)
                } else {
                    pregnancies.append(Pregnancy(id: record.id, contacts: [contact]))
                }
            case "kesehatan.persalinan" where record.fields.flag("ulang") != true:
                if let last = pregnancies.last, isOpen(last, on: record.date) {
                    pregnancies[pregnancies.count - 1].delivery = record.date
                } else {
                    pregnancies.append(Pregnancy(id: record.id, contacts: [], delivery: record.date))
                }
            default: break
            }
        }
        return pregnancies
    }

    /// The pregnancy that a visit belongs to, with the visit as its last contact.
    func pregnancy(of contact: AntenatalContact, _ fields: Fields, after previous: [EarlierRecord]) -> Pregnancy {
        let visit = EarlierRecord(
            id: contact.record,
            type: "kesehatan.kunjungan_ibu_hamil",
            date: contact.date,
            fields: fields
        )
        return pregnancies(previous + [visit]).last ?? Pregnancy(id: contact.record, contacts: [contact])
    }

    /// The pregnancy that a delivery ends; nil when no visit was recorded.
    func pregnancy(endedOn date: CivilDate, after previous: [EarlierRecord]) -> Pregnancy? {
        pregnancies(previous).last.flatMap { isOpen($0, on: date) ? $0 : nil }
    }

    /// Whether the records say that she is pregnant on the day of the record.
    func isPregnant(_ context: Context) -> Bool {
        pregnancies(context.previous).last.map { isOpen($0, on: context.date) } ?? false
    }

    /// The newest delivery among the earlier records that is no repetition.
    func lastDelivery(_ context: Context) -> EarlierRecord? {
        context.previous.first { $0.type == "kesehatan.persalinan" && $0.fields.flag("ulang") != true }
    }

    private func belongs(_ contact: AntenatalContact, to pregnancy: Pregnancy) -> Bool {
        if pregnancy.delivery == contact.date { return true }
        guard isOpen(pregnancy, on: contact.date), let last = pregnancy.contacts.last else { return false }
        return contact.estimatedLastPeriod <= last.date
    }

    private func isOpen(_ pregnancy: Pregnancy, on date: CivilDate) -> Bool {
        guard pregnancy.delivery == nil, let lastPeriod = pregnancy.lastPeriod else { return false }
        return lastPeriod.days(until: date) <= longestDays
    }
}

/// Records that earlier ones contradict. They are kept, marked and not counted, because an earlier record may still be
/// corrected or taken back; somebody is asked to look.
enum Contradiction {
    /// The task that asks to check; `topic` names the kind of record.
    static func task(_ reason: String, about topic: String, _ limits: Limits) -> Effect {
        .raiseTask(kind: "periksa_catatan", reason: reason, dueDays: limits.referralDays, to: "bidan", topic: topic)
    }
}
