// What the settings say of roles and attachments, as the rooms below want it.
// SPDX-License-Identifier: Apache-2.0
import NodeConfiguration
import PluginHost
import PluginKit
import Registry

extension AccessGrant {
    init(_ access: NodeConfiguration.Access) {
        self.init(
            role: access.role,
            users: access.users,
            groups: access.groups,
            area: access.area,
            sectors: access.sectors
        )
    }
}

extension AttachmentLimits {
    init(_ settings: NodeConfiguration.Attachments) {
        self.init(
            maximumBytes: settings.maximumBytes,
            types: Set(AttachmentType.allCases.filter { settings.types.contains($0.word) }),
            perRecord: settings.perRecord,
            freeBytes: settings.freeBytes
        )
    }
}

extension SectorCatalog {
    /// Record types that may stand in the log in the clear: those that a sector declares and does not call confidential,
    /// and the core type that carries no word of a person.
    var openTypes: [String] {
        ["tugas.dijawab"]
            + sectors.flatMap { sector in sector.manifest.records.filter { !$0.isConfidential }.map(\.type) }
    }
}
