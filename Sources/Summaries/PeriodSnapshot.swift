// A frozen summary of one kabupaten and period as a plain value: what the destinations make their documents from.
// SPDX-License-Identifier: Apache-2.0

package import PluginKit

/// Everything that is said of one kabupaten and period at one cut-off. Two snapshots with the same content are equal
/// whatever the order of their lists; a reader sorts before it writes bytes.
package struct PeriodSnapshot: Sendable {
    /// Dotted code of the kabupaten, `33.25`.
    package var kabupaten: String
    /// `2026-11`, `2026-Q4` or `2026`.
    package var period: String
    /// First day of the period, in the kabupaten's zone.
    package var start: CivilDate
    /// Last day of the period, inclusive.
    package var end: CivilDate
    /// Revision of the summary, from 1, rising with every freeze of the period.
    package var revision: Int
    /// Label of the region list the codes belong to, `300.2.2-2138/2025`.
    package var regionVersion: String
    /// Records up to this instant are in, µs since 1970 UTC.
    package var cutoff: Int64
    /// When the snapshot was frozen, µs since 1970 UTC.
    package var createdAt: Int64
    /// The kabupaten's zone: 25200, 28800 or 32400.
    package var utcOffsetSeconds: Int
    /// How many posyandu there are, and how many reported in the period.
    package var completeness: (registered: Int, reported: Int)
    package var figures: [SnapshotFigure]
    package var registry: [AreaCounts]
    package var cases: [CaseCounts]

    package init(
        kabupaten: String,
        period: String,
        start: CivilDate,
        end: CivilDate,
        revision: Int,
        regionVersion: String,
        cutoff: Int64,
        createdAt: Int64,
        utcOffsetSeconds: Int,
        completeness: (registered: Int, reported: Int),
        figures: [SnapshotFigure],
        registry: [AreaCounts],
        cases: [CaseCounts]
    ) {
        self.kabupaten = kabupaten
        self.period = period
        self.start = start
        self.end = end
        self.revision = revision
        self.regionVersion = regionVersion
        self.cutoff = cutoff
        self.createdAt = createdAt
        self.utcOffsetSeconds = utcOffsetSeconds
        self.completeness = completeness
        self.figures = figures
        self.registry = registry
        self.cases = cases
    }
}

/// One indicator of one area.
package struct SnapshotFigure: Sendable, Hashable {
    /// `noData` is not zero: nobody reported, so no number is given.
    package enum Status: String, Sendable, Hashable {
        case final
        case provisional = "sementara"
        case noData = "tidak_ada_data"
    }

    /// Name in the sector's manifest, `kesehatan.d`.
    package var indicator: String
    /// Code of the sector that declares it.
    package var sector: String
    /// `count`, `distinct`, `sum`, `stock` or `ratio`.
    package var kind: String
    package var unit: String
    /// Dotted code of a kecamatan, or of the kabupaten for its total.
    package var area: String
    /// Exact decimal; `nil` with ``Status/noData``.
    package var numerator: String?
    /// Exact decimal, of a ratio only.
    package var denominator: String?
    package var status: Status
    /// How many posyandu stand in it with a recap entered from paper.
    package var fromPaper: Int

    package init(
        indicator: String,
        sector: String,
        kind: String,
        unit: String,
        area: String,
        numerator: String?,
        denominator: String? = nil,
        status: Status,
        fromPaper: Int = 0
    ) {
        self.indicator = indicator
        self.sector = sector
        self.kind = kind
        self.unit = unit
        self.area = area
        self.numerator = numerator
        self.denominator = denominator
        self.status = status
        self.fromPaper = fromPaper
    }
}

/// What the registry holds in one area at the period's end.
package struct AreaCounts: Sendable, Hashable {
    /// Cadres of one sector.
    package struct SectorCadres: Sendable, Hashable {
        package var sector: String
        package var cadres: Int

        package init(sector: String, cadres: Int) {
            self.sector = sector
            self.cadres = cadres
        }
    }

    package var area: String
    /// Active posyandu.
    package var posyandu: Int
    /// Those of them that have a registration number.
    package var registered: Int
    package var cadresBySector: [SectorCadres]

    package init(area: String, posyandu: Int, registered: Int, cadresBySector: [SectorCadres]) {
        self.area = area
        self.posyandu = posyandu
        self.registered = registered
        self.cadresBySector = cadresBySector
    }
}

/// Cases of one sector and area that stand in one state at the period's end.
package struct CaseCounts: Sendable, Hashable {
    package var area: String
    package var sector: String
    /// State of the sector's workflow, `disposisi_opd`.
    package var state: String
    package var count: Int

    package init(area: String, sector: String, state: String, count: Int) {
        self.area = area
        self.sector = sector
        self.state = state
        self.count = count
    }
}
