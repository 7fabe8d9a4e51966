// What is held, given back or asked again and ends the daemon: found alone after three ends, and no crash where there was none.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import MessageLog
import PluginHost
import PostgresClient
import Testing

@testable import Apply

@Suite struct DrainCrashTests {
    private static let tries = "select count(*) from log.drain_try"

    /// Lets one engine after the other drain. Each ends, and leaves what it counted, when the sector is asked about `record`.
    /// - Returns: how many ended.
    private func deaths(_ node: Node, holding record: UUID) async throws -> Int {
        for ended in 0..<20 {
            let sector = ObservedSector(node.host)
            let engine = try await node.engine(sectors: (host: sector, catalogue: node.catalogue))
            sector.observe { records in
                if records.contains(where: { $0.id == record.text }) { engine.stop() }
            }
            do {
                _ = try await engine.drain(readySectors: ["tumbuh"])
                return ended
            } catch is CancellationError {
                continue
            }
        }
        return 20
    }

    private func retryAll(_ node: Node) async throws {
        try await node.pool.withConnection { connection in
            for letter in try DeadLetters.list(connection, consumer: "apply") {
                try DeadLetters.retry(connection, consumer: "apply", at: letter.position, by: "ani", why: "repaired")
            }
        }
    }

    @Test func `a letter given back that still ends the daemon is set aside again, its neighbours are applied`()
        async throws
    {
        let toy = ToySector()
        try await withNode(toy) { node in
            let (post, kiosks) = try await node.addPost(1)
            try await node.send(
                kiosks[0],
                (0..<5).map { .complain(id(10 + $0), at: post, #"jalan rusak","racun":"ya"#) }
            )
            #expect(try await node.settle(try await node.engine()).dead == 5)
            toy.set(poison: nil)
            try await retryAll(node)
            #expect(try await deaths(node, holding: id(12)) == 3)
            #expect(try await node.texts("select reason from log.dead where state = 'dead'") == ["crash"])
            #expect(try await node.count("select count(*) from registry.record") == 4)
            #expect(try await node.count(Self.tries) == 0)
            try await node.expectBalance()
            // Repaired: given back once more it is as any other.
            try await retryAll(node)
            let engine = try await node.engine()
            #expect(try await node.settle(engine).applied == 1)
            #expect(await !engine.isAnythingWaiting)
            try await node.expectBalance()
        }
    }

    @Test func `a record asked again that ends the daemon is left to a person, the others are asked`() async throws {
        let toy = ToySector()
        try await withNode(toy) { node in
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
            toy.set(available: false)
            try await node.send(kiosks[0], [.register(id(4), id(1, 1), at: post, birth: "2025-01-02")])
            try await node.settle(engine, ready: [])
            toy.set(available: true)
            #expect(try await deaths(node, holding: id(2)) == 3)
            #expect(try await node.texts("select reason from registry.ask_again") == ["crash"])
            #expect(try await node.field(id(3), "umur_hari") == 672)
            #expect(try await node.count(Self.tries) == 0)
            try await node.expectBalance()
        }
    }

    @Test func `what was tried alone and waits on keeps its place before later records of its source`() async throws {
        let toy = ToySector()
        try await withNode(toy) { node in
            let (post, kiosks) = try await node.addPost(1)
            toy.set(available: false)
            try await node.send(
                kiosks[0],
                [.register(id(1), id(1, 1), at: post)]
                    + (0..<4).map { .weigh(id(10 + $0), id(1, 1), at: post, on: "2026-0\($0 + 1)-05", 6_500 + $0) }
            )
            try await node.settle(try await node.engine(), ready: [])
            // The daemon ended once with the four in hand, as this one is about to.
            toy.set(available: true)
            let sector = ObservedSector(toy)
            let dying = try await node.engine(sectors: (host: sector, catalogue: node.catalogue))
            sector.observe { _ in dying.stop() }
            await #expect(throws: CancellationError.self) { _ = try await dying.drain(readySectors: ["tumbuh"]) }
            #expect(try await node.count(Self.tries) == 4)
            let before = toy.answered.count
            // Away for the first question only.
            let next = try await node.engine(sectors: (host: sector, catalogue: node.catalogue))
            toy.set(available: false)
            sector.observe { records in
                if !records.contains(where: { $0.id == id(10).text }) { toy.set(available: true) }
            }
            _ = try await next.drain(readySectors: ["tumbuh"])
            #expect(toy.answered.count == before)
            toy.set(available: true)
            try await node.settle(next)
            #expect(Array(toy.answered.dropFirst(before)) == (10...13).map { id($0).text })
            #expect(try await node.count(Self.tries) == 0)
            try await node.expectBalance()
        }
    }

    @Test func `what is dropped at a stop is no crash`() async throws {
        let toy = ToySector()
        try await withNode(toy) { node in
            let (post, kiosks) = try await node.addPost(1)
            let held = Text.weigh(id(2), id(1, 1), at: post, 6_500)
            try await node.send(kiosks[0], [held])
            let sector = ObservedSector(toy)
            for round in 0..<5 {
                let engine = try await node.engine(sectors: (host: sector, catalogue: node.catalogue))
                if round == 0 {
                    try await node.settle(engine)
                    try await node.send(kiosks[0], [.register(id(1), id(1, 1), at: post)])
                    _ = try await engine.pass()
                    try await node.send(kiosks[0], [.report(id(3), at: post, on: "2026-11-03", cadres: 5)])
                }
                sector.observe { _ in engine.stop() }
                // Every other time it is told to stop while it drains.
                if round % 2 == 0 {
                    await #expect(throws: CancellationError.self) { _ = try await engine.pass() }
                } else {
                    await #expect(throws: CancellationError.self) { _ = try await engine.drain(readySectors: []) }
                }
                try await engine.release()
                #expect(try await node.count(Self.tries) == 0)
                #expect(try await node.count("select max(tries)::int from log.cursor") == 0)
            }
            let engine = try await node.engine()
            #expect(await engine.limits.isEmpty)
            #expect(await engine.suspects.isEmpty)
            #expect(try await node.settle(engine).applied == 2)
            #expect(try await node.count("select count(*) from log.dead") == 0)
            try await node.expectBalance()
        }
    }

    @Test func `a page is split around its suspects and stays in order`() {
        let parts = ApplyEngine.parts(Array(1...8)) { [1, 4, 5, 8].contains($0) }
        #expect(parts == [[1], [2, 3], [4], [5], [6, 7], [8]])
        #expect(ApplyEngine.parts([Int]()) { _ in true }.isEmpty)
        #expect(ApplyEngine.parts([1, 2, 3]) { _ in false } == [[1, 2, 3]])
    }
}
