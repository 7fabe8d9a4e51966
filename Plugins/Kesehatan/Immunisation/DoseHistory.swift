// The doses that somebody got, in order, each with its validity.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// A dose as it was reported: numbered, by the code of the table.
struct GivenDose: Hashable, Sendable {
    /// The record's id: of two doses on one day the smaller one comes first.
    let record: String
    let code: String
    let date: CivilDate
}

/// Whether a dose counts.
enum Validity: Hashable, Sendable {
    case valid
    /// Below the minimum age, which is reached on that day.
    case tooYoung(until: CivilDate)
    /// Too soon after the dose before it in its series.
    case tooSoon(until: CivilDate)
    /// Beyond the age at which it is given at all.
    case tooOld(since: CivilDate)
    /// A valid dose of the same code came before: a report of the same dose, or one too many.
    case repeated
}

/// Doses of one person judged in the order of (service date, record id), whatever order they came in.
struct DoseHistory: Sendable {
    struct Entry: Hashable, Sendable {
        let given: GivenDose
        let dose: Dose
        let validity: Validity
    }

    let entries: [Entry]

    /// Doses of codes that the table does not have are left out.
    init(_ doses: [GivenDose], birth: CivilDate, _ table: DoseTable) {
        var entries: [Entry] = []
        let ordered = doses.sorted { ($0.date, $0.record) < ($1.date, $1.record) }
        for given in ordered {
            guard let dose = table[given.code] else { continue }
            let validity = DoseHistory.validity(of: dose, on: given.date, birth, after: entries)
            entries.append(Entry(given: given, dose: dose, validity: validity))
        }
        self.entries = entries
    }

    /// The day of the valid dose of a code.
    func valid(_ code: String) -> CivilDate? {
        entries.first { $0.dose.code == code && $0.validity == .valid }?.given.date
    }

    /// The judgement of one record.
    func entry(of record: String) -> Entry? { entries.first { $0.given.record == record } }

    /// The last day on which something of the dose's series was given up to its number, valid or not: the next dose
    /// keeps its interval to that. Reports of a dose that was given already do not move it.
    func lastGiven(before dose: Dose) -> CivilDate? {
        entries.last { $0.dose.series == dose.series && $0.dose.number <= dose.number && $0.validity != .repeated }?
            .given.date
    }

    /// A valid dose of a higher number says that this one was given somewhere, though nobody reported it.
    func implies(_ dose: Dose) -> Bool {
        entries.contains { $0.dose.series == dose.series && $0.dose.number > dose.number && $0.validity == .valid }
    }

    /// Whether all doses of a set are valid; IBL needs those of IDL too. A dose that is only implied does not count: its
    /// day is not known.
    func completes(_ set: Dose.Completes, _ table: DoseTable) -> Bool {
        let codes = Set(entries.filter { $0.validity == .valid }.map(\.dose.code))
        return table.doses.allSatisfy { dose in
            guard dose.isGivenHere, dose.completes == .idl || dose.completes == set else { return true }
            return codes.contains(dose.code)
        }
    }

    private static func validity(
        of dose: Dose,
        on date: CivilDate,
        _ birth: CivilDate,
        after entries: [Entry]
    ) -> Validity {
        if entries.contains(where: { $0.dose.code == dose.code && $0.validity == .valid }) { return .repeated }
        if let youngest = dose.minimum?.after(birth), date < youngest { return .tooYoung(until: youngest) }
        if let oldest = dose.before?.after(birth), date >= oldest { return .tooOld(since: oldest) }
        let last = entries.last { $0.dose.series == dose.series && $0.validity != .repeated }
        if let last, let earliest = dose.interval?.after(last.given.date), date < earliest {
            return .tooSoon(until: dose.interval?.after(date) ?? earliest)
        }
        return .valid
    }
}
