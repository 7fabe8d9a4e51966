// Rebuilds the registry from the log in an empty database and compares its summaries with the frozen ones.
// SPDX-License-Identifier: Apache-2.0
package import Apply
package import Cases
import Crypto
import FoundationEssentials
package import Logging
package import MessageLog
import PluginKit
package import PostgresClient
package import Registry
package import Summaries

/// What a replay found.
package struct ReplayReport: Sendable {
    /// A frozen period beside what the rebuilt registry says.
    package struct Snapshot: Sendable {
        package var period: String
        package var revision: Int
        /// SHA-256 of the frozen bytes, and of the replayed ones, in hexadecimal digits.
        package var digest: String
        package var replayedDigest: String
        package var isIdentical: Bool { digest == replayedDigest }
    }

    package var entries: Int
    package var snapshots: [Snapshot]
    package var isIdentical: Bool { snapshots.allSatisfy(\.isIdentical) }
}

/// Replays the whole log, in the order of the journal, through the sectors that are installed now.
///
/// It needs the right to create a database and room for a second copy of the log. The node goes on working meanwhile.
package struct Replay: Sendable {
    /// The database that is made for a replay and dropped after it.
    package static let database = "posyandud_replay"

    private let pool: PostgresPool
    private let conninfo: String
    private let migrations: [Migration]
    private let sealer: any MessageLog.PayloadSealer
    private let host: any SectorAsking
    private let cipher: ResidentCipher
    private let catalogue: @Sendable (PostgresPool) async throws -> ApplyCatalogue
    private let closer: @Sendable (PostgresPool) -> PeriodCloser
    private let time: CaseTime
    private let log: Logger

    package init(
        pool: PostgresPool,
        conninfo: String,
        migrations: [Migration],
        sealer: any MessageLog.PayloadSealer,
        host: any SectorAsking,
        cipher: ResidentCipher,
        catalogue: @escaping @Sendable (PostgresPool) async throws -> ApplyCatalogue,
        closer: @escaping @Sendable (PostgresPool) -> PeriodCloser,
        time: CaseTime = CaseTime(),
        log: Logger
    ) {
        self.time = time
        self.pool = pool
        self.conninfo = conninfo
        self.migrations = migrations
        self.sealer = sealer
        self.host = host
        self.cipher = cipher
        self.catalogue = catalogue
        self.closer = closer
        self.log = log
    }

    /// - Parameter progress: called with entries replayed and entries to replay.
    package func run(progress: @Sendable (Int, Int) -> Void) async throws -> ReplayReport {
        guard !conninfo.contains("://") else {
            throw ApplyError(.differs, "replay needs database.conninfo in the form key=value, not as a URI")
        }
        try await recreate()
        var configuration = pool.configuration
        configuration.conninfo = conninfo + " dbname=" + Self.database
        configuration.applicationName = "posyandud-replay"
        let target = PostgresPool(configuration, size: 3, log: log)
        do {
            let report = try await replay(into: target, progress: progress)
            await target.close()
            // A backend of the closed pool may still be ending.
            try await pool.withConnection { try $0.run(script: "drop database \(Self.database) with (force)") }
            return report
        } catch {
            await target.close()
            throw error
        }
    }

    private func recreate() async throws {
        try await pool.withConnection { connection in
            try connection.run(script: "drop database if exists \(Self.database)")
            try connection.run(script: "create database \(Self.database)")
        }
    }

    private func replay(into target: PostgresPool, progress: @Sendable (Int, Int) -> Void) async throws -> ReplayReport
    {
        _ = try await Migrator.migrate(target, migrations)
        let (journal, frozen) = try await pool.withConnection { connection in
            (try LogJournal.walk(connection, after: 0, limit: Int(Int32.max)), try Self.newestSnapshots(connection))
        }
        try await DatabaseCopy.run(from: pool, to: target)
        let directory = PosyanduDirectory()
        try await target.withConnection { _ = try directory.reload($0) }
        let catalogue = try await catalogue(target)
        let sectors = catalogue.sectors
        let engine = ApplyEngine(
            pool: target,
            sealer: sealer,
            host: host,
            directory: directory,
            sealing: cipher,
            catalogue: catalogue,
            settings: .init(owner: "replay", time: time),
            log: log
        )
        try await engine.takeOver()
        let all = journal.reduce(0) { $0 + Int($1.to - $1.from) + 1 }
        var done = 0
        var rest = journal[...]
        let closer = closer(target)
        var snapshots: [ReplayReport.Snapshot] = []
        // Each snapshot is made again where it was made: after the range of the journal that it had seen last.
        for snapshot in frozen {
            guard let period = Period(snapshot.period) else { continue }
            while let range = rest.first, range.id <= snapshot.journal {
                done += try await apply(range, engine)
                rest = rest.dropFirst()
                progress(done, all)
            }
            _ = try await engine.drain(readySectors: sectors)
            let bytes = try await closer.render(
                period,
                revision: snapshot.revision,
                cutoff: snapshot.cutoff,
                createdAt: snapshot.created
            )
            snapshots.append(
                ReplayReport.Snapshot(
                    period: snapshot.period,
                    revision: snapshot.revision,
                    digest: Self.hex(snapshot.digest),
                    replayedDigest: Self.hex(Array(SHA256.hash(data: bytes)))
                )
            )
        }
        for range in rest {
            done += try await apply(range, engine)
            progress(done, all)
        }
        _ = try await engine.drain(readySectors: sectors)
        return ReplayReport(entries: done, snapshots: snapshots.sorted { $0.period < $1.period })
    }

    /// - Returns: the number of entries of the range.
    private func apply(_ range: JournalRow, _ engine: ApplyEngine) async throws -> Int {
        _ = try await engine.apply(shard: range.shard, from: range.from, to: range.to)
        return Int(range.to - range.from) + 1
    }

    private struct Frozen: Sendable {
        var period: String
        var revision: Int
        var cutoff: Int64
        var created: Int64
        var digest: [UInt8]
        /// The last range of the journal that it had seen.
        var journal: Int64
    }

    /// The newest revision of each period, in the order in which they were frozen.
    private static func newestSnapshots(_ connection: isolated PostgresConnection) throws -> [Frozen] {
        try connection.query(
            """
            select period, revision, cutoff, created, digest, journal_id from (
              select distinct on (kabupaten, period) * from summary.snapshot order by kabupaten, period, revision desc) s
            order by journal_id, period
            """
        ).map {
            Frozen(
                period: try $0.string(0),
                revision: try $0.int(1),
                cutoff: try $0.timestamp(2),
                created: try $0.timestamp(3),
                digest: try $0.bytes(4),
                journal: Int64(try $0.int(5))
            )
        }
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
