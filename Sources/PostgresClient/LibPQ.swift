// The one place where libpq is called; every call that can fail asks CallFault first.
// SPDX-License-Identifier: Apache-2.0

import CLibPQ
import FailPoints
import Glibc

/// One `PGconn` in non-blocking mode, and the waits that libpq itself would do without a limit.
///
/// A failed call leaves `isLost` set when the connection cannot be used any more; nothing here repeats anything.
final class LibPQ: @unchecked Sendable {  // the PGconn is touched by its connection's thread only
    private let connection: OpaquePointer
    let notices: NoticeReceiver
    let cancelTarget: CancelTarget
    private let usesTLS: Bool
    private(set) var isLost = false
    /// Milliseconds of silence after which a wait is given up; nil: never.
    var silenceLimit: Int?

    /// Connects to the first host that answers and fits, and makes the connection non-blocking.
    init(keywords: [(String, String)], silenceLimit: Int?) throws(PostgresError) {
        if CallFault.strikes(.libpq) { throw Self.injected() }
        let names = CStringArray(keywords.map(\.0))
        let values = CStringArray(keywords.map(\.1))
        guard let connection = PQconnectdbParams(names.pointer, values.pointer, 1) else {
            throw PostgresError(.connectionLost, "libpq is out of memory.")
        }
        guard PQstatus(connection) == CONNECTION_OK else {
            let error = ServerError.refusedConnection(String(cString: PQerrorMessage(connection)))
            PQfinish(connection)
            throw error
        }
        guard PQsetnonblocking(connection, 1) == 0, let cancelTarget = CancelTarget(connection) else {
            PQfinish(connection)
            throw PostgresError(.connectionLost, "libpq is out of memory.")
        }
        self.connection = connection
        self.cancelTarget = cancelTarget
        notices = NoticeReceiver()
        usesTLS = PQsslInUse(connection) != 0
        self.silenceLimit = silenceLimit
        notices.install(on: connection)
    }

    /// Says goodbye and frees the connection. Called once, after the last use.
    func finish() { PQfinish(connection) }

    // MARK: State

    var transactionStatus: PGTransactionStatusType { PQtransactionStatus(connection) }

    var isBroken: Bool { isLost || PQstatus(connection) != CONNECTION_OK }

    /// What is wrong with a connection that just failed.
    func failure() -> PostgresError {
        if !isBroken {
            return PostgresError(
                .server,
                "libpq refused the call.",
                hint: "more than 65,535 parameters, or out of memory"
            )
        }
        isLost = true
        return PostgresError(.connectionLost, "The connection to PostgreSQL was lost.")
    }

    private static func injected() -> PostgresError {
        PostgresError(.connectionLost, "The connection to PostgreSQL was lost (injected fault).")
    }

    /// Asks for a fault; the struck call counts as a lost connection.
    private func strike() throws(PostgresError) {
        if CallFault.strikes(.libpq) {
            isLost = true
            throw Self.injected()
        }
    }

    private func check(_ status: Int32) throws(PostgresError) {
        if status != 1 { throw failure() }
    }

    // MARK: Sending

    func send(query: String) throws(PostgresError) {
        try strike()
        try check(PQsendQuery(connection, query))
    }

    func sendPrepare(name: String, sql: String, types: [UInt32]) throws(PostgresError) {
        try strike()
        try check(PQsendPrepare(connection, name, sql, Int32(clamping: types.count), types))
    }

    func sendExecute(name: String, _ parameters: borrowing ParameterBuffer) throws(PostgresError) {
        try strike()
        let status = parameters.withPointers { count, values, lengths, formats in
            PQsendQueryPrepared(connection, name, count, values, lengths, formats, 1)
        }
        try check(status)
    }

    func setSingleRowMode() throws(PostgresError) { try check(PQsetSingleRowMode(connection)) }

    func enterPipeline() throws(PostgresError) { try check(PQenterPipelineMode(connection)) }

    func exitPipeline() throws(PostgresError) { try check(PQexitPipelineMode(connection)) }

    func sendPipelineSync() throws(PostgresError) {
        try strike()
        try check(PQpipelineSync(connection))
    }

    // MARK: Receiving

    /// The next result of the running statement; nil at its end, or when the connection is lost.
    func nextResult() throws(PostgresError) -> LibPQResult? {
        try strike()
        // Behind TLS the socket does not tell what the TLS library holds: libpq waits itself, under tcp_user_timeout.
        if !usesTLS {
            while true {
                let unsent = PQflush(connection)
                if unsent < 0 || (unsent == 0 && PQisBusy(connection) == 0) { break }
                let ready = try wait(writing: unsent > 0)
                if ready & Int16(POLLOUT) == 0 || ready & Int16(POLLIN) != 0, PQconsumeInput(connection) == 0 { break }
            }
        }
        return PQgetResult(connection).map { LibPQResult($0) }
    }

    /// Waits until the socket can be read (or written), and gives the poll events.
    private func wait(writing: Bool, milliseconds: Int? = nil) throws(PostgresError) -> Int16 {
        var descriptor = pollfd(
            fd: PQsocket(connection),
            events: Int16(POLLIN) | (writing ? Int16(POLLOUT) : 0),
            revents: 0
        )
        while true {
            let ready = poll(&descriptor, 1, Int32(clamping: milliseconds ?? silenceLimit ?? -1))
            if ready > 0 { return descriptor.revents }
            if ready == 0, milliseconds != nil { return 0 }
            if ready < 0, errno == EINTR { continue }
            isLost = true
            throw PostgresError(
                .connectionLost,
                "PostgreSQL has been silent for too long; the connection was given up."
            )
        }
    }

    /// Whether an idle connection still stands; reads what the server said meanwhile (its end, notices, notifications).
    func standsWhenIdle() -> Bool {
        if isBroken { return false }
        var descriptor = pollfd(fd: PQsocket(connection), events: Int16(POLLIN), revents: 0)
        for _ in 0..<16 {  // the server's last words come first, the end of the stream after them
            guard poll(&descriptor, 1, 0) != 0 else { return true }
            guard PQconsumeInput(connection) == 1, PQisBusy(connection) == 0, !isBroken else { return false }
        }
        return true
    }

    // MARK: COPY

    /// Sends one chunk of COPY data and waits until the kernel has it.
    func putCopyData(_ bytes: UnsafeRawBufferPointer) throws(PostgresError) {
        try strike()
        let pointer = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
        try check(PQputCopyData(connection, pointer, Int32(bytes.count)))
        while true {
            let unsent = PQflush(connection)
            if unsent == 0 { return }
            if unsent < 0 { throw failure() }
            let ready = try wait(writing: true)
            if ready & Int16(POLLIN) != 0, PQconsumeInput(connection) == 0 { throw failure() }
        }
    }

    func putCopyEnd() throws(PostgresError) {
        try strike()
        try check(PQputCopyEnd(connection, nil))
    }

    /// Hands the next chunk of COPY data to `body`; false at the end, after which `nextResult` tells how it ended.
    func getCopyData(_ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Bool {
        try strike()
        var pointer: UnsafeMutablePointer<CChar>?
        while true {
            let count = PQgetCopyData(connection, &pointer, usesTLS ? 0 : 1)
            if count > 0 {
                defer { PQfreemem(pointer) }
                try body(UnsafeRawBufferPointer(start: pointer, count: Int(count)))
                return true
            }
            if count < 0 { return false }
            _ = try wait(writing: false)
            if PQconsumeInput(connection) == 0 { throw failure() }
        }
    }

    // MARK: Notifications

    /// A notification that has arrived, or that arrives within the time.
    func notification(milliseconds: Int) throws(PostgresError) -> PostgresNotification? {
        try strike()
        if let arrived = arrivedNotification() { return arrived }
        if try wait(writing: false, milliseconds: milliseconds) == 0 { return nil }
        guard PQconsumeInput(connection) == 1 else { throw failure() }
        return arrivedNotification()
    }

    private func arrivedNotification() -> PostgresNotification? {
        guard let notify = PQnotifies(connection) else { return nil }
        defer { PQfreemem(notify) }
        return PostgresNotification(
            channel: String(cString: notify.pointee.relname),
            payload: String(cString: notify.pointee.extra),
            serverProcess: notify.pointee.be_pid
        )
    }
}
