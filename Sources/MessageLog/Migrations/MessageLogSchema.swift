// The migrations of the schema `log`, numbers 1-19, in order.
// SPDX-License-Identifier: Apache-2.0
package import PostgresClient

/// The database schema of the log: forward only, never edited once released.
package enum MessageLogSchema {
    /// Every migration of this room, oldest first.
    package static let migrations: [Migration] = [
        Migration(1, "log", logTables),
        Migration(2, "log consumers", consumerTables),
        Migration(3, "log tasks", taskTables),
        Migration(4, "log source duties", sourceDuties),
        Migration(5, "log drains", drainTables),
    ]
}
