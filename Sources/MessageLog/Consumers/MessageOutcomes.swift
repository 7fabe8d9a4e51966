// Counts what became of the messages of a source, in the transaction that makes the counts true.
// SPDX-License-Identifier: Apache-2.0
package import PostgresClient

/// Changes to the counts of one source; negative when a held or dead message finds its way back.
package struct OutcomeCounts: Hashable, Sendable {
    package var applied: Int64
    package var rejected: Int64
    package var held: Int64
    package var dead: Int64

    package init(applied: Int64 = 0, rejected: Int64 = 0, held: Int64 = 0, dead: Int64 = 0) {
        self.applied = applied
        self.rejected = rejected
        self.held = held
        self.dead = dead
    }

    package static func += (left: inout OutcomeCounts, right: OutcomeCounts) {
        left.applied += right.applied
        left.rejected += right.rejected
        left.held += right.held
        left.dead += right.dead
    }
}

/// `log.outcome`.
package enum MessageOutcomes {
    /// Adds counts, sources in ascending order so that two writers cannot lock each other out.
    package static func add(_ c: isolated PostgresConnection, _ counts: [SourceID: OutcomeCounts]) throws {
        let ordered = counts.sorted { $0.key < $1.key }
        guard !ordered.isEmpty else { return }
        try c.execute(
            """
            insert into log.outcome as o (source_id, applied, rejected, held, dead)
            select * from unnest($1::int[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[]) order by 1
            on conflict (source_id) do update set applied = o.applied + excluded.applied,
              rejected = o.rejected + excluded.rejected, held = o.held + excluded.held, dead = o.dead + excluded.dead
            """,
            [
                .int4Array(ordered.map(\.key.value)), .int8Array(ordered.map(\.value.applied)),
                .int8Array(ordered.map(\.value.rejected)), .int8Array(ordered.map(\.value.held)),
                .int8Array(ordered.map(\.value.dead)),
            ]
        )
    }
}
