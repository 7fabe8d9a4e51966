// Receives notices and warnings of the server, and remembers a warning that came with COMMIT.
// SPDX-License-Identifier: Apache-2.0

import CLibPQ

/// A notice or warning of the server. Its message may quote data (`RAISE NOTICE`): do not log it.
package struct PostgresNotice: Sendable {
    /// `WARNING`, `NOTICE`, `INFO`, … in English whatever the server's language.
    package var severity: String
    package var sqlState: String
    package var message: String
}

/// A NOTIFY that arrived on a channel this connection listens to.
package struct PostgresNotification: Sendable, Equatable {
    package var channel: String
    package var payload: String
    /// Process id of the server process that sent it.
    package var serverProcess: Int32
}

/// What libpq calls for each notice, on the thread of its connection.
final class NoticeReceiver {
    var onNotice: (@Sendable (PostgresNotice) -> Void)?
    /// SQLSTATE of the last notice of severity WARNING since this was set to nil.
    var warning: String?

    /// libpq keeps an unretained pointer: the connection that owns this object outlives its `PGconn`.
    func install(on connection: OpaquePointer) {
        PQsetNoticeReceiver(
            connection,
            { context, result in
                guard let context, let result else { return }
                Unmanaged<NoticeReceiver>.fromOpaque(context).takeUnretainedValue().receive(result)
            },
            Unmanaged.passUnretained(self).toOpaque()
        )
    }

    private func receive(_ result: OpaquePointer) {
        func field(_ code: Unicode.Scalar) -> String {
            PQresultErrorField(result, Int32(code.value)).map { String(cString: $0) } ?? ""
        }
        let notice = PostgresNotice(severity: field("V"), sqlState: field("C"), message: field("M"))
        if notice.severity == "WARNING" { warning = notice.sqlState }
        onNotice?(notice)
    }
}
