// Which record types may stand in the log in the clear, as the installed sectors say.
// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Asked for every message that comes in. A type that no installed sector declares is sealed: nobody has said that it may be
/// read by all.
package final class SealRule: Sendable {
    private let open = Mutex(Set<[UInt8]>())

    package init() {}

    /// Says anew which record types are not confidential; all others are sealed from now on.
    package func allow(_ types: some Sequence<String>) {
        let names = Set(types.map { Array($0.utf8) })
        open.withLock { $0 = names }
    }

    /// Whether a message of this record type stands in the log in the clear, if it names no person.
    package func isOpen(_ type: some Sequence<UInt8>) -> Bool {
        let name = Array(type)
        return open.withLock { $0.contains(name) }
    }
}
