// Scans the configured directories for sector folders, verifies them and settles who owns which name.
// SPDX-License-Identifier: Apache-2.0

import Glibc
package import PluginKit

/// What was found under one folder name.
package struct DiscoveredSector: Sendable {
    /// The folder's name, which is the sector's id when it is not refused.
    package let id: String
    package let path: String
    /// The sector, or why it is refused.
    package let result: Result<VerifiedSector, PluginHostError>
}

/// Finds sectors. Pure apart from reading the folders.
package enum SectorDiscovery {
    /// Everything found, in the order of the directories and by name within each: of two with one name the first wins.
    /// - Parameter parameters: what the operator set, by sector; a sector whose values cannot hold is refused.
    package static func scan(
        _ directories: [String],
        policy: FolderPolicy,
        keys: [SectorSignature.Key] = [],
        requireSignature: Bool = false,
        parameters: [String: Fields] = [:]
    ) -> [DiscoveredSector] {
        var found: [DiscoveredSector] = []
        var names = TakenNames()
        for directory in directories.map(AbsolutePath.of) {
            for name in FileReader.names(in: directory) where !name.hasPrefix(".") {
                let path = "\(directory)/\(name)"
                var status = stat()
                guard lstat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG else { continue }
                let result = Result { () throws(PluginHostError) in
                    let sector = try VerifiedSector(
                        folder: path,
                        policy: policy,
                        keys: keys,
                        requireSignature: requireSignature
                    )
                    try names.take(sector)
                    try sector.check(parameters[sector.id] ?? [:])
                    return sector
                }
                found.append(DiscoveredSector(id: name, path: path, result: result))
            }
        }
        return found
    }

    /// Ids, record types and indicators that are taken, each with the folder that has it.
    private struct TakenNames {
        private var sectors: [String: String] = [:]
        private var titles: [String: String] = [:]
        private var types: [String: String] = [:]
        private var indicators: [String: String] = [:]

        mutating func take(_ sector: VerifiedSector) throws(PluginHostError) {
            let path = sector.tree.path
            let manifest = sector.manifest
            try Self.refuse(sectors[manifest.id], "sector \(manifest.id)", path)
            let title = CanonicalSectors.normalised(manifest.name.id)
            try Self.refuse(titles[title], "the name \"\(manifest.name.id)\"", path)
            for record in manifest.records { try Self.refuse(types[record.type], "record type \(record.type)", path) }
            for indicator in manifest.indicators {
                try Self.refuse(indicators[indicator.name], "indicator \(indicator.name)", path)
            }
            sectors[manifest.id] = path
            titles[title] = path
            for record in manifest.records { types[record.type] = path }
            for indicator in manifest.indicators { indicators[indicator.name] = path }
        }

        private static func refuse(_ owner: String?, _ what: String, _ path: String) throws(PluginHostError) {
            guard let owner else { return }
            throw PluginHostError(.clash, "\(what) is already in \(owner)", hint: "rm -r \(path), or \(owner)")
        }
    }
}
