// Which doses a person has, lacks, may get and is late for on a day.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Where one dose of the schedule stands on a day.
struct DoseStatus: Hashable, Sendable {
    enum State: Hashable, Sendable {
        case given(CivilDate)
        /// A later dose of the series is there: this one was given and not reported.
        case implied
        case notYet
        case due
        case overdue
        /// Beyond the age at which it is given.
        case tooLate
    }

    let dose: Dose
    let state: State
    /// The day from which age and interval allow it.
    let from: CivilDate
    /// The day from which it is overdue.
    let lateFrom: CivilDate
    /// The dose before it in the series is missing, so it cannot be given yet, however late it is.
    let waits: Bool
}

/// The national schedule with the kabupaten's switches `[C: KMK 1098/2024 jo. 35/2025; intervals G]`.
///
/// Pure: the answer depends on birth date, sex, doses and day alone. A dose's lateness is counted from its age and from
/// the dose given before it, never from one that is still to come; so a dose that is given makes no other dose overdue
/// earlier.
struct ImmunisationSchedule: Sendable {
    let table: DoseTable
    /// Days after the due day before a dose is overdue.
    let graceDays: Int
    /// Age in months from which routine doses are not caught up any more; the school programme follows.
    let catchUpMonths: Int

    /// - Throws: ``SetupError`` when the table or the parameter cannot be read.
    init(_ setup: Setup) throws(SetupError) {
        table = try DoseTable(try setup.table("immunisation"), setup.parameters)
        guard let days = setup.parameters.integer("imunisasi_tenggang_hari"),
            let months = setup.parameters.integer("imunisasi_kejar_bulan")
        else { throw SetupError("parameter imunisasi_tenggang_hari or imunisasi_kejar_bulan is missing") }
        graceDays = days
        catchUpMonths = months
    }

    /// The state of every routine and school dose on a day; doses of later days are not looked at.
    func schedule(birth: CivilDate, sex: Sex, given: [GivenDose], at date: CivilDate) -> [DoseStatus] {
        let history = DoseHistory(given.filter { $0.date <= date }, birth: birth, table)
        return table.doses.compactMap { dose in
            guard dose.kind != .wus, dose.sex == nil || dose.sex == sex else { return nil }
            let isAskedFor = dose.isGivenHere && dose.until.map { date < $0 } ?? true
            guard isAskedFor || history.valid(dose.code) != nil else { return nil }
            return status(of: dose, birth, history, date)
        }
    }

    /// Doses that are overdue and may be given on that day, in the order of the table.
    func overdue(birth: CivilDate, sex: Sex, given: [GivenDose], at date: CivilDate) -> [DoseStatus] {
        schedule(birth: birth, sex: sex, given: given, at: date).filter { $0.state == .overdue && !$0.waits }
    }

    /// The next doses and their day: what may be given on `date`, else on the first day after it; nil when nothing is left.
    func next(
        birth: CivilDate,
        sex: Sex,
        given: [GivenDose],
        at date: CivilDate
    ) -> (day: CivilDate, doses: [Dose])? {
        let open = schedule(birth: birth, sex: sex, given: given, at: date).filter { status in
            switch status.state {
            case .due, .overdue, .notYet: !status.waits
            case .given, .implied, .tooLate: false
            }
        }
        guard let day = open.map({ max($0.from, date) }).min() else { return nil }
        return (day, open.filter { $0.from <= day }.map(\.dose))
    }

    /// Whether a set of doses is complete on a day.
    func isComplete(_ set: Dose.Completes, birth: CivilDate, given: [GivenDose], at date: CivilDate) -> Bool {
        DoseHistory(given.filter { $0.date <= date }, birth: birth, table).completes(set, table)
    }

    private func status(of dose: Dose, _ birth: CivilDate, _ history: DoseHistory, _ date: CivilDate) -> DoseStatus? {
        guard let byAge = dose.dueDate(birth: birth) else { return nil }
        let last = history.lastGiven(before: dose)
        let byInterval = last.flatMap { dose.interval?.after($0) }
        let from = max(byAge, byInterval ?? byAge)
        let lateFrom = from.adding(days: graceDays)
        let before = table.doses.last { $0.series == dose.series && $0.number < dose.number }
        let waits = before.map { history.valid($0.code) == nil && !history.implies($0) } ?? false
        let state: DoseStatus.State =
            if let day = history.valid(dose.code) {
                .given(day)
            } else if history.implies(dose) {
                .implied
            } else if let oldest = lastDay(of: dose, birth), date >= oldest {
                .tooLate
            } else if date >= lateFrom {
                .overdue
            } else if waits || date < from {
                .notYet
            } else {
                .due
            }
        return DoseStatus(dose: dose, state: state, from: from, lateFrom: lateFrom, waits: waits)
    }

    /// The day from which a dose is not asked for any more; nil for never.
    private func lastDay(of dose: Dose, _ birth: CivilDate) -> CivilDate? {
        let byDose = dose.before?.after(birth)
        guard dose.kind == .routine else { return byDose }
        let byProgramme = birth.adding(months: catchUpMonths)
        return min(byDose ?? byProgramme, byProgramme)
    }
}

/// Protection of a woman against tetanus by T1-T5.
struct TetanusStatus: Hashable, Sendable {
    /// The highest valid dose, 0 to 5.
    let level: Int
    /// The last day that the highest dose protects; nil for none and for T1.
    let protectedUntil: CivilDate?

    /// The status that these doses give. A higher dose stands for those before it, which may be on another card.
    init(_ history: DoseHistory) {
        let best = history.entries.filter { $0.dose.kind == .wus && $0.validity == .valid }
            .max { $0.dose.number < $1.dose.number }
        level = best?.dose.number ?? 0
        protectedUntil = best.flatMap { entry in
            entry.dose.protectsMonths.map { entry.given.date.adding(months: $0).adding(days: -1) }
        }
    }
}
