// Says which cadre of a posyandu looks after which household.
// SPDX-License-Identifier: Apache-2.0
internal import Crypto
package import FoundationEssentials
internal import PluginKit
package import PostgresClient

/// The cadres in office on a day, by posyandu and bidang, and the rule by which they share the residents.
///
/// Everybody of one RT has one cadre; where no RT is known, everybody of one household; where there is none, each resident for
/// herself. Which cadre follows from a hash of posyandu, group and cadre: it does not change from list to list, and when a cadre
/// leaves only hers are shared out anew. Kader of the bidang share; without one, its ketua; without either, nobody is named.
package struct CadreShare: Sendable {
    private let cadres: [Place: [UUID]]

    private struct Place: Hashable {
        var posyandu: Int32
        var sector: String
    }

    package init(
        _ connection: isolated PostgresConnection,
        posyandu: [Int32],
        on day: Int32
    ) throws {
        let rows = try connection.query(
            """
            select posyandu_id, sector_code, cadre_id, role = 'kader' from registry.cadre_term
            where posyandu_id = any($1::int[]) and sector_code is not null and started <= $2 and coalesce(ended >= $2, true)
            order by cadre_id
            """,
            [.int4Array(posyandu), .date(day)]
        )
        var found: [Place: (kader: [UUID], heads: [UUID])] = [:]
        for row in rows {
            let place = Place(posyandu: Int32(try row.int(0)), sector: try row.string(1))
            if try row.bool(3) {
                found[place, default: ([], [])].kader.append(try row.uuid(2))
            } else {
                found[place, default: ([], [])].heads.append(try row.uuid(2))
            }
        }
        cadres = found.mapValues { $0.kader.isEmpty ? $0.heads : $0.kader }
    }

    /// - Parameter group: as ``group(person:household:resident:)`` gives it.
    package func cadre(posyandu: Int32, sector: String, group: String) -> UUID? {
        let candidates = cadres[Place(posyandu: posyandu, sector: sector)] ?? []
        guard candidates.count > 1 else { return candidates.first }
        return candidates.max {
            Self.weight(posyandu, group, $0).lexicographicallyPrecedes(Self.weight(posyandu, group, $1))
        }
    }

    private static func weight(_ posyandu: Int32, _ group: String, _ cadre: UUID) -> [UInt8] {
        Array(SHA256.hash(data: Array("\(posyandu)|\(group)|\(cadre.uuidString)".utf8)))
    }

    /// Who goes together: `rt 2/1` of the opened `person` object, else the household, else the resident.
    package static func group(person: [UInt8]?, household: UUID?, resident: UUID) -> String {
        if let members = person.flatMap({ try? JSONParser.parse($0) })?.object,
            let place = neighbourhood(members)
        {
            return "rt \(place)"
        }
        return "household \((household ?? resident).uuidString)"
    }

    /// RT and RW of the members `rt` and `rw`, or of an address like `Dusun I RT 02/RW 01`.
    static func neighbourhood(_ members: JSONObject) -> String? {
        if let rt = members["rt"]?.string.flatMap({ Int($0) }) {
            return "\(rt)/\(members["rw"]?.string.flatMap { Int($0) } ?? 0)"
        }
        guard let address = members["alamat"]?.string?.lowercased() else { return nil }
        guard let rt = number(after: "rt", in: address) else { return nil }
        return "\(rt)/\(number(after: "rw", in: address) ?? 0)"
    }

    /// The number behind a word, be there a dot, a colon, a stroke or spaces between.
    private static func number(after word: String, in text: String) -> Int? {
        let letters = Array(text)
        let wanted = Array(word)
        for start in letters.indices where letters[start...].starts(with: wanted) {
            if start > 0, letters[start - 1].isLetter { continue }
            var place = start + wanted.count
            while place < letters.count, " .:/-".contains(letters[place]) { place += 1 }
            let digits = letters[place...].prefix { $0.isASCII && $0.isNumber }
            if !digits.isEmpty { return Int(String(digits)) }
        }
        return nil
    }
}
