// Binary COPY in, and row-by-row reading of COPY out and of big results.
// SPDX-License-Identifier: Apache-2.0

import CLibPQ

extension PostgresConnection {
    /// Sends the rows of `buffer` with a statement like `copy log.entry(shard, pos) from stdin with (format binary)`,
    /// and gives the number of rows the server stored. An empty buffer sends nothing.
    package func copyIn(_ sql: String, _ buffer: CopyBuffer) throws(PostgresError) -> Int {
        guard buffer.rows > 0 else { return 0 }
        let libpq = try usable()
        try libpq.send(query: sql)
        try expect(PGRES_COPY_IN, libpq)
        try buffer.forEachChunk { chunk throws(PostgresError) in try libpq.putCopyData(chunk) }
        try libpq.putCopyEnd()
        return try finish(libpq).affected
    }

    /// Streams rows without holding them all. `sql` is either `copy … to stdout with (format binary)`, whose columns
    /// have no types (each accessor then goes by the length of the value), or a query, typed as in `query`. `body`
    /// must not use this connection.
    ///
    /// When `body` throws, the statement is cancelled and the error passed on.
    package func copyOut(
        _ sql: String,
        _ parameters: [PostgresValue] = [],
        _ body: (PostgresRow) throws -> Void
    ) throws {
        let libpq = try usable()
        let isCopy = sql.drop { $0.isWhitespace }.prefix(5).lowercased() == "copy "
        do {
            if isCopy {
                try libpq.send(query: sql)
                try expect(PGRES_COPY_OUT, libpq)
                var reader = CopyReader()
                while try libpq.getCopyData({ try reader.add($0, body) }) {}
                try reader.flush(body)
            } else {
                let statement = try prepared(sql, parameters, libpq)
                try sendExecute(statement, parameters, libpq)
                try libpq.setSingleRowMode()
                try stream(libpq, statement, body)
            }
        } catch {
            stop(libpq)
            throw error
        }
        if isCopy { _ = try finish(libpq) }
    }

    /// Waits for the server to agree to COPY.
    private func expect(_ status: ExecStatusType, _ libpq: LibPQ) throws(PostgresError) {
        var failure: PostgresError?
        if let first = try libpq.nextResult() {
            let found = first.status
            if found == status { return }
            if found == PGRES_FATAL_ERROR { failure = ServerError.of(first, isCancelled: canceller.isAsked) }
        }
        if !libpq.isBroken {
            do {
                _ = try finish(libpq)
            } catch {
                failure = failure ?? error
            }
        }
        try check(failure ?? PostgresError(.configuration, "The statement is not the COPY that was expected."), libpq)
    }

    private func stream(
        _ libpq: LibPQ,
        _ statement: StatementCache.Statement,
        _ body: (PostgresRow) throws -> Void
    ) throws {
        var failure: PostgresError?
        while let result = try libpq.nextResult() {
            switch result.status {
            case PGRES_SINGLE_TUPLE, PGRES_TUPLES_OK:
                for row in Self.rows(result, statement) { try body(row) }
            case PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: break
            default:
                if failure == nil { failure = ServerError.of(result, isCancelled: canceller.isAsked) }
            }
        }
        try check(failure, libpq)
    }

    /// Ends a stream that is no longer wanted; a connection that does not come to rest is closed.
    private func stop(_ libpq: LibPQ) {
        guard !libpq.isBroken, libpq.transactionStatus == PQTRANS_ACTIVE else { return }
        libpq.cancelTarget.request()
        do {
            while try libpq.getCopyData({ _ in }) {}
            while try libpq.nextResult() != nil {}
        } catch {
            close()
        }
    }
}
