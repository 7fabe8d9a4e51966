// Brings the registry's catalogue in step with the installed sectors and builds apply's view of it.
// SPDX-License-Identifier: Apache-2.0
package import PluginHost
import PluginKit
package import PostgresClient
import Registry

extension ApplyCatalogue {
    /// Registers sectors, record types and indicators and returns the rules of all types under their numbers.
    package static func register(_ catalog: SectorCatalog, _ pool: PostgresPool) async throws -> ApplyCatalogue {
        let sectors = catalog.sectors.map { sector in
            CatalogueSector(
                code: sector.id,
                title: sector.manifest.name.id,
                scope: sector.isCanonical ? .canonical : .local,
                version: sector.manifest.version,
                digest: sector.digest,
                recordTypes: sector.manifest.records.map(\.type),
                confidentialTypes: sector.manifest.records.filter(\.isConfidential).map(\.type),
                indicators: sector.manifest.indicators.map { indicator in
                    CatalogueIndicator(
                        name: indicator.name,
                        kind: indicator.kind.rawValue,
                        unit: indicator.unit,
                        period: indicator.period.rawValue,
                        hideBelow: indicator.hideBelow ?? 0,
                        ratioOf: indicator.kind == .ratio ? indicator.of : nil,
                        family: Self.family(of: indicator.name, sector.manifest),
                        rollsUp: indicator.rollsUp
                    )
                }
            )
        }
        let ids = try await pool.transaction { try Catalogue.upsert($0, sectors) }
        let types = catalog.sectors.flatMap { sector in
            sector.manifest.records.map {
                TypeRules($0, of: sector.manifest, sectorID: ids.sectors[sector.id] ?? 0, typeIDs: ids.recordTypes)
            }
        }
        let plugins = catalog.sectors.map { sector in
            let digest = sector.digest.prefix(4).map { byte in
                let hex = String(byte, radix: 16)
                return hex.count == 1 ? "0" + hex : hex
            }
            return "\(sector.id)@\(sector.manifest.version)#\(digest.joined())"
        }
        return ApplyCatalogue(types: types, indicators: ids.indicators, plugins: plugins.joined(separator: " "))
    }

    private static func family(of indicator: String, _ manifest: Manifest) -> String? {
        let family = manifest.family(of: indicator)
        return family == indicator ? nil : family
    }
}
