// One dose of a vaccine given to a child or a woman: its validity, what is complete with it and what comes next.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// A dose given.
///
/// A dose below its minimum age, too soon after the one before or beyond its age limit is kept and counted, with a mark,
/// and completes nothing. A dose that has a valid one before it is a second report: kept, counted apart.
struct Immunisation: RecordHandler {
    enum Form: Questions {
        static let texts = ["dosis", "nomor_batch", "tempat_imunisasi"]
        static let flags = ["hamil"]
    }
    typealias Payload = Answers<Form>

    let type: RecordType = "kesehatan.imunisasi"
    let schedule: ImmunisationSchedule
    let limits: Limits
    let pregnancies: PregnancyRules

    func validate(_ payload: Payload) -> [Violation] {
        guard let label = payload.fields.text("dosis") else { return [] }
        switch schedule.table.meaning(of: label) {
        case .dose, .contained, .unnumbered:
            return []
        case .ask(let choices):
            let message = "\(label) dapat berarti \(choices): pilih salah satu"
            return [Violation("imunisasi.tanya", field: "dosis", message)]
        case .unknown:
            return [Violation("imunisasi.dosis", field: "dosis", "dosis \(label) tidak ada dalam jadwal imunisasi")]
        }
    }

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        guard let client = Client(context) else { return Client.refusal(context) }
        if let refusal = Client.afterDeath(context) { return refusal }
        guard let label = payload.fields.text("dosis") else { return [] }
        var fields = payload.fields.adding("umur_bulan", .integer(client.months))
        switch schedule.table.meaning(of: label) {
        case .dose(let dose):
            guard dose.sex == nil || dose.sex == client.sex else { return Client.notFemale("imunisasi \(dose.code)") }
            fields["dosis"] = .text(dose.code)
            if dose.code != label { fields["label_asal"] = .text(label) }
            guard let outcome = outcome(dose, context) else { return Client.refusal(context) }
            outcome.describe(in: &fields)
            return [.put(fields)] + effects(outcome)
        case .contained(let code):
            fields["dosis"] = .text(code)
            fields["label_asal"] = .text(label)
        case .unnumbered:
            guard client.sex == .female else { return Client.notFemale("imunisasi \(label)") }
        case .ask, .unknown:
            return [.reject(validate(payload))]
        }
        return [.put(fields)]
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        var tally = Tally(record.context)
        switch record.payload.fields.text("dosis").map({ schedule.table.meaning(of: $0) }) {
        case .dose(let dose)?:
            guard let outcome = outcome(dose, record.context) else { return [] }
            count(outcome, isPregnant(record.payload, record.context), &tally)
        case .unnumbered?:
            tally.add("imunisasi_tt_tanpa_nomor")
            tally.add("imunisasi_t_bumil", if: isPregnant(record.payload, record.context))
        case .contained?, .ask?, .unknown?, nil:
            break
        }
        return tally.contributions
    }

    private func count(_ outcome: Outcome, _ isPregnant: Bool, _ tally: inout Tally) {
        let dose = outcome.entry.dose
        guard outcome.entry.validity != .repeated else { return tally.add("imunisasi_ulang") }
        if dose.sex != nil { tally.add(dose.indicator) } else { tally.split(dose.indicator) }
        tally.add("imunisasi_tidak_sah", if: outcome.entry.validity != .valid)
        tally.add("imunisasi_kejar", if: outcome.isCatchUp)
        tally.split("idl", if: outcome.made.contains(.idl))
        tally.split("ibl", if: outcome.made.contains(.ibl))
        tally.add("imunisasi_t_bumil", if: dose.kind == .wus && isPregnant)
        tally.add("imunisasi_t2_plus_bumil", if: dose.kind == .wus && dose.number >= 2 && isPregnant)
    }

    private func isPregnant(_ payload: Payload, _ context: Context) -> Bool {
        payload.fields.flag("hamil") ?? pregnancies.isPregnant(context)
    }

    private func effects(_ outcome: Outcome) -> [Effect] {
        let dose = outcome.entry.dose
        var effects: [Effect] = []
        if let (reason, again) = outcome.repetition {
            let days = max(0, outcome.entry.given.date.days(until: again)) + limits.referralDays
            effects = [
                .raiseTask(kind: "imunisasi_ulang", reason: reason, dueDays: days, to: "bidan", topic: dose.topic)
            ]
        } else if outcome.repairs {
            effects = [.answerTasks(kind: "imunisasi_ulang", topic: dose.topic)]
        }
        return dose.kind == .routine ? effects + schedule.overdueEffects(outcome.overdue, limits) : effects
    }
}

extension Immunisation {
    /// What one dose means together with those before it.
    struct Outcome {
        let entry: DoseHistory.Entry
        /// The valid dose after one that was not.
        let repairs: Bool
        /// Given when it was overdue.
        let isCatchUp: Bool
        /// Sets that became complete with it, and sets that are complete.
        let made: Set<Dose.Completes>
        let complete: Set<Dose.Completes>
        let next: (day: CivilDate, doses: [Dose])?
        let overdue: [String]
        /// nil for a dose that is not of the WUS series.
        let tetanus: TetanusStatus?
        /// The first day on which an invalid dose may be given again; nil when it is valid or cannot be given again.
        let again: CivilDate?

        /// Why an invalid dose must be given again, for the midwife, and from when.
        var repetition: (reason: String, from: CivilDate)? {
            guard let again else { return nil }
            let code = entry.dose.code
            switch entry.validity {
            case .tooYoung: return ("\(code) diberikan terlalu muda, tidak sah: ulangi mulai \(again)", again)
            case .tooSoon:
                return ("\(code) terlalu dekat dengan dosis sebelumnya, tidak sah: ulangi mulai \(again)", again)
            case .valid, .tooOld, .repeated: return nil
            }
        }

        func describe(in fields: inout Fields) {
            switch entry.validity {
            case .valid: fields["sah"] = .flag(true)
            case .repeated: fields["ulang"] = .flag(true)
            case .tooYoung: invalid("umur_kurang", &fields)
            case .tooOld: invalid("umur_lewat", &fields)
            case .tooSoon: invalid("jarak_kurang", &fields)
            }
            if isCatchUp { fields["kejar"] = .flag(true) }
            if let tetanus {
                fields["status_t"] = .text("t\(tetanus.level)")
                fields["terlindung_sampai"] = tetanus.protectedUntil.map { .date($0) }
            }
            guard entry.dose.kind == .routine else { return }
            fields["idl"] = .flag(complete.contains(.idl))
            fields["ibl"] = .flag(complete.contains(.ibl))
            if let next {
                fields["dosis_berikut"] = .list(next.doses.map { .text($0.code) })
                fields["tanggal_berikut"] = .date(next.day)
            }
            if !overdue.isEmpty { fields["imunisasi_tertunda"] = .list(overdue.map { .text($0) }) }
        }

        private func invalid(_ reason: String, _ fields: inout Fields) {
            fields["sah"] = .flag(false)
            fields["alasan_tidak_sah"] = .text(reason)
        }
    }

    /// nil when the subject's birth date or sex is not known.
    private func outcome(_ dose: Dose, _ context: Context) -> Outcome? {
        guard let subject = context.subject, let birth = subject.birthDate, let sex = subject.sex else { return nil }
        let (date, table) = (context.date, schedule.table)
        let before = schedule.given(in: context.previous)
        let given = before + [GivenDose(record: context.record, code: dose.code, date: date)]
        let earlier = DoseHistory(before, birth: birth, table)
        let history = DoseHistory(given, birth: birth, table)
        guard let entry = history.entry(of: context.record) else { return nil }
        let complete = Set([Dose.Completes.idl, .ibl].filter { history.completes($0, table) })
        let wasOverdue = schedule.schedule(birth: birth, sex: sex, given: before, at: date)
            .contains { $0.dose.code == dose.code && $0.state == .overdue }
        return Outcome(
            entry: entry,
            repairs: entry.validity == .valid && earlier.entries.contains { $0.dose.code == dose.code },
            isCatchUp: entry.validity == .valid && dose.kind == .routine && wasOverdue,
            made: complete.filter { !earlier.completes($0, table) },
            complete: complete,
            next: schedule.next(birth: birth, sex: sex, given: given, at: date),
            overdue: schedule.overdueCodes(context, given: given),
            tetanus: dose.kind == .wus ? TetanusStatus(history) : nil,
            again: Immunisation.again(entry, birth)
        )
    }

    private static func again(_ entry: DoseHistory.Entry, _ birth: CivilDate) -> CivilDate? {
        let day: CivilDate
        switch entry.validity {
        case .tooYoung(let until): day = max(until, entry.dose.interval?.after(entry.given.date) ?? until)
        case .tooSoon(let until): day = until
        case .valid, .tooOld, .repeated: return nil
        }
        if let oldest = entry.dose.before?.after(birth), day >= oldest { return nil }
        return day
    }
}
