// Reads who may look at what is confidential, and where attachments are kept.
// SPDX-License-Identifier: Apache-2.0

extension NodeConfiguration {
    /// A role given to Unix users and groups.
    package struct Access: Hashable, Sendable {
        /// The key it stands under; for findings only.
        package var name: String
        package var role: String
        package var users: [String]
        package var groups: [String]
        /// Region code from kabupaten to desa; nil for everywhere.
        package var area: String?
        /// Empty for all.
        package var sectors: [String]
    }

    package struct Attachments: Hashable, Sendable {
        package var folder: String
        package var maximumBytes: Int
        /// `jpeg`, `png`, `pdf`.
        package var types: [String]
        package var perRecord: Int
        /// Bytes that must stay free on the disk.
        package var freeBytes: Int
    }

    static func readAccess(_ section: SettingsReader.Section, kabupaten: String) -> [Access] {
        section.keys.map { name in
            let grant = section.section(name)
            grant.allow(["role", "users", "groups", "area", "sectors"])
            let role = grant.text("role")
            if !role.isEmpty, !isRole(role) {
                grant.complain("role", "`\(role)` is not a role.", "small letters, digits and _, as kepala_desa")
            }
            let (users, groups) = (grant.texts("users"), grant.texts("groups"))
            if users.isEmpty, groups.isEmpty {
                grant.complain("users", "the role is given to nobody.", "name Unix users or groups: `users: [siti]`")
            }
            for user in users where user == "root" || user == "0" {
                grant.complain("users", "root is no person who looks.", "give the role to the account of a person")
            }
            for account in users + groups where !isAccount(account) {
                grant.complain(
                    users.contains(account) ? "users" : "groups",
                    "`\(account)` is not the name of a Unix account.",
                    "as `getent passwd` and `getent group` show it"
                )
            }
            let area = grant.optionalText("area")
            if let area, area != kabupaten, !(isRegion(area) && area.hasPrefix(kabupaten + ".")) {
                grant.complain("area", "`\(area)` is no region of \(kabupaten).", "quote it: \"\(kabupaten).01.2001\"")
            }
            return Access(
                name: name,
                role: role,
                users: users,
                groups: groups,
                area: area,
                sectors: grant.texts("sectors")
            )
        }
    }

    static func readAttachments(_ section: SettingsReader.Section) -> Attachments {
        section.allow(["folder", "maximum_bytes", "types", "per_record", "free_bytes"])
        let known = ["jpeg", "png", "pdf"]
        let types = section.texts("types", default: known)
        for type in types where !known.contains(type) {
            section.complain("types", "`\(type)` is not known.", "one of \(known.joined(separator: ", "))")
        }
        if types.isEmpty { section.complain("types", "no type is taken.", "[jpeg, png, pdf]") }
        let folder = section.text("folder", default: "/var/lib/posyandud/attachments")
        if !folder.hasPrefix("/") {
            section.complain("folder", "`\(folder)` is not a path from the root.", "/var/lib/posyandud/attachments")
        }
        return Attachments(
            folder: folder,
            maximumBytes: section.integer("maximum_bytes", default: 5_242_880, in: 10_240...33_554_432),
            types: types,
            perRecord: section.integer("per_record", default: 20, in: 1...200),
            freeBytes: section.integer("free_bytes", default: 1_073_741_824, in: 0...1_099_511_627_776)
        )
    }

    private static func isRole(_ text: String) -> Bool {
        guard let first = text.utf8.first, first &- UInt8(ascii: "a") < 26, text.utf8.count <= 40 else { return false }
        return text.utf8.allSatisfy {
            $0 &- UInt8(ascii: "a") < 26 || $0 &- UInt8(ascii: "0") < 10 || $0 == UInt8(ascii: "_")
        }
    }

    private static func isAccount(_ text: String) -> Bool {
        (1...32).contains(text.utf8.count)
            && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: "/") }
    }

    /// Kabupaten, kecamatan or desa.
    private static func isRegion(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return (2...4).contains(parts.count)
            && zip(parts, [2, 2, 2, 4]).allSatisfy { part, digits in
                part.utf8.count == digits && part.utf8.allSatisfy { $0 &- UInt8(ascii: "0") < 10 }
            }
    }
}
