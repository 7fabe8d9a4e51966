// Each fault behaviour of the table against each exporter, through the real pusher, outbox and transfer.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Destinations

@Suite(.timeLimit(.minutes(25)), .enabled(if: StandinProcess.executable != nil, "sipd-standin is not built"))
struct FaultTableTests {
    /// A dialect with its cases.
    struct Row: Sendable, CustomTestStringConvertible {
        var fault: FaultCase
        var dialect: FaultDialect
        var subject: FaultSubject {
            FaultSubject(name: "\(dialect.name)-\(fault.name)", fault: fault, dialect: dialect)
        }
        var testDescription: String { "\(fault.name) × \(dialect.name)" }
    }

    static let rows = FaultDialect.all.flatMap { dialect in
        FaultCase.all.filter { $0.concerns(dialect) }.map { Row(fault: $0, dialect: dialect) }
    }

    /// All rows are pushed side by side, in one daemon: no destination waits for another's faults.
    private static let reports = Task {
        let standin = try await StandinProcess()
        defer { standin.stop() }
        var all: [String: FaultReport] = [:]
        // Those that wait for the end of a silent request wait together.
        let ordered = rows.filter(\.fault.isSilent) + rows.filter { !$0.fault.isSilent }
        for start in stride(from: 0, to: ordered.count, by: 60) {
            let subjects = ordered[start..<min(start + 60, ordered.count)].map(\.subject)
            all.merge(try await FaultRun(standin: standin, healsFirst: true).run(subjects)) { _, new in new }
        }
        return all
    }

    @Test func `the table has more than seventy behaviours, each with a name of its own`() {
        #expect(FaultCase.all.count >= 70)
        #expect(Set(FaultCase.all.map(\.name)).count == FaultCase.all.count)
    }

    @Test(arguments: rows)
    func `under a fault a document ends as it should, and once healed it is held once`(_ row: Row) async throws {
        let report = try #require(try await Self.reports.value[row.subject.name])
        #expect(
            report.ending == row.fault.ending(row.dialect.name),
            "\(report.words)\n\(report.attempts.joined(separator: "\n"))"
        )
        if report.ending == .stops {
            #expect(report.reason?.isEmpty == false)
            #expect(report.remedy?.contains("posyanductl") == true || report.remedy?.contains("revision") == true)
        }
        #expect(report.isAcknowledged)
        #expect(report.differences == [])
        #expect(report.mostEffects >= 1 && report.mostEffects <= row.fault.effects)
        #expect(report.mostRepeats <= row.fault.repeats)
    }
}
