// Messages that cannot be applied yet, or never: held, drained in order, set aside for a person, given back.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import MessageLog
import PostgresClient
import Testing

@testable import Apply

@Suite struct HeldTests {
    private static let held = "select count(*) from log.dead where state = 'held'"

    @Test func `a record before its resident is held and drained when she is registered`() async throws {
        try await withNode { node in
            let (post, kiosks) = try await node.addPost(1, devices: 2)
            try await node.send(
                kiosks[0],
                [
                    .weigh(id(3), id(1, 1), at: post, on: "2026-11-05", 6_900),
                    .weigh(id(2), id(1, 1), at: post, on: "2026-10-05", 6_500), .retract(id(5), id(3), at: post),
                    .weigh(id(6), id(1, 1), at: post, on: "2026-10-05", 6_600, corrects: id(2)),
                    .move(id(7), id(1, 1), from: post, to: post),
                ]
            )
            let engine = try await node.engine()
            let before = try await node.settle(engine)
            #expect(before.held == 5 && before.applied == 0)
            #expect(try await node.count(Self.held) == 5)
            try await node.expectBalance()
            try await node.send(kiosks[1], [.register(id(1), id(1, 1), at: post)])
            let after = try await node.settle(engine)
            #expect(after.applied == 6)
            #expect(try await node.count("select count(*) from log.dead") == 0)
            #expect(try await node.field(id(2), "berat") == 6_600)
            #expect(try await node.count("select state from registry.record where id = $1", [.uuid(id(3))]) == 1)
            #expect(await !engine.isAnythingWaiting)
            try await node.expectBalance()
        }
    }

    @Test func `a retraction before its record waits for it`() async throws {
        try await withNode { node in
            let (post, kiosks) = try await node.addPost(1, devices: 2)
            try await node.send(kiosks[1], [.retract(id(5), id(2), at: post)])
            let engine = try await node.engine()
            try await node.settle(engine)
            #expect(
                try await node.texts("select waits_for from log.dead where state = 'held'") == ["record:" + id(2).text]
            )
            try await node.send(
                kiosks[0],
                [.register(id(1), id(1, 1), at: post), .weigh(id(2), id(1, 1), at: post, 6_500)]
            )
            try await node.settle(engine)
            #expect(try await node.count(Self.held) == 0)
            #expect(try await node.figure("tumbuh.ditimbang", "2026-11", post) == nil)
            try await node.expectBalance()
        }
    }

    @Test func `records of a sector that is away wait in order, core messages go on`() async throws {
        let host = ToySector()
        try await withNode(host) { node in
            let (post, kiosks) = try await node.addPost(1)
            let engine = try await node.engine(batch: 4)
            host.set(available: false)
            try await node.send(
                kiosks[0],
                [.register(id(1), id(1, 1), at: post)]
                    + (0..<7).map { .weigh(id(10 + $0), id(1, 1), at: post, on: "2026-0\($0 + 1)-05", 6_500 + $0) }
            )
            try await node.settle(engine, ready: [])
            #expect(try await node.count("select count(*) from registry.resident") == 1)
            #expect(try await node.count(Self.held) == 7)
            try await node.expectBalance()
            // It is back before the drain: newer records still queue up behind the older ones.
            host.set(available: true)
            try await node.send(kiosks[0], [.weigh(id(17), id(1, 1), at: post, on: "2026-08-05", 7_000)])
            _ = try await engine.pass()
            #expect(try await node.count(Self.held) == 8)
            #expect(host.answered.isEmpty)
            // A node that starts anew learns what waits.
            let next = try await node.engine(batch: 2)
            try await node.send(kiosks[0], [.weigh(id(18), id(1, 1), at: post, on: "2026-09-05", 7_100)])
            try await node.settle(next)
            #expect(host.answered == (10...18).map { id($0).text })
            #expect(try await node.field(id(18), "jejak") == 9)
            #expect(await !next.isAnythingWaiting)
            // The queue is gone: newer records are asked at once.
            try await node.send(kiosks[0], [.weigh(id(19), id(1, 1), at: post, on: "2026-10-05", 7_100)])
            #expect(try await next.pass().applied == 1)
            try await node.expectBalance()
        }
    }

    @Test func `what goes on waiting is not written again`() async throws {
        let host = ToySector()
        try await withNode(host) { node in
            let (post, kiosks) = try await node.addPost(1)
            host.set(available: false)
            try await node.send(
                kiosks[0],
                [.register(id(1), id(1, 1), at: post), .weigh(id(2), id(1, 1), at: post, 6_500)]
            )
            let engine = try await node.engine()
            try await node.settle(engine, ready: [])
            let row = "select xmin::text || ctid::text from log.dead"
            let before = try await node.text(row)
            for _ in 0..<3 { _ = try await engine.drain(readySectors: ["tumbuh"]) }
            #expect(try await node.text(row) == before)
            try await node.expectBalance()
        }
    }

    @Test func `records of an unknown sector or version wait for it`() async throws {
        try await withNode { node in
            let (post, kiosks) = try await node.addPost(1)
            var later = Text.report(id(2), at: post, on: "2026-11-03", cadres: 5)
            later.version = 2
            try await node.send(
                kiosks[0],
                [
                    later, .report(id(3), at: post, on: "2026-12-03", cadres: 6),
                    Text(id: id(4), type: "pariwisata.kunjungan", posyandu: post),
                ]
            )
            let engine = try await node.engine()
            try await node.settle(engine)
            #expect(
                try await node.texts("select waits_for || ', ' || reason from log.dead order by pos") == [
                    "sector:tumbuh, record version not known yet", "sector:tumbuh, earlier records of the source wait",
                    "sector:pariwisata, record type not installed",
                ]
            )
            try await node.expectBalance()
        }
    }

    @Test func `records asked again while their sector is away are asked when it is back`() async throws {
        let host = ToySector()
        try await withNode(host) { node in
            let (post, kiosks) = try await node.addPost(1)
            try await node.send(
                kiosks[0],
                [
                    .register(id(1), id(1, 1), at: post), .weigh(id(2), id(1, 1), at: post, on: "2026-10-05", 6_500),
                    .weigh(id(3), id(1, 1), at: post, on: "2026-11-05", 6_600),
                ]
            )
            let engine = try await node.engine()
            try await node.settle(engine)
            host.set(available: false)
            try await node.send(kiosks[0], [.register(id(4), id(1, 1), at: post, birth: "2025-01-02")])
            try await node.settle(engine, ready: [])
            #expect(try await node.count("select count(*) from registry.ask_again") == 2)
            #expect(try await node.field(id(2), "umur_hari") == 642)
            _ = try await engine.drain(readySectors: ["tumbuh"])
            #expect(try await node.count("select count(*) from registry.ask_again") == 2)
            host.set(available: true)
            _ = try await engine.drain(readySectors: [])
            #expect(try await node.count("select count(*) from registry.ask_again") == 2)
            let again = try await node.engine()
            let pass = try await again.drain(readySectors: ["tumbuh"])
            #expect(pass.again == 2)
            #expect(try await node.count("select count(*) from registry.ask_again") == 0)
            #expect(try await node.field(id(2), "umur_hari") == 641)
            #expect(try await node.field(id(3), "umur_hari") == 672)
            #expect(await !again.isAnythingWaiting)
            try await node.expectBalance()
        }
    }

    @Test func `a record that ends its worker three times is dead, the others applied, and a retry works`() async throws
    {
        let host = ToySector()
        try await withNode(host) { node in
            let (post, kiosks) = try await node.addPost(1)
            try await node.send(
                kiosks[0],
                [.register(id(1), id(1, 1), at: post)]
                    + (0..<20).map {
                        .weigh(
                            id(10 + $0),
                            id(1, 1),
                            at: post,
                            on: "2026-11-05",
                            6_500,
                            more: $0 == 7 ? #","racun":true"# : ""
                        )
                    }
                    + (0..<20).map { .complain(id(40 + $0), at: post, $0 == 11 ? #"x","racun":"y"# : "jalan rusak") }
            )
            let engine = try await node.engine()
            let pass = try await node.settle(engine)
            #expect(pass.dead == 2 && pass.applied == 39)
            let letters = try await node.pool.withConnection { try DeadLetters.list($0, consumer: "apply") }
            #expect(letters.map(\.reason) == ["worker", "worker"])
            try await node.expectBalance()
            host.set(poison: nil)
            for letter in letters {
                try await node.pool.withConnection {
                    try DeadLetters.retry($0, consumer: "apply", at: letter.position, by: "ani", why: "sector repaired")
                }
            }
            try await node.expectBalance()
            try await engine.learnWaiting()
            let retried = try await node.settle(engine)
            #expect(retried.applied == 2)
            #expect(try await node.count("select count(*) from registry.record") == 40)
            #expect(
                try await node.texts("select distinct state || ' ' || resolution from log.dead") == ["resolved applied"]
            )
            #expect(await !engine.isAnythingWaiting)
            try await node.expectBalance()
        }
    }

    @Test(arguments: [1, 2, 5, 64])
    func `data that PostgreSQL refuses are found alone, in the log and among held messages`(count: Int) async throws {
        let host = ToySector()
        try await withNode(host) { node in
            let (post, kiosks) = try await node.addPost(1)
            let (other, others) = try await node.addPost(2)
            let bad = count / 2
            func texts(_ first: Int, _ post: UUID) -> [Text] {
                (0..<count).map { .complain(id(first + $0), at: post, $0 == bad ? "nol" : "jalan rusak") }
            }
            let engine = try await node.engine()
            try await node.send(kiosks[0], texts(1_000, post))
            try await node.send(others[0], texts(2_000, other))
            let pass = try await engine.pass()
            #expect(pass.dead == 2 && pass.applied == 2 * count - 2)
            #expect(try await node.texts("select distinct reason || ' ' || detail from log.dead") == ["data 22021"])
            #expect(try await node.count("select count(*) from registry.case") == 2 * count - 2)
            host.set(available: false)
            try await node.send(kiosks[0], texts(3_000, post))
            try await node.settle(engine, ready: [])
            host.set(available: true)
            try await node.settle(engine)
            #expect(try await node.count(Self.held) == 0)
            #expect(try await node.count("select count(*) from log.dead where state = 'dead'") == 3)
            #expect(try await node.count("select count(*) from registry.case") == 3 * count - 3)
            try await node.expectBalance()
        }
    }
}
