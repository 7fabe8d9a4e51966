// Makes the n-th libpq, libcurl or file call fail once, for tests that try every n.
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// Asked before each call that can fail: by `LibPQ` for libpq, by `CurlCalls` for libcurl, and for files by `DurableFile`,
/// `AttachmentFiles` and by the readers of keys, secrets and imports.
///
/// For a whole process: `POSYANDUD_FAIL_CALL=libpq:17` makes the 17th libpq call fail once. Inside a test, for the
/// current task and its children only: `CallFault.$plan.withValue(.init(.libpq, nth: 17)) { … }`, repeated for n = 1,
/// 2, 3 … until a run ends with `plan.hasStruck == false`. A thread that works for one task takes the task's plan along, the
/// thread of libcurl that of the task which made it.
package enum CallFault {
    /// The families of calls that are counted apart.
    package enum Kind: String, Sendable {
        case libpq, libcurl, file
    }

    /// One call to fail: the `nth` of its kind, counted from the first call that sees the plan.
    package final class Plan: Sendable {
        private let kind: Kind
        private let nth: Int
        private let calls = Atomic<Int>(0)

        package init(_ kind: Kind, nth: Int) {
            self.kind = kind
            self.nth = nth
        }

        /// Whether the call to fail has been reached.
        package var hasStruck: Bool { calls.load(ordering: .relaxed) >= nth }

        func strikes(_ kind: Kind) -> Bool {
            kind == self.kind && calls.add(1, ordering: .relaxed).newValue == nth
        }
    }

    /// The plan of the current task; wins over the environment.
    @TaskLocal package static var plan: Plan?

    private static let environmentPlan: Plan? = {
        guard let (name, nth) = EnvironmentCounter.read("POSYANDUD_FAIL_CALL"), let kind = Kind(rawValue: name) else {
            return nil
        }
        return Plan(kind, nth: nth)
    }()

    /// True when this very call has to fail. Asked once by each wrapped call.
    package static func strikes(_ kind: Kind) -> Bool {
        (plan ?? environmentPlan)?.strikes(kind) ?? false
    }

    /// For C code that makes several file calls: 0, or the errno value with which the next one has to fail.
    package static func ofNextFileCall() -> Int32 { strikes(.file) ? EIO : 0 }
}
