// Ends the process at a named point of the message path, when a test has armed that point.
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// Named points on the message path.
///
/// `POSYANDUD_FAILPOINT=name:nth` ends the process with SIGKILL at the nth hit of that name (`name` alone means the
/// first): nothing is flushed, nothing is released. Compiled into every build; without the variable a hit costs one
/// load. A value that cannot be read ends the process with status 78 at the first hit of any point, so that a mistyped
/// test does not pass.
package enum FailPoint {
    private static let armed = ArmedFailPoint.fromEnvironment()

    /// Marks a point. Does nothing unless exactly this name is armed.
    package static func hit(_ name: StaticString) {
        armed?.hit(name)
    }
}

private final class ArmedFailPoint: Sendable {
    private let name: [UInt8]
    private let nth: Int
    private let hits = Atomic<Int>(0)

    private init(name: [UInt8], nth: Int) {
        self.name = name
        self.nth = nth
    }

    static func fromEnvironment() -> ArmedFailPoint? {
        guard let (name, nth) = EnvironmentCounter.read("POSYANDUD_FAILPOINT") else { return nil }
        return ArmedFailPoint(name: Array(name.utf8), nth: nth)
    }

    func hit(_ point: StaticString) {
        guard point.withUTF8Buffer({ $0.elementsEqual(name) }) else { return }
        if hits.add(1, ordering: .relaxed).newValue == nth {
            kill(getpid(), SIGKILL)
            _exit(137)  // the first process of a container cannot be killed by itself
        }
    }
}
