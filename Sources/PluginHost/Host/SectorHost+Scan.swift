// Looks for sectors where the configuration says, and logs what cannot be used.
// SPDX-License-Identifier: Apache-2.0

import Logging

extension SectorHost {
    /// Every folder that was found. Refused ones, and parameters of sectors that are not there, are logged.
    static func scan(_ configuration: SectorHostConfiguration, _ log: Logger) -> [DiscoveredSector] {
        var keys: [SectorSignature.Key] = []
        do {
            keys = try SectorSignature.keys(in: configuration.keyDirectory)
        } catch {
            log.error("a sector key cannot be used", metadata: ["reason": "\(error)"])
        }
        let found = SectorDiscovery.scan(
            configuration.directories,
            policy: FolderPolicy(requireRootOwned: configuration.requireRootOwned),
            keys: keys,
            requireSignature: configuration.requireSignature,
            parameters: configuration.parameters
        )
        for sector in found {
            if case .failure(let error) = sector.result {
                log.error(
                    "sector refused",
                    metadata: ["sector": "\(sector.id)", "folder": "\(sector.path)", "reason": "\(error)"]
                )
            }
        }
        let installed = Set(found.map(\.id))
        for id in configuration.parameters.keys.sorted() where !installed.contains(id) {
            log.warning(
                "parameters of a sector that is not installed",
                metadata: [
                    "sector": "\(id)",
                    "reason": "no folder of sectors.folders is called so; correct or remove sectors.parameters.\(id)",
                ]
            )
        }
        return found
    }
}
