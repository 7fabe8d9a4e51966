// What the pool does with a connection it lends: check, run the body, tidy up, in one hop to its thread.
// SPDX-License-Identifier: Apache-2.0

import CLibPQ

extension PostgresConnection {
    /// How a use of the connection ended.
    enum Use<T: Sendable>: Sendable {
        /// The connection was dead before the body ran.
        case stale
        case done(T, isReusable: Bool)
        case failed(any Error, isReusable: Bool)
    }

    /// Runs `body` on this connection's thread, unless the connection died while it was idle, and leaves no
    /// transaction open.
    func use<T: Sendable>(_ body: @Sendable (isolated PostgresConnection) throws -> T) -> Use<T> {
        guard let libpq = try? current(), libpq.standsWhenIdle() else { return .stale }
        do {
            let value = try body(self)
            return .done(value, isReusable: comesToRest())
        } catch {
            let isLost = (error as? PostgresError)?.isConnectionLoss ?? false
            return .failed(error, isReusable: comesToRest() && !isLost)
        }
    }

    /// Ends a transaction that the body left open, and says whether the connection can be lent again.
    private func comesToRest() -> Bool {
        rollBack()
        let isAbandoned = canceller.end()
        guard !isAbandoned, let libpq = try? current(), !libpq.isBroken else {
            close()
            return false
        }
        onNotice = nil
        return libpq.transactionStatus == PQTRANS_IDLE
    }
}
