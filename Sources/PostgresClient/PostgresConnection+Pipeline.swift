// Several statements in one round trip.
// SPDX-License-Identifier: Apache-2.0

import CLibPQ

extension PostgresConnection {
    /// Runs the statements in one round trip and gives the rows of each.
    ///
    /// Outside a transaction they are one transaction: the first that fails undoes those before it and skips those
    /// after it. The error of that statement is thrown; the connection is usable afterwards. Statements not used
    /// before are prepared first, each by a round trip of its own, so a pipeline cannot use a table that it creates
    /// itself.
    package func pipeline(
        _ list: [(sql: String, parameters: [PostgresValue])]
    ) throws(PostgresError) -> [PostgresRows] {
        guard !list.isEmpty else { return [] }
        let libpq = try usable()
        var prepared: [StatementCache.Statement] = []
        prepared.reserveCapacity(list.count)
        for (sql, parameters) in list { prepared.append(try self.prepared(sql, parameters, libpq)) }
        try libpq.enterPipeline()
        do {
            for (statement, item) in zip(prepared, list) { try sendExecute(statement, item.parameters, libpq) }
            try libpq.sendPipelineSync()
        } catch {
            close()  // what was sent without a sync cannot be read to an end
            throw error
        }
        var rows: [PostgresRows] = []
        rows.reserveCapacity(list.count)
        var failure: PostgresError?
        for statement in prepared {
            do {
                rows.append(try finishInPipeline(libpq, statement))
            } catch {
                failure = failure ?? error
                if error.sqlState == "0A000" || error.sqlState == "26000" { statements.remove(statement) }
                if libpq.isBroken { break }
            }
        }
        if !libpq.isBroken {
            _ = try libpq.nextResult()  // PGRES_PIPELINE_SYNC
            try libpq.exitPipeline()
        }
        try check(failure, libpq)
        return rows
    }

    /// Reads one statement of a pipeline to its end. Skipped statements give no rows and no error: the failed one
    /// tells.
    private func finishInPipeline(
        _ libpq: LibPQ,
        _ statement: StatementCache.Statement
    ) throws(PostgresError) -> PostgresRows {
        var rows = PostgresRows.none
        var failure: PostgresError?
        while let result = try libpq.nextResult() {
            let status = result.status
            if status == PGRES_TUPLES_OK {
                rows = Self.rows(result, statement)
            } else if status == PGRES_COMMAND_OK || status == PGRES_EMPTY_QUERY {
                rows = PostgresRows(.empty, affected: result.affected)
            } else if status != PGRES_PIPELINE_ABORTED, failure == nil {
                failure = ServerError.of(result, isCancelled: canceller.isAsked)
            }
        }
        try check(failure, libpq)
        return rows
    }
}
