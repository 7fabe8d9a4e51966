// How often each legal SPM service was concerned in an area and month, from records and cases.
// SPDX-License-Identifier: Apache-2.0
internal import FoundationEssentials
package import PluginKit
package import PostgresClient

/// One of the 29 services with what posyandu recorded of it. A posyandu record does not by itself prove that a service
/// was given to standard: these are contacts.
package struct ServiceLine: Sendable {
    package var number: Int
    package var sector: String
    package var name: String
    package var records: Int
    /// Residents who are subject of such a record, each once.
    package var people: Int
    /// Households that are subject of such a record, each once.
    package var households: Int
    /// Cases of such records that were opened in the month.
    package var opened: Int
    /// Cases that came into a final state in the month.
    package var answered: Int
    /// Cases that were in no final state when the month ended.
    package var open: Int
    /// Counts from 1 to below this are not to be shown; 0 when all may be.
    package var hideBelow: Int
}

/// What record types concern which services, taken from the manifests.
package struct ServiceReport: Sendable {
    private struct Rule {
        var type: String
        var service: Int
        /// nil: every record of the type.
        var field: String?
        /// The JSON value that the field has; nil: the field names the services.
        var value: String?
        var isPerson: Bool
        var finals: String
    }

    private let rules: [Rule]
    /// Services of confidential record types, with the number below which a count is hidden.
    private let hidden: [Int: Int]

    package init(_ manifests: [Manifest]) {
        var rules: [Rule] = []
        var hidden: [Int: Int] = [:]
        for manifest in manifests {
            let finals = (manifest.workflow?.final ?? []).joined(separator: " ")
            let threshold = manifest.indicators.compactMap(\.hideBelow).max() ?? 0
            for record in manifest.records where record.aggregate == nil {
                guard let service = manifest.service(of: record) else { continue }
                for number in service.services {
                    if record.sensitivity == .confidential { hidden[number] = max(hidden[number] ?? 0, threshold) }
                    func add(_ field: String?, _ value: String?) {
                        rules.append(
                            Rule(
                                type: record.type,
                                service: number,
                                field: field,
                                value: value,
                                isPerson: record.subject == .resident,
                                finals: finals
                            )
                        )
                    }
                    if let conditions = service.conditions[number] {
                        for condition in conditions { add(condition.field, Self.json(condition.value)) }
                    } else {
                        add(service.field, nil)
                    }
                }
            }
        }
        self.rules = rules
        self.hidden = hidden
    }

    private static func json(_ value: FieldValue) -> String {
        var writer = JSONWriter()
        value.write(to: &writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// All services, in the order of their numbers.
    ///
    /// - Parameters:
    ///   - area: a region code; below a kecamatan small counts of confidential record types are marked to be hidden.
    ///   - utcOffsetSeconds: of the kabupaten, in whose time a month ends.
    package func read(
        _ connection: isolated PostgresConnection,
        area: String,
        month: Period,
        utcOffsetSeconds: Int
    ) throws -> [ServiceLine] {
        func instant(_ day: Int32) -> PostgresValue {
            .timestamptz((Int64(day) * 86_400 - Int64(utcOffsetSeconds)) * 1_000_000)
        }
        let rows = try connection.query(
            """
            with post as materialized (
              select id from registry.posyandu where village_code = $1 or village_code like $1 || '.%'),
            rule as materialized (
              select t.id as type_id, x.* from unnest($2::text[], $3::int[], $4::text[], $5::text[],
                $6::bool[], $7::text[]) as x(type, service, field, value, is_person, finals)
              join registry.record_type t on t.name = x.type),
            concerned as (
              select u.service, count(distinct r.id) as records,
                count(distinct r.subject) filter (where u.is_person) as people,
                count(distinct r.subject) filter (where not u.is_person) as households
              from registry.record r join rule u on u.type_id = r.type_id
              where r.date between $8 and $9 and r.state = 0 and r.posyandu_id = any(array(select id from post))
                and \(Self.isConcerned)
              group by u.service),
            followed as (
              select service, count(*) filter (where is_new) as opened, count(*) filter (where is_answered) as answered,
                count(*) filter (where not is_final) as open
              from (
                select distinct u.service, c.id, c.opened between $8 and $9 as is_new,
                  exists (select from registry.case_move m where m.case_id = c.id and m.at >= $10 and m.at < $11
                    and m.from_state is distinct from m.to_state
                    and m.to_state = any(string_to_array(u.finals, ' '))) as is_answered,
                  coalesce((select m.to_state from registry.case_move m where m.case_id = c.id and m.at < $11
                    order by m.seq desc limit 1), '') = any(string_to_array(u.finals, ' ')) as is_final
                from registry.case c join registry.record r on r.id = c.id and r.state = 0
                join rule u on u.type_id = r.type_id
                where c.posyandu_id = any(array(select id from post)) and c.opened <= $9 and \(Self.isConcerned)) k
              group by service)
            select v.sipd_label_id, v.sector_code, v.name, coalesce(n.records, 0), coalesce(n.people, 0),
              coalesce(n.households, 0), coalesce(f.opened, 0), coalesce(f.answered, 0), coalesce(f.open, 0)
            from registry.spm_service v left join concerned n on n.service = v.sipd_label_id
            left join followed f on f.service = v.sipd_label_id order by 1
            """,
            [
                .text(area), .textArray(rules.map(\.type)), .int4Array(rules.map { Int32($0.service) }),
                .textOptionalArray(rules.map(\.field)), .textOptionalArray(rules.map(\.value)),
                .boolArray(rules.map(\.isPerson)), .textArray(rules.map(\.finals)),
                .date(month.first.daysSince1970), .date(month.last.daysSince1970), instant(month.first.daysSince1970),
                instant(month.last.daysSince1970 + 1),
            ]
        )
        let isSmall = RegionCode(area)?.level == .village
        return try rows.map { row in
            let number = try row.int(0)
            return ServiceLine(
                number: number,
                sector: try row.string(1),
                name: try row.string(2),
                records: try row.int(3),
                people: try row.int(4),
                households: try row.int(5),
                opened: try row.int(6),
                answered: try row.int(7),
                open: try row.int(8),
                hideBelow: isSmall ? hidden[number] ?? 0 : 0
            )
        }
    }

    /// Whether a record `r` concerns the service of a rule `u`.
    private static let isConcerned = """
        case when u.field is null then true
          when u.value is null then u.service::text = any(string_to_array(r.body::jsonb ->> u.field, ' '))
          else coalesce(r.body::jsonb -> u.field @> u.value::jsonb, false) end
        """
}
