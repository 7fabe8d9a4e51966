// Age groups of the forms and recap sheets, from birth date and service date.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// One scheme of `kelompok_umur.csv`. Forms disagree about their bands, so each has a scheme with a version.
struct AgeGroups: Sendable {
    /// One band: completed months, both ends included; no upper end for the oldest.
    struct Group: Sendable {
        let name: String
        let from: Int
        let upTo: Int?
        /// nil for everybody.
        let sex: Sex?

        func contains(_ client: Client) -> Bool {
            client.months >= from && upTo.map { client.months <= $0 } ?? true && (sex == nil || sex == client.sex)
        }

        /// `6-18` or, without an upper end, `mulai 60`: completed years, as a sentence to a kader names them.
        var years: String { upTo.map { "untuk \(from / 12)-\($0 / 12)" } ?? "mulai \(from / 12)" }
    }

    let version: String
    private let groups: [Group]

    /// - Parameter scheme: the value of the column `skema`.
    init(_ table: Table, scheme: String) throws(SetupError) {
        var groups: [Group] = []
        var versions: Set<String> = []
        for row in table.rows where row["skema"] == scheme {
            guard let name = row["kelompok"], let from = row.integer("dari_bulan"), let version = row["versi"] else {
                throw SetupError("kelompok_umur.csv: a row of \(scheme) without kelompok, dari_bulan or versi")
            }
            versions.insert(version)
            let sex = row["jk"].flatMap { Sex(rawValue: $0) }
            groups.append(Group(name: name, from: from, upTo: row.integer("sampai_bulan"), sex: sex))
        }
        guard let version = versions.first, versions.count == 1 else {
            throw SetupError("kelompok_umur.csv: scheme \(scheme) needs rows of one version")
        }
        self.version = version
        self.groups = groups
    }

    /// The name of the band that somebody is in; nil outside all of them.
    func name(of client: Client) -> String? { groups.first { $0.contains(client) }?.name }

    /// - Throws: ``SetupError`` when the scheme has no such band.
    func group(_ name: String) throws(SetupError) -> Group {
        guard let group = groups.first(where: { $0.name == name }) else {
            throw SetupError("kelompok_umur.csv: no group \(name)")
        }
        return group
    }
}
