// A private PostgreSQL cluster in a short temporary directory, gone when the test process is gone.
// SPDX-License-Identifier: Apache-2.0

import CPlatform
import Dispatch
import Glibc
package import PostgresClient
import Synchronization

/// A private cluster: Unix socket only, data checksums on, made by `initdb` as user postgres when the process is root.
///
/// Whatever ends this process, also SIGKILL, a small `sh` child that holds a pipe notices its end, stops the server
/// and removes the directory. `fsync` is off unless asked for: a test of durability makes a cluster of its own, and
/// so does one that stops the server.
package final class TestCluster: Sendable {
    /// Directory of the socket and of everything else of this cluster.
    package let socketDirectory: String
    private let binaries: String
    private let watchdogPipe: Int32
    private let templates = Mutex<[String: Task<String, any Error>]>([:])
    private let names = Atomic<Int>(0)
    private let administration: PostgresPool

    private static let sharedTask = Mutex<Task<TestCluster, any Error>?>(nil)

    /// The cluster that all tests of this process share. Do not stop it.
    package static func shared() async throws -> TestCluster {
        let task = sharedTask.withLock { task in
            if let task { return task }
            let new = Task { try await TestCluster.create() }
            task = new
            return new
        }
        return try await task.value
    }

    /// A cluster of one's own. `settings` are lines of postgresql.conf, values as written there.
    package static func create(fsync: Bool = false, settings: [String: String] = [:]) async throws -> TestCluster {
        let cluster = try TestCluster()
        var lines = [
            "listen_addresses = ''",
            "unix_socket_directories = '\(cluster.socketDirectory)'",
            "fsync = \(fsync ? "on" : "off")",
            "max_connections = 300",
            "authentication_timeout = 600s",
            "shared_buffers = 64MB",
            "max_wal_size = 1GB",
            "log_min_messages = warning",
            "log_min_error_statement = panic",
            "log_parameter_max_length = 0",
            "log_parameter_max_length_on_error = 0",
        ]
        lines += settings.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" }
        try await cluster.tool(
            """
            "$1/initdb" -D data -U postgres -A trust -E UTF8 --locale=C -k --no-sync --no-instructions &&
            printf '%s\\n' "$2" >> data/postgresql.conf
            """,
            [lines.joined(separator: "\n")]
        )
        try await cluster.start()
        return cluster
    }

    private init() throws {
        binaries = try Self.findBinaries()
        var template = Array("/tmp/pgt.XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else {
            throw TestClusterError(description: "No temporary directory (errno \(errno)).")
        }
        socketDirectory = String(cString: made)
        if geteuid() == 0 {
            guard let user = getpwnam("postgres"), chown(socketDirectory, user.pointee.pw_uid, user.pointee.pw_gid) == 0
            else {
                throw TestClusterError(description: "There is no user postgres to run a cluster as.")
            }
        }
        watchdogPipe = try Self.startWatchdog(socketDirectory, binaries)
        administration = PostgresPool(.patient(Self.conninfo(socketDirectory, "postgres")), size: 2)
    }

    deinit { Glibc.close(watchdogPipe) }

    /// Connection string for a database of this cluster, as its superuser.
    package func conninfo(database: String) -> String { Self.conninfo(socketDirectory, database) }

    private static func conninfo(_ directory: String, _ database: String) -> String {
        "host=\(directory) user=postgres dbname=\(database)"
    }

    // MARK: Server

    /// Starts the server, also after a crash, and returns when it takes connections.
    package func start() async throws {
        try await tool(#""$1/pg_ctl" start -w -t 600 -s -D data -l server.log"#)
    }

    /// Stops the server as a crash would: no checkpoint, open connections broken.
    package func stopImmediately() async throws {
        try await tool(#""$1/pg_ctl" stop -w -t 600 -s -m immediate -D data"#)
    }

    /// Changes a setting of the running server, as `alter system` and a reload do; `value` as in postgresql.conf.
    package func alterSystem(_ setting: String, _ value: String) async throws {
        try await administration.withConnection { connection in
            try connection.run(script: "alter system set \(setting) = \(value)")
            try connection.run(script: "select pg_reload_conf()")
        }
    }

    private func tool(_ script: String, _ arguments: [String] = []) async throws {
        try await ChildProcess.run(script, [binaries] + arguments, directory: socketDirectory)
    }

    /// The newest PostgreSQL installed as Debian does it, or the one in PATH.
    private static func findBinaries() throws -> String {
        var found: [(version: Int, path: String)] = []
        if let directory = opendir("/usr/lib/postgresql") {
            defer { closedir(directory) }
            while let entry = readdir(directory) {
                let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
                let path = "/usr/lib/postgresql/\(name)/bin"
                if let version = Int(name), access("\(path)/initdb", X_OK) == 0 { found.append((version, path)) }
            }
        }
        guard let newest = found.max(by: { $0.version < $1.version }) else {
            throw TestClusterError(
                description: "No PostgreSQL server in /usr/lib/postgresql: apt-get install postgresql"
            )
        }
        return newest.path
    }

    /// Starts the child that waits for the end of this process, and gives the write end of its pipe.
    private static func startWatchdog(_ directory: String, _ binaries: String) throws -> Int32 {
        var ends: [Int32] = [0, 0]
        let failure = cplatform_pipe(&ends, 0)
        guard failure == 0 else { throw TestClusterError(description: "No pipe (errno \(failure)).") }
        let script = """
            trap '' HUP INT TERM
            read -r _
            "$2/pg_ctl" stop -w -t 20 -m immediate -D "$1/data"
            rm -rf "$1"
            """
        // Forked away, so that it is nobody's child here: one that ended unreaped keeps Swift Testing's monitor of exit tests spinning.
        let forking = try ChildProcess.spawn(
            ["setsid", "--fork"] + ChildProcess.userPrefix + ["sh", "-c", script, "sh", directory, binaries],
            input: ends[0],
            output: "/dev/null"
        )
        Glibc.close(ends[0])
        var status: Int32 = 0
        while waitpid(forking, &status, 0) < 0, errno == EINTR {}
        return ends[1]
    }

    // MARK: Databases

    /// A fresh database with these migrations, copied from a template that is made once for each set of migrations.
    package func makeDatabase(migrations: [Migration] = [], poolSize: Int = 4) async throws -> TestDatabase {
        let template = try await template(migrations)
        let name = "test_\(names.add(1, ordering: .relaxed).newValue)"
        try await administration.withConnection { connection in
            try connection.run(script: "create database \(name) template \(template)")
        }
        let configuration = PostgresConfiguration.patient(conninfo(database: name))
        let pool = PostgresPool(configuration, size: poolSize)
        return TestDatabase(pool: pool, configuration: configuration, name: name, cluster: self)
    }

    func dropDatabase(_ name: String) async {
        try? await administration.withConnection { connection in
            try connection.run(script: "drop database if exists \(name) with (force)")
        }
    }

    private func template(_ migrations: [Migration]) async throws -> String {
        let checksum = migrations.checksum
        let task = templates.withLock { templates in
            if let known = templates[checksum] { return known }
            let new = Task { try await self.makeTemplate("template_\(checksum)", migrations) }
            templates[checksum] = new
            return new
        }
        return try await task.value
    }

    private func makeTemplate(_ name: String, _ migrations: [Migration]) async throws -> String {
        try await administration.withConnection { connection in
            try connection.run(script: "create database \(name)")
        }
        let pool = PostgresPool(.patient(conninfo(database: name)), size: 1)
        do {
            _ = try await Migrator.migrate(pool, migrations)
        } catch {
            await pool.close()
            throw error
        }
        await pool.close()
        // A template that somebody is still connected to is not copied, and PostgreSQL waits for the end of a backend for five seconds only.
        try await administration.withConnection { connection in
            let isInUse = "select exists (select from pg_stat_activity where datname = $1)"
            for _ in 0..<30_000 where try connection.query(isInUse, [.text(name)])[0].bool(0) {
                try connection.run(script: "select pg_sleep(0.01)")
            }
        }
        return name
    }
}
