// Where the database is and which limits every connection gets.
// SPDX-License-Identifier: Apache-2.0

/// How to reach the database, and the limits that each connection sets after each (re)connect.
package struct PostgresConfiguration: Sendable {
    /// libpq connection string or URI; may list several hosts (`host=a,b`), tried in order at every connect.
    package var conninfo: String
    /// Shown in `pg_stat_activity`.
    package var applicationName: String
    /// Longest a statement may run on the server; zero: no limit. The client gives the connection up when the server
    /// has been silent for 10 s longer than this.
    package var statementTimeout: Duration = .seconds(15)
    /// Longest wait for a lock; zero: no limit.
    package var lockTimeout: Duration = .seconds(5)
    /// Longest a transaction may stand open without a statement.
    package var idleInTransactionTimeout: Duration = .seconds(30)
    /// Longest wait for one host while connecting; libpq takes whole seconds, at least two.
    package var connectTimeout: Duration = .seconds(5)
    /// Prepared statements kept for each connection; the least recently used is given back first.
    package var preparedStatements = 256
    /// Further settings of every session, as `("jit", "off")`.
    package var settings: [(name: String, value: String)] = []

    package init(conninfo: String, applicationName: String = "posyandud") {
        self.conninfo = conninfo
        self.applicationName = applicationName
    }

    /// Keywords for `PQconnectdbParams`: weak defaults of libpq first, then what the conninfo says, then what must
    /// hold.
    var keywords: [(String, String)] {
        [
            ("application_name", applicationName),
            ("connect_timeout", String(max(2, connectTimeout.milliseconds / 1000))),
            ("keepalives", "1"),
            ("keepalives_idle", "10"),
            ("keepalives_interval", "5"),
            ("keepalives_count", "3"),
            ("tcp_user_timeout", "15000"),
            ("gssencmode", "disable"),
            ("target_session_attrs", "read-write"),
            ("dbname", conninfo),
            ("client_encoding", "UTF8"),
        ]
    }

    /// One script that gives a fresh session its limits. Names are always written with their schema, hence the search
    /// path; `client_min_messages` keeps a role setting from hiding a warning of COMMIT.
    var sessionScript: String {
        """
        set statement_timeout = \(statementTimeout.milliseconds);
        set lock_timeout = \(lockTimeout.milliseconds);
        set idle_in_transaction_session_timeout = \(idleInTransactionTimeout.milliseconds);
        set search_path to pg_catalog;
        set standard_conforming_strings = on;
        set client_min_messages = notice;
        set timezone = 'UTC'
        """ + settings.map { ";\nset \($0.name) = \($0.value)" }.joined()
    }

    /// Milliseconds of silence after which the client gives a running statement up; nil: never.
    var silenceLimit: Int? {
        statementTimeout == .zero ? nil : statementTimeout.milliseconds + 10_000
    }
}

extension Duration {
    /// Whole milliseconds, rounded up, within what PostgreSQL takes (0 … 2³¹-1).
    var milliseconds: Int {
        let (seconds, attoseconds) = components
        let whole = seconds.multipliedReportingOverflow(by: 1000)
        let value = whole.overflow ? Int64.max / 2 : whole.partialValue
        return Int(
            clamping: min(max(0, value + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000), 2_147_483_647)
        )
    }
}
