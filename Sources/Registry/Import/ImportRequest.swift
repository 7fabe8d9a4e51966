// What to import and what to do about lines that are wrong.
// SPDX-License-Identifier: Apache-2.0
package import PluginKit

/// The files the registry takes; the raw value is the word after `posyanductl import`.
package enum ImportKind: String, CaseIterable, Sendable {
    case regions, posyandu, cadres, residents, offices, facilities, decrees, competences, trainings, nomenclature,
        programmes
}

/// What becomes of the good lines when there are bad ones.
package enum ImportMode: String, CaseIterable, Sendable {
    /// Checks everything, changes nothing.
    case dryRun = "dry-run"
    /// One bad line and nothing is changed.
    case allOrNothing = "all-or-nothing"
    /// Good lines are kept, bad ones come back as a rejects file.
    case skipBad = "skip-bad"
}

/// One import.
package struct ImportRequest: Sendable {
    package var kind: ImportKind
    package var mode: ImportMode
    /// The civil date in the kabupaten's zone: the region list in force on it judges village codes, and no birth is
    /// later.
    package var today: CivilDate
    /// The kabupaten of this node; village codes outside it are refused. Nil accepts the whole nation.
    package var regency: RegionCode?
    /// Label of the list and its first day in force; needed for `regions` only.
    package var regionVersion: (label: String, validFrom: CivilDate)?
    /// Label of a nomenclature and the first budget year in which it is in force; needed for `nomenclature` only.
    package var nomenclature: (label: String, year: Int)?
    /// Work items that a tag may name, `sector.item`; for `programmes` only.
    package var workItems: Set<String> = []

    package init(
        _ kind: ImportKind,
        mode: ImportMode,
        today: CivilDate,
        regency: RegionCode? = nil,
        regionVersion: (label: String, validFrom: CivilDate)? = nil
    ) {
        self.kind = kind
        self.mode = mode
        self.today = today
        self.regency = regency
        self.regionVersion = regionVersion
    }
}
