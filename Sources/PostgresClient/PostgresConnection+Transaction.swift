// Begin, body, commit; and what a COMMIT without a clear answer means.
// SPDX-License-Identifier: Apache-2.0

import CLibPQ

extension PostgresConnection {
    /// Runs `body` between BEGIN and COMMIT and rolls back when it throws.
    ///
    /// COMMIT fails with `.commitUnknown` when the connection breaks before its answer (read back before repeating),
    /// with `.commitWarning` when `strictCommit` is set and the server warned (kept, but not to be acknowledged), and
    /// with `.server` when it was certainly rolled back.
    package func transaction<T>(_ options: TransactionOptions = .init(), _ body: () throws -> T) throws -> T {
        guard try usable().transactionStatus == PQTRANS_IDLE else {
            throw PostgresError(.configuration, "A transaction is open already; they do not nest.")
        }
        defer { forgetStatementTimeoutOfTransaction() }
        let value: T
        do {
            try run(script: options.beginScript)
            value = try body()
        } catch {
            rollBack()
            throw error
        }
        do {
            _ = try usable()
        } catch {
            rollBack()
            throw error
        }
        try commit(options)
        return value
    }

    /// Ends the open transaction, if there is one; a connection that cannot do even that is closed.
    func rollBack() {
        guard let libpq = try? current(), !libpq.isBroken, libpq.transactionStatus != PQTRANS_IDLE else { return }
        canceller.shield(true)
        defer { canceller.shield(false) }
        do {
            try libpq.send(query: "rollback")
            _ = try finish(libpq)
        } catch {
            close()
        }
    }

    private func commit(_ options: TransactionOptions) throws(PostgresError) {
        let libpq = try current()
        canceller.shield(true)
        defer { canceller.shield(false) }
        libpq.notices.warning = nil
        var command = ""
        var failure: PostgresError?
        do {
            try libpq.send(query: "commit")
            while let result = try libpq.nextResult() {
                if result.status == PGRES_COMMAND_OK {
                    command = result.command
                } else if failure == nil {
                    failure = ServerError.of(result, isCancelled: canceller.isAsked)
                }
            }
            try check(failure, libpq)
        } catch {
            guard libpq.isBroken else { throw error }
            throw PostgresError(
                .commitUnknown,
                "The connection to PostgreSQL was lost during COMMIT: it happened or it did not.",
                sqlState: error.sqlState,
                hint: "read back before repeating"
            )
        }
        guard command == "COMMIT" else {
            throw PostgresError(
                .server,
                "The transaction was rolled back at COMMIT: a statement in it had failed.",
                sqlState: "25P02"
            )
        }
        if options.strictCommit, let warning = libpq.notices.warning {
            throw PostgresError(
                .commitWarning,
                "COMMIT returned with a warning: what it wrote may stand on one machine only.",
                sqlState: warning
            )
        }
    }
}
