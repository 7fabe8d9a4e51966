// One forward-only step of the schema.
// SPDX-License-Identifier: Apache-2.0

/// A numbered script that is applied once, in a transaction of its own, and never edited afterwards.
package struct Migration: Sendable, Hashable {
    package var version: Int
    package var name: String
    package var sql: String

    /// `version` is unique over all rooms; `sql` may hold several statements, none of which begins or commits.
    package init(_ version: Int, _ name: String, _ sql: String) {
        self.version = version
        self.name = name
        self.sql = sql
    }

    /// FNV-1a (64 bits, hexadecimal) of the script: it finds edits, it does not resist forgers.
    package var checksum: String { FNV1a.hexadecimal(of: sql.utf8) }
}

extension [Migration] {
    /// A name for this set of migrations: changes with any version or script.
    package var checksum: String {
        FNV1a.hexadecimal(of: map { "\($0.version):\($0.checksum)" }.joined(separator: "\n").utf8)
    }
}

private enum FNV1a {
    static func hexadecimal(of bytes: some Sequence<UInt8>) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
