// Migrations: once, in order, never edited, never behind.
// SPDX-License-Identifier: Apache-2.0

import PostgresClient
import PostgresTesting
import Testing

@Suite struct MigratorTests {
    static let first = Migration(1, "a", "create table public.a(id int); insert into public.a values (1)")
    static let second = Migration(20, "b", "alter table public.a add b int; create table public.b()")
    static let late = Migration(2, "late", "create table public.late()")

    @Test func `what is missing is applied once, in order of versions`() async throws {
        try await withDatabase { database in
            let pool = database.pool
            #expect(try await Migrator.check(pool, [Self.second, Self.first]) == 2)
            #expect(try await Migrator.migrate(pool, [Self.second, Self.first]) == 2)
            #expect(try await Migrator.migrate(pool, [Self.first, Self.second]) == 0)
            #expect(try await Migrator.migrate(pool, [Self.first, Self.second, Self.late]) == 1)
            #expect(try await Migrator.check(pool, [Self.first, Self.second, Self.late]) == 0)
            #expect(try await pool.int("select count(*) from public.a") == 1)
            let timeout = try await pool.withConnection { try $0.query("show statement_timeout").first?.string(0) }
            #expect(timeout == "10min")  // of TestDatabase
        }
    }

    @Test func `an edited migration is refused`() async throws {
        try await withDatabase { database in
            _ = try await Migrator.migrate(database.pool, [Self.first])
            let edited = Migration(1, "a", Self.first.sql + " ")
            for attempt in 0..<2 {
                let error = try await postgresError {
                    _ =
                        attempt == 0
                        ? try await Migrator.check(database.pool, [edited, Self.second])
                        : try await Migrator.migrate(database.pool, [edited, Self.second])
                }
                #expect(error?.code == .schemaChanged && error?.hint != nil)
            }
            #expect(try await database.pool.int("select count(*) from migration.applied") == 1)
        }
    }

    @Test func `a program older than the schema is refused`() async throws {
        try await withDatabase { database in
            _ = try await Migrator.migrate(database.pool, [Self.first, Self.second])
            let error = try await postgresError { _ = try await Migrator.migrate(database.pool, [Self.first]) }
            #expect(error?.code == .schemaNewer && error?.message.contains("20") == true)
            let refused1 = try await postgresError { _ = try await Migrator.check(database.pool, []) }
            #expect(refused1?.code == .schemaNewer)
        }
    }

    @Test func `a failing migration leaves those before it and nothing of itself`() async throws {
        try await withDatabase { database in
            let broken = Migration(3, "broken", "create table public.c(); select 1 / 0")
            let error = try await postgresError { _ = try await Migrator.migrate(database.pool, [Self.first, broken]) }
            #expect(error?.sqlState == "22012")
            #expect(try await database.pool.int("select count(*) from migration.applied") == 1)
            #expect(try await database.pool.int("select (to_regclass('public.c') is null)::int") == 1)
            #expect(try await Migrator.migrate(database.pool, [Self.first, Self.second]) == 1)
        }
    }

    @Test func `several migrators at once apply everything once`() async throws {
        try await withDatabase { database in
            let applied = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<6 {
                    group.addTask {
                        let pool = PostgresPool(database.configuration, size: 1)
                        let count = try await Migrator.migrate(pool, [Self.first, Self.second])
                        await pool.close()
                        return count
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(applied == 2)
        }
    }

    @Test func `two migrations of one version are a mistake`() async throws {
        try await withDatabase { database in
            let error = try await postgresError {
                _ = try await Migrator.migrate(database.pool, [Self.first, Migration(1, "x", "")])
            }
            #expect(error?.code == .configuration)
        }
    }

    @Test func `databases with the same migrations come from one template`() async throws {
        let cluster = try await TestCluster.shared()
        let databases = try await withThrowingTaskGroup(of: TestDatabase.self) { group in
            for _ in 0..<4 { group.addTask { try await cluster.makeDatabase(migrations: [Self.first, Self.second]) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for database in databases {
            #expect(try await database.pool.int("select count(*) from public.a") == 1)
            #expect(try await Migrator.migrate(database.pool, [Self.first, Self.second]) == 0)
            await database.drop()
        }
    }
}
