// Decides who gets which connection of a pool, and when a new one may be made; touches no connection.
// SPDX-License-Identifier: Apache-2.0

/// What someone who wants a connection gets.
enum PoolGrant<Connection> {
    case connection(Connection)
    /// Permission to make a connection; given back by `giveBack`, with the connection or with nil.
    case slot
}

extension PoolGrant: Sendable where Connection: Sendable {}

/// The bookkeeping of a pool: idle connections, waiters in order, and how many connections may still be made.
///
/// Generic over the connection and the waiter, so that every order of events can be tested without a database.
struct PoolState<Connection, Waiter> {
    enum Checkout {
        case granted(PoolGrant<Connection>)
        case wait
        case closed
    }

    private let size: Int
    private var idle: [Connection] = []
    private var waiters: [(id: UInt64, waiter: Waiter)] = []
    /// Connections lent out or being made, and idle ones.
    private(set) var count = 0
    private(set) var isClosed = false

    init(size: Int) {
        precondition(size > 0, "a pool has at least one connection")
        self.size = size
    }

    var waiting: Int { waiters.count }

    /// The connection used last, or permission to make one; nobody overtakes those who wait.
    mutating func checkOut() -> Checkout {
        if isClosed { return .closed }
        if let connection = idle.popLast() { return .granted(.connection(connection)) }
        guard count < size else { return .wait }
        count += 1
        return .granted(.slot)
    }

    mutating func enqueue(_ waiter: Waiter, id: UInt64) { waiters.append((id, waiter)) }

    /// The waiter of that id, if it still waits.
    mutating func cancel(_ id: UInt64) -> Waiter? {
        guard let index = waiters.firstIndex(where: { $0.id == id }) else { return nil }
        return waiters.remove(at: index).waiter
    }

    /// A lent connection came back (nil: it is gone). Whoever is to be told, is told through the result.
    mutating func giveBack(_ connection: Connection?) -> (waiter: Waiter, grant: PoolGrant<Connection>)? {
        if !waiters.isEmpty {
            return (waiters.removeFirst().waiter, connection.map { .connection($0) } ?? .slot)
        }
        if let connection, !isClosed { idle.append(connection) } else { count -= 1 }
        return nil
    }

    /// Closes the pool: whoever waits is refused, idle connections are to be closed.
    mutating func close() -> (refused: [Waiter], idle: [Connection]) {
        isClosed = true
        defer {
            count -= idle.count
            (waiters, idle) = ([], [])
        }
        return (waiters.map(\.waiter), idle)
    }
}
