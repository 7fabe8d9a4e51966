// How a worker process ended.
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What `wait` said about a worker that has ended.
package struct WorkerExit: Hashable, Sendable, CustomStringConvertible {
    /// Its exit status; nil when a signal ended it.
    package var status: Int32?
    /// The signal that ended it.
    package var signal: Int32?

    /// "exit 3", "SIGILL".
    package var description: String {
        if let signal { return Self.names[signal] ?? "signal \(signal)" }
        return "exit \(status ?? -1)"
    }

    private static let names: [Int32: String] = [
        SIGILL: "SIGILL", SIGTRAP: "SIGTRAP", SIGABRT: "SIGABRT", SIGBUS: "SIGBUS", SIGFPE: "SIGFPE",
        SIGKILL: "SIGKILL",
        SIGSEGV: "SIGSEGV", SIGPIPE: "SIGPIPE", SIGTERM: "SIGTERM", SIGINT: "SIGINT", SIGHUP: "SIGHUP",
        SIGSYS: "SIGSYS",
        SIGXFSZ: "SIGXFSZ", SIGXCPU: "SIGXCPU",
    ]
}
