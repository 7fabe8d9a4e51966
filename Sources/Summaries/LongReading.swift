// Lets one transaction read a whole kabupaten, which may take longer than a statement on the message path.
// SPDX-License-Identifier: Apache-2.0
package import PostgresClient

package enum LongReading {
    /// Raises the statement limit to ten minutes until the end of the connection's transaction, on both ends of the connection.
    package static func allow(_ connection: isolated PostgresConnection) throws {
        try connection.setStatementTimeoutOfTransaction(.seconds(600))
    }
}
