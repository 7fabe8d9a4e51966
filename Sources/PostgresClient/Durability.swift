// Whether the server keeps what it has acknowledged, read from the server itself.
// SPDX-License-Identifier: Apache-2.0

/// The settings of the server on which an acknowledgement rests.
package struct Durability: Sendable, Equatable {
    package var fsync: Bool
    package var fullPageWrites: Bool
    /// `on`, `off`, `local`, `remote_write` or `remote_apply`, as this role's sessions have it.
    package var synchronousCommit: String
    /// Whether the cluster was made with data checksums.
    package var dataChecksums: Bool
    /// Whether the server goes on after a failed fsync, which may lose data.
    package var dataSyncRetry: Bool
    /// A standby or a server that still recovers.
    package var isInRecovery: Bool
    /// As `server_version_num`: 150014.
    package var serverVersion: Int

    /// Whether a commit that returned OK survives a power cut: nothing may be acknowledged otherwise.
    package var isSafe: Bool { fsync && fullPageWrites && synchronousCommit != "off" }

    /// Throws `.notDurable`, naming what is off.
    package func requireSafe() throws(PostgresError) {
        if isSafe { return }
        var off: [String] = []
        if !fsync { off.append("fsync") }
        if !fullPageWrites { off.append("full_page_writes") }
        if synchronousCommit == "off" { off.append("synchronous_commit") }
        throw PostgresError(
            .notDurable,
            "PostgreSQL would lose acknowledged data in a power cut: \(off.joined(separator: ", ")) off.",
            hint: off.map { "alter system set \($0) = on;" }.joined(separator: " ") + " select pg_reload_conf();"
        )
    }
}

extension PostgresConnection {
    /// Reads the settings as they are for this session now.
    package func durability() throws(PostgresError) -> Durability {
        let rows = try query(
            """
            select current_setting('fsync') = 'on', current_setting('full_page_writes') = 'on',
                   current_setting('synchronous_commit'), current_setting('data_checksums') = 'on',
                   current_setting('data_sync_retry') = 'on', pg_is_in_recovery(),
                   current_setting('server_version_num')::int
            """
        )
        guard let row = rows.first else { throw PostgresError(.decoding, "PostgreSQL gave no settings.") }
        return Durability(
            fsync: try row.bool(0),
            fullPageWrites: try row.bool(1),
            synchronousCommit: try row.string(2),
            dataChecksums: try row.bool(3),
            dataSyncRetry: try row.bool(4),
            isInRecovery: try row.bool(5),
            serverVersion: try row.int(6)
        )
    }
}

extension PostgresPool {
    /// Reads the settings as the connections of this pool have them now. Ask at connect, after every reconnect and
    /// reload, and once a minute.
    package func durability() async throws -> Durability {
        try await withConnection { connection in try connection.durability() }
    }
}
