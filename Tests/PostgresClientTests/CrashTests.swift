// The server stops as in a crash, hangs in COMMIT, or is not durable: clusters of their own.
// SPDX-License-Identifier: Apache-2.0

import PostgresClient
import PostgresTesting
import Testing

@Suite(.serialized) struct CrashTests {
    @Test func `after an immediate stop the pool reconnects and committed rows are there`() async throws {
        let cluster = try await TestCluster.create(fsync: true)
        let database = try await cluster.makeDatabase()
        let pool = database.pool
        #expect(try await pool.durability().isSafe)
        #expect(try await pool.durability().dataChecksums)
        try await pool.run("create table public.t(id int)")
        try await pool.transaction(.init(strictCommit: true)) { _ = try $0.execute("insert into public.t values (1)") }

        try await cluster.stopImmediately()
        let down = try await postgresError { try await pool.run("select 1") }
        #expect(down?.code == .connectionLost && down?.isTransient == true)
        try await cluster.start()
        #expect(try await pool.int("select count(*) from public.t") == 1)

        // A COMMIT that waits for a standby which does not exist, and a crash in that moment: unknown, and in fact
        // kept.
        try await cluster.alterSystem("synchronous_standby_names", "'tidak_ada'")
        // The checkpointer tells commits to wait; it reads a reload at a moment that no query shows, and a start, whose
        // recovery ends with a checkpoint, before the first connection.
        try await cluster.stopImmediately()
        try await cluster.start()
        let crashed = Task { try await pool.transaction { _ = try $0.execute("insert into public.t values (2)") } }
        #expect(try await pool.waitUntil(Self.waitsForStandby))
        try await cluster.stopImmediately()
        let refused1 = try await postgresError { try await crashed.value }
        #expect(refused1?.code == .commitUnknown)
        try await cluster.start()
        #expect(try await pool.int("select count(*) from public.t where id = 2") == 1)

        // The same wait, cancelled by an administrator: committed with a warning, which is not an acknowledgement.
        let warned = Task {
            try await pool.transaction(.init(strictCommit: true)) {
                _ = try $0.execute("insert into public.t values (3)")
            }
        }
        #expect(try await pool.waitUntil(Self.waitsForStandby))
        try await pool.run("select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'")
        let warning = try await postgresError { try await warned.value }
        #expect(warning?.code == .commitWarning && warning?.sqlState == "01000")
        #expect(try await pool.int("select count(*) from public.t where id = 3") == 1)

        // A task cancelled while COMMIT waits does not interrupt it.
        let shielded = Task { try await pool.transaction { _ = try $0.execute("insert into public.t values (4)") } }
        #expect(try await pool.waitUntil(Self.waitsForStandby))
        shielded.cancel()
        #expect(try await pool.waitUntil("pg_sleep(0.2)::text = ''"))
        #expect(try await pool.waitUntil(Self.waitsForStandby))
        try await cluster.alterSystem("synchronous_standby_names", "''")
        try await shielded.value
        #expect(try await pool.int("select count(*) from public.t where id = 4") == 1)
        await database.drop()
    }

    private static let waitsForStandby = "exists (select from pg_stat_activity where wait_event = 'SyncRep')"

    @Test func `a server that would lose acknowledged rows is recognised, after a reload too`() async throws {
        let cluster = try await TestCluster.create(fsync: true)
        let pool = try await cluster.makeDatabase().pool
        for setting in ["fsync", "full_page_writes", "synchronous_commit"] {
            try await cluster.alterSystem(setting, "off")
            #expect(try await pool.waitUntil("current_setting('\(setting)') = 'off'"))
            let durability = try await pool.durability()
            #expect(!durability.isSafe)
            let error = #expect(throws: PostgresError.self) { try durability.requireSafe() }
            #expect(error?.code == .notDurable && error?.message.contains(setting) == true)
            try await cluster.alterSystem(setting, "on")
            #expect(try await pool.waitUntil("current_setting('\(setting)') = 'on'"))
            #expect(try await pool.durability().isSafe)
        }
        await pool.close()
    }
}
