// In which roles, and on which cases, a source of messages may act.
// SPDX-License-Identifier: Apache-2.0
package import PluginKit

/// What a source was registered for. Set once, at its registration: a device that gets another duty gets another source, so that
/// a replay judges every message as it was judged.
package struct CaseRights: Hashable, Sendable {
    package typealias Role = Manifest.Workflow.Role

    /// The node's own source: every role, every case.
    package let isOwn: Bool
    package let roles: Set<Role>
    /// Office roles whose cases it may act on as `opd`; empty for those of every office.
    package let offices: Set<String>

    /// What a device of a posyandu may do unless its registration says otherwise.
    package static let ofPosyandu: Set<Role> = [.kader, .bidan, .pengurus]

    package init(isOwn: Bool, roles: Set<Role>, offices: Set<String> = []) {
        self.isOwn = isOwn
        self.roles = roles
        self.offices = offices
    }

    package static let own = CaseRights(isOwn: true, roles: Set(Role.allCases))

    /// The rights of a source that is not the node's own.
    /// - Parameter roles: as registered; nil when nothing was said: then a device of a posyandu has the roles of a posyandu, and
    ///   any other none.
    package init(roles: [String]?, offices: [String], hasPosyandu: Bool) {
        let named = roles.map { Set($0.compactMap(Role.init(rawValue:))) }
        self.init(
            isOwn: false,
            roles: named ?? (hasPosyandu ? Self.ofPosyandu : []),
            offices: Set(offices)
        )
    }

    package func may(_ role: Role) -> Bool { isOwn || roles.contains(role) }
}
