// Lets one transaction read a whole kabupaten, which may take longer than a statement on the message path.
// SPDX-License-Identifier: Apache-2.0
package import PostgresClient

package enum LongReading {
    /// Raises the statement limit to ten minutes until the end of the connection's transaction.
    package static func allow(_ connection: isolated PostgresConnection) throws {
        try connection.execute("select set_config('statement_timeout', '600000', true)")
    }
}
