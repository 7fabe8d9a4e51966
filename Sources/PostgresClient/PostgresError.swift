// Why something asked of PostgreSQL did not happen, without any value of a row.
// SPDX-License-Identifier: Apache-2.0

/// Why a statement, a connection or a migration failed.
///
/// Never carries row values: of a server error it keeps the SQLSTATE, table and constraint, and the primary message
/// only for the classes whose messages cannot quote data. DETAIL, CONTEXT and parameters are dropped.
package struct PostgresError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure, for callers that decide by it. Can grow without breaking a caller.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        package let name: String

        /// The server refused a statement; `sqlState` says why. The connection is usable.
        package static let server = Code(name: "server")
        /// The connection could not be made or broke; outside COMMIT nothing of the transaction is kept.
        package static let connectionLost = Code(name: "connectionLost")
        /// The connection broke while COMMIT was under way: the transaction is kept or not. Read back before
        /// repeating, and under a lock the transaction held (`for update` of a row it changed): its server process
        /// may still be at the COMMIT.
        package static let commitUnknown = Code(name: "commitUnknown")
        /// COMMIT returned OK with a warning (synchronous standby not reached, …): kept, but not to be acknowledged.
        package static let commitWarning = Code(name: "commitWarning")
        /// The task was cancelled while it waited or while a statement ran.
        package static let cancelled = Code(name: "cancelled")
        /// A column has another type than asked for, is null, or does not fit.
        package static let decoding = Code(name: "decoding")
        /// The database has migrations that this program does not know.
        package static let schemaNewer = Code(name: "schemaNewer")
        /// A migration was edited after it had been applied.
        package static let schemaChanged = Code(name: "schemaChanged")
        /// fsync, full_page_writes or synchronous_commit is off.
        package static let notDurable = Code(name: "notDurable")
        /// The caller or the configuration is wrong: unusable conninfo, closed pool, nested transaction.
        package static let configuration = Code(name: "configuration")

        package var description: String { name }
    }

    package var code: Code
    package var sqlState: String?
    package var message: String
    package var hint: String?
    package var table: String?
    package var constraint: String?

    package init(
        _ code: Code,
        _ message: String,
        sqlState: String? = nil,
        hint: String? = nil,
        table: String? = nil,
        constraint: String? = nil
    ) {
        self.code = code
        self.message = message
        self.sqlState = sqlState
        self.hint = hint
        self.table = table
        self.constraint = constraint
    }

    /// The server has to be connected anew (SQLSTATE 08*, 57P01-57P03, 25006): repeat the whole transaction. False for
    /// `.commitUnknown`, which must be read back first.
    package var isConnectionLoss: Bool {
        if code == .connectionLost { return true }
        guard code == .server, let sqlState else { return false }
        return sqlState.hasPrefix("08") || ["57P01", "57P02", "57P03", "25006"].contains(sqlState)
    }

    /// The same transaction may succeed when repeated: serialization failure, deadlock, lock not available,
    /// connection loss.
    package var isTransient: Bool {
        if isConnectionLoss { return true }
        guard code == .server, let sqlState else { return false }
        return ["40001", "40P01", "55P03"].contains(sqlState)
    }

    /// The data itself was refused (SQLSTATE classes 22 and 23): repeating cannot help, halving the batch finds the
    /// row.
    package var isData: Bool {
        code == .server && (sqlState?.hasPrefix("22") == true || sqlState?.hasPrefix("23") == true)
    }

    package var description: String {
        var text = message
        if let sqlState { text += " [\(sqlState)]" }
        if let table { text += " table \(table)" }
        if let constraint { text += " constraint \(constraint)" }
        if let hint { text += " (\(hint))" }
        return text
    }
}
