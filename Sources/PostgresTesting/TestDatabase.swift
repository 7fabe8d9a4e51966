// One fresh database for one test.
// SPDX-License-Identifier: Apache-2.0

package import PostgresClient

extension PostgresConfiguration {
    /// With limits that no busy machine runs into. A test of a limit sets that one itself.
    package static func patient(_ conninfo: String) -> PostgresConfiguration {
        var configuration = PostgresConfiguration(conninfo: conninfo)
        configuration.connectTimeout = .seconds(300)
        configuration.statementTimeout = .seconds(600)
        configuration.lockTimeout = .seconds(600)
        configuration.idleInTransactionTimeout = .seconds(1800)
        return configuration
    }
}

/// A database of a `TestCluster`, with a pool on it.
package struct TestDatabase: Sendable {
    package let pool: PostgresPool
    package let configuration: PostgresConfiguration
    package let name: String
    package let cluster: TestCluster

    /// Closes the pool and drops the database. Leaving it out costs disk until the process ends, nothing else.
    package func drop() async {
        await pool.close()
        await cluster.dropDatabase(name)
    }
}
