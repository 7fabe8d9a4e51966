// Counts what the villages reported, by source of needs and village.
// SPDX-License-Identifier: Apache-2.0
internal import PluginKit
internal import PostgresClient

/// What one village reported of one source in a period.
package struct VillageNeed: Hashable, Sendable {
    /// Place in the list of sources that was asked for.
    package var source: Int
    package var village: String
    /// Standing records with a service date in the period.
    package var records: Int
    /// Cases opened up to the period's end that are open now.
    package var openCases: Int
}

enum NeedReader {
    /// - Parameters:
    ///   - area: kabupaten, kecamatan or desa.
    ///   - first, last: days since 1970 of the period, both inclusive.
    static func read(
        _ connection: isolated PostgresConnection,
        _ sources: [NeedSource],
        area: String,
        first: Int32,
        last: Int32
    ) throws -> [VillageNeed] {
        try connection.query(
            """
            with source as (
              select u.*, y.id as type_id
              from unnest($1::int[], $2::text[], $3::int[], $4::text[], $5::text[], $6::text[], $7::text[])
                as u(no, type, service, named, unnamed, equalities, final)
              join registry.record_type y on y.name = u.type),
            post as (
              select id, village_code from registry.posyandu where village_code = $8 or village_code like $8 || '.%'),
            report as (
              select s.no, p.village_code as village, 1 as record, 0 as open, r.body, s.service, s.named, s.unnamed,
                s.equalities
              from source s join registry.record r on r.type_id = s.type_id and r.state = 0 and r.date between $9 and $10
              join post p on p.id = r.posyandu_id
              union all
              select s.no, p.village_code, 0, 1, r.body, s.service, s.named, s.unnamed, s.equalities
              from source s join registry.case c on c.type_id = s.type_id and c.opened <= $10
                and c.state <> all (string_to_array(s.final, ' '))
              join post p on p.id = c.posyandu_id
              left join registry.record r on r.id = c.id)
            select no, village, sum(record)::int, sum(open)::int from report
            where (named is null or service::text = any (string_to_array(body::jsonb ->> named, ' ')))
              and (unnamed is null or coalesce(body::jsonb ->> unnamed, '') = '')
              and (equalities is null or exists (select from jsonb_array_elements(equalities::jsonb) e
                where (body::jsonb -> (e ->> 'field')) @> (e -> 'value')))
            group by 1, 2 order by 1, 2
            """,
            [
                .int4Array(sources.indices.map { Int32($0) }), .textArray(sources.map(\.type)),
                .int4OptionalArray(sources.map { $0.service.map { Int32($0) } }),
                .textOptionalArray(sources.map(\.namedField)), .textOptionalArray(sources.map(\.unnamedField)),
                .textOptionalArray(sources.map(\.equalities)),
                .textArray(sources.map { $0.finalStates.joined(separator: " ") }), .text(area), .date(first),
                .date(last),
            ]
        ).map { row in
            VillageNeed(
                source: try row.int(0),
                village: try row.string(1),
                records: try row.int(2),
                openCases: try row.int(3)
            )
        }
    }
}

extension NeedSource {
    fileprivate var namedField: String? {
        if case .named(let field) = condition { field } else { nil }
    }

    fileprivate var unnamedField: String? {
        if case .unnamed(let field) = condition { field } else { nil }
    }

    /// `[{"field":"td_kategori","value":"tinggi"}]`
    fileprivate var equalities: String? {
        guard case .equal(let list) = condition else { return nil }
        return "["
            + list.map { "{\"field\":\(JSONValue.string($0.field).description),\"value\":\($0.json)}" }
            .joined(separator: ",") + "]"
    }
}
