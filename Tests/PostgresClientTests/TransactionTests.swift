// Commit, rollback, and the commits whose outcome is not plain.
// SPDX-License-Identifier: Apache-2.0

import FailPoints
import PostgresClient
import PostgresTesting
import Testing

@Suite struct TransactionTests {
    struct Refused: Error {}

    /// A table whose row runs `statement` at COMMIT.
    static func atCommit(_ statement: String) -> String {
        """
        create table public.t(id int);
        create function public.f() returns trigger language plpgsql as $$begin \(statement); return null; end$$;
        create constraint trigger c after insert on public.t deferrable initially deferred
          for each row execute function public.f()
        """
    }

    @Test func `a body that returns is kept, one that throws is not`() async throws {
        try await withDatabase { database in
            let pool = database.pool
            try await pool.run("create table public.t(id int)")
            let kept = try await pool.transaction { try $0.execute("insert into public.t values (1), (2)") }
            #expect(kept == 2)
            await #expect(throws: Refused.self) {
                try await pool.transaction { connection in
                    try connection.execute("insert into public.t values (3)")
                    throw Refused()
                }
            }
            #expect(try await pool.int("select count(*) from public.t") == 2)
        }
    }

    @Test func `options reach the server`() async throws {
        try await withDatabase { database in
            let options = TransactionOptions(isolation: .serializable, synchronousCommitOff: true, readOnly: true)
            let settings = try await database.pool.transaction(options) { connection in
                try connection.query(
                    """
                    select current_setting('transaction_isolation'), current_setting('synchronous_commit'),
                      current_setting('transaction_read_only')
                    """
                ).first.map { row in try (0..<3).map { try row.string($0) } }
            }
            #expect(settings == ["serializable", "off", "on"])
            let after = try await database.pool.durability()
            #expect(after.synchronousCommit == "on")
        }
    }

    @Test func `transactions do not nest, and the outer one is rolled back`() async throws {
        try await withDatabase { database in
            try await database.pool.run("create table public.t(id int)")
            let error = try await postgresError {
                try await database.pool.transaction { connection in
                    try connection.execute("insert into public.t values (1)")
                    try connection.transaction {}
                }
            }
            #expect(error?.code == .configuration)
            #expect(try await database.pool.int("select count(*) from public.t") == 0)
        }
    }

    @Test func `a swallowed failure makes COMMIT fail instead of rolling back in silence`() async throws {
        try await withDatabase { database in
            let error = try await postgresError {
                try await database.pool.transaction { connection in
                    _ = try? connection.query("select 1 / 0")
                }
            }
            #expect(error?.code == .server && error?.sqlState == "25P02")
        }
    }

    @Test func `a constraint that fails at COMMIT is a plain server error`() async throws {
        try await withDatabase { database in
            try await database.pool.run("create table public.t(id int unique deferrable initially deferred)")
            let error = try await postgresError {
                try await database.pool.transaction { _ = try $0.execute("insert into public.t values (1), (1)") }
            }
            #expect(error?.code == .server && error?.sqlState == "23505")
            #expect(try await database.pool.int("select count(*) from public.t") == 0)
        }
    }

    @Test func `a backend terminated during COMMIT leaves the outcome unknown`() async throws {
        try await withDatabase { database in
            try await database.pool.run(Self.atCommit("perform pg_terminate_backend(pg_backend_pid())"))
            let error = try await postgresError {
                try await database.pool.transaction { _ = try $0.execute("insert into public.t values (1)") }
            }
            #expect(error?.code == .commitUnknown && error?.sqlState == "57P01")
            #expect(error?.isTransient == false && error?.isConnectionLoss == false)
            #expect(try await database.pool.int("select count(*) from public.t") == 0)
        }
    }

    @Test func `a backend terminated before COMMIT is a lost connection`() async throws {
        try await withDatabase { database in
            let error = try await postgresError {
                try await database.pool.transaction { connection in
                    _ = try connection.query("select pg_terminate_backend(pg_backend_pid())")
                }
            }
            #expect(error?.code == .connectionLost && error?.isTransient == true && error?.sqlState == "57P01")
            #expect(try await database.pool.int("select 1") == 1)
        }
    }

    @Test(arguments: [true, false])
    func `a warning on COMMIT counts when asked for`(strict: Bool) async throws {
        try await withDatabase { database in
            try await database.pool.run(Self.atCommit("raise warning 'x'"))
            let error = try await postgresError {
                try await database.pool.transaction(.init(strictCommit: strict)) { connection in
                    try connection.run(script: "do $$begin raise warning 'before COMMIT, does not count'; end$$")
                    try connection.execute("insert into public.t values (1)")
                }
            }
            #expect(error?.code == (strict ? .commitWarning : nil))
            #expect(try await database.pool.int("select count(*) from public.t") == 1)
        }
    }

    @Test func `a row is written once whichever libpq call fails`() async throws {
        try await withDatabase { database in
            try await database.pool.run("create table public.t(n int, part int, primary key(n, part))")
            var (n, unknown, lost) = (0, 0, 0)
            while true {
                n += 1
                let plan = CallFault.Plan(.libpq, nth: n)
                try await CallFault.$plan.withValue(plan) {
                    let pool = PostgresPool(database.configuration, size: 1)
                    while true {
                        do {
                            try await Self.writeOnce(pool, n)
                            break
                        } catch let error as PostgresError where error.code == .commitUnknown {
                            unknown += 1
                            if try await Self.readBack(database.pool, n) { break }
                        } catch let error as PostgresError where error.isTransient {
                            lost += 1
                        }
                    }
                    await pool.close()
                }
                let parts = try await database.pool.int("select count(*) from public.t where n = $1", [.int8(Int64(n))])
                #expect(parts == 3, "the call that failed: \(n)")
                if !plan.hasStruck { break }
            }
            #expect(n > 15 && unknown >= 2 && lost >= 10)
            #expect(try await database.pool.int("select count(*) from public.t") == 3 * n)
        }
    }

    /// Whether the transaction was kept. The server process of the lost connection may still be at its COMMIT: the
    /// lock waits until it has ended either way.
    private static func readBack(_ pool: PostgresPool, _ n: Int) async throws -> Bool {
        try await pool.transaction { connection in
            try connection.run(script: "lock public.t in share mode")
            return try connection.query("select count(*) from public.t where n = $1", [.int8(Int64(n))]).first?.int(0)
                == 3
        }
    }

    private static func writeOnce(_ pool: PostgresPool, _ n: Int) async throws {
        try await pool.transaction { connection in
            let number = PostgresValue.int4(Int32(n))
            try connection.execute("insert into public.t values ($1, 1)", [number])
            _ = try connection.pipeline([("insert into public.t values ($1, 2)", [number]), ("select 1", [])])
            var buffer = CopyBuffer(columns: 2)
            buffer.startRow()
            buffer.append(int4: Int32(n))
            buffer.append(int4: 3)
            _ = try connection.copyIn("copy public.t from stdin with (format binary)", buffer)
            var rows = 0
            try connection.copyOut("copy (select 1 from public.t where n = \(n)) to stdout with (format binary)") { _ in
                rows += 1
            }
            #expect(rows == 3)
        }
    }

    @Test func `a longer limit of a transaction holds on both ends and ends with it`() async throws {
        let database = try await TestCluster.shared().makeDatabase()
        var configuration = database.configuration
        configuration.statementTimeout = .seconds(5)
        let connection = try await PostgresConnection.connect(configuration)
        // The client gives up 10 s after the statement limit of the session.
        try await connection.sleepInTransaction(seconds: 17, limit: .seconds(600))
        let late = await #expect(throws: PostgresError.self) {
            try await connection.run(script: "select pg_sleep(600)")
        }
        #expect(late?.sqlState == "57014")
        await connection.close()
        await database.drop()
    }
}

extension PostgresConnection {
    fileprivate func sleepInTransaction(seconds: Int, limit: Duration) throws {
        try transaction {
            try setStatementTimeoutOfTransaction(limit)
            try run(script: "select pg_sleep(\(seconds))")
        }
    }
}
