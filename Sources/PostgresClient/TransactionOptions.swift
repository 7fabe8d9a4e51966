// How a transaction is begun and how strictly its COMMIT is judged.
// SPDX-License-Identifier: Apache-2.0

/// Options of one transaction.
package struct TransactionOptions: Sendable {
    package enum Isolation: String, Sendable {
        case readCommitted = "read committed"
        case repeatableRead = "repeatable read"
        case serializable
    }

    package var isolation: Isolation
    /// COMMIT does not wait for the disk: a crash of the server may lose it. Never for anything that is acknowledged.
    package var synchronousCommitOff: Bool
    /// Any warning that comes with COMMIT makes it fail with `.commitWarning`: what is committed then may stand on
    /// one machine only.
    package var strictCommit: Bool
    package var readOnly: Bool

    package init(
        isolation: Isolation = .readCommitted,
        synchronousCommitOff: Bool = false,
        strictCommit: Bool = false,
        readOnly: Bool = false
    ) {
        self.isolation = isolation
        self.synchronousCommitOff = synchronousCommitOff
        self.strictCommit = strictCommit
        self.readOnly = readOnly
    }

    var beginScript: String {
        var script = "begin isolation level \(isolation.rawValue)"
        if readOnly { script += " read only" }
        if synchronousCommitOff { script += "; set local synchronous_commit = off" }
        return script
    }
}
