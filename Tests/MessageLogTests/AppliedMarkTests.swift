// `applied` of a mark at every place of the cursor, near the end of the log and far behind it.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PostgresClient
import Testing

@testable import MessageLog

@Suite struct AppliedMarkTests {
    func applied(_ log: LogFixture, _ source: RegisteredSource) async throws -> Int64? {
        try await log.pool.withConnection { c in
            try IntakeState.read(c, shards: [], epochs: [(source.uuid, nil)]).sources[source.uuid]?.applied
        }
    }

    @Test func `the last number at or below the cursor is found wherever the cursor is`() async throws {
        let log = try await LogFixture()
        // Two sources of one shard: positions are not numbers.
        let groups = Dictionary(grouping: try await log.register(40), by: \.shard)
        let pair = try #require(groups.values.first(where: { $0.count >= 2 }))
        let (source, other) = (pair[0], pair[1])
        try await log.withWriter(log.makeWriter()) { writer in
            var (next, otherNext) = (Int64(1), Int64(1))
            for round in 0..<25 {
                let texts = (0...(round % 4)).map { "\(round)-\($0)" }
                _ = try await writer.ingest(batch(source.uuid, first: next, texts))
                next += Int64(texts.count)
                guard round % 3 == 0 else { continue }
                _ = try await writer.ingest(batch(other.uuid, first: otherNext, ["x", "y"]))
                otherNext += 2
            }
        }
        let (shard, id) = (Int16(source.shard), source.id.value)
        let places = try await log.pool.withConnection { c in
            try c.query(
                "select pos, case when source_id = $2 then seq else 0 end from log.entry where shard = $1 order by pos",
                [.int2(shard), .int4(id)]
            ).map { (pos: Int64(try $0.int(0)), seq: Int64(try $0.int(1))) }
        }
        #expect(places.count == 61 + 18)
        #expect(try await applied(log, source) == 0)
        var expected: Int64 = 0
        for place in places {
            if place.seq > 0 { expected = place.seq }
            let pos = place.pos
            _ = try await log.pool.withConnection { c in
                try c.execute(
                    "update log.cursor set pos = $2 where consumer = 'apply' and shard = $1",
                    [.int2(shard), .int8(pos)]
                )
            }
            #expect(try await applied(log, source) == expected, "cursor at \(pos)")
        }
        #expect(expected == 61)
        _ = try await log.pool.withConnection { c in try c.execute("delete from log.cursor") }
        #expect(try await applied(log, source) == 0)
    }
}
