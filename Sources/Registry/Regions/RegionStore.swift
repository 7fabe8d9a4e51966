// Questions to the region lists: which list on a date, what a code means in it.
// SPDX-License-Identifier: Apache-2.0
package import PostgresClient

/// A region as one list has it.
package struct Region: Hashable, Sendable {
    package let code: RegionCode
    package let name: String
    /// `provinsi`, `kabupaten`, `kota`, `kecamatan`, `kelurahan`, `desa` or `desa_adat`.
    package let kind: String
}

package enum RegionStore {
    /// The list in force on a civil date (days since 1970); nil before the first list.
    package static func version(_ connection: isolated PostgresConnection, on day: Int32) throws -> Int16? {
        let rows = try connection.query("select registry.region_version_on($1)", [.date(day)])
        return try rows[0].optionalInt(0).map { Int16(truncatingIfNeeded: $0) }
    }

    /// What a code means on a civil date; nil when the list in force has no such code.
    package static func region(
        _ connection: isolated PostgresConnection,
        _ code: RegionCode,
        on day: Int32
    ) throws -> Region? {
        let rows = try connection.query(
            """
            select code, name, kind from registry.region
            where version_id = registry.region_version_on($1) and code = $2
            """,
            [.date(day), .text(code.description)]
        )
        return try rows.first.flatMap(region)
    }

    /// All regions of a level inside a region, by code, on a civil date.
    package static func regions(
        _ connection: isolated PostgresConnection,
        of level: RegionCode.Level,
        inside code: RegionCode,
        on day: Int32
    ) throws -> [Region] {
        let rows = try connection.query(
            """
            select code, name, kind from registry.region
            where version_id = registry.region_version_on($1) and level = $2 and code >= $3 and code < $4
            order by code
            """,
            [.date(day), .text(level.name), .text("\(code)."), .text("\(code)/")]
        )
        return try rows.compactMap(region)
    }

    private static func region(_ row: PostgresRow) throws -> Region? {
        guard let code = RegionCode(try row.string(0)) else { return nil }
        return Region(code: code, name: try row.string(1), kind: try row.string(2))
    }
}
