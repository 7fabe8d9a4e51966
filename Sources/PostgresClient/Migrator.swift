// Brings a database to the schema of this program, once, whoever else tries at the same time.
// SPDX-License-Identifier: Apache-2.0

/// Applies migrations in the order of their versions and records them in `migration.applied`.
package enum Migrator {
    /// Key of the session-level advisory lock that lets one migrator work at a time ("posyandu" in ASCII).
    private static let lockKey: Int64 = 0x706f_7379_616e_6475

    /// Applies what is missing, each migration in its own transaction, and gives their number.
    ///
    /// Fails with `.schemaNewer` when the database has versions that are not in `migrations`, and with
    /// `.schemaChanged` when an applied one has another checksum; nothing is applied then.
    package static func migrate(_ pool: PostgresPool, _ migrations: [Migration]) async throws(PostgresError) -> Int {
        let migrations = try ordered(migrations)
        return try await run(pool) { connection in
            let limit = connection.limits.statementTimeout
            try connection.setStatementTimeout(.zero)  // a big index takes what it takes; locks keep their limit
            try connection.run(script: "set lock_timeout = 0")
            try connection.execute("select pg_advisory_lock($1)", [.int8(lockKey)])
            try connection.run(script: "set lock_timeout = \(connection.limits.lockTimeout.milliseconds)")
            defer {
                _ = try? connection.query("select pg_advisory_unlock($1)", [.int8(lockKey)])
                try? connection.setStatementTimeout(limit)
            }
            try connection.run(
                script: """
                    create schema if not exists migration;
                    create table if not exists migration.applied(version int primary key, name text not null,
                      checksum text not null, applied_at timestamptz not null default now())
                    """
            )
            let missing = try missing(connection, migrations)
            for migration in missing {
                try connection.transaction {
                    try connection.run(script: migration.sql)
                    try connection.execute(
                        "insert into migration.applied(version, name, checksum) values ($1, $2, $3)",
                        [.int4(Int32(clamping: migration.version)), .text(migration.name), .text(migration.checksum)]
                    )
                }
            }
            return missing.count
        }
    }

    /// Compares without changing anything, and gives the number of migrations that `migrate` would apply. Fails like
    /// `migrate`. A program whose role may not migrate refuses to run unless this is 0.
    package static func check(_ pool: PostgresPool, _ migrations: [Migration]) async throws(PostgresError) -> Int {
        let migrations = try ordered(migrations)
        return try await run(pool) { connection in
            let exists = try connection.query("select to_regclass('migration.applied') is not null")
            guard try exists.first?.bool(0) == true else { return migrations.count }
            return try missing(connection, migrations).count
        }
    }

    private static func ordered(_ migrations: [Migration]) throws(PostgresError) -> [Migration] {
        let sorted = migrations.sorted { $0.version < $1.version }
        for (one, next) in zip(sorted, sorted.dropFirst()) where one.version == next.version {
            throw PostgresError(
                .configuration,
                "Two migrations have version \(one.version): \(one.name), \(next.name)."
            )
        }
        return sorted
    }

    private static func missing(
        _ connection: isolated PostgresConnection,
        _ migrations: [Migration]
    ) throws(PostgresError) -> [Migration] {
        var missing: [Int: Migration] = [:]
        for migration in migrations { missing[migration.version] = migration }
        for row in try connection.query("select version, name, checksum from migration.applied order by version") {
            let (version, name) = (try row.int(0), try row.string(1))
            guard let known = missing.removeValue(forKey: version) else {
                throw PostgresError(
                    .schemaNewer,
                    "The database has migration \(version) (\(name)), which this program does not know.",
                    hint: "install the posyandud release that made it, or a newer one"
                )
            }
            guard try row.string(2) == known.checksum else {
                throw PostgresError(
                    .schemaChanged,
                    "Migration \(version) (\(name)) differs from what was applied to the database.",
                    hint: "migrations are never edited: restore its text and add a new one"
                )
            }
        }
        return migrations.filter { missing[$0.version] != nil }
    }

    private static func run<T: Sendable>(
        _ pool: PostgresPool,
        _ body: @Sendable (isolated PostgresConnection) throws -> T
    ) async throws(PostgresError) -> T {
        do {
            return try await pool.withConnection(body)
        } catch let error as PostgresError {
            throw error
        } catch {
            throw PostgresError(.server, "The migration failed.")  // not reached: the bodies above throw nothing else
        }
    }
}
