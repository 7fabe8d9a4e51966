// Why the log refused or could not do what it was asked.
// SPDX-License-Identifier: Apache-2.0

/// The error of this room. What a sender did wrong is an ``IngestReply``, not an error.
package struct MessageLogError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure; grows without breaking a caller.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        let name: String
        package var description: String { name }
        /// The writer or consumer lost its shard to another one; nothing was written.
        package static let fenced = Code(name: "fenced")
        /// A position or bucket that must be there is not: stop and call a person.
        package static let hole = Code(name: "hole")
        /// PostgreSQL does not promise to keep a commit (fsync, full_page_writes or synchronous_commit is off).
        package static let notDurable = Code(name: "not-durable")
        /// The commit's outcome is not known, or only one machine holds it: no acknowledgement.
        package static let unacknowledged = Code(name: "unacknowledged")
        /// A source, epoch, node or dead letter of that name does not exist.
        package static let unknown = Code(name: "unknown")
        /// The state does not allow it (a source registered with other keys, a letter already resolved, …).
        package static let conflict = Code(name: "conflict")
        /// A sealed payload, but no sealer was given.
        package static let sealed = Code(name: "sealed")
        /// The writer is stopping or was never started.
        package static let stopped = Code(name: "stopped")
    }

    package var code: Code
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { "\(code): \(message)" }
}
