// A bounded set of connections that are lent in the order they are asked for, and made anew after a loss.
// SPDX-License-Identifier: Apache-2.0

package import Logging
import Synchronization

/// Pool with reconnect over several hosts. The closure runs on the connection's own thread.
///
/// Connections are made when they are first needed. One that was lost, or whose task was cancelled, is dropped; the
/// next checkout makes a new one, at whichever host of the conninfo then takes writes. The pool repeats nothing: a
/// caller decides by `isTransient`.
package final class PostgresPool: Sendable {
    private typealias Grant = PoolGrant<PostgresConnection>
    private typealias Waiter = CheckedContinuation<Grant, any Error>

    private struct State {
        var lending: PoolState<PostgresConnection, Waiter>
        /// Those who wait in `close` until the last connection has come back.
        var drainers: [CheckedContinuation<Void, Never>] = []
        var nextID: UInt64 = 0
    }

    package let configuration: PostgresConfiguration
    private let log: Logger
    private let state: Mutex<State>

    /// A pool of at most `size` connections.
    package init(_ configuration: PostgresConfiguration, size: Int, log: Logger = Logger(label: "posyandud.postgres")) {
        self.configuration = configuration
        self.log = log
        state = Mutex(State(lending: PoolState(size: size)))
    }

    /// Lends a connection to `body`, which runs on the connection's thread. A transaction that `body` leaves open is
    /// rolled back.
    ///
    /// Cancelling the task cancels the running statement (not a COMMIT under way), which then fails with
    /// `.cancelled`; so does waiting for a connection. Errors of `body` are passed on as they are; the pool's own are
    /// `PostgresError`.
    package func withConnection<T: Sendable>(
        _ body: @Sendable (isolated PostgresConnection) throws -> T
    ) async throws -> T {
        while true {
            let connection = try await checkOut()
            let canceller = connection.canceller
            canceller.reset()
            let use = await withTaskCancellationHandler {
                await connection.use(body)
            } onCancel: {
                canceller.abandon()
            }
            switch use {
            case .stale:
                log.notice("An idle database connection was lost; a new one is made.")
                await drop(connection)
            case .done(let value, let isReusable):
                await giveBack(connection, isReusable)
                return value
            case .failed(let error, let isReusable):
                await giveBack(connection, isReusable)
                throw error
            }
        }
    }

    /// Runs `body` as one transaction on a lent connection; see `PostgresConnection.transaction`.
    package func transaction<T: Sendable>(
        _ options: TransactionOptions = .init(),
        _ body: @Sendable (isolated PostgresConnection) throws -> T
    ) async throws -> T {
        try await withConnection { connection in
            try connection.transaction(options) { try body(connection) }
        }
    }

    /// Refuses new and waiting users, then waits until every lent connection has come back, and closes all.
    package func close() async {
        let (refused, idle) = state.withLock { $0.lending.close() }
        for waiter in refused { waiter.resume(throwing: Self.closedError) }
        for connection in idle { await connection.close() }
        await withCheckedContinuation { (drainer: CheckedContinuation<Void, Never>) in
            let isDrained = state.withLock { state in
                if state.lending.count > 0 { state.drainers.append(drainer) }
                return state.lending.count == 0
            }
            if isDrained { drainer.resume() }
        }
    }

    /// Connections that exist or are being made.
    package var connections: Int { state.withLock { $0.lending.count } }

    /// Tasks that wait for a connection.
    package var waiting: Int { state.withLock { $0.lending.waiting } }

    // MARK: Lending

    private static let closedError = PostgresError(.configuration, "The database pool is closed.")
    private static let cancelledError = PostgresError(.cancelled, "The task was cancelled.")

    private func checkOut() async throws(PostgresError) -> PostgresConnection {
        if Task.isCancelled { throw Self.cancelledError }
        switch try await grant() {
        case .connection(let connection): return connection
        case .slot:
            do {
                let connection = try await PostgresConnection.connect(configuration)
                log.debug("A database connection was made.")
                return connection
            } catch {
                log.warning("No database connection could be made.", metadata: ["code": "\(error.code)"])
                settle(nil)
                throw error
            }
        }
    }

    private func grant() async throws(PostgresError) -> Grant {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        do {
            return try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { (waiter: Waiter) in
                    let answer: Result<Grant, PostgresError>? = state.withLock { state in
                        switch state.lending.checkOut() {
                        case .granted(let grant): return .success(grant)
                        case .closed: return .failure(Self.closedError)
                        case .wait:
                            // Cancelled before this: the handler found nobody. Cancelled after: it will find the
                            // waiter.
                            if Task.isCancelled { return .failure(Self.cancelledError) }
                            state.lending.enqueue(waiter, id: id)
                            return nil
                        }
                    }
                    if let answer { waiter.resume(with: answer) }
                }
            } onCancel: {
                let waiter = state.withLock { $0.lending.cancel(id) }
                waiter?.resume(throwing: Self.cancelledError)
            }
        } catch let error as PostgresError {
            throw error
        } catch {
            throw Self.cancelledError
        }
    }

    private func giveBack(_ connection: PostgresConnection, _ isReusable: Bool) async {
        if isReusable, !state.withLock({ $0.lending.isClosed }) {
            settle(connection)
        } else {
            await drop(connection)
        }
    }

    private func drop(_ connection: PostgresConnection) async {
        await connection.close()
        settle(nil)
    }

    /// Books a connection, or its loss, and tells whoever is next.
    private func settle(_ connection: PostgresConnection?) {
        let (next, drainers) = state.withLock { state in
            let next = state.lending.giveBack(connection)
            guard state.lending.isClosed, state.lending.count == 0 else {
                return (next, [CheckedContinuation<Void, Never>]())
            }
            defer { state.drainers = [] }
            return (next, state.drainers)
        }
        if let next { next.waiter.resume(returning: next.grant) }
        for drainer in drainers { drainer.resume() }
    }
}
