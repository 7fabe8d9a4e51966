// The engine around the transactions: fences, lost connections, counted tries, and a second engine that takes over.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import MessageLog
import PostgresClient
import Synchronization
import Testing

@testable import Apply

@Suite struct EngineTests {
    private static let tries = "select coalesce(max(tries), 0)::int from log.cursor where consumer = 'apply'"

    @Test func `an engine whose cursor was taken writes nothing more`() async throws {
        try await withNode { node in
            let (post, kiosks) = try await node.addPost(1)
            let old = try await node.engine()
            let new = try await node.engine()
            try await node.send(kiosks[0], [.report(id(2), at: post, on: "2026-11-03", cadres: 5)])
            await #expect(throws: MessageLogError.self) { _ = try await old.pass() }
            #expect(try await node.count("select count(*) from registry.record") == 0)
            #expect(try await node.settle(new).applied == 1)
            try await node.expectBalance()
        }
    }

    @Test func `a commit that fails while the daemon lives is no crash of the message`() async throws {
        try await withNode { node in
            let (post, kiosks) = try await node.addPost(1)
            try await node.send(kiosks[0], [.report(id(2), at: post, on: "2026-11-03", cadres: 5)])
            let engine = try await node.engine()
            try await node.pool.withConnection { connection in
                try connection.run(
                    script: """
                        create function away() returns trigger language plpgsql as $$
                        begin raise exception 'away' using errcode = '57P01'; end $$;
                        create trigger away before insert on log.journal for each statement execute function away();
                        """
                )
            }
            for _ in 0..<8 {
                await #expect(throws: PostgresError.self) { _ = try await engine.pass() }
                try await engine.takeOver()
            }
            #expect(try await node.count(Self.tries) <= 2)
            try await node.pool.withConnection { try $0.run(script: "drop trigger away on log.journal") }
            #expect(try await node.settle(engine).applied == 1)
            #expect(try await node.count("select count(*) from log.dead") == 0)
            try await node.expectBalance()
        }
    }

    @Test func `a message that ended the daemon three times is set aside, its neighbours are applied`() async throws {
        try await withNode { node in
            let (post, kiosks) = try await node.addPost(1)
            try await node.send(
                kiosks[0],
                (0..<8).map { .report(id(2 + $0), at: post, on: "2026-0\($0 + 1)-03", cadres: 5) }
            )
            // Each engine dies with its batch in hand: the try is counted, nothing else happens.
            var deaths = 0
            while deaths < 40 {
                let engine = try await node.engine()
                let before = try await node.count("select count(*) from registry.record")
                let isDeadly = try await dies(node, engine, at: 5)
                if !isDeadly { break }
                deaths += 1
                #expect(try await node.count("select count(*) from registry.record") >= before)
            }
            #expect(deaths < 20)
            #expect(try await node.texts("select reason from log.dead") == ["crash"])
            #expect(try await node.count("select count(*) from registry.record") == 7)
            try await node.expectBalance()
        }
    }

    /// Lets an engine apply as far as it gets; it "dies" when position `at` is in the batch in hand.
    /// - Returns: false when everything was applied.
    private func dies(_ node: Node, _ engine: ApplyEngine, at: Int64) async throws -> Bool {
        while true {
            let state = try await node.pool.withConnection {
                try $0.query(
                    """
                    select c.shard, c.pos, s.next_pos - 1 from log.cursor c join log.shard s using (shard)
                    where c.consumer = 'apply' and c.pos < s.next_pos - 1
                    """
                ).first.map { (shard: try $0.int(0), pos: Int64(try $0.int(1)), last: Int64(try $0.int(2))) }
            }
            guard let state else { return false }
            guard
                let batch = try await engine.prepare(state.shard, limit: await engine.limit(of: state.shard))
            else { return false }
            guard case .log(_, let from, let to, _) = batch.origin else { return false }
            let isGivenUp = batch.output.items.contains { if case .dead = $0.verdict { true } else { false } }
            if (from...to).contains(at), !isGivenUp { return true }
            try await engine.commit(batch)
            await engine.noted(batch)
        }
    }

    @Test func `batches of several shards commit while the next is decided, shared subjects wait`() async throws {
        try await withNode { node in
            var posts: [(UUID, Device)] = []
            for number in 1...12 {
                let (post, kiosks) = try await node.addPost(number)
                posts.append((post, kiosks[0]))
            }
            let child = id(1, 1)
            try await node.send(posts[0].1, [.register(id(1), child, at: posts[0].0)])
            for (place, (post, device)) in posts.enumerated() {
                try await node.send(
                    device,
                    (0..<5).map {
                        .weigh(id(10 + place * 5 + $0), child, at: post, on: "2026-0\($0 + 1)-\(10 + place)", 6_000)
                    }
                )
            }
            let engine = try await node.engine(batch: 2)
            try await node.settle(engine)
            #expect(try await node.count("select count(*) from registry.record") == 60)
            #expect(
                try await node.count(
                    """
                    with seen as (select id, (body::json->>'jejak')::int as trail,
                      row_number() over (order by date, id)::int as place from registry.record)
                    select count(*) from seen where trail = place
                    """
                ) == 60
            )
            try await node.expectBalance()
        }
    }

    @Test func `what was decided beside a batch that PostgreSQL refuses is decided again`() async throws {
        try await withNode { node in
            for number in 1...8 {
                let (post, kiosks) = try await node.addPost(number)
                try await node.send(
                    kiosks[0],
                    (0..<6).map {
                        .complain(id(number * 100 + $0), at: post, number % 3 == 0 && $0 == 4 ? "nol" : "jalan rusak")
                    }
                )
            }
            let pass = try await node.engine(batch: 4).pass()
            #expect(pass.entries == 48 && pass.applied == 46 && pass.dead == 2)
            #expect(try await node.count("select count(*) from registry.case") == 46)
            #expect(
                try await node.count(
                    """
                    select count(*) from (select from_pos, lag(to_pos, 1, 0::bigint) over (partition by shard order by id) as before
                      from log.journal) as ranges where from_pos <> before + 1
                    """
                ) == 0
            )
            try await node.expectBalance()
        }
    }

    @Test func `the bell wakes a loop once for any number of rings`() async {
        let bell = Bell()
        for _ in 0..<5 { bell.ring() }
        await bell.wait(atMost: .seconds(600))
        let woken = Flag()
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await bell.wait(atMost: .seconds(600))
                woken.raise()
            }
            group.addTask {
                while !woken.isRaised {
                    bell.ring()
                    await Task.yield()
                }
            }
        }
        #expect(woken.isRaised)
    }

    @Test func `a second loop at the bell lets the first go on, and cancellation ends a wait`() async {
        let bell = Bell()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await bell.wait(atMost: .seconds(600)) }
            group.addTask { await bell.wait(atMost: .seconds(600)) }
            await group.next()
            group.cancelAll()
        }
        await bell.wait(atMost: .milliseconds(1))
    }
}

private final class Flag: Sendable {
    private let state = Mutex(false)
    var isRaised: Bool { state.withLock { $0 } }
    func raise() { state.withLock { $0 = true } }
}

extension ApplyEngine {
    fileprivate func limit(of shard: Int) -> Int { limits[shard] ?? settings.batch }

    fileprivate func noted(_ batch: Prepared) {
        var pass = Pass()
        note(batch, &pass)
    }
}
