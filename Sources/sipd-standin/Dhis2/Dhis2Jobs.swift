// Imports that run in the background, as DHIS2 keeps them: in memory, gone after a restart.
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// By id: what came out, and how many questions are still answered with "running".
final class Dhis2Jobs: Sendable {
    private struct Job {
        var summary: Node
        var pollsLeft: Int
    }

    private let jobs = Mutex<(next: Int, open: [String: Job])>((1, [:]))

    /// `polls` of `nil` never ends.
    func start(_ summary: Node, polls: Int?) -> String {
        jobs.withLock { jobs in
            let number = String(jobs.next)
            jobs.next += 1
            let id = "J" + String(repeating: "0", count: max(0, 10 - number.utf8.count)) + number
            jobs.open[id] = Job(summary: summary, pollsLeft: polls ?? Int.max)
            return id
        }
    }

    enum State {
        case unknown, running
        case done(Node)
    }

    /// Every look moves the job on.
    func look(_ id: String) -> State {
        jobs.withLock { jobs in
            guard let job = jobs.open[id] else { return .unknown }
            if job.pollsLeft == 0 { return .done(job.summary) }
            if job.pollsLeft != Int.max { jobs.open[id]?.pollsLeft -= 1 }
            return .running
        }
    }

    /// Lets stalled jobs end.
    func release() {
        jobs.withLock { jobs in
            for id in jobs.open.keys where jobs.open[id]?.pollsLeft == Int.max { jobs.open[id]?.pollsLeft = 0 }
        }
    }
}
