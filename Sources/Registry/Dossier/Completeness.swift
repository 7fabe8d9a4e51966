// "Identitas, legalitas, basis data" of a posyandu: what is missing and who must act. Pure.
// SPDX-License-Identifier: Apache-2.0
package import FoundationEssentials
package import PluginKit

/// One thing that completeness asks for, as a version of the list has it.
package struct CompletenessItem: Hashable, Sendable {
    package enum Section: String, Sendable, CaseIterable {
        case identity = "identitas"
        case legality = "legalitas"
        case data = "basis_data"
    }

    /// What the daemon knows how to check; a list that asks for anything else is refused.
    package enum Check: String, Sendable, CaseIterable {
        case number = "nomor_registrasi"
        case numberOfRegion = "nomor_wilayah"
        case openDay = "hari_buka"
        case coordinates = "koordinat"
        case papers = "dokumen"
        case chair = "ketua"
        case secretary = "sekretaris"
        case treasurer = "bendahara"
        case cadres = "kader"
        case residents = "warga"
        case presence = "kehadiran"
    }

    package let check: Check
    /// The state of the dossier in which this row speaks; nil: in every state.
    package let state: Dossier.State?
    package let section: Section
    package let name: String
    package let actor: String
    /// How far back counts, for checks that look back.
    package let months: Int?
}

/// The version of the list that is in force, with the papers that it leans on.
package struct CompletenessRules: Sendable {
    package let version: String
    package let items: [CompletenessItem]
    package let papers: DocumentList?
}

/// A paper of a posyandu on a day.
package struct PaperStanding: Hashable, Sendable {
    package var kind: String
    package var number: String
    package var isInForce: Bool
    /// Last day; nil without an end.
    package var validTo: CivilDate?
}

/// What the registry knows of a posyandu on a day.
package struct PosyanduStanding: Sendable {
    package let id: Int32
    package let uuid: UUID
    package let name: String
    package let village: RegionCode
    package var state = Dossier.State.draft
    package var number: String?
    package var registeredOn: CivilDate?
    /// The number's desa exists in the region list in force.
    package var isNumberCurrent = false
    package var hasOpenDay = false
    package var hasCoordinates = false
    /// By kind, the one in force, else the one that lapsed last.
    package var papers: [String: PaperStanding] = [:]
    /// Offices of the board that somebody holds.
    package var board: Set<String> = []
    package var cadres = 0
    /// How many of the six bidang a kader serves: information, not a thing that can be missing.
    package var sectors = 0
    package var hasResidents = false
    /// The newest day of which a presence list was told.
    package var lastPresence: CivilDate?

    package init(id: Int32, uuid: UUID, name: String, village: RegionCode) {
        self.id = id
        self.uuid = uuid
        self.name = name
        self.village = village
    }

    private func holds(_ item: CompletenessItem, on day: CivilDate) -> Bool {
        switch item.check {
        case .number: state == .registered
        case .numberOfRegion: isNumberCurrent
        case .openDay: hasOpenDay
        case .coordinates: hasCoordinates
        case .papers: true
        case .chair: board.contains("ketua")
        case .secretary: board.contains("sekretaris")
        case .treasurer: board.contains("bendahara")
        case .cadres: cadres > 0
        case .residents: hasResidents
        case .presence: lastPresence.map { $0 > day.adding(months: -(item.months ?? 1)) } ?? false
        }
    }

    /// What is asked of this posyandu on a day, and what of it is missing.
    package func completeness(_ rules: CompletenessRules, on day: CivilDate) -> PosyanduCompleteness {
        var result = PosyanduCompleteness(standing: self)
        var seen: Set<CompletenessItem.Check> = []
        for item in rules.items where seen.insert(item.check).inserted {
            if item.check == .papers {
                for kind in rules.papers?.kinds.filter(\.isRequired) ?? [] {
                    result.asked[item.section, default: 0] += 1
                    let paper = papers[kind.code]
                    if paper?.isInForce == true { continue }
                    result.missing.append(
                        MissingItem(
                            section: item.section,
                            code: kind.code,
                            name: kind.name,
                            actor: kind.actor,
                            lapsed: paper?.validTo
                        )
                    )
                }
                continue
            }
            // Whether the number fits its region is asked of those that have one.
            if item.check == .numberOfRegion, state != .registered { continue }
            result.asked[item.section, default: 0] += 1
            if holds(item, on: day) { continue }
            let rows = rules.items.filter { $0.check == item.check }
            let row = rows.first { $0.state == state } ?? rows.first { $0.state == nil } ?? item
            result.missing.append(
                MissingItem(
                    section: row.section,
                    code: row.check.rawValue,
                    name: row.name,
                    actor: row.actor,
                    lapsed: nil
                )
            )
        }
        return result
    }
}

/// A thing that a posyandu lacks.
package struct MissingItem: Hashable, Sendable {
    package let section: CompletenessItem.Section
    package let code: String
    /// Plain Bahasa Indonesia.
    package let name: String
    /// Who must act.
    package let actor: String
    /// Last day of a paper that lapsed.
    package let lapsed: CivilDate?
}

package struct PosyanduCompleteness: Sendable {
    package let standing: PosyanduStanding
    /// How many things are asked, by section.
    package var asked: [CompletenessItem.Section: Int] = [:]
    package var missing: [MissingItem] = []

    package func missing(in section: CompletenessItem.Section) -> Int { missing.count { $0.section == section } }
}

/// Completeness of the posyandu of an area, summed.
package struct AreaCompleteness: Sendable {
    package let code: String
    package var posyandu = 0
    package var registered = 0
    /// Posyandu that lack nothing.
    package var complete = 0
    /// Posyandu that lack nothing of a section.
    package var completeBySection: [CompletenessItem.Section: Int] = [:]
    package var asked = 0
    package var present = 0
    /// Missing things by who must act.
    package var missingByActor: [String: Int] = [:]
    /// 1 is the best of the areas beside it; equals share a rank.
    package var rank = 1

    package init(code: String) { self.code = code }

    package mutating func add(_ one: PosyanduCompleteness) {
        posyandu += 1
        if one.standing.state == .registered { registered += 1 }
        if one.missing.isEmpty { complete += 1 }
        for section in CompletenessItem.Section.allCases where one.missing(in: section) == 0 {
            completeBySection[section, default: 0] += 1
        }
        let all = one.asked.values.reduce(0, +)
        asked += all
        present += all - one.missing.count
        for item in one.missing { missingByActor[item.actor, default: 0] += 1 }
    }

    /// Percent of what is asked, one decimal, rounded down; nil where nothing is asked.
    package var percent: String? {
        guard asked > 0 else { return nil }
        let tenths = present * 1_000 / asked
        return "\(tenths / 10).\(tenths % 10)"
    }

    /// Sums by area, best first: by the share of complete posyandu, then by the share of things present; equals by code.
    /// - Parameter code: the area of a posyandu.
    package static func ranked(
        _ all: [PosyanduCompleteness],
        by code: (PosyanduStanding) -> String
    ) -> [AreaCompleteness] {
        var areas: [String: AreaCompleteness] = [:]
        for one in all {
            let code = code(one.standing)
            areas[code, default: AreaCompleteness(code: code)].add(one)
        }
        var ranked = areas.values.sorted { left, right in
            left.isBetter(than: right) || !right.isBetter(than: left) && left.code < right.code
        }
        for place in ranked.indices {
            let isEqual = place > 0 && !ranked[place - 1].isBetter(than: ranked[place])
            ranked[place].rank = isEqual ? ranked[place - 1].rank : place + 1
        }
        return ranked
    }

    private func isBetter(than other: AreaCompleteness) -> Bool {
        let (own, its) = (complete * other.posyandu, other.complete * posyandu)
        if own != its { return own > its }
        return present * other.asked > other.present * asked
    }
}
