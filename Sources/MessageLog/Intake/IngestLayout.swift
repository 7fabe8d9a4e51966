// Lays out the rows of an ingest transaction before it begins: positions, the COPY buffer and the statements after it.
// SPDX-License-Identifier: Apache-2.0
import PostgresClient

/// Positions are predicted from the rows read before; the transaction confirms them under the row lock or starts over.
struct IngestLayout {
    struct ShardSpan {
        let shard: Int
        let first: Int64
        let count: Int64
        let bucket: Int32
    }

    let shards: [ShardSpan]
    let newBuckets: [Int32]
    let buffer: CopyBuffer
    let statements: [(sql: String, parameters: [PostgresValue])]
    /// How many rows each statement must touch; another number means that a mark moved.
    let expectedRows: [Int]

    init(_ takings: [Taking], _ state: IntakeState, today: Int32, now: Int64) throws {
        let ordered = takings.sorted { ($0.row.shard, $0.row.id) < ($1.row.shard, $1.row.id) }
        var spans: [ShardSpan] = []
        var firstPositions: [Int64] = []
        var segments: [ShardSpan] = []
        var buffer = CopyBuffer(columns: 10)
        buffer.reserveCapacity(bytes: 64 + ordered.reduce(0) { $0 + $1.payloadBytes + 96 * $1.lines.count })
        var index = 0
        while index < ordered.count {
            let shard = ordered[index].row.shard
            guard let row = state.shards[shard] else { throw MessageLogError(.hole, "log.shard lacks shard \(shard)") }
            let bucket = max(today, row.lastBucket ?? today)
            var pos = row.nextPos
            while index < ordered.count, ordered[index].row.shard == shard {
                firstPositions.append(pos)
                Self.append(ordered[index], shard: shard, bucket: bucket, first: pos, now: now, to: &buffer)
                pos += Int64(ordered[index].lines.count)
                index += 1
            }
            let span = ShardSpan(shard: shard, first: row.nextPos, count: pos - row.nextPos, bucket: bucket)
            spans.append(span)
            if span.count > 0, row.lastBucket != bucket { segments.append(span) }
        }
        shards = spans
        newBuckets = Set(segments.map(\.bucket)).sorted()
        self.buffer = buffer
        var statements = Statements()
        statements.marks(ordered.filter { !$0.isTail }, now: now)
        statements.tails(ordered.filter(\.isTail), now: now)
        statements.segments(segments)
        statements.runs(Array(zip(ordered, firstPositions)), now: now)
        self.statements = statements.list.map { ($0.sql, $0.parameters) }
        expectedRows = statements.list.map(\.rows)
    }

    private static func append(
        _ taking: Taking,
        shard: Int,
        bucket: Int32,
        first: Int64,
        now: Int64,
        to buffer: inout CopyBuffer
    ) {
        var pos = first
        taking.bytes.withUnsafeBytes { bytes in
            for line in taking.lines {
                func add(_ payload: UnsafeRawBufferPointer) {
                    buffer.appendRow(last: payload) { row in
                        row.append(int4: bucket)
                        row.append(int2: Int16(shard))
                        row.append(int8: pos)
                        row.append(int4: taking.row.id.value)
                        row.append(int4: taking.epoch)
                        row.append(int8: line.seq)
                        row.append(int2: line.kind.rawValue)
                        row.append(timestamptz: line.at)
                        row.append(timestamptz: now)
                    }
                }
                switch line.payload {
                case .place(let range): add(UnsafeRawBufferPointer(rebasing: bytes[range]))
                case .own(let own): own.withUnsafeBytes { add($0) }
                }
                pos += 1
            }
        }
    }
}

/// The statements that follow the COPY, each with the number of rows it must touch.
private struct Statements {
    var list: [(sql: String, parameters: [PostgresValue], rows: Int)] = []

    /// Moves the marks of open epochs, with the counts that the same transaction makes true.
    mutating func marks(_ takings: [Taking], now: Int64) {
        guard !takings.isEmpty else { return }
        list.append(
            (
                """
                update log.source s set hwm = v.new, head = v.head, last_recv = $6, last_at = v.at,
                       received = s.received + v.taken + v.dup, duplicate = s.duplicate + v.dup,
                       refused = s.refused + v.refused
                  from unnest($1::int[], $2::int[], $3::bigint[], $4::bigint[], $5::bytea[], $7::timestamptz[],
                              $8::bigint[], $9::bigint[], $10::bigint[])
                       v(id, epoch, old, new, head, at, taken, dup, refused)
                 where s.source_id = v.id and s.epoch = v.epoch and s.hwm = v.old and s.state = 0
                """,
                [
                    .int4Array(takings.map(\.row.id.value)), .int4Array(takings.map(\.epoch)),
                    .int8Array(takings.map(\.oldMark)), .int8Array(takings.map(\.newMark)),
                    .byteaOptionalArray(takings.map(\.head)), .timestamptz(now),
                    .timestamptzOptionalArray(takings.map(\.lastAt)),
                    .int8Array(takings.map { Int64($0.lines.count) }),
                    .int8Array(takings.map { Int64($0.duplicates) }), .int8Array(takings.map { Int64($0.refused) }),
                ],
                takings.count
            )
        )
    }

    /// Continues epochs that were closed by a new enrolment.
    mutating func tails(_ takings: [Taking], now: Int64) {
        for taking in takings {
            list.append(
                (
                    """
                    update log.epoch set closed_hwm = $4, closed_head = $5
                     where source_id = $1 and epoch = $2 and closed_hwm = $3 and closed_by = 0
                    """,
                    [
                        .int4(taking.row.id.value), .int4(taking.epoch), .int8(taking.oldMark), .int8(taking.newMark),
                        taking.head.map { .bytea($0) } ?? .null,
                    ],
                    1
                )
            )
            list.append(
                (
                    """
                    update log.source set last_recv = $2, last_at = $3, received = received + $4 + $5,
                           duplicate = duplicate + $5, refused = refused + $6
                     where source_id = $1 and state = 0
                    """,
                    [
                        .int4(taking.row.id.value), .timestamptz(now),
                        taking.lastAt.map { .timestamptz($0) } ?? .null, .int8(Int64(taking.lines.count)),
                        .int8(Int64(taking.duplicates)), .int8(Int64(taking.refused)),
                    ],
                    1
                )
            )
        }
    }

    /// Notes where a shard enters a new bucket.
    mutating func segments(_ spans: [IngestLayout.ShardSpan]) {
        guard !spans.isEmpty else { return }
        list.append(
            (
                """
                insert into log.segment(shard, bucket, first_pos)
                select * from unnest($1::smallint[], $2::int[], $3::bigint[])
                """,
                [
                    .int2Array(spans.map { Int16($0.shard) }), .int4Array(spans.map(\.bucket)),
                    .int8Array(spans.map(\.first)),
                ],
                spans.count
            )
        )
    }

    /// One row an accepted batch: sequence numbers to positions, and the proof of who sent it.
    mutating func runs(_ takings: [(Taking, Int64)], now: Int64) {
        let runs = takings.filter { $0.0.proof != nil && !$0.0.lines.isEmpty }
        guard !runs.isEmpty else { return }
        list.append(
            (
                """
                insert into log.run(source_id, epoch, first_seq, last_seq, shard, first_pos, via, header, signature, recv)
                select v.*, $10 from unnest($1::int[], $2::int[], $3::bigint[], $4::bigint[], $5::smallint[],
                                            $6::bigint[], $7::smallint[], $8::bytea[], $9::bytea[]) v
                """,
                [
                    .int4Array(runs.map(\.0.row.id.value)), .int4Array(runs.map(\.0.epoch)),
                    .int8Array(runs.map { $0.0.lines.first?.seq ?? $0.0.newMark }), .int8Array(runs.map(\.0.newMark)),
                    .int2Array(runs.map { Int16($0.0.row.shard) }), .int8Array(runs.map(\.1)),
                    .int2Array(runs.map { $0.0.proof?.via.rawValue ?? 0 }),
                    .byteaArray(runs.map { $0.0.proof?.header ?? [] }),
                    .byteaArray(runs.map { $0.0.proof?.signature ?? [] }), .timestamptz(now),
                ],
                runs.count
            )
        )
    }
}
