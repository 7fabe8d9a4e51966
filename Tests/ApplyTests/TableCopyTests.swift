// A table is copied a few chunks at a time, however slow the target is, and what ends one side ends the other.
// SPDX-License-Identifier: Apache-2.0
import PostgresClient
import PostgresTesting
import Testing

@testable import Replay

@Suite(.timeLimit(.minutes(25))) struct TableCopyTests {
    /// Two databases with the same table; that of the source has 1,000 rows.
    private func withTables(_ body: (TestDatabase, TestDatabase) async throws -> Void) async throws {
        let cluster = try await TestCluster.shared()
        let source = try await cluster.makeDatabase()
        let target = try await cluster.makeDatabase()
        for database in [source, target] {
            try await database.pool.withConnection {
                try $0.run(script: "create table public.t(n int primary key, words text)")
            }
        }
        try await source.pool.withConnection {
            try $0.run(script: "insert into public.t select n, repeat('x', 100) from generate_series(1, 1000) n")
        }
        do {
            try await body(source, target)
        } catch {
            await source.drop()
            await target.drop()
            throw error
        }
        await source.drop()
        await target.drop()
    }

    private func count(_ pool: PostgresPool) async throws -> Int? {
        try await pool.withConnection { try $0.query("select count(*) from public.t").first?.int(0) }
    }

    @Test func `while the target stands still the source waits, with two chunks in between`() async throws {
        try await withTables { source, target in
            var patient = target.configuration
            patient.lockTimeout = .zero
            let pool = PostgresPool(patient, size: 1)
            let copy = TableCopy(table: "public.t", query: "select * from public.t", rows: 10)
            let blocker = try await PostgresConnection.connect(target.configuration)
            try await blocker.run(script: "begin; lock table public.t in exclusive mode")
            async let copied: Void = copy.run(from: source.pool, to: pool)
            for _ in 0..<120_000 where copy.handOver.mostWaiting < 2 { try await Task.sleep(for: .milliseconds(5)) }
            #expect(copy.handOver.mostWaiting == 2)
            #expect(try await count(target.pool) == 0)
            try await blocker.run(script: "commit")
            try await copied
            // A hundred chunks went through, never more than two at a time.
            #expect(copy.handOver.mostWaiting == 2)
            #expect(try await count(target.pool) == 1_000)
            await blocker.close()
            await pool.close()
        }
    }

    @Test func `a chunk is full by its bytes too`() async throws {
        try await withTables { source, target in
            let copy = TableCopy(table: "public.t", query: "select * from public.t", bytes: 1_000)
            try await copy.run(from: source.pool, to: target.pool)
            #expect((1...2).contains(copy.handOver.mostWaiting))
            #expect(try await count(target.pool) == 1_000)
        }
    }

    @Test func `a target that refuses a row ends the reading`() async throws {
        try await withTables { source, target in
            try await target.pool.withConnection { try $0.run(script: "alter table public.t add check (n < 500)") }
            let copy = TableCopy(table: "public.t", query: "select * from public.t order by n", rows: 10)
            await #expect(throws: PostgresError.self) { try await copy.run(from: source.pool, to: target.pool) }
            #expect(try await count(target.pool) == 490)
            #expect(try await count(source.pool) == 1_000)
        }
    }

    @Test func `a source that fails ends the writing`() async throws {
        try await withTables { source, target in
            let query = "select n / (case when n < 500 then 1 else 0 end) as n, words from public.t"
            let copy = TableCopy(table: "public.t", query: query, rows: 10)
            await #expect(throws: PostgresError.self) { try await copy.run(from: source.pool, to: target.pool) }
            let copied = try await count(target.pool) ?? 1_000
            #expect(copied < 500)
            #expect(try await count(source.pool) == 1_000)
        }
    }

    @Test func `chunks come in order, an end comes after the last, an error at once`() throws {
        struct Refusal: Error {}
        let handOver = ChunkHandOver<Int>(room: 2)
        try handOver.put(1)
        try handOver.put(2)
        handOver.finish()
        #expect(try handOver.take() == 1)
        #expect(try handOver.take() == 2)
        #expect(try handOver.take() == nil)
        handOver.fail(Refusal())
        #expect(throws: Refusal.self) { try handOver.put(3) }
        #expect(throws: Refusal.self) { try handOver.take() }
    }
}
