// What a failure tells, and what it must not tell.
// SPDX-License-Identifier: Apache-2.0

import PostgresClient
import PostgresTesting
import Testing

@Suite struct ErrorTests {
    static let name = "SITI RAHASIA"

    @Test(arguments: [
        ("insert into public.w values (1, 'SITI RAHASIA', 5)", "23505", "w_pkey"),
        ("insert into public.w values (2, null, 5)", "23502", nil),
        ("insert into public.w values (3, 'SITI RAHASIA', 500)", "23514", "w_berat_check"),
        ("select 'SITI RAHASIA'::int", "22P02", nil),
        ("select 'SITI RAHASIA'::date", "22007", nil),
        ("do $$begin raise exception 'SITI RAHASIA'; end$$", "P0001", nil),
    ])
    func `an error names code, table and constraint, and no value`(sql: String, state: String, constraint: String?)
        async throws
    {
        try await withDatabase { database in
            try await database.pool.run(
                """
                create table public.w(id int primary key, nama text not null, berat int check (berat < 100));
                insert into public.w values (1, 'SITI RAHASIA', 5)
                """
            )
            let error = try await postgresError { try await database.pool.run(sql) }
            #expect(error?.sqlState == state && error?.constraint == constraint)
            #expect(error?.code == .server)
            if state.hasPrefix("23") { #expect(error?.table == "public.w") }
            #expect(error?.isData == !state.hasPrefix("P0") && error?.isTransient == false)
            let everything = String(reflecting: try #require(error)) + String(describing: error)
            #expect(!everything.contains(Self.name))
        }
    }

    @Test func `parameters never reach an error`() async throws {
        try await withDatabase { database in
            let errors = try await database.pool.withConnection { connection in
                var errors: [String] = []
                for sql in [
                    "select $1::int", "select $1::text::uuid", "select ($1::text || 'x')::numeric",
                    "select $1 from nowhere",
                ] {
                    do {
                        _ = try connection.query(sql, [.text(Self.name)])
                    } catch {
                        errors.append(String(reflecting: error))
                    }
                }
                return errors
            }
            #expect(errors.count == 4 && errors.allSatisfy { !$0.contains(Self.name) })
        }
    }

    @Test func `a mistake in SQL keeps the server's words and the connection`() async throws {
        try await withDatabase { database in
            try await database.pool.withConnection { connection in
                let error = #expect(throws: PostgresError.self) {
                    try connection.query("select * from public.tidak_ada")
                }
                #expect(error?.sqlState == "42P01" && error?.message.contains("tidak_ada") == true)
                let value17 = try connection.query("select 1").first?.int(0)
                #expect(value17 == 1)
                #expect(throws: PostgresError.self) { try connection.run(script: "copy (select 1) to stdout") }
            }
            #expect(try await database.pool.int("select 2") == 2)
        }
    }

    @Test func `a statement runs into its limit and a lock into its own`() async throws {
        let database = try await TestCluster.shared().makeDatabase()
        // Each limit is that of a pool of its own, short only for what never ends: a busy machine may take its time with the rest.
        var configuration = database.configuration
        configuration.statementTimeout = .milliseconds(300)
        let hasty = PostgresPool(configuration, size: 1)
        let slow = try await postgresError { try await hasty.run("select pg_sleep(100000)") }
        #expect(slow?.code == .server && slow?.sqlState == "57014")
        await hasty.close()
        try await database.pool.run("create table public.l()")
        let holder = try await PostgresConnection.connect(database.configuration)
        try await holder.run(script: "begin; lock public.l")
        configuration = database.configuration
        configuration.lockTimeout = .milliseconds(50)
        let waiting = PostgresPool(configuration, size: 1)
        let locked = try await postgresError { try await waiting.run("begin; lock public.l") }
        #expect(locked?.sqlState == "55P03" && locked?.isTransient == true)
        await holder.close()
        await waiting.close()
        await database.drop()
    }

    @Test func `a host that is not there and a conninfo that cannot be read`() async throws {
        let missing = PostgresConfiguration(conninfo: "host=/tmp/pgt-not-there dbname=x")
        let lost = try await postgresError { _ = try await PostgresConnection.connect(missing) }
        #expect(lost?.code == .connectionLost && lost?.isTransient == true)
        let unreadable = PostgresConfiguration(conninfo: "host=x password='RAHASIA")
        let wrong = try await postgresError { _ = try await PostgresConnection.connect(unreadable) }
        #expect(wrong?.code == .configuration && wrong?.description.contains("RAHASIA") == false)
    }

    @Test func `the first host is dead, the second one answers`() async throws {
        let database = try await TestCluster.shared().makeDatabase()
        let conninfo =
            "host=/tmp/pgt-not-there,\(database.cluster.socketDirectory) user=postgres dbname=\(database.name)"
        let pool = PostgresPool(PostgresConfiguration(conninfo: conninfo, applicationName: "uji"), size: 1)
        #expect(try await pool.int("select 1") == 1)
        let settings = try await pool.withConnection { connection in
            try connection.query(
                """
                select current_setting('application_name'), current_setting('search_path'),
                  current_setting('statement_timeout'),
                  current_setting('lock_timeout'), current_setting('idle_in_transaction_session_timeout'),
                  current_setting('standard_conforming_strings'), current_setting('client_encoding')
                """
            ).first.map { row in try (0..<7).map { try row.string($0) } }
        }
        #expect(settings == ["uji", "pg_catalog", "15s", "5s", "30s", "on", "UTF8"])
        await pool.close()
        await database.drop()
    }

    @Test func `a server that takes no writes is not connected to`() async throws {
        let database = try await TestCluster.shared().makeDatabase()
        try await database.pool.run("alter database \(database.name) set default_transaction_read_only = on")
        let other = PostgresPool(database.configuration, size: 1)
        let refused1 = try await postgresError { try await other.run("select 1") }
        #expect(refused1?.isConnectionLoss == true)
        await other.close()
        await database.drop()
    }

    @Test func `notices reach the closure and a channel its listener`() async throws {
        try await withDatabase { database in
            let severities = Notebook<String>()
            let received = try await database.pool.withConnection { listener in
                listener.onNotice = { notice in severities.add("\(notice.severity) \(notice.sqlState)") }
                try listener.run(script: "do $$begin raise notice 'a'; raise warning 'b'; end$$")
                try listener.listen("antrean \"x\"")
                let none = try listener.waitForNotification(timeoutMilliseconds: 0)
                try listener.run(script: "select pg_notify('antrean \"x\"', 'isi')")
                return (none, try listener.waitForNotification(timeoutMilliseconds: 600_000))
            }
            #expect(severities.notes == ["NOTICE 00000", "WARNING 01000"])
            #expect(received.0 == nil && received.1?.channel == "antrean \"x\"" && received.1?.payload == "isi")
        }
    }
}
