// What each kind of file must know how to do; the importer does the rest.
// SPDX-License-Identifier: Apache-2.0
package import PostgresClient

/// Rows new, changed and as before.
package struct ImportCounts: Sendable {
    package var inserted: Int
    package var updated: Int
    package var unchanged: Int

    package init(inserted: Int = 0, updated: Int = 0, unchanged: Int = 0) {
        self.inserted = inserted
        self.updated = updated
        self.unchanged = unchanged
    }
}

/// One kind of file. The importer calls `begin`, then `stage` for every chunk, `check` and `apply`, all in one
/// transaction on the connection's own thread. Staged rows live in a temporary table, so memory is that of a chunk.
package protocol ImportTable: Sendable {
    static var columns: [ImportColumn] { get }

    /// Makes the temporary table and reads what single rows are checked against.
    mutating func begin(_ connection: isolated PostgresConnection) throws

    /// Checks rows one by one and copies the good ones into the temporary table.
    mutating func stage(
        _ rows: inout [ImportRow],
        _ findings: inout ImportFindings,
        _ connection: isolated PostgresConnection
    ) throws

    /// Checks rows against each other and against the registry; removes the bad ones from the temporary table.
    mutating func check(_ findings: inout ImportFindings, _ connection: isolated PostgresConnection) throws

    /// Writes what is left.
    mutating func apply(_ connection: isolated PostgresConnection) throws -> ImportCounts
}

extension ImportFindings {
    /// Takes over the complaints of rows that were read.
    mutating func add(_ rows: [ImportRow]) throws {
        for row in rows {
            for complaint in row.complaints { try add(complaint) }
        }
    }

    /// Runs a query whose first column is the number of a bad line, complains about each and removes it from `table`.
    /// A second column, if there is one, is a fact that `message` may quote: never a personal value.
    package mutating func addLines(
        _ connection: isolated PostgresConnection,
        table: String,
        column: String?,
        code: String,
        query: String,
        _ parameters: [PostgresValue] = [],
        fix: String,
        message: (String) -> String
    ) throws {
        var lines: [Int64] = []
        for row in try connection.query(query, parameters) {
            let line = try row.int(0)
            let fact = try row.optionalString(1) ?? ""
            try add(ImportComplaint(line: line, column: column, code: code, message: message(fact), fix: fix))
            lines.append(Int64(line))
        }
        guard !lines.isEmpty else { return }
        try connection.execute("delete from pg_temp.\(table) where line = any($1)", [.int8Array(lines)])
    }
}
