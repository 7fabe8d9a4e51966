// The search for the record that ends a worker.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PluginHost

@Suite struct HalvingTests {
    /// Runs a whole search against a set of bad records and gives what happened.
    private func search(
        _ count: Int,
        bad: Set<Int>,
        earlier: [Int] = [],
        splitAtOnce: Bool = false
    ) -> (asked: [Range<Int>], completed: [Int], isolated: [Int], failures: Int) {
        var halving = Halving(count: count, earlierFailures: earlier, splitAtOnce: splitAtOnce)
        var asked: [Range<Int>] = []
        var completed: [Int] = []
        var isolated: [Int] = []
        var failures = 0
        while true {
            switch halving.next() {
            case .ask(let range):
                asked.append(range)
                if bad.isDisjoint(with: range) {
                    completed += range
                    halving.completed()
                } else {
                    failures += 1
                    halving.failed()
                }
            case .isolated(let index): isolated.append(index)
            case .done: return (asked, completed, isolated, failures)
            }
        }
    }

    @Test func `every good record is completed once and every bad one isolated, in order`() {
        var generator = Generator(state: 7)
        for _ in 0..<2_000 {
            let count = Int.random(in: 0...130, using: &generator)
            let share = Int.random(in: 0...4, using: &generator)
            var bad: Set<Int> = []
            for index in 0..<count where Int.random(in: 0..<10, using: &generator) < share { bad.insert(index) }
            let result = search(count, bad: bad)
            #expect(result.completed == (0..<count).filter { !bad.contains($0) })
            #expect(result.isolated == bad.sorted())
            // No more failures than halving down to each bad record and three tries of it alone.
            var depth = 0
            while 1 << depth < count { depth += 1 }
            #expect(result.failures <= bad.count * (depth + 3))
        }
    }

    @Test func `a bad record among a thousand is isolated after thirteen failures`() {
        let result = search(1_000, bad: [999])
        #expect(result.isolated == [999])
        #expect(result.failures == 13)
        #expect(result.completed.count == 999)
    }

    @Test func `a record that failed alone before is given up sooner`() {
        #expect(search(1, bad: [0], earlier: [2]).failures == 1)
        #expect(search(1, bad: [0], earlier: [3]).failures == 0)
        #expect(search(1, bad: [0], earlier: [3]).isolated == [0])
    }

    @Test func `a batch that brought the daemon down is asked record by record`() {
        let result = search(4, bad: [2], splitAtOnce: true)
        #expect(result.asked == [0..<1, 1..<2, 2..<3, 2..<3, 2..<3, 3..<4])
        #expect(result.isolated == [2])
    }

    @Test func `what is left is known when the sector becomes unavailable`() {
        var halving = Halving(count: 4)
        #expect(halving.next() == .ask(0..<4))
        halving.failed()
        #expect(halving.next() == .ask(0..<2))
        #expect(halving.remaining == [0, 1, 2, 3])
        halving.completed()
        #expect(halving.remaining == [2, 3])
        #expect(halving.next() == .ask(2..<4))
        #expect(halving.next() == .ask(2..<4))
    }

    @Test func `an empty batch is done at once`() {
        #expect(search(0, bad: []).asked.isEmpty)
    }
}

/// SplitMix64: the same numbers every time.
struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
