// How long a failing worker waits.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PluginHost

@Suite struct BackOffTests {
    @Test func `three starts at once, then one to sixty seconds`() {
        var backOff = BackOff()
        var delays: [Duration] = []
        for _ in 0..<12 {
            backOff.startFailed()
            delays.append(backOff.delay)
        }
        let expected: [Int] = [0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]
        #expect(delays == expected.map { .seconds($0) })
    }

    @Test func `a completed batch resets it`() {
        var backOff = BackOff()
        for _ in 0..<9 { backOff.startFailed() }
        backOff.batchCompleted()
        #expect(backOff.delay == .zero)
        backOff.startFailed()
        #expect(backOff.delay == .zero)
    }

    @Test func `halving a thousand records down to one never waits`() {
        var backOff = BackOff()
        for _ in 0..<15 {
            backOff.batchFailed()
            #expect(backOff.delay == .zero)
        }
        backOff.batchFailed()
        #expect(backOff.delay == .seconds(1))
    }

    @Test func `jitter stays within a quarter`() {
        var backOff = BackOff()
        for _ in 0..<5 { backOff.startFailed() }
        #expect(backOff.delay(jitter: 0) == .seconds(3))
        #expect(backOff.delay(jitter: 0.999) == .seconds(5))
    }
}
