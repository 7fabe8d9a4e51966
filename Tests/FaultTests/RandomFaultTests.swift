// Random strings of faults in bulk, from seeds: whatever happens in whatever order, every document is held once.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Destinations

@Suite(.timeLimit(.minutes(25)), .enabled(if: StandinProcess.executable != nil, "sipd-standin is not built"))
struct RandomFaultTests {
    /// Faults of a push; hanging ones are rarer, because each costs a time-out.
    private static let pushFaults = [
        "ok", "ok", "500", "502", "503", "504", "429", "408", "status(code=401)", "status(code=422)",
        "status(code=404)",
        "status(code=412)", "reset", "reset-after-read", "close", "html", "html(code=502)", "garbage", "redirect",
        "error-lines", "lose", "closed", "reset-after-commit", "close-after-commit", "status-after-commit(code=500)",
        "status-after-commit(code=503)", "status-after-commit(code=422)", "html-after-commit", "truncate", "cut-chunks",
        "bad-chunk", "long-length", "short-length", "gzip-lie", "unknown-encoding", "utf16", "latin1", "invalid-json",
        "trailing", "duplicate-member", "empty", "no-content", "wrong-type", "huge(bytes=200000)", "header-flood",
        "continue-many", "two-answers", "lose+no-content", "lose+reset-after-commit", "hang", "timeout-after-commit",
    ]
    private static let readFaults = [
        "ok", "ok", "500", "503", "429", "status(code=401)", "reset", "close", "html", "truncate", "cut-chunks",
        "bad-chunk",
        "long-length", "gzip-lie", "invalid-json", "trailing", "empty", "wrong-type", "continue-many", "two-answers",
        "redirect",
    ]

    /// splitmix64
    private struct Generator {
        var state: UInt64

        mutating func below(_ limit: Int) -> Int {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return Int((z ^ (z >> 31)) % UInt64(limit))
        }
    }

    private static func subject(_ seed: Int) -> FaultSubject {
        var generator = Generator(state: UInt64(seed))
        let dialect = FaultDialect.all[seed % FaultDialect.all.count]
        func sequence(_ faults: [String]) -> String {
            (0...generator.below(4)).map { _ in faults[generator.below(faults.count)] }.joined(separator: " ")
        }
        let script = """
            {put} sequence \(sequence(pushFaults))
            {poll} sequence \(sequence(readFaults))
            {get} sequence \(sequence(readFaults))
            """
        let fault = FaultCase(name: "seed-\(seed)", script: script, ending: .delivers)
        return FaultSubject(name: "\(dialect.name)-seed-\(seed)", fault: fault, dialect: dialect, patience: 40)
    }

    @Test(arguments: 0..<4)
    func `a hundred strings of faults leave each document held once`(_ block: Int) async throws {
        let standin = try await StandinProcess()
        defer { standin.stop() }
        let subjects = (block * 100..<block * 100 + 100).map(Self.subject)
        let reports = try await FaultRun(standin: standin, healsFirst: false).run(subjects)
        for subject in subjects {
            let report = try #require(reports[subject.name])
            let told: Comment = """
                \(subject.name) \(report.words)
                \(subject.dialect.script(subject.fault.script))
                \(report.attempts.joined(separator: "\n"))
                """
            #expect(report.isAcknowledged, told)
            #expect(report.differences == [], told)
            #expect(report.mostEffects == 1, told)
            if report.ending == .stops { #expect(report.reason?.isEmpty == false, told) }
        }
    }
}
