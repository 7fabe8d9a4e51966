// What an operator and the watchdog see and do while apply works: pause, roles of sources, steps, lease, stop.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import MessageLog
import PostgresClient
import Synchronization
import Testing

@testable import Apply

@Suite struct OperatorTests {
    private static let records = "select count(*) from registry.record"

    private static func pause(_ pool: PostgresPool, _ reason: String?) async throws {
        try await pool.withConnection { try LogCursor.pause($0, consumer: "apply", reason: reason) }
    }

    // MARK: Pause

    @Test func `paused, neither what was given back nor what comes in is applied; resumed, all of it`() async throws {
        let toy = ToySector()
        try await withNode(toy) { node in
            let (post, kiosks) = try await node.addPost(1)
            try await node.send(
                kiosks[0],
                [.complain(id(1), at: post, "jalan rusak"), .complain(id(2), at: post, #"jalan","racun":"ya"#)]
            )
            let engine = try await node.engine()
            #expect(try await node.settle(engine).dead == 1)
            toy.set(poison: nil)
            try await Self.pause(node.pool, "uji")
            try await node.pool.withConnection { connection in
                for letter in try DeadLetters.list(connection, consumer: "apply") {
                    try DeadLetters.retry(connection, consumer: "apply", at: letter.position, by: "ani", why: "uji")
                }
            }
            try await engine.learnWaiting()
            try await node.send(kiosks[0], [.complain(id(3), at: post, "jembatan rusak")])
            let paused = try await node.settle(engine)
            #expect(paused.entries == 0 && paused.applied == 0)
            #expect(try await node.count(Self.records) == 1)
            #expect(try await node.count("select count(*) from log.dead where state = 'held'") == 1)
            // One that starts while apply is paused does nothing either.
            let next = try await node.engine()
            #expect(try await node.settle(next).applied == 0)
            try await Self.pause(node.pool, nil)
            #expect(try await node.settle(next).applied == 2)
            #expect(try await node.count(Self.records) == 3)
            try await node.expectBalance()
        }
    }

    @Test func `a pause in the middle of a pass lets the batch in hand be finished`() async throws {
        let toy = ToySector()
        try await withNode(toy) { node in
            let (post, kiosks) = try await node.addPost(1)
            try await node.send(kiosks[0], (0..<10).map { .complain(id(1 + $0), at: post, "jalan rusak") })
            let sector = ObservedSector(toy)
            let engine = try await node.engine(batch: 2, sectors: (host: sector, catalogue: node.catalogue))
            let pool = node.pool
            sector.observe { _ in try? await Self.pause(pool, "uji") }
            #expect(try await engine.pass().entries == 2)
            try await Self.pause(pool, nil)
            sector.observe { _ in }
            #expect(try await engine.pass().entries == 8)
            try await node.expectBalance()
        }
    }

    // MARK: Sources

    @Test(arguments: [false, true])
    func `roles given to a source that is known hold for its next message`(isTakenOver: Bool) async throws {
        try await withNode { node in
            let (post, _) = try await node.addPost(1)
            let office = Device(uuid: id(7, 0xC000), posyandu: nil)
            var source = NewSource(uuid: office.uuid, incarnation: id(8, 0xC000), signKey: [1])
            let first = source
            _ = try await node.pool.withConnection { try LogSources.register($0, [first]) }
            let engine = try await node.engine()
            try await node.send(office, [.report(id(2), at: post, on: "2026-10-03", cadres: 5)])
            #expect(try await node.settle(engine).applied == 1)
            source.roles = ["pemdes"]
            source.area = "33.25.02"
            let changed = source
            _ = try await node.pool.withConnection { try LogSources.register($0, [changed]) }
            if isTakenOver {
                try await engine.takeOver()
            } else {
                await node.service(engine).sourcesChanged()
            }
            try await node.send(office, [.report(id(3), at: post, on: "2026-11-03", cadres: 5)])
            #expect(try await node.settle(engine).rejected == 1)
            #expect(try await node.rejections() == ["posyandu.di_luar_wilayah"])
            try await node.expectBalance()
        }
    }

    // MARK: Steps

    @Test func `every question and every batch is a step, in the middle of a pass`() async throws {
        let toy = ToySector()
        try await withNode(toy) { node in
            let (post, kiosks) = try await node.addPost(1)
            try await node.send(
                kiosks[0],
                (0..<20).map { .complain(id(1 + $0), at: post, $0 == 7 ? #"jalan","racun":"ya"# : "jalan rusak") }
            )
            let sector = ObservedSector(toy)
            let engine = try await node.engine(batch: 10, sectors: (host: sector, catalogue: node.catalogue))
            let seen = Seen()
            sector.observe { _ in seen.note(engine.pulse.now) }
            let pass = try await engine.pass()
            #expect(pass.applied == 19 && pass.dead == 1)
            let steps = seen.all.map(\.steps)
            #expect(steps.count > 8)
            #expect(zip(steps, steps.dropFirst()).allSatisfy { $0 < $1 })
            #expect(seen.all.allSatisfy { $0.asking == 1 })
            // The first batch is in the numbers when the second one is asked about.
            #expect(seen.all.last?.entries == 10)
            let now = engine.pulse.now
            #expect(now.entries == 20 && now.applied == 19 && now.dead == 1 && now.asking == 0)
        }
    }

    // MARK: Lease and stop

    @Test func `the lease is kept while a question takes longer than it lasts, and given back at a stop`()
        async throws
    {
        let toy = ToySector()
        try await withNode(toy) { node in
            let (post, kiosks) = try await node.addPost(1)
            try await node.send(kiosks[0], [.report(id(2), at: post, on: "2026-11-03", cadres: 5)])
            let sector = ObservedSector(toy)
            let engine = try await node.engine(
                sectors: (host: sector, catalogue: node.catalogue),
                leaseSeconds: 1
            )
            let (pool, renewals) = (node.pool, Seen())
            sector.observe { _ in
                let before = await Self.lease(pool)
                for _ in 0..<60_000 {
                    if await Self.lease(pool) > before {
                        renewals.note(engine.pulse.now)
                        return
                    }
                    try? await Task.sleep(for: .milliseconds(10))
                }
            }
            let service = node.service(engine)
            let running = Task { try await service.run() }
            for _ in 0..<300_000 where service.now.applied == 0 { try await Task.sleep(for: .milliseconds(1)) }
            #expect(service.now.applied > 0)
            #expect(renewals.all.count == 1)
            #expect(service.now.failures == 0)
            engine.stop()
            try await running.value
            #expect(try await node.count("select count(*) from log.cursor where owner is not null") == 0)
        }
    }

    /// When the lease ends that ends first, microseconds; 0 when that cannot be read.
    private static func lease(_ pool: PostgresPool) async -> Int64 {
        let ends = try? await pool.withConnection { connection in
            try connection.query("select min(lease_until) from log.cursor where consumer = 'apply'").first?.timestamp(0)
        }
        return ends ?? 0
    }
}

/// Numbers of apply as they were from time to time.
private final class Seen: Sendable {
    private let numbers = Mutex<[ApplyNumbers]>([])
    var all: [ApplyNumbers] { numbers.withLock { $0 } }
    func note(_ now: ApplyNumbers) { numbers.withLock { $0.append(now) } }
}

extension Node {
    /// The engine as a service that nobody stops but the test.
    fileprivate func service(_ engine: ApplyEngine) -> ApplyService {
        ApplyService(
            engine: engine,
            bell: Bell(),
            sectorsReady: { ["tumbuh"] },
            onProgress: {},
            log: Self.quiet
        )
    }
}
