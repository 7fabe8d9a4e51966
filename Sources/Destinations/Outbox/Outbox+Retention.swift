// What of the attempts may go: those between the first and the last on a document that is done with.
// SPDX-License-Identifier: Apache-2.0

internal import PostgresClient

extension Outbox {
    /// Deletes attempts that ended before an instant, on documents that are acknowledged or superseded. The first and the last of each
    /// act on a document stay, and so do documents, receipts and drifts: what proves a figure is kept.
    /// - Parameters:
    ///   - instant: µs since 1970 UTC.
    ///   - most: attempts in one transaction.
    /// - Returns: how many went; call again when it is `most`.
    package func thinAttempts(before instant: Int64, most: Int = 10_000) async throws -> Int {
        try await pool.transaction { connection in
            try connection.execute(
                """
                delete from outbox.attempt where attempt_id in (
                  select attempt_id from (
                    select a.attempt_id, a.finished_at, row_number() over same_act as place,
                      row_number() over (partition by a.document_id, a.act order by a.attempt_id desc) as place_from_end
                    from outbox.attempt a join outbox.document d using (document_id)
                    where d.state in ('acknowledged', 'superseded')
                    window same_act as (partition by a.document_id, a.act order by a.attempt_id)) as placed
                  where place > 1 and place_from_end > 1 and finished_at < $1 order by attempt_id limit $2)
                """,
                [.timestamptz(instant), .int8(Int64(most))]
            )
        }
    }
}
