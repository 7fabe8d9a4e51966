// Shows the records behind one figure.
// SPDX-License-Identifier: Apache-2.0
package import FoundationEssentials
package import PluginKit
package import PostgresClient

/// One record that contributes to a figure; nothing that names a person.
package struct TracedRecord: Sendable {
    package var record: UUID
    package var type: String
    package var posyandu: UUID
    package var date: String
    package var value: String
    package var subject: UUID?
    /// `records`; `paper` for an aggregate that makes the figure; `paper, ignored` for one beside records.
    package var origin: String
    /// Where the message stands in the log.
    package var shard: Int
    package var pos: Int64
}

/// What is told of a figure that confidential records make.
package struct WithheldRecords: Sendable, Hashable {
    /// How many there are; nil when there are fewer than `below` and the area is smaller than a kecamatan.
    package var records: Int?
    package var below: Int
}

package enum Trace {
    /// Whether confidential records add to an indicator in an area and period, and how many; nil when none does. Those are
    /// counted, never shown. Call it inside a transaction.
    /// - Parameter smallCount: the least number that is told below kecamatan, where the indicator asks for no larger one.
    package static func withheld(
        _ connection: isolated PostgresConnection,
        indicator: String,
        period: Period,
        area: String,
        smallCount: Int
    ) throws -> WithheldRecords? {
        try LongReading.allow(connection)
        let row = try connection.query(
            """
            select count(distinct k.record_id), max(i.hide_below)
            from registry.contribution k
            join registry.posyandu p on p.id = k.posyandu_id
            join registry.record r on r.id = k.record_id
            join registry.record_type t on t.id = r.type_id and t.is_confidential
            cross join lateral unnest(k.indicators) as v(indicator_id)
            join registry.indicator i on i.id = abs(v.indicator_id)
            where i.name = $1 and k.period = any($2) and (k.period = ($2)[1] or i.rolls_up)
              and (p.village_code = $3 or p.village_code like $3 || '.%' or p.uuid::text = $3)
            """,
            [.text(indicator), .textArray(period.withParts), .text(area.lowercased())]
        ).first
        guard let row, case let count = try row.int(0), count > 0 else { return nil }
        let below = max(smallCount, try row.optionalInt(1) ?? 0)
        let isSmallArea = area.utf8.count > 8
        return WithheldRecords(records: isSmallArea && count < below ? nil : count, below: below)
    }

    /// The records behind an indicator in an area and period, those of the months in a longer one, in log order. Call it inside a transaction.
    /// - Parameter area: a region code at any level from kabupaten down, or the UUID of a posyandu.
    package static func records(
        _ connection: isolated PostgresConnection,
        indicator: String,
        period: Period,
        area: String,
        limit: Int
    ) throws -> [TracedRecord] {
        try LongReading.allow(connection)
        let rows = try connection.query(
            """
            select k.record_id, t.name, p.uuid, k.date::text, trim_scale(v.value)::text, k.subject, k.lineage,
              case when v.indicator_id > 0 then 'records' when f.origin = 1 then 'paper' else 'paper, ignored' end
            from registry.contribution k
            join registry.posyandu p on p.id = k.posyandu_id
            join registry.record r on r.id = k.record_id
            join registry.record_type t on t.id = r.type_id
            cross join lateral unnest(k.indicators, k.values) as v(indicator_id, value)
            join registry.indicator i on i.id = abs(v.indicator_id)
            left join summary.figure f on f.posyandu_id = k.posyandu_id and f.sector_id = k.sector_id
              and f.period = k.period and f.indicator_id = i.id
            where i.name = $1 and k.period = any($2) and (k.period = ($2)[1] or i.rolls_up)
              and (p.village_code = $3 or p.village_code like $3 || '.%' or p.uuid::text = $3)
            order by k.lineage limit $4
            """,
            [.text(indicator), .textArray(period.withParts), .text(area.lowercased()), .int8(Int64(limit))]
        )
        return try rows.map { row in
            let lineage = Int64(try row.int(6))
            return TracedRecord(
                record: try row.uuid(0),
                type: try row.string(1),
                posyandu: try row.uuid(2),
                date: try row.string(3),
                value: try row.string(4),
                subject: try row.optionalUUID(5),
                origin: try row.string(7),
                shard: Int(lineage % 16),
                pos: lineage / 16
            )
        }
    }
}
