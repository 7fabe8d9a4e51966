// Which Unix users may look at what is confidential, by named roles.
// SPDX-License-Identifier: Apache-2.0

/// One line of `access` in `posyandud.yaml`: a role given to users and groups, for an area and sectors.
package struct AccessGrant: Hashable, Sendable {
    package var role: String
    package var users: [String]
    package var groups: [String]
    /// Region code from kabupaten to desa; nil for the whole kabupaten.
    package var area: String?
    /// Empty for all.
    package var sectors: [String]

    package init(role: String, users: [String], groups: [String], area: String? = nil, sectors: [String] = []) {
        self.role = role
        self.users = users
        self.groups = groups
        self.area = area
        self.sectors = sectors
    }
}

/// A Unix user, as the socket's peer credentials and the account files tell.
package struct Account: Hashable, Sendable {
    package var name: String
    package var groups: [String]

    package init(name: String, groups: [String]) {
        self.name = name
        self.groups = groups
    }
}

/// Roles are given by name only: being root, the daemon's user or an operator gives none.
package struct AccessGrants: Sendable {
    /// Reads the trail of looks, and nothing else.
    package static let auditor = "auditor"

    package let grants: [AccessGrant]

    package init(_ grants: [AccessGrant]) {
        self.grants = grants
    }

    /// Everything that names the account.
    package func grants(of account: Account) -> [AccessGrant] {
        grants.filter { grant in
            grant.users.contains(account.name) || grant.groups.contains(where: account.groups.contains)
        }
    }

    /// The role by which an account may look into a confidential record; nil when it may not.
    /// - Parameters:
    ///   - village: region code of the posyandu's desa.
    ///   - roles: whom the sector's manifest lets look.
    package func role(of account: Account, village: String, sector: String, among roles: [String]) -> String? {
        grants(of: account).first { grant in
            roles.contains(grant.role) && (grant.sectors.isEmpty || grant.sectors.contains(sector))
                && (grant.area.map { village == $0 || village.hasPrefix($0 + ".") } ?? true)
        }?.role
    }

    /// Whether an account may read the trail.
    package func mayAudit(_ account: Account) -> Bool { grants(of: account).contains { $0.role == Self.auditor } }
}
