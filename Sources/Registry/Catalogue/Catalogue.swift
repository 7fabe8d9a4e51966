// Sectors, record types and indicators of the manifests, as rows with small numbers.
// SPDX-License-Identifier: Apache-2.0
package import PostgresClient

/// A sector as its manifest declares it.
package struct CatalogueSector: Hashable, Sendable {
    /// `canonical` is one of the six; the database refuses it for any other code, and refuses `local` for the six.
    package enum Scope: String, Sendable { case canonical, local }

    package var code: String
    package var title: String
    package var scope: Scope
    package var version: String
    /// SHA-256 of the manifest's bytes.
    package var digest: [UInt8]
    /// Full names, `kesehatan.penimbangan`.
    package var recordTypes: [String]
    /// Those of them that are confidential.
    package var confidentialTypes: [String]
    package var indicators: [CatalogueIndicator]

    package init(
        code: String,
        title: String,
        scope: Scope,
        version: String,
        digest: [UInt8],
        recordTypes: [String],
        confidentialTypes: [String] = [],
        indicators: [CatalogueIndicator]
    ) {
        self.code = code
        self.title = title
        self.scope = scope
        self.version = version
        self.digest = digest
        self.recordTypes = recordTypes
        self.confidentialTypes = confidentialTypes
        self.indicators = indicators
    }
}

/// An indicator as a manifest declares it.
package struct CatalogueIndicator: Hashable, Sendable {
    /// Unique over all sectors.
    package var name: String
    /// `count`, `distinct`, `sum`, `stock` or `ratio`.
    package var kind: String
    package var unit: String
    /// `month`, `quarter` or `year`.
    package var period: String
    /// Counts of persons below this are hidden; 0 hides none.
    package var hideBelow: Int
    /// Numerator and denominator of a ratio, else nil.
    package var ratioOf: [String]?
    /// Indicators that share a family take their figures from one origin; nil when it has a family of its own.
    package var family: String?
    /// Whether quarters and years have a figure made of its periods.
    package var rollsUp: Bool

    package init(
        name: String,
        kind: String,
        unit: String,
        period: String,
        hideBelow: Int = 0,
        ratioOf: [String]? = nil,
        family: String? = nil,
        rollsUp: Bool = true
    ) {
        self.name = name
        self.kind = kind
        self.unit = unit
        self.period = period
        self.hideBelow = hideBelow
        self.ratioOf = ratioOf
        self.family = family
        self.rollsUp = rollsUp
    }
}

/// The numbers of all names the registry knows, also of sectors that are not installed at present.
package struct CatalogueIDs: Sendable {
    package let sectors: [String: Int16]
    package let recordTypes: [String: Int16]
    package let indicators: [String: Int32]
}

/// Keeps the catalogue tables in step with the manifests.
package enum Catalogue {
    /// Record types the daemon itself handles; they belong to no sector.
    package static let coreRecordTypes = ["warga.terdaftar", "warga.pindah", "catatan.ditarik", "kasus.dipindah"]

    /// Adds what is new and changes what differs; names that left the manifests stay, since records refer to them.
    /// A number once given never changes. Called at daemon start, inside a transaction.
    package static func upsert(
        _ connection: isolated PostgresConnection,
        _ sectors: [CatalogueSector]
    ) throws -> CatalogueIDs {
        try connection.execute("select pg_advisory_xact_lock(7205759403792793601)")
        for sector in sectors { try upsert(connection, sector) }
        try addRecordTypes(connection, coreRecordTypes, sector: nil)
        return try ids(connection)
    }

    /// The numbers as they stand.
    package static func ids(_ connection: isolated PostgresConnection) throws -> CatalogueIDs {
        var sectors: [String: Int16] = [:]
        for row in try connection.query("select code, id from registry.sector") {
            sectors[try row.string(0)] = Int16(truncatingIfNeeded: try row.int(1))
        }
        var types: [String: Int16] = [:]
        for row in try connection.query("select name, id from registry.record_type") {
            types[try row.string(0)] = Int16(truncatingIfNeeded: try row.int(1))
        }
        var indicators: [String: Int32] = [:]
        for row in try connection.query("select name, id from registry.indicator") {
            indicators[try row.string(0)] = Int32(truncatingIfNeeded: try row.int(1))
        }
        return CatalogueIDs(sectors: sectors, recordTypes: types, indicators: indicators)
    }

    // Not `on conflict do update`: that takes a number from the identity sequence at every start, and smallint ends.
    private static func upsert(_ connection: isolated PostgresConnection, _ sector: CatalogueSector) throws {
        let values: [PostgresValue] = [
            .text(sector.code), .text(sector.title), .text(sector.scope.rawValue), .text(sector.version),
            .bytea(sector.digest),
        ]
        try connection.execute(
            """
            update registry.sector set title = $2, scope = $3, version = $4, digest = $5
            where code = $1 and (title, scope, version, digest) is distinct from ($2, $3, $4, $5::bytea)
            """,
            values
        )
        try connection.execute(
            """
            insert into registry.sector (code, title, scope, version, digest)
            select $1::text, $2::text, $3::text, $4::text, $5::bytea
            where not exists (select from registry.sector where code = $1)
            """,
            values
        )
        try addRecordTypes(connection, sector.recordTypes, sector: sector.code)
        try connection.execute(
            """
            update registry.record_type set is_confidential = (name = any($2::text[]))
            where name = any($1::text[]) and is_confidential <> (name = any($2::text[]))
            """,
            [.textArray(sector.recordTypes), .textArray(sector.confidentialTypes)]
        )
        for indicator in sector.indicators { try upsert(connection, indicator, sector: sector.code) }
    }

    private static func addRecordTypes(
        _ connection: isolated PostgresConnection,
        _ names: [String],
        sector: String?
    ) throws {
        try connection.execute(
            """
            insert into registry.record_type (sector_id, name)
            select (select id from registry.sector where code = $1::text), name
            from unnest($2::text[]) with ordinality as given (name, place)
            where not exists (select from registry.record_type known where known.name = given.name)
            order by place
            """,
            [sector.map(PostgresValue.text) ?? .null, .textArray(names)]
        )
    }

    private static func upsert(
        _ connection: isolated PostgresConnection,
        _ indicator: CatalogueIndicator,
        sector: String
    ) throws {
        let values: [PostgresValue] = [
            .text(sector), .text(indicator.name), .text(indicator.kind), .text(indicator.unit), .text(indicator.period),
            .int4(Int32(clamping: indicator.hideBelow)), indicator.ratioOf.map(PostgresValue.textArray) ?? .null,
            indicator.family.map(PostgresValue.text) ?? .null, .bool(indicator.rollsUp),
        ]
        try connection.execute(
            """
            update registry.indicator set kind = $3, unit = $4, period = $5, hide_below = $6, ratio_of = $7,
                family = $8, rolls_up = $9
            where name = $2 and sector_id = (select id from registry.sector where code = $1)
                and (kind, unit, period, hide_below, ratio_of, family, rolls_up)
                    is distinct from ($3, $4, $5, $6::int, $7::text[], $8::text, $9::boolean)
            """,
            values
        )
        try connection.execute(
            """
            insert into registry.indicator (sector_id, name, kind, unit, period, hide_below, ratio_of, family, rolls_up)
            select (select id from registry.sector where code = $1),
                $2::text, $3::text, $4::text, $5::text, $6::int, $7::text[], $8::text, $9::boolean
            where not exists (select from registry.indicator known
                where known.name = $2 and known.sector_id = (select id from registry.sector where code = $1))
            """,
            values
        )
    }
}
