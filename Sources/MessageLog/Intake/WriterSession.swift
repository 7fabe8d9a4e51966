// How PostgreSQL plans the statements of the log's writer.
// SPDX-License-Identifier: Apache-2.0
package import PostgresClient

extension PostgresConfiguration {
    /// For the pool of a ``LogWriter``.
    ///
    /// Its few statements find every row by a key, one row for each upload of a group, whatever the tables hold. They are
    /// planned once for a connection, and only as look-ups by index: without these settings PostgreSQL plans them anew for
    /// each group (a fifth of what a group cost it), or reads the whole of `log.source` for a dozen rows while it has no
    /// statistics of the table yet.
    package var forLogWriter: PostgresConfiguration {
        var own = self
        own.settings += [
            ("plan_cache_mode", "force_generic_plan"), ("enable_seqscan", "off"), ("enable_hashjoin", "off"),
            ("enable_mergejoin", "off"), ("jit", "off"),
        ]
        return own
    }
}
