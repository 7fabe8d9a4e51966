// The fixed shards of the log and the choice of a source's shard.
// SPDX-License-Identifier: Apache-2.0
import Crypto
package import FoundationEssentials

/// Sixteen shards on every node. Shard 0 belongs to the node's own source that goes up.
package enum Shards {
    package static let count = 16
    /// The shard of the node's own uplink: there `pos = first_pos(epoch) + seq - 1`.
    package static let own = 0

    /// The shard of a child, chosen once when it is registered and stored in its row from then on.
    package static func choose(for source: UUID) -> Int {
        let digest = SHA256.hash(data: source.octets)
        var first = digest.makeIterator()
        return Int(first.next() ?? 0) % (count - 1) + 1
    }
}

extension UUID {
    /// The 16 octets in network order.
    package var octets: [UInt8] {
        withUnsafeBytes(of: uuid) { Array($0) }
    }
}

/// SHA-256 as the plain bytes that stand in `head` columns and replies.
package func sha256(_ bytes: some Collection<UInt8>) -> [UInt8] {
    var hash = SHA256()
    let done: Void? = bytes.withContiguousStorageIfAvailable { hash.update(bufferPointer: UnsafeRawBufferPointer($0)) }
    if done == nil { hash.update(data: Array(bytes)) }
    return Array(hash.finalize())
}
