// The running invariant: every message received is accounted for, by source and in total.
// SPDX-License-Identifier: Apache-2.0
package import FoundationEssentials
package import PostgresClient

/// The counts of one source or of all.
package struct ConservationCounts: Hashable, Sendable {
    package var received: Int64 = 0
    package var duplicate: Int64 = 0
    package var conflict: Int64 = 0
    package var refused: Int64 = 0
    package var applied: Int64 = 0
    package var rejected: Int64 = 0
    package var held: Int64 = 0
    package var dead: Int64 = 0
    /// In the log, not refused, above the cursor of `apply`.
    package var waiting: Int64 = 0
    /// Rows of `log.dead` that are held, and that are dead or were dropped: counted anew, to be equal to `held` and
    /// `dead`.
    package var heldRows: Int64 = 0
    package var deadRows: Int64 = 0

    /// `received - (duplicate + conflict + refused + applied + rejected + held + dead + waiting)`: 0, or something was
    /// lost (+) or done
    /// twice (-).
    package var difference: Int64 {
        received - (duplicate + conflict + refused + applied + rejected + held + dead + waiting)
    }

    package var isBalanced: Bool { difference == 0 && held == heldRows && dead == deadRows }

    static func += (left: inout ConservationCounts, right: ConservationCounts) {
        left.received += right.received
        left.duplicate += right.duplicate
        left.conflict += right.conflict
        left.refused += right.refused
        left.applied += right.applied
        left.rejected += right.rejected
        left.held += right.held
        left.dead += right.dead
        left.waiting += right.waiting
        left.heldRows += right.heldRows
        left.deadRows += right.deadRows
    }
}

/// `received = duplicate + conflict + refused + applied + rejected + held + dead + waiting`, for every source.
package struct Conservation: Sendable {
    package struct Source: Sendable {
        package let id: SourceID
        package let uuid: UUID
        package let name: String?
        package let counts: ConservationCounts
    }

    package let total: ConservationCounts
    package let sources: [Source]

    /// Every source is balanced, not only their sum.
    package var isBalanced: Bool { sources.allSatisfy(\.counts.isBalanced) && total.isBalanced }

    /// The sources that are not.
    package var unbalanced: [Source] { sources.filter { !$0.counts.isBalanced } }

    /// Reads all counts in one snapshot. `waiting` is counted in the entries above the cursor, so its price grows with
    /// the lag.
    package static func read(_ c: isolated PostgresConnection, consumer: String = "apply") throws -> Conservation {
        let rows = try c.query(
            """
            with place as (
              select s.shard, coalesce(u.pos, 0) as pos
                from log.shard s left join log.cursor u on u.consumer = $1 and u.shard = s.shard
               where coalesce(u.pos, 0) < s.next_pos - 1),
            oldest as (
              select min(bucket) as bucket from (
                select (select g.bucket from log.segment g where g.shard = p.shard and g.first_pos <= p.pos + 1
                         order by g.first_pos desc limit 1) as bucket from place p) b),
            behind as (
              select e.source_id, count(*) as n
                from place p join log.entry e on e.shard = p.shard and e.pos > p.pos and e.kind & 1 = 0
                 and e.bucket >= (select bucket from oldest)
               group by e.source_id),
            aside as (
              select source_id, count(*) filter (where state = 'held') as held,
                     count(*) filter (where state = 'dead' or resolution = 'dropped') as dead
                from log.dead where consumer = $1 group by source_id)
            select s.source_id, s.uuid, s.name, s.received, s.duplicate, s.conflict, s.refused,
                   coalesce(o.applied, 0), coalesce(o.rejected, 0), coalesce(o.held, 0), coalesce(o.dead, 0),
                   coalesce(b.n, 0), coalesce(a.held, 0), coalesce(a.dead, 0)
              from log.source s left join log.outcome o using (source_id) left join behind b using (source_id)
              left join aside a using (source_id)
             order by s.source_id
            """,
            [.text(consumer)]
        )
        var total = ConservationCounts()
        let sources = try rows.map { row in
            let numbers = try (3..<14).map { Int64(try row.int($0)) }
            let counts = ConservationCounts(
                received: numbers[0],
                duplicate: numbers[1],
                conflict: numbers[2],
                refused: numbers[3],
                applied: numbers[4],
                rejected: numbers[5],
                held: numbers[6],
                dead: numbers[7],
                waiting: numbers[8],
                heldRows: numbers[9],
                deadRows: numbers[10]
            )
            total += counts
            return Source(
                id: SourceID(try row.int(0)),
                uuid: try row.uuid(1),
                name: try row.optionalString(2),
                counts: counts
            )
        }
        return Conservation(total: total, sources: sources)
    }
}
