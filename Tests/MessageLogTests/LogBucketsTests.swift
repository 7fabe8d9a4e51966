// Buckets: created ahead, entered by each shard on its own, retired when everyone has passed.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PostgresClient
import Testing

@testable import MessageLog

@Suite struct LogBucketsTests {
    @Test func `a bucket is the day since 2020`() {
        #expect(LogBuckets.bucket(of: 1_577_836_800_000_000) == 0)
        #expect(LogBuckets.bucket(of: 1_577_836_799_999_999) == 0)
        #expect(LogBuckets.bucket(of: 1_577_836_800_000_000 + 86_400_000_000) == 1)
        #expect(LogBuckets.bucket(of: -5) == 0)
    }

    @Test func `a quiet shard skips buckets, a clock that goes back does not, and the reader finds everything`()
        async throws
    {
        let log = try await LogFixture()
        let source = try await log.register()[0]
        try await log.withWriter(log.makeWriter()) { writer in
            for (index, days) in [0, 7, -3, 40].enumerated() {
                log.clock.advance(days: Int64(days))
                _ = try await writer.ingest(batch(source.uuid, first: Int64(index + 1), ["m\(index)"]))
            }
        }
        let buckets = try await log.pool.withConnection { c in
            try c.query("select bucket from log.entry order by pos").map { try $0.int(0) }
        }
        #expect(buckets[1] == buckets[0] + 7)
        #expect(buckets[2] == buckets[1])
        #expect(buckets[3] == buckets[0] + 44)
        for limit in 1...5 {
            let seen = try await log.pool.withConnection { c in
                var seen: [Int64] = []
                while true {
                    let range = try LogReader(sealer: nil).read(
                        c,
                        shard: source.shard,
                        after: Int64(seen.count),
                        limit: limit
                    )
                    if range.entries.isEmpty { return seen }
                    seen += range.entries.map(\.seq)
                }
            }
            #expect(seen == [1, 2, 3, 4])
        }
    }

    @Test func `a hole stops the reader loudly`() async throws {
        let log = try await LogFixture()
        let source = try await log.register()[0]
        try await log.withWriter(log.makeWriter()) { writer in
            _ = try await writer.ingest(batch(source.uuid, first: 1, ["a", "b", "c"]))
        }
        for pos in [2, 3] {
            _ = try await log.pool.withConnection { c in
                try c.execute("delete from log.entry where pos = $1", [.int8(Int64(pos))])
            }
            await #expect(throws: MessageLogError.self) {
                try await log.pool.withConnection { c in
                    try LogReader(sealer: nil).read(c, shard: source.shard, after: 0, limit: 10)
                }
            }
        }
    }

    @Test func `a bucket is retired after every cursor passed it, and what it held counts as duplicate`() async throws {
        let log = try await LogFixture()
        let source = try await log.register()[0]
        try await log.withWriter(log.makeWriter()) { writer in
            _ = try await writer.ingest(batch(source.uuid, first: 1, ["a", "b"]))
            log.clock.advance(days: 10)
            _ = try await writer.ingest(batch(source.uuid, first: 3, ["c"]))
            let bucket = LogBuckets.bucket(of: log.clock.now) - 10
            let early = try await log.pool.withConnection { c in
                try LogRetirement.isPassed(c, bucket: bucket, hasParent: false)
            }
            #expect(!early)
            let exported = try await log.pool.withConnection { c in
                _ = try c.execute("update log.cursor set pos = 2 where shard = $1", [.int2(Int16(source.shard))])
                guard try LogRetirement.isPassed(c, bucket: bucket, hasParent: true) else { return -1 }
                var exported = 0
                try LogRetirement.retire(c, bucket: bucket) { table in
                    exported = try c.query("select count(*) from \(table)")[0].int(0)
                }
                return exported
            }
            #expect(exported == 2)
            let gone = try await log.pool.withConnection { c in try LogRetirement.buckets(c).contains(bucket) }
            #expect(!gone)
            let reply = try await writer.ingest(batch(source.uuid, first: 1, ["a", "b", "c", "d"]))
            guard case .committed(let receipt) = reply else {
                Issue.record("\(reply)")
                return
            }
            #expect(receipt.duplicates == 3)
            #expect(receipt.mark.hwm == 4)
        }
        let left = try await log.pool.withConnection { c in
            try LogReader(sealer: nil).read(c, shard: source.shard, after: 2, limit: 10).entries.map(\.seq)
        }
        #expect(left == [3, 4])
    }
}
