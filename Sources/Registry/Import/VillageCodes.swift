// Judges the village codes of a file against the region list in force.
// SPDX-License-Identifier: Apache-2.0
internal import PluginKit
internal import PostgresClient

/// Checks a column of village codes. A name in place of a code is refused with the codes that bear the name, because a
/// name is not unique in a kabupaten.
struct VillageCodes {
    let column: String
    private let regency: RegionCode?
    private let today: Int32
    private var version: Int16?
    private var known: [RegionCode: Bool] = [:]

    init(_ column: String, _ request: ImportRequest) {
        self.column = column
        regency = request.regency
        today = request.today.daysSince1970
    }

    mutating func begin(_ connection: isolated PostgresConnection) throws {
        version = try RegionStore.version(connection, on: today)
        guard version != nil else {
            throw RegistryError(
                .request,
                "No region list is in force today.",
                hint: "posyanductl import regions /usr/share/posyandud/reference/wilayah.csv --label 300.2.2-2138/2025 "
                    + "--valid-from 2025-06-23"
            )
        }
    }

    /// Complains about each row whose code is no village of the list; `codes` has the code of each good row.
    mutating func check(
        _ rows: inout [ImportRow],
        _ connection: isolated PostgresConnection
    ) throws -> [RegionCode?] {
        var codes = [RegionCode?](repeating: nil, count: rows.count)
        var names: [Int: String] = [:]
        for place in rows.indices {
            guard let text = rows[place].required(column) else { continue }
            if let code = RegionCode(text), code.level == .village {
                codes[place] = code
            } else {
                names[place] = text
            }
        }
        try complainAboutNames(names, &rows, connection)
        try look(up: codes.compactMap { $0 }, connection)
        for (place, code) in codes.enumerated() {
            guard let code else { continue }
            if known[code] != true {
                codes[place] = nil
                rows[place].complain(
                    column,
                    "village_unknown",
                    "The code \(code) is no village of the region list in force.",
                    "Look the code up in the list; after a split or merger use the new one."
                )
            } else if let regency, code.regency != regency {
                codes[place] = nil
                rows[place].complain(
                    column,
                    "village_outside",
                    "The code \(code) lies outside \(regency).",
                    "Import here only what belongs to \(regency)."
                )
            }
        }
        return codes
    }

    private mutating func look(up codes: [RegionCode], _ connection: isolated PostgresConnection) throws {
        let unseen = Set(codes.filter { known[$0] == nil })
        guard !unseen.isEmpty, let version else { return }
        for code in unseen { known[code] = false }
        let rows = try connection.query(
            "select code from registry.region where version_id = $1 and code = any($2)",
            [.int2(version), .textArray(unseen.map(\.description))]
        )
        for row in rows {
            if let code = RegionCode(try row.string(0)) { known[code] = true }
        }
    }

    private func complainAboutNames(
        _ names: [Int: String],
        _ rows: inout [ImportRow],
        _ connection: isolated PostgresConnection
    ) throws {
        guard !names.isEmpty, let version else { return }
        let keys = Array(Set(names.values.map(Self.key)))
        let found = try connection.query(
            """
            select lower(village.name), village.code, district.name
            from registry.region village
            join registry.region district on district.version_id = village.version_id and district.code = village.parent
            where village.version_id = $1 and village.level = 'desa_kelurahan' and lower(village.name) = any($2)
                and village.code like $3
            order by village.code
            """,
            [.int2(version), .textArray(keys), .text((regency?.description ?? "") + "%")]
        )
        var codes: [String: [String]] = [:]
        for row in found {
            codes[try row.string(0), default: []].append("\(try row.string(1)) (Kec. \(try row.string(2)))")
        }
        for (place, text) in names.sorted(by: { $0.key < $1.key }) {
            let key = Self.key(text)
            if let candidates = codes[key] {
                let shown = candidates.prefix(10).joined(separator: ", ")
                let more = candidates.count > 10 ? " and \(candidates.count - 10) more" : ""
                rows[place].complain(
                    column,
                    "village_name",
                    "Found the name '\(key)' instead of a code. Codes with that name: \(shown)\(more).",
                    "Write the code of the right one; names are not unique."
                )
            } else {
                rows[place].complain(
                    column,
                    "village_form",
                    "Found \(ValueClass.of(text)) instead of a village code.",
                    Self.remedy
                )
            }
        }
    }

    /// How the code of a desa or kelurahan is written.
    static let remedy = "Write the Kemendagri code with dots, PP.KK.CC.XXXX; BPS codes are another system."

    private static func key(_ text: String) -> String {
        let key = text.nameKey
        for prefix in ["desa ", "kelurahan ", "kel. "] where key.hasPrefix(prefix) {
            return String(key.dropFirst(prefix.count))
        }
        return key
    }
}
