// The random-model test of the log: thousands of steps with every fault, then the invariants.
// SPDX-License-Identifier: Apache-2.0
import PostgresClient
import PostgresTesting
import Testing

@testable import MessageLog

@Suite struct RandomModelTests {
    /// - Returns: the violation that the run found, if any, and what happened in it.
    func run(
        seed: UInt64,
        steps: Int,
        rules: Rules = .all,
        sources: Int = 24
    ) async throws -> (violation: String?, counts: [String: Int]) {
        let world = try await ModelWorld(seed: seed, rules: rules, sources: sources)
        var violation: String?
        do {
            for step in 1...steps {
                try await world.step()
                if step % 250 == 0 { try await world.checkConservation() }
            }
            try await world.drain()
            try await world.checkEverything()
        } catch {
            violation = "\(error)"
        }
        await world.stop()
        await world.writerPool.close()
        let entries = try await world.log.count("select count(*) from log.entry")
        await world.log.database.drop()
        world.counts["entries"] = entries
        return (violation, world.counts)
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `no invariant breaks in thousands of random steps`(seed: UInt64) async throws {
        let (violation, counts) = try await run(seed: seed, steps: 2_600)
        let text = counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        print("seed \(seed), 2600 steps: \(text)")
        #expect(violation == nil, "seed \(seed)")
    }

    @Test func `the model notices when duplicates are not compared`() async throws {
        var rules = Rules.all
        rules.comparesDuplicates = false
        try await expectViolation(rules)
    }

    @Test func `the model notices when gaps are not refused`() async throws {
        var rules = Rules.all
        rules.refusesGaps = false
        try await expectViolation(rules)
    }

    @Test func `the model notices when fences are not checked`() async throws {
        var rules = Rules.all
        rules.checksFence = false
        try await expectViolation(rules)
    }

    @Test func `the model notices when the bucket is guessed instead of asked from log.segment`() async throws {
        var rules = Rules.all
        rules.asksSegment = false
        try await expectViolation(rules)
    }

    @Test func `the model notices when the cursor moves from another place than was read`() async throws {
        var rules = Rules.all
        rules.movesCursorFromReadPosition = false
        try await expectViolation(rules)
    }

    /// A few seeds, the first that notices is enough.
    private func expectViolation(_ rules: Rules) async throws {
        for seed: UInt64 in 11...22 {
            let (violation, _) = try await run(seed: seed, steps: 800, rules: rules)
            if let violation {
                print("seed \(seed) noticed: \(violation)")
                return
            }
        }
        Issue.record("twelve seeds did not notice that a rule was removed")
    }
}
