// The two programs of the push benchmark: one freezes the documents in a private cluster, one pushes them.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Destinations
import Glibc
import HTTPTransfer
import Logging
import PostgresClient
import PostgresTesting

@main
struct PushBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "push-bench",
        abstract: "Parts of the push benchmark; Benchmarks/push.py runs them.",
        subcommands: [Prepare.self, Push.self]
    )
}

/// Owns the cluster: it goes when standard input ends.
struct Prepare: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Freeze documents in one database for each named destination; print a JSON line; wait for the end of input."
    )

    @Option(help: "Documents for each destination.")
    var documents: Int

    @Argument(help: "Names of destinations.")
    var destinations: [String]

    func run() async throws {
        let cluster = try await TestCluster.create(
            fsync: true,
            settings: [
                "synchronous_commit": "on", "full_page_writes": "on", "shared_preload_libraries": "pg_stat_statements",
            ]
        )
        var databases: [String] = []
        for name in destinations {
            let database = try await cluster.makeDatabase(migrations: DestinationsSchema.migrations)
            try await database.pool.withConnection {
                try $0.run(script: "create extension pg_stat_statements schema public")
            }
            try await BenchDocuments.freeze(documents, BenchDocuments.settings(name), in: database.pool)
            try await database.pool.withConnection { connection in
                try connection.run(script: "vacuum (analyze)")
                try connection.run(script: "checkpoint")
                try connection.run(script: "select public.pg_stat_statements_reset()")
            }
            databases.append(#""\#(name)":"\#(database.configuration.conninfo)""#)
            await database.pool.close()
        }
        print("{\(databases.joined(separator: ","))}")
        fflush(nil)
        var byte: UInt8 = 0
        while read(0, &byte, 1) > 0 {}
    }
}

/// The product's pusher on one destination, as the daemon runs it.
struct Push: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Push what one destination's outbox holds, then end.")

    @Option(help: "Connection string of the database.")
    var database: String

    @Option(help: "Name of the destination.")
    var destination: String

    @Option(help: "Base URL of the destination.")
    var url: String

    @Option(help: "File with the bearer token.")
    var secret: String

    @Option(help: "Requests under way at once.")
    var connections: Int

    @Option(help: "Time limit of a request in milliseconds.")
    var timeout: Int

    @Option(help: "First back-off in milliseconds.")
    var backOffBase: Int

    @Option(help: "Longest back-off in milliseconds.")
    var backOffCap: Int

    @Option(help: "First wait before a poll in milliseconds, where the peer asks for none.")
    var pollBase: Int

    func run() async throws {
        var settings = BenchDocuments.settings(destination)
        settings.baseURL = url
        settings.authentication = .header(name: "Authorization", format: "Bearer {secret}", secretFile: secret)
        settings.timeouts.total = .milliseconds(timeout)
        settings.limits.concurrency = connections
        settings.limits.backOffBase = .milliseconds(backOffBase)
        settings.limits.backOffCap = .milliseconds(backOffCap)
        settings.limits.pollBase = .milliseconds(pollBase)
        var log = Logger(label: "push-bench") { StreamLogHandler.standardError(label: $0) }
        log.logLevel = .critical
        let pool = PostgresPool(PostgresConfiguration(conninfo: database), size: Self.poolSize, log: log)
        let pusher = try Pusher(pool: pool, destinations: [settings], owner: "push-bench", log: log)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pusher.run() }
            while try await hasOpen(pool) { try await Task.sleep(for: .milliseconds(100)) }
            group.cancelAll()
            try await group.waitForAll()
        }
        await pool.close()
    }

    /// `database.connections` of a node, where nothing else is set.
    private static let poolSize = 4

    private func hasOpen(_ pool: PostgresPool) async throws -> Bool {
        try await pool.withConnection { connection in
            try connection.query(
                """
                select exists (select 1 from outbox.document d join outbox.destination t using (destination_id)
                 where t.name = $1 and d.state in ('planned', 'sending', 'pending', 'verifying', 'uncertain')
                   and t.paused is null)
                """,
                [.text(destination)]
            ).first?.bool(0) ?? false
        }
    }
}
