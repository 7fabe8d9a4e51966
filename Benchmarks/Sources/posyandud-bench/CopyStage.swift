// Stage (a): the limit that intake is measured against, a bare binary COPY of the same rows.
// SPDX-License-Identifier: Apache-2.0
import MessageLog
import PostgresClient
import PostgresTesting

/// Copies the rows that intake stored into a table of the same columns and key, in the same groups, on as many connections,
/// a durable commit a group. The COPY bytes are made before the measured time.
enum CopyStage {
    private static let columns = "bucket, shard, pos, source_id, epoch, seq, kind, at, recv, payload"

    static func run(_ cluster: TestCluster, _ intake: IntakeStage.Result) async throws -> Figures {
        let pool = PostgresPool(intake.database.configuration, size: Intake.connections)
        try await pool.withConnection { connection in
            try connection.run(script: "create table public.raw (like log.entry including all)")
        }
        let groups = try await groups(pool)
        await pool.close()
        let copying = PostgresPool(intake.database.configuration, size: Intake.connections)
        let meter = try await Meter.begin(intake.database)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for first in 0..<Intake.connections {
                tasks.addTask {
                    for index in stride(from: first, to: groups.count, by: Intake.connections) {
                        let group = groups[index]
                        _ = try await copying.transaction { connection in
                            try connection.copyIn("copy public.raw(\(columns)) from stdin with (format binary)", group)
                        }
                    }
                }
            }
            try await tasks.waitForAll()
        }
        let count = groups.reduce(0) { $0 + $1.rows }
        var figures = try await meter.end("copy", messages: count) { await copying.close() }
        figures.remark =
            "\(groups.count) commits of \(count / max(1, groups.count)) rows on average, \(Intake.connections) connections, as intake made them"
        return figures
    }

    /// The rows of one commit share their time of receipt.
    private static func groups(_ pool: PostgresPool) async throws -> [CopyBuffer] {
        try await pool.withConnection { connection in
            var groups: [CopyBuffer] = []
            var current: Int64?
            let rows = try connection.query("select \(columns) from log.entry order by recv, shard, pos")
            for row in rows {
                let received = try row.timestamp(8)
                if received != current {
                    current = received
                    groups.append(CopyBuffer(columns: 10))
                }
                let last = groups.count - 1
                groups[last].startRow()
                groups[last].append(int4: Int32(try row.int(0)))
                groups[last].append(int2: Int16(try row.int(1)))
                groups[last].append(int8: Int64(try row.int(2)))
                groups[last].append(int4: Int32(try row.int(3)))
                groups[last].append(int4: Int32(try row.int(4)))
                groups[last].append(int8: Int64(try row.int(5)))
                groups[last].append(int2: Int16(try row.int(6)))
                groups[last].append(timestamptz: try row.timestamp(7))
                groups[last].append(timestamptz: received)
                groups[last].append(bytes: try row.bytes(9))
            }
            return groups
        }
    }
}
