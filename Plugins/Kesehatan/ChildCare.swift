// Vitamin A, deworming and diarrhoea of children.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// The half-year campaigns in which vitamin A and deworming are given: from one campaign month to the day before the
/// other `[C: Buku KIA 2023: February and August]`.
struct Campaigns: Sendable {
    private let months: [Int]

    init(_ setup: Setup) throws(SetupError) {
        guard let first = setup.parameters.integer("kampanye_bulan_pertama"),
            let second = setup.parameters.integer("kampanye_bulan_kedua"), first != second
        else { throw SetupError("parameters kampanye_bulan_pertama and kampanye_bulan_kedua must be two months") }
        months = [first, second].sorted()
    }

    /// The first day of the campaign that a day lies in.
    func start(of date: CivilDate) -> CivilDate? {
        let (year, month) = (date.year, date.month)
        if let first = months.last(where: { $0 <= month }) { return CivilDate(year: year, month: first, day: 1) }
        return months.last.flatMap { CivilDate(year: year - 1, month: $0, day: 1) }
    }

    /// Whether an earlier record of the type counts in the campaign of this one. A record that was itself a second one
    /// still stands for the first: the campaign has been served.
    func isSecond(_ context: Context, of type: RecordType) -> Bool {
        guard let start = start(of: context.date) else { return false }
        return context.previous.contains { $0.type == type && $0.date >= start }
    }
}

/// A vitamin A capsule: blue once at 6-11 months, red every six months at 12-59 months `[C: Buku KIA 2023]`.
///
/// A second one in one campaign, and a second blue one, is kept with a mark and counted apart. The contact also tells
/// which doses of the immunisation schedule are overdue.
struct VitaminA: RecordHandler {
    enum Form: Questions { static let texts = ["kapsul"] }
    typealias Payload = Answers<Form>

    let type: RecordType = "kesehatan.vitamin_a"
    let schedule: ImmunisationSchedule
    let campaigns: Campaigns
    let limits: Limits

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        guard let child = Client(context) else { return Client.refusal(context) }
        if let refusal = Client.afterDeath(context) { return refusal }
        let blue = payload.fields.text("kapsul") == "biru"
        guard (blue ? 6..<12 : 12..<60).contains(child.months) else {
            let rule = blue ? "kapsul biru untuk 6-11 bulan" : "kapsul merah untuk 12-59 bulan"
            return Client.wrongAge("umur \(child.months) bulan: \(rule)")
        }
        var fields = payload.fields.adding("umur_bulan", .integer(child.months))
        if isSecond(payload, context) { fields["ganda"] = .flag(true) }
        return schedule.contact(fields, context, limits)
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        var tally = Tally(record.context)
        if isSecond(record.payload, record.context) {
            tally.add("vitamin_a_ganda")
        } else {
            tally.split("vitamin_a")
            tally.sort("vitamin_a", record.payload.fields.text("kapsul"))
        }
        return tally.contributions
    }

    private func isSecond(_ payload: Payload, _ context: Context) -> Bool {
        if campaigns.isSecond(context, of: type) { return true }
        guard payload.fields.text("kapsul") == "biru" else { return false }
        return context.previous.contains { $0.type == type && $0.fields.text("kapsul") == "biru" }
    }
}

/// A deworming tablet, every six months from 12 months on `[C: Buku KIA 2023]`.
///
/// A second one in one campaign is kept with a mark and counted apart.
struct Deworming: RecordHandler {
    enum Form: Questions {
        static let texts = ["obat"]
        static let integers = ["dosis_mg"]
    }
    typealias Payload = Answers<Form>

    let type: RecordType = "kesehatan.obat_cacing"
    let schedule: ImmunisationSchedule
    let campaigns: Campaigns
    let limits: Limits

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        guard let child = Client(context) else { return Client.refusal(context) }
        if let refusal = Client.afterDeath(context) { return refusal }
        guard child.months >= 12 else {
            return Client.wrongAge("umur \(child.months) bulan: obat cacing mulai 12 bulan")
        }
        var fields = payload.fields.adding("umur_bulan", .integer(child.months))
        if campaigns.isSecond(context, of: type) { fields["ganda"] = .flag(true) }
        return schedule.contact(fields, context, limits)
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        var tally = Tally(record.context)
        if campaigns.isSecond(record.context, of: type) {
            tally.add("obat_cacing_ganda")
        } else {
            tally.split("obat_cacing")
        }
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
        if let refusal = Client.afterDeath(context) { return refusal }
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
