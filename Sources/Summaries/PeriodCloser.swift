// Freezes a period: brings its figures up to date, reads them in one snapshot of the database, keeps the bytes for ever.
// SPDX-License-Identifier: Apache-2.0
import Crypto
import FailPoints
package import PluginKit
package import PostgresClient

/// A frozen period, or the one that stands when nothing changed since.
package struct FrozenPeriod: Sendable {
    package var snapshot: PeriodSnapshot
    package var digest: [UInt8]
    /// False when the registry says the same as the newest revision: no new one was made.
    package var isNew: Bool
}

package struct PeriodCloser: Sendable {
    private let pool: PostgresPool
    private let settings: SnapshotSettings

    package init(pool: PostgresPool, kabupaten: String, utcOffsetSeconds: Int, regionVersion: String) {
        self.pool = pool
        settings = SnapshotSettings(
            kabupaten: kabupaten,
            utcOffsetSeconds: utcOffsetSeconds,
            regionVersion: regionVersion
        )
    }

    /// Freezes the period as the registry stands now.
    ///
    /// - Parameters:
    ///   - now: microseconds since 1970 UTC; becomes cut-off and time of creation of a new revision.
    ///   - accompany: runs in the transaction that keeps the revision, e.g. to put documents into the outbox.
    package func close(
        _ period: Period,
        now: Int64,
        accompany: @escaping @Sendable (isolated PostgresConnection, PeriodSnapshot) throws -> Void
    ) async throws -> FrozenPeriod {
        var collisions = 0
        while true {
            while try await Recomputation.step(pool) > 0 {}
            do {
                if let frozen = try await freeze(period, now: now, accompany: accompany) {
                    FailPoint.hit("summaries.snapshot-committed")
                    return frozen
                }
            } catch let error as PostgresError where error.isTransient && !error.isConnectionLoss && collisions < 10 {
                // Someone changed a row that `accompany` writes (a destination's state): the snapshot is taken anew.
                collisions += 1
            }
        }
    }

    /// - Returns: nil when figures of the period became dirty in between.
    private func freeze(
        _ period: Period,
        now: Int64,
        accompany: @escaping @Sendable (isolated PostgresConnection, PeriodSnapshot) throws -> Void
    ) async throws -> FrozenPeriod? {
        let settings = settings
        return try await pool.transaction(.init(isolation: .repeatableRead)) { connection in
            // Before the first statement that reads: the transaction's snapshot is taken after the lock is held.
            try connection.run(script: "lock table summary.snapshot in share row exclusive mode")
            let name = period.description
            guard
                try connection.query(
                    "select 1 from summary.dirty where period = any($1) limit 1",
                    [.textArray(period.withParts)]
                ).isEmpty
            else { return nil }
            let newest = try connection.query(
                """
                select revision, content_digest, digest, (extract(epoch from cutoff) * 1000000)::bigint,
                  (extract(epoch from created) * 1000000)::bigint
                from summary.snapshot where kabupaten = $1 and period = $2 order by revision desc limit 1
                """,
                [.text(settings.kabupaten), .text(name)]
            ).first
            let revision = (try newest?.int(0) ?? 0) + 1
            var snapshot = try SnapshotReader.read(
                connection,
                settings,
                period: period,
                revision: revision,
                cutoff: now,
                createdAt: now
            )
            if let newest, try newest.bytes(1) == snapshot.contentDigest {
                snapshot.revision = try newest.int(0)
                snapshot.cutoff = Int64(try newest.int(3))
                snapshot.createdAt = Int64(try newest.int(4))
                try accompany(connection, snapshot)
                return FrozenPeriod(snapshot: snapshot, digest: try newest.bytes(2), isNew: false)
            }
            let bytes = snapshot.canonicalBytes
            let digest = Array(SHA256.hash(data: bytes))
            try connection.execute(
                """
                insert into summary.snapshot(kabupaten, period, revision, cutoff, created, journal_id, region_version,
                  content_digest, digest, bytes)
                values ($1, $2, $3, $4, $4, (select coalesce(max(id), 0) from log.journal where consumer = 'apply'), $5, $6,
                  $7, $8)
                """,
                [
                    .text(settings.kabupaten), .text(name), .int4(Int32(revision)), .timestamptz(now),
                    .text(settings.regionVersion), .bytea(snapshot.contentDigest), .bytea(digest), .bytea(bytes),
                ]
            )
            try accompany(connection, snapshot)
            FailPoint.hit("summaries.snapshot-before-commit")
            return FrozenPeriod(snapshot: snapshot, digest: digest, isNew: true)
        }
    }

    /// The bytes of a period as this registry gives them, under the revision and times of a frozen one.
    package func render(_ period: Period, revision: Int, cutoff: Int64, createdAt: Int64) async throws -> [UInt8] {
        while try await Recomputation.step(pool) > 0 {}
        let settings = settings
        return try await pool.transaction(.init(isolation: .repeatableRead, readOnly: true)) { connection in
            try SnapshotReader.read(
                connection,
                settings,
                period: period,
                revision: revision,
                cutoff: cutoff,
                createdAt: createdAt
            ).canonicalBytes
        }
    }
}
