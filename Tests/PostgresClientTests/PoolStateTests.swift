// The pool's decisions in random orders of events, without a database.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PostgresClient

@Suite struct PoolStateTests {
    private struct Random: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 29)
        }
    }

    @Test(arguments: 1...40)
    func `every waiter is answered exactly once and the bound holds`(seed: Int) {
        var random = Random(state: UInt64(seed))
        let size = Int.random(in: 1...4, using: &random)
        var pool = PoolState<Int, Int>(size: size)
        var (waiting, lent, made, answered): ([Int], [Int?], Int, Set<Int>) = ([], [], 0, [])
        var nextWaiter = 0
        func take(_ grant: PoolGrant<Int>) {
            switch grant {
            case .connection(let connection): lent.append(connection)
            case .slot:
                made += 1
                lent.append(made)
            }
        }
        for _ in 0..<2000 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<4:
                switch pool.checkOut() {
                case .granted(let grant): take(grant)
                case .wait:
                    nextWaiter += 1
                    waiting.append(nextWaiter)
                    pool.enqueue(nextWaiter, id: UInt64(nextWaiter))
                case .closed: Issue.record("not closed yet")
                }
            case 4..<8:
                guard let index = lent.indices.randomElement(using: &random) else { continue }
                let connection = lent.remove(at: index)
                if let (waiter, grant) = pool.giveBack(Bool.random(using: &random) ? connection : nil) {
                    #expect(waiter == waiting.removeFirst())
                    #expect(answered.insert(waiter).inserted)
                    take(grant)
                }
            default:
                guard let victim = waiting.randomElement(using: &random) else { continue }
                #expect(pool.cancel(UInt64(victim)) == victim && answered.insert(victim).inserted)
                waiting.removeAll { $0 == victim }
                #expect(pool.cancel(UInt64(victim)) == nil)
            }
            #expect(pool.count <= size && pool.count >= lent.count && pool.waiting == waiting.count)
            #expect(Set(lent).count == lent.count)
            if !waiting.isEmpty { #expect(lent.count == size) }
        }
        let (refused, idle) = pool.close()
        #expect(refused == waiting && pool.count == lent.count && idle.allSatisfy { !lent.contains($0) })
        for connection in lent {
            let next = pool.giveBack(connection)
            #expect(next == nil)
        }
        #expect(pool.count == 0)
        if case .closed = pool.checkOut() {} else { Issue.record("closed") }
    }
}
