// A sub kegiatan of an office with its amounts, its tags and what they were before.
// SPDX-License-Identifier: Apache-2.0
package import PluginKit
package import PostgresClient

/// A mark that ties a sub kegiatan to an SPM service or to a work item of posyandu.
package struct ProgrammeTag: Hashable, Sendable {
    /// SIPD label 9 to 37, with its name; nil when a work item is tagged.
    package var service: Int?
    package var serviceName: String?
    /// `sector.item`; nil when a service is tagged.
    package var workItem: String?
    /// A kecamatan or desa; nil for the whole kabupaten.
    package var area: String?
    package var label: String?
    package var taggedBy: String
    package var taggedOn: CivilDate
    package var proof: String
    package var withdrawnOn: CivilDate?

    package func isActive(on day: CivilDate) -> Bool { withdrawnOn.map { $0 > day } ?? true }

    /// Whether it answers a need of this source in this village.
    package func covers(_ source: NeedSource, village: String) -> Bool {
        guard service.map({ $0 == source.service }) ?? (workItem == source.workItem) else { return false }
        return area.map { village == $0 || village.hasPrefix($0 + ".") } ?? true
    }

    /// Whether it works somewhere in a region: there, around it, or in a part of it.
    package func reaches(_ region: String) -> Bool {
        guard let area else { return true }
        return area == region || area.hasPrefix(region + ".") || region.hasPrefix(area + ".")
    }
}

/// Amounts of a sub kegiatan as they stood at a time. Whole rupiah; nil is not reported.
package struct ProgrammeAmounts: Hashable, Sendable {
    package var revision: Int
    package var nomenclature: String
    package var ceiling: Int64?
    package var realisation: Int64?
    package var realisedOn: CivilDate?
    /// µs since 1970 UTC.
    package var recordedAt: Int64
}

package struct Programme: Hashable, Sendable {
    package var id: Int
    package var year: Int
    package var office: String
    package var officeName: String
    package var role: String
    package var code: String
    /// From the nomenclature against which the code was checked.
    package var name: String
    package var amounts: ProgrammeAmounts
    /// Whether the nomenclature in force for the year now still has the code.
    package var isInForce: Bool
    package var tags: [ProgrammeTag]
}

package enum ProgrammeReader {
    /// Programmes of a year by office and code.
    /// - Parameters:
    ///   - office: code of one office, or nil.
    ///   - id: one programme, of whatever year.
    package static func list(
        _ connection: isolated PostgresConnection,
        year: Int? = nil,
        office: String? = nil,
        id: Int? = nil
    ) throws -> [Programme] {
        var programmes = try connection.query(
            """
            select p.id, p.year, o.code, o.name, o.role, p.code, n.name, p.revision, v.label, p.ceiling, p.realisation,
              p.realised_on, p.recorded_at,
              registry.nomenclature_code(registry.nomenclature_version_for(p.year), p.code) is not null
            from registry.programme p join registry.office o on o.id = p.office_id
            join registry.nomenclature_version v on v.id = p.version_id
            join registry.nomenclature n on n.version_id = p.version_id
              and n.code = registry.nomenclature_code(p.version_id, p.code)
            where ($1::int is null or p.year = $1) and ($2::text is null or o.code = $2) and ($3::int is null or p.id = $3)
            order by p.year, o.code, p.code
            """,
            [
                year.map { .int4(Int32(clamping: $0)) } ?? .null, office.map { .text($0) } ?? .null,
                id.map { .int4(Int32(clamping: $0)) } ?? .null,
            ]
        ).map { row in
            Programme(
                id: try row.int(0),
                year: try row.int(1),
                office: try row.string(2),
                officeName: try row.string(3),
                role: try row.string(4),
                code: try row.string(5),
                name: try row.string(6),
                amounts: try amounts(row, from: 7),
                isInForce: try row.bool(13),
                tags: []
            )
        }
        var places: [Int: Int] = [:]
        for (place, programme) in programmes.enumerated() { places[programme.id] = place }
        let tags = try connection.query(
            """
            select t.programme_id, t.service, s.name, t.work_item, t.area, t.label_id, t.tagged_by, t.tagged_on, t.proof,
              t.withdrawn_on
            from registry.programme_tag t left join registry.spm_service s on s.sipd_label_id = t.service
            where t.programme_id = any ($1) order by t.programme_id, t.service nulls last, t.work_item, t.area nulls first
            """,
            [.int4Array(programmes.map { Int32(clamping: $0.id) })]
        )
        for row in tags {
            guard let place = places[try row.int(0)] else { continue }
            programmes[place].tags.append(
                ProgrammeTag(
                    service: try row.optionalInt(1),
                    serviceName: try row.optionalString(2),
                    workItem: try row.optionalString(3),
                    area: try row.optionalString(4),
                    label: try row.optionalString(5),
                    taggedBy: try row.string(6),
                    taggedOn: CivilDate(daysSince1970: try row.date(7)),
                    proof: try row.string(8),
                    withdrawnOn: try row.optionalDate(9).map { CivilDate(daysSince1970: $0) }
                )
            )
        }
        return programmes
    }

    /// The amounts that a programme had before, newest first.
    package static func history(_ connection: isolated PostgresConnection, id: Int) throws -> [ProgrammeAmounts] {
        try connection.query(
            """
            select r.revision, v.label, r.ceiling, r.realisation, r.realised_on, r.recorded_at
            from registry.programme_revision r join registry.nomenclature_version v on v.id = r.version_id
            where r.programme_id = $1 order by r.revision desc
            """,
            [.int4(Int32(clamping: id))]
        ).map { try amounts($0, from: 0) }
    }

    private static func amounts(_ row: PostgresRow, from first: Int) throws -> ProgrammeAmounts {
        ProgrammeAmounts(
            revision: try row.int(first),
            nomenclature: try row.string(first + 1),
            ceiling: try row.optionalInt(first + 2).map(Int64.init),
            realisation: try row.optionalInt(first + 3).map(Int64.init),
            realisedOn: try row.optionalDate(first + 4).map { CivilDate(daysSince1970: $0) },
            recordedAt: try row.timestamp(first + 5)
        )
    }
}
