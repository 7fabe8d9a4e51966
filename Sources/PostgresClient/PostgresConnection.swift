// One connection to PostgreSQL on a thread of its own: opening, statements, closing.
// SPDX-License-Identifier: Apache-2.0

import CLibPQ

/// One libpq connection on a thread of its own (custom serial executor).
///
/// Methods are synchronous inside the actor, so that a whole transaction runs as one closure on that thread and
/// nothing can wait for network or plugins inside it. After `.connectionLost` or `.commitUnknown` the connection is
/// of no use any more; a pool makes a new one.
package actor PostgresConnection {
    private let executor: ThreadExecutor
    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    nonisolated let limits: PostgresConfiguration
    nonisolated let canceller = Canceller()
    private var libpq: LibPQ?
    private var buffer = ParameterBuffer()
    var statements: StatementCache
    /// The client's limit outside the open transaction, while that has one of its own.
    private var silenceOutside: Int??

    private init(_ configuration: PostgresConfiguration) throws(PostgresError) {
        limits = configuration
        executor = try ThreadExecutor.start()
        statements = StatementCache(capacity: configuration.preparedStatements)
    }

    deinit {
        executor.stop { [libpq] in libpq?.finish() }
    }

    /// Connects and gives the session its limits. Fails with `.connectionLost` when no host can be reached or none fits
    /// `target_session_attrs`, and with `.configuration` when the conninfo cannot be read.
    package static func connect(
        _ configuration: PostgresConfiguration
    ) async throws(PostgresError) -> PostgresConnection {
        let connection = try PostgresConnection(configuration)
        try await connection.open()
        return connection
    }

    private func open() throws(PostgresError) {
        let libpq = try LibPQ(keywords: limits.keywords, silenceLimit: limits.silenceLimit)
        self.libpq = libpq
        canceller.attach(libpq.cancelTarget)
        try run(script: limits.sessionScript)
    }

    /// Closes the connection; everything later fails. Closing twice is harmless.
    package func close() {
        libpq?.finish()
        libpq = nil
    }

    /// Cancels the statement that runs now, if any; it then fails with `.cancelled`. May be called from any thread,
    /// does not wait.
    package nonisolated func cancel() { canceller.cancelOnce() }

    /// Called on this connection's thread for every notice and warning of the server. Their messages may quote data.
    package var onNotice: (@Sendable (PostgresNotice) -> Void)? {
        get { libpq?.notices.onNotice }
        set { libpq?.notices.onNotice = newValue }
    }

    /// False once the connection was closed or lost.
    package var isUsable: Bool { libpq.map { !$0.isBroken } ?? false }

    // MARK: Statements

    /// Runs one statement with parameters and gives its rows. Prepared once per SQL text and cached; binary both ways.
    package func query(_ sql: String, _ parameters: [PostgresValue] = []) throws(PostgresError) -> PostgresRows {
        do {
            return try queryOnce(sql, parameters)
        } catch {
            // A plan that DDL made stale, or a statement that was discarded behind our back: prepare again where
            // nothing is lost by it.
            guard error.sqlState == "0A000" || error.sqlState == "26000" else { throw error }
            let libpq = try usable()
            guard let stale = statements.find(sql, parameters), stale.columns != nil else { throw error }
            statements.remove(stale)
            guard libpq.transactionStatus == PQTRANS_IDLE else { throw error }
            return try queryOnce(sql, parameters)
        }
    }

    /// Runs one statement with parameters and gives the number of rows affected.
    @discardableResult
    package func execute(_ sql: String, _ parameters: [PostgresValue] = []) throws(PostgresError) -> Int {
        try query(sql, parameters).affected
    }

    /// Runs one or several statements without parameters, by the simple protocol. Several statements are one
    /// transaction unless the script says otherwise. Rows are thrown away.
    package func run(script: String) throws(PostgresError) {
        let libpq = try usable()
        try libpq.send(query: script)
        _ = try finish(libpq)
    }

    /// Replaces the limit of `PostgresConfiguration.statementTimeout` for this connection; zero: none.
    package func setStatementTimeout(_ limit: Duration) throws(PostgresError) {
        var changed = limits
        changed.statementTimeout = limit
        try run(script: "set statement_timeout = \(limit.milliseconds)")
        libpq?.silenceLimit = changed.silenceLimit
    }

    /// Replaces the limit until the end of the open transaction, here and on the server; without one it does nothing.
    package func setStatementTimeoutOfTransaction(_ limit: Duration) throws(PostgresError) {
        let libpq = try usable()
        guard libpq.transactionStatus != PQTRANS_IDLE else { return }
        var changed = limits
        changed.statementTimeout = limit
        try run(script: "set local statement_timeout = \(limit.milliseconds)")
        if silenceOutside == nil { silenceOutside = .some(libpq.silenceLimit) }
        libpq.silenceLimit = changed.silenceLimit
    }

    func forgetStatementTimeoutOfTransaction() {
        if let silence = silenceOutside { libpq?.silenceLimit = silence }
        silenceOutside = nil
    }

    private func queryOnce(_ sql: String, _ parameters: [PostgresValue]) throws(PostgresError) -> PostgresRows {
        let libpq = try usable()
        let statement = try prepared(sql, parameters, libpq)
        buffer.encode(parameters)
        try libpq.sendExecute(name: statement.name, buffer)
        return try finish(libpq, statement)
    }

    // MARK: Ground for the extensions

    /// The connection, if a statement may be started on it.
    func usable() throws(PostgresError) -> LibPQ {
        guard let libpq else { throw PostgresError(.connectionLost, "The connection to PostgreSQL is closed.") }
        if libpq.isBroken { throw libpq.failure() }
        if canceller.isAbandoned { throw PostgresError(.cancelled, "The task was cancelled.") }
        canceller.begin()
        return libpq
    }

    /// The connection in whatever state, for ending what was begun.
    func current() throws(PostgresError) -> LibPQ {
        guard let libpq else { throw PostgresError(.connectionLost, "The connection to PostgreSQL is closed.") }
        return libpq
    }

    /// A prepared statement for these parameters, prepared now unless it is known.
    func prepared(
        _ sql: String,
        _ parameters: [PostgresValue],
        _ libpq: LibPQ
    ) throws(PostgresError) -> StatementCache.Statement {
        if let known = statements.find(sql, parameters) { return known }
        let statement = statements.propose(sql, parameters)
        try libpq.sendPrepare(name: statement.name, sql: sql, types: statement.types)
        _ = try finish(libpq)
        if let oldest = statements.insert(statement), libpq.transactionStatus != PQTRANS_INERROR {
            try libpq.send(query: "deallocate \(oldest.name)")
            _ = try finish(libpq)
        }
        return statement
    }

    func sendExecute(
        _ statement: StatementCache.Statement,
        _ parameters: [PostgresValue],
        _ libpq: LibPQ
    ) throws(PostgresError) {
        buffer.encode(parameters)
        try libpq.sendExecute(name: statement.name, buffer)
    }

    /// Reads a statement to its end. The first failure is thrown, after everything was read; the last rows win.
    func finish(_ libpq: LibPQ, _ statement: StatementCache.Statement? = nil) throws(PostgresError) -> PostgresRows {
        var rows = PostgresRows.none
        var failure: PostgresError?
        while let result = try libpq.nextResult() {
            switch result.status {
            case PGRES_TUPLES_OK:
                rows = Self.rows(result, statement)
            case PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
                rows = PostgresRows(.empty, affected: result.affected)
            case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
                // Only copyIn and copyOut speak COPY: leave the connection, it cannot be brought back cheaply.
                close()
                throw PostgresError(
                    .configuration,
                    "COPY cannot be run as an ordinary statement.",
                    hint: "use copyIn or copyOut"
                )
            default:
                if failure == nil { failure = ServerError.of(result, isCancelled: canceller.isAsked) }
            }
        }
        try check(failure, libpq)
        return rows
    }

    /// Throws what a finished statement failed with. A connection that is gone wins over the error the server sent on
    /// its way.
    func check(_ failure: PostgresError?, _ libpq: LibPQ) throws(PostgresError) {
        if libpq.isBroken {
            var lost = libpq.failure()
            lost.sqlState = failure?.sqlState
            throw lost
        }
        if let failure { throw failure }
    }

    static func rows(_ result: borrowing LibPQResult, _ statement: StatementCache.Statement?) -> PostgresRows {
        let columns: [PostgresColumn]
        if let known = statement?.columns, known.count == result.columnCount {
            columns = known
        } else {
            columns = result.columns
            statement?.columns = columns
        }
        var builder = PostgresRowStorage.Builder()
        builder.reserve(result.size)
        result.copyRows(into: &builder)
        return PostgresRows(builder.take(columns: columns), affected: result.affected)
    }
}
