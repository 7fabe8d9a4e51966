// Kinds of incidents and complaints: which office, how urgent, which legal service, counted where.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// `tables/jenis_kejadian.csv`. The office behind a role is the kabupaten's own data.
struct EventKinds: Sendable {
    struct Kind: Sendable {
        /// Indicator group; nil when the kind is counted as an incident only.
        let group: String?
        /// Role of the office that gets the case; nil for the routing of the manifest.
        let office: String?
        let priority: Priority
        /// Legal SPM services, ids with spaces between.
        let services: String?
    }

    private let kinds: [String: Kind]

    init(_ table: Table) {
        var kinds: [String: Kind] = [:]
        for row in table.rows {
            guard let name = row["jenis"] else { continue }
            kinds[name] = Kind(
                group: written(row["kelompok"]),
                office: written(row["kantor"]),
                priority: written(row["prioritas"]).flatMap { Priority(rawValue: $0) } ?? .medium,
                services: written(row["layanan_spm"])
            )
        }
        self.kinds = kinds
    }

    /// What the table says of a kind; the plain defaults when it says nothing.
    subscript(name: String) -> Kind {
        kinds[name] ?? Kind(group: nil, office: nil, priority: .medium, services: nil)
    }
}

/// The text of a cell; nil when it is empty.
private func written(_ cell: String?) -> String? { cell.flatMap { $0.isEmpty ? nil : $0 } }
