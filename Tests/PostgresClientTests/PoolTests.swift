// Lending, waiting, cancelling, losing and closing connections, with a real server.
// SPDX-License-Identifier: Apache-2.0

import PostgresTesting
import Testing

@testable import PostgresClient

@Suite struct PoolTests {
    /// A connection that holds advisory lock 1 until it is closed.
    private func holder(_ database: TestDatabase) async throws -> PostgresConnection {
        let holder = try await PostgresConnection.connect(database.configuration)
        try await holder.run(script: "select pg_advisory_lock(1)")
        return holder
    }

    /// Waits for the lock as long as it is held, however slow the machine.
    private static let take = "begin; set local lock_timeout = 0; select pg_advisory_xact_lock(1); commit"
    private static func blocked(_ count: Int) -> String {
        """
        (select count(*) from pg_locks join pg_database d on d.oid = database
          where locktype = 'advisory' and not granted and datname = current_database()) = \(count)
        """
    }

    @Test func `blocked connections do not hold the threads of tasks`() async throws {
        try await withDatabase(poolSize: 40) { database in
            let holder = try await holder(database)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<32 { group.addTask { try await database.pool.run(Self.take) } }
                // More blocked connections than any machine here has cores; this very question needs a thread of the
                // cooperative pool.
                #expect(try await database.pool.waitUntil(Self.blocked(32)))
                await holder.close()
                try await group.waitForAll()
            }
        }
    }

    @Test func `those who wait are served in order, and a cancelled one is not`() async throws {
        try await withDatabase(poolSize: 1) { database in
            let holder = try await holder(database)
            let order = Notebook<Int>()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await database.pool.run(Self.take) }
                while try await holder.query("select \(Self.blocked(1))").first?.bool(0) != true { await Task.yield() }
                var cancelled: Task<Void, any Error>?
                for number in 0..<6 {
                    if number == 3 {
                        cancelled = Task { try await database.pool.run("select 1") }
                    } else {
                        group.addTask {
                            try await database.pool.withConnection { _ in order.add(number) }
                        }
                    }
                    while database.pool.waiting != number + 1 { await Task.yield() }
                }
                cancelled?.cancel()
                let error = try await postgresError { try await cancelled?.value }
                #expect(error?.code == .cancelled)
                #expect(database.pool.waiting == 5)
                await holder.close()
                try await group.waitForAll()
            }
            #expect(order.notes == [0, 1, 2, 4, 5])
        }
    }

    @Test func `a cancelled task cancels its statement and the pool goes on`() async throws {
        try await withDatabase(poolSize: 1) { database in
            let holder = try await holder(database)
            let task = Task { try await database.pool.run(Self.take) }
            while try await holder.query("select \(Self.blocked(1))").first?.bool(0) != true { await Task.yield() }
            task.cancel()
            let refused1 = try await postgresError { try await task.value }
            #expect(refused1?.code == .cancelled)
            #expect(try await holder.query("select \(Self.blocked(0))").first?.bool(0) == true)
            #expect(try await database.pool.int("select 1") == 1)
            await holder.close()
        }
    }

    @Test func `a cancelled transaction starts no further statement and leaves nothing`() async throws {
        try await withDatabase(poolSize: 1) { database in
            try await database.pool.run("create table public.t(id int)")
            let holder = try await holder(database)
            let task = Task {
                try await database.pool.transaction { connection in
                    try connection.execute("insert into public.t values (1)")
                    _ = try? connection.query("select pg_advisory_xact_lock(1)")
                    try connection.execute("insert into public.t values (2)")
                }
            }
            while try await holder.query("select \(Self.blocked(1))").first?.bool(0) != true { await Task.yield() }
            task.cancel()
            let refused2 = try await postgresError { try await task.value }
            #expect(refused2?.code == .cancelled)
            #expect(try await database.pool.int("select count(*) from public.t") == 0)
            await holder.close()
        }
    }

    @Test func `a task cancelled beforehand never gets a connection`() async throws {
        try await withDatabase(poolSize: 1) { database in
            let task = Task {
                while !Task.isCancelled { await Task.yield() }
                try await database.pool.run("select 1")
            }
            task.cancel()
            let refused3 = try await postgresError { try await task.value }
            #expect(refused3?.code == .cancelled)
            #expect(database.pool.connections == 0)
        }
    }

    @Test func `cancel from outside ends the statement and keeps the connection`() async throws {
        try await withDatabase { database in
            let holder = try await holder(database)
            let connection = try await PostgresConnection.connect(database.configuration)
            let task = Task { try await connection.query("select pg_advisory_lock(1)") }
            while try await holder.query("select \(Self.blocked(1))").first?.bool(0) != true { await Task.yield() }
            connection.cancel()
            let refused4 = try await postgresError { _ = try await task.value }
            #expect(refused4?.code == .cancelled)
            #expect(try await connection.query("select 1").first?.int(0) == 1)
            await connection.close()
            await holder.close()
        }
    }

    @Test func `a transaction left open by a body is rolled back`() async throws {
        try await withDatabase(poolSize: 1) { database in
            try await database.pool.run("create table public.t(id int)")
            try await database.pool.run("begin; insert into public.t values (1)")
            #expect(try await database.pool.int("select count(*) from public.t") == 0)
            #expect(database.pool.connections == 1)
        }
    }

    @Test func `connections killed while idle are replaced without an error`() async throws {
        try await withDatabase(poolSize: 3) { database in
            let holder = try await holder(database)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<3 { group.addTask { try await database.pool.run(Self.take) } }
                while try await holder.query("select \(Self.blocked(3))").first?.bool(0) != true { await Task.yield() }
                try await holder.run(script: "select pg_advisory_unlock(1)")
                try await group.waitForAll()
            }
            #expect(database.pool.connections == 3)
            try await holder.run(
                script:
                    """
                    select pg_terminate_backend(pid, 500000) from pg_stat_activity
                     where datname = current_database() and pid <> pg_backend_pid()
                    """
            )
            for _ in 0..<3 { #expect(try await database.pool.int("select 1") == 1) }
            await holder.close()
        }
    }

    @Test func `close refuses those who wait, lets the running one end, and closes all`() async throws {
        let database = try await TestCluster.shared().makeDatabase(poolSize: 1)
        let holder = try await holder(database)
        let running = Task { try await database.pool.run(Self.take) }
        while try await holder.query("select \(Self.blocked(1))").first?.bool(0) != true { await Task.yield() }
        let waiting = Task { try await database.pool.run("select 1") }
        while database.pool.waiting != 1 { await Task.yield() }
        let closing = Task { await database.pool.close() }
        let refused5 = try await postgresError { try await waiting.value }
        #expect(refused5?.code == .configuration)
        #expect(database.pool.connections == 1)
        await holder.close()
        try await running.value
        await closing.value
        #expect(database.pool.connections == 0)
        let refused6 = try await postgresError { try await database.pool.run("select 1") }
        #expect(refused6?.code == .configuration)
        await database.drop()
    }

    @Test func `a hundred users share three connections`() async throws {
        try await withDatabase(poolSize: 3) { database in
            try await database.pool.run("create table public.t(id int)")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for id in 0..<100 {
                    group.addTask {
                        try await database.pool.transaction {
                            _ = try $0.execute("insert into public.t values ($1)", [.int4(Int32(id))])
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await database.pool.int("select count(distinct id) from public.t") == 100)
            #expect(database.pool.connections <= 3)
        }
    }
}
