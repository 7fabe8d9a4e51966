// The numbers the log is addressed by: sources, positions, marks and lineage.
// SPDX-License-Identifier: Apache-2.0

/// The row number of a source on this node. Other nodes know the source by its UUID only.
package struct SourceID: Hashable, Comparable, Sendable {
    package let value: Int32
    package init(_ value: Int32) { self.value = value }
    package init(_ value: Int) { self.value = Int32(truncatingIfNeeded: value) }
    package static func < (left: SourceID, right: SourceID) -> Bool { left.value < right.value }
}

/// Where an entry stands: its shard (0-15) and its dense position there (1, 2, 3, …).
package struct LogPosition: Hashable, Comparable, Sendable {
    package let shard: Int
    package let pos: Int64

    package init(shard: Int, pos: Int64) {
        self.shard = shard
        self.pos = pos
    }

    /// The lineage number that every row made from this entry carries: `pos * 16 + shard`.
    package var lineage: Int64 { pos * Int64(Shards.count) + Int64(shard) }

    package init(lineage: Int64) {
        shard = Int(lineage % Int64(Shards.count))
        pos = lineage / Int64(Shards.count)
    }

    package static func < (left: LogPosition, right: LogPosition) -> Bool {
        (left.shard, left.pos) < (right.shard, right.pos)
    }
}

/// What a node may compare after a reply: the last consumed sequence number and the SHA-256 of that message.
package struct Mark: Hashable, Sendable {
    package let epoch: Int32
    package let hwm: Int64
    /// `nil` while nothing was consumed in this epoch.
    package let head: [UInt8]?

    package init(epoch: Int32, hwm: Int64, head: [UInt8]?) {
        self.epoch = epoch
        self.hwm = hwm
        self.head = head
    }
}
