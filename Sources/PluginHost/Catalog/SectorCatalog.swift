// The registry of record types: which sector a record belongs to, what its manifest says, what it counts.
// SPDX-License-Identifier: Apache-2.0

package import PluginKit

/// A snapshot of every sector that is registered, whether its worker runs or not.
package struct SectorCatalog: Sendable {
    /// One registered sector.
    package final class Sector: Sendable {
        package let manifest: Manifest
        /// SHA-256 over manifest and tables; kept with each applied record.
        package let digest: [UInt8]
        package let folder: String
        package let isConfidential: Bool

        package var id: String { manifest.id }
        package var isCanonical: Bool { manifest.scope == .canonical }

        init(_ sector: VerifiedSector) {
            manifest = sector.manifest
            digest = sector.digest
            folder = sector.tree.path
            isConfidential = sector.isConfidential
        }
    }

    /// One record type.
    package final class RecordTypeEntry: Sendable {
        package let sector: Sector
        package let record: Manifest.Record
        /// Versions that the sector reads.
        package let accepts: Set<Int>

        package var sectorID: String { sector.id }
        package var type: String { record.type }

        init(_ sector: Sector, _ record: Manifest.Record) {
            self.sector = sector
            self.record = record
            accepts = Set(record.accepts)
        }
    }

    /// The six in their legal order, then local sectors by id.
    package let sectors: [Sector]
    private let entries: [String: RecordTypeEntry]
    private let byID: [String: Sector]

    package static let empty = SectorCatalog([])

    init(_ verified: [VerifiedSector]) {
        let order = CanonicalSectors.codes
        sectors = verified.map(Sector.init).sorted { left, right in
            let leftPlace = order.firstIndex(of: left.id) ?? order.count
            let rightPlace = order.firstIndex(of: right.id) ?? order.count
            return leftPlace == rightPlace ? left.id < right.id : leftPlace < rightPlace
        }
        var entries: [String: RecordTypeEntry] = [:]
        var byID: [String: Sector] = [:]
        for sector in sectors {
            byID[sector.id] = sector
            for record in sector.manifest.records { entries[record.type] = RecordTypeEntry(sector, record) }
        }
        self.entries = entries
        self.byID = byID
    }

    package func sector(_ id: String) -> Sector? { byID[id] }

    /// The record type in any version; nil when no registered sector declares it.
    package func entry(type: String) -> RecordTypeEntry? { entries[type] }

    /// The record type, when its sector reads this version; nil means: hold the record.
    package func lookup(type: String, version: Int) -> RecordTypeEntry? {
        guard let entry = entries[type], entry.accepts.contains(version) else { return nil }
        return entry
    }

    /// Every indicator of every sector, in the order of the sectors and their manifests.
    package var indicators: [(sector: Sector, indicator: Manifest.Indicator)] {
        sectors.flatMap { sector in sector.manifest.indicators.map { (sector, $0) } }
    }
}
