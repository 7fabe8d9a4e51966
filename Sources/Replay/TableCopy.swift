// Copies the rows of one table from one database into another, a few chunks in memory at a time.
// SPDX-License-Identifier: Apache-2.0
import PostgresClient

/// One table on its way. Reading and writing run side by side, each on its connection's own thread; when the target is slower,
/// the thread that reads waits, and PostgreSQL with it.
struct TableCopy: Sendable {
    let table: String
    /// The rows that are taken.
    let query: String
    /// A chunk is full with so many rows, or so many bytes.
    var rows = 5_000
    var bytes = 4 << 20
    /// What has been read and is not being written yet. Beside it one chunk is being filled and one written.
    let handOver = ChunkHandOver<CopyBuffer>(room: 2)

    /// Runs once.
    func run(from source: PostgresPool, to target: PostgresPool) async throws {
        let names = try await columnNames(source)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await read(names, source) }
            group.addTask { try await write(names, target) }
            try await group.waitForAll()
        }
    }

    /// Generated columns are made anew by the target.
    private func columnNames(_ source: PostgresPool) async throws -> String {
        try await source.withConnection { connection in
            try connection.query(
                """
                select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute
                where attrelid = $1::text::regclass and attnum > 0 and not attisdropped and attgenerated = ''
                """,
                [.text(table)]
            ).first?.string(0) ?? ""
        }
    }

    private func read(_ names: String, _ source: PostgresPool) async throws {
        let usual = source.configuration.statementTimeout
        do {
            try await source.withConnection { connection in
                // One statement, which lasts as long as the target takes.
                try connection.setStatementTimeout(.zero)
                defer { try? connection.setStatementTimeout(usual) }
                var chunk: CopyBuffer?
                try connection.copyOut(
                    "copy (select \(names) from (\(query)) q) to stdout with (format binary)"
                ) { row in
                    if chunk == nil { chunk = CopyBuffer(columns: row.columnCount) }
                    try chunk?.appendRow(row)
                    if let full = chunk, full.rows >= rows || full.byteCount >= bytes {
                        chunk = nil
                        try handOver.put(full)
                    }
                }
                if let rest = chunk { try handOver.put(rest) }
            }
            handOver.finish()
        } catch {
            handOver.fail(error)
            throw error
        }
    }

    private func write(_ names: String, _ target: PostgresPool) async throws {
        do {
            try await target.withConnection { connection in
                while let chunk = try handOver.take() {
                    _ = try connection.copyIn("copy \(table)(\(names)) from stdin with (format binary)", chunk)
                }
            }
        } catch {
            handOver.fail(error)
            throw error
        }
    }
}

extension CopyBuffer {
    fileprivate mutating func appendRow(_ row: PostgresRow) throws { try row.copy(to: &self) }
}
