// Cuts an error of the server to what may be logged: SQLSTATE, table, constraint, and a message that quotes no row.
// SPDX-License-Identifier: Apache-2.0

enum ServerError {
    /// Classes whose primary messages name objects and conditions, never values of rows.
    private static let quotable: Set<String> = [
        "08", "0A", "25", "26", "28", "2B", "3D", "3F", "40", "42", "53", "54", "55", "57", "58", "F0", "XX",
    ]

    /// The error of a failed result. `isCancelled`: a cancel request of ours is on its way.
    static func of(_ result: borrowing LibPQResult, isCancelled: Bool) -> PostgresError {
        guard let state = result.diagnostic("C") else {
            return PostgresError(.connectionLost, "The connection to PostgreSQL was lost.")
        }
        let sqlClass = String(state.prefix(2))
        var error = PostgresError(isCancelled && state == "57014" ? .cancelled : .server, "", sqlState: state)
        error.table = result.diagnostic("t").map { table in result.diagnostic("s").map { "\($0).\(table)" } ?? table }
        error.constraint = result.diagnostic("n")
        if quotable.contains(sqlClass), let message = result.diagnostic("M") {
            error.message = message
            error.hint = result.diagnostic("H")
        } else {
            error.message = sentence(for: sqlClass)
        }
        return error
    }

    private static func sentence(for sqlClass: String) -> String {
        switch sqlClass {
        case "22": "PostgreSQL refused a value: it does not fit its type."
        case "23": "PostgreSQL refused a row: it breaks a constraint."
        case "P0": "A database function refused the statement."
        default: "PostgreSQL refused the statement."
        }
    }

    /// The error of a connection attempt. libpq's text names hosts, users and databases; a conninfo that cannot be
    /// read is not quoted, since it may hold a password.
    static func refusedConnection(_ text: String) -> PostgresError {
        let isUnreadable = ["connection info string", "connection option", "invalid URI", "invalid percent-encoded"]
            .contains { text.contains($0) }
        if isUnreadable {
            return PostgresError(
                .configuration,
                "The connection string of PostgreSQL cannot be read.",
                hint: "check the conninfo"
            )
        }
        let message = text.split(separator: "\n").joined(separator: "; ")
        return PostgresError(.connectionLost, "PostgreSQL cannot be reached: \(message)")
    }
}
