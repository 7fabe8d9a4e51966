// LISTEN, and waiting for notifications on this connection's own thread.
// SPDX-License-Identifier: Apache-2.0

extension PostgresConnection {
    /// Starts listening to a channel; any name, it is quoted here. Has to be done again on a new connection.
    package func listen(_ channel: String) throws(PostgresError) {
        let quoted = channel.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
        try run(script: "listen \"\(quoted)\"")
    }

    /// The next notification; nil when none came in time. Blocks this connection's thread, in steps after which a
    /// cancelled task is noticed.
    package func waitForNotification(timeoutMilliseconds: Int) throws(PostgresError) -> PostgresNotification? {
        var rest = max(0, timeoutMilliseconds)
        repeat {
            let step = min(rest, 200)
            if let notification = try usable().notification(milliseconds: step) { return notification }
            rest -= step
        } while rest > 0
        return nil
    }
}
