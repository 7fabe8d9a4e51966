// Measures one stage: wall time, processor time of client, workers and backends, WAL, dead tuples.
// SPDX-License-Identifier: Apache-2.0
import PostgresClient
import PostgresTesting

/// What one stage came to. Values that do not exist for it are nil.
struct Figures: Sendable {
    var name: String
    var messages: Int
    var seconds: Double
    /// Microseconds of processor time per message in this process and the sector workers.
    var clientMicroseconds: Double?
    var workerMicroseconds: Double?
    var backendMicroseconds: Double?
    var walBytes: Double?
    var deadTuples: Int?
    /// Of these, in the log itself: `log.entry` with its partitions.
    var deadInEntries: Int?
    var remark = ""

    var rate: Double { seconds > 0 ? Double(messages) / seconds : 0 }
}

/// Begins after a checkpoint and ends before the stage closes its connections; dead tuples are counted after that, when
/// every backend has reported.
struct Meter: Sendable {
    private let pool: PostgresPool
    private let workers: [Int32]
    private let start: ContinuousClock.Instant
    private let client: Int
    private let inWorkers: Int
    private let backends: Int
    private let wal: Int
    private let dead: (all: Int, entries: Int)

    static func begin(_ database: TestDatabase, workers: [Int32] = []) async throws -> Meter {
        let pool = PostgresPool(database.configuration, size: 1)
        try await pool.withConnection { try $0.run(script: "checkpoint") }
        return Meter(
            pool: pool,
            dead: try await deadTuples(pool),
            backends: try await backendTime(pool),
            wal: try await walPosition(pool),
            workers: workers
        )
    }

    private init(pool: PostgresPool, dead: (all: Int, entries: Int), backends: Int, wal: Int, workers: [Int32]) {
        self.pool = pool
        self.dead = dead
        self.backends = backends
        self.wal = wal
        self.workers = workers
        inWorkers = workers.reduce(0) { $0 + Machine.processorTime(of: $1) }
        client = Machine.processorTime
        start = .now
    }

    /// Takes the time now, lets the stage close its connections, then counts what it left.
    func end(_ name: String, messages: Int, close: () async -> Void) async throws -> Figures {
        let elapsed = start.duration(to: .now)
        let client = Machine.processorTime - client
        let inWorkers = workers.reduce(0) { $0 + Machine.processorTime(of: $1) } - inWorkers
        let backends = try await Self.backendTime(pool) - backends
        let wal = try await Self.walPosition(pool) - wal
        await close()
        try await waitUntilAlone()
        let after = try await Self.deadTuples(pool)
        await pool.close()
        let count = Double(messages)
        return Figures(
            name: name,
            messages: messages,
            seconds: elapsed / .seconds(1),
            clientMicroseconds: Double(client + inWorkers) / 1_000 / count,
            workerMicroseconds: workers.isEmpty ? nil : Double(inWorkers) / 1_000 / count,
            backendMicroseconds: Double(backends) / 1_000 / count,
            walBytes: Double(wal) / count,
            deadTuples: after.all - dead.all,
            deadInEntries: after.entries - dead.entries
        )
    }

    /// Processor time of all client backends of this database but our own, in nanoseconds.
    private static func backendTime(_ pool: PostgresPool) async throws -> Int {
        let processes = try await pool.withConnection { connection in
            try connection.query(
                """
                select pid from pg_stat_activity
                 where backend_type = 'client backend' and datname = current_database() and pid <> pg_backend_pid()
                """
            ).map { Int32(try $0.int(0)) }
        }
        return processes.reduce(0) { $0 + Machine.processorTime(of: $1) }
    }

    private static func walPosition(_ pool: PostgresPool) async throws -> Int {
        try await pool.withConnection { connection in
            try connection.query("select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint").first?.int(0) ?? 0
        }
    }

    private static func deadTuples(_ pool: PostgresPool) async throws -> (all: Int, entries: Int) {
        try await pool.withConnection { connection in
            _ = try connection.query("select pg_stat_force_next_flush()")
            _ = try connection.query("select pg_stat_clear_snapshot()")
            let row = try connection.query(
                """
                select coalesce(sum(n_dead_tup), 0)::bigint,
                       coalesce(sum(n_dead_tup) filter (where schemaname = 'log' and relname like 'entry%'), 0)::bigint
                  from pg_stat_user_tables
                """
            ).first
            return (try row?.int(0) ?? 0, try row?.int(1) ?? 0)
        }
    }

    /// Backends report their counts when they end.
    private func waitUntilAlone() async throws {
        for _ in 0..<200 {
            let others = try await pool.withConnection { connection in
                try connection.query(
                    "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
                ).first?.int(0) ?? 0
            }
            if others == 0 { return }
            try await Task.sleep(for: .milliseconds(25))
        }
    }
}
