// Several statements in one round trip, and one of them failing.
// SPDX-License-Identifier: Apache-2.0

import PostgresClient
import PostgresTesting
import Testing

@Suite struct PipelineTests {
    @Test func `each statement gives its rows, in order`() async throws {
        try await withDatabase { database in
            try await database.pool.withConnection { connection in
                let rows = try connection.pipeline([
                    ("select $1 * 2", [.int4(4)]), ("select generate_series(1, 3)", []), ("select $1 * 2", [.int4(5)]),
                ])
                #expect(try rows.map { try $0.map { try $0.int(0) } } == [[8], [1, 2, 3], [10]])
                let nothing = try connection.pipeline([])
                #expect(nothing.isEmpty)
            }
        }
    }

    @Test func `one failure undoes all, tells the failed one and leaves the connection usable`() async throws {
        try await withDatabase { database in
            try await database.pool.run("create table public.t(id int primary key)")
            try await database.pool.withConnection { connection in
                let insert = "insert into public.t values ($1)"
                let error = #expect(throws: PostgresError.self) {
                    try connection.pipeline([(insert, [.int4(1)]), (insert, [.int4(1)]), (insert, [.int4(2)])])
                }
                #expect(error?.sqlState == "23505" && error?.constraint == "t_pkey")
                let value11 = try connection.query("select count(*) from public.t").first?.int(0)
                #expect(value11 == 0)
                _ = try connection.pipeline([(insert, [.int4(1)]), (insert, [.int4(2)])])
                let value12 = try connection.query("select count(*) from public.t").first?.int(0)
                #expect(value12 == 2)
                #expect(throws: PostgresError.self) {
                    try connection.pipeline([(insert, [.int4(3)]), ("select * from public.none", [])])
                }
                let value13 = try connection.query("select count(*) from public.t").first?.int(0)
                #expect(value13 == 2)
            }
        }
    }

    @Test func `a pipeline inside a transaction is part of it`() async throws {
        try await withDatabase { database in
            try await database.pool.run("create table public.t(id int)")
            struct Refused: Error {}
            await #expect(throws: Refused.self) {
                try await database.pool.transaction { connection in
                    _ = try connection.pipeline([
                        ("insert into public.t values (1)", []), ("insert into public.t values (2)", []),
                    ])
                    throw Refused()
                }
            }
            #expect(try await database.pool.int("select count(*) from public.t") == 0)
        }
    }

    @Test func `big parameters and big results pass each other`() async throws {
        try await withDatabase { database in
            let total = try await database.pool.withConnection { connection in
                let body = [UInt8](repeating: 1, count: 200_000)
                let rows = try connection.pipeline(Array(repeating: ("select $1", [.bytea(body)]), count: 60))
                return try rows.reduce(0) { try $0 + ($1.first?.bytes(0).count ?? 0) }
            }
            #expect(total == 12_000_000)
        }
    }

    @Test func `a table changed under a prepared statement is read anew`() async throws {
        try await withDatabase { database in
            try await database.pool.run("create table public.t(a int); insert into public.t values (1)")
            try await database.pool.withConnection { connection in
                let value14 = try connection.query("select * from public.t").first?.int(0)
                #expect(value14 == 1)
                try connection.run(script: "alter table public.t add b text default 'x'")
                let value15 = try connection.query("select * from public.t").first?.string(1)
                #expect(value15 == "x")
                try connection.run(script: "alter table public.t drop b")
                let error = #expect(throws: PostgresError.self) {
                    try connection.transaction { try connection.execute("select * from public.t") }
                }
                #expect(error?.sqlState == "0A000")
                let value16 = try connection.query("select * from public.t").first?.int(0)
                #expect(value16 == 1)
            }
        }
    }

    @Test func `prepared statements are bounded`() async throws {
        let database = try await TestCluster.shared().makeDatabase(poolSize: 1)
        var configuration = database.configuration
        configuration.preparedStatements = 5
        let pool = PostgresPool(configuration, size: 1)
        let kept = try await pool.withConnection { connection in
            for n in 0..<40 {
                let read = try connection.query("select \(n)").first?.int(0)
                #expect(read == n)
            }
            return try connection.query("select count(*) from pg_prepared_statements").first?.int(0)
        }
        #expect(kept == 5)
        await pool.close()
        await database.drop()
    }
}
