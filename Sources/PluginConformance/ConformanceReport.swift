// What the conformance checks of a sector came to, as lines for a person.
// SPDX-License-Identifier: Apache-2.0

/// The result of `posyanductl sector test DIR`: a line a check, and the totals.
package struct ConformanceReport: Sendable {
    package enum Outcome: Sendable, Hashable {
        /// Passed, with what was looked at.
        case passed(String)
        /// Failed, with everything that was found.
        case failed([String])
        /// Not run, with the reason; counted neither as passed nor as failed.
        case skipped(String)
    }

    package struct Check: Sendable, Hashable {
        /// Number in the table of `docs/plugins.md` §11.
        package var number: Int
        package var name: String
        package var outcome: Outcome
    }

    package private(set) var checks: [Check] = []

    package init() {}

    mutating func add(_ number: Int, _ name: String, _ outcome: Outcome) {
        checks.append(Check(number: number, name: name, outcome: outcome))
    }

    package var passed: Int { checks.count { if case .passed = $0.outcome { true } else { false } } }
    package var failed: Int { checks.count { if case .failed = $0.outcome { true } else { false } } }
    package var skipped: Int { checks.count { if case .skipped = $0.outcome { true } else { false } } }

    /// `ok 5 fixtures: 12 files, 40 records`, `FAILED 7 answers` with a line a finding, and `10 passed, 1 failed`.
    package var text: String {
        var lines: [String] = []
        for check in checks {
            switch check.outcome {
            case .passed(let detail): lines.append("ok \(check.number) \(check.name): \(detail)")
            case .skipped(let reason): lines.append("skipped \(check.number) \(check.name): \(reason)")
            case .failed(let findings):
                lines.append("FAILED \(check.number) \(check.name)")
                lines += findings.prefix(20).map { "    \($0)" }
                if findings.count > 20 { lines.append("    and \(findings.count - 20) more") }
            }
        }
        let more = skipped > 0 ? ", \(skipped) skipped" : ""
        lines.append("\(passed) passed, \(failed) failed\(more)")
        return lines.joined(separator: "\n") + "\n"
    }
}
