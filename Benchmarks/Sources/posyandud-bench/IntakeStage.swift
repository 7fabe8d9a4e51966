// Stage (b): signed batches of many sources through decode, verification and the durable writer of the log.
// SPDX-License-Identifier: Apache-2.0
import Crypto
import FoundationEssentials
import MessageLog
import PostgresClient
import PostgresTesting
import Registry
import Sync

/// The writer of the log with what stands before it, as the daemon wires them; only HTTP is missing.
final class Intake: Sendable {
    /// Transactions of the writer under way at once: the daemon's default.
    static let connections = 2
    /// Uploads that wait for their answer at once.
    static let clients = 64

    let writer: LogWriter
    private let intake: BatchIntake
    private let pool: PostgresPool
    private let keys: PostgresPool
    private let running: Task<Void, any Error>

    init(_ configuration: PostgresConfiguration, sealer: LogSealer) async throws {
        let log = Machine.log
        pool = PostgresPool(configuration.forLogWriter, size: Self.connections + 1, log: log)
        keys = PostgresPool(configuration, size: 1, log: log)
        var settings = LogWriter.Configuration(owner: "bench")
        settings.connections = Self.connections
        writer = LogWriter(pool: pool, configuration: settings, sealer: sealer, log: log)
        intake = BatchIntake(writer: writer, directory: SourceDirectory(pool: keys), pool: keys, log: log)
        running = Task { [writer] in try await writer.run() }
        while writer.health.shards < 16 { try await Task.sleep(for: .milliseconds(5)) }
    }

    func stop() async {
        writer.stop()
        _ = await running.result
        await pool.close()
        await keys.close()
    }

    /// Sends everything, each source in its order, and returns when all is acknowledged.
    /// - Parameter onCommit: called after each acknowledgement.
    func send(_ batches: SignedBatches, onCommit: @escaping @Sendable () -> Void = {}) async throws {
        let server = SyncResponse.Server(id: "bench", timeline: 1, now: "2026-11-21T00:00:00Z")
        try await share(batches.posts.count) { [intake] post in
            for body in batches.bodies[post] {
                let answer = await intake.receive(
                    body: body,
                    contentEncoding: nil,
                    sentAt: nil,
                    source: batches.posts[post].source,
                    epoch: 1,
                    server: server
                )
                guard answer.status == 200 else {
                    throw BenchError(description: "a batch was answered \(answer.status)")
                }
                onCommit()
            }
        }
    }

    /// As ``send(_:onCommit:)`` for batches whose signature and messages were checked before.
    func send(verified: [[VerifiedBatch]]) async throws {
        try await share(verified.count) { [writer] post in
            for batch in verified[post] {
                guard case .committed = try await writer.ingest(batch) else {
                    throw BenchError(description: "a verified batch was not committed")
                }
            }
        }
    }

    /// Divides the sources among the clients.
    private func share(_ count: Int, _ work: @escaping @Sendable (Int) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in 0..<min(Self.clients, count) {
                group.addTask {
                    for post in stride(from: client, to: count, by: Self.clients) { try await work(post) }
                }
            }
            try await group.waitForAll()
        }
    }
}

enum IntakeStage {
    struct Result: Sendable {
        var figures: Figures
        var database: TestDatabase
    }

    static func run(_ cluster: TestCluster, _ batches: SignedBatches, isVerifiedBefore: Bool) async throws -> Result {
        let database = try await cluster.makeDatabase(migrations: MessageLogSchema.migrations)
        try await register(batches.posts, database.pool)
        await database.pool.close()
        let verified = isVerifiedBefore ? try verify(batches) : []
        let intake = try await Intake(database.configuration, sealer: try Keys.sealer())
        let meter = try await Meter.begin(database)
        if isVerifiedBefore { try await intake.send(verified: verified) } else { try await intake.send(batches) }
        var figures = try await meter.end(
            isVerifiedBefore ? "intake_verified" : "intake",
            messages: batches.messageCount
        ) { await intake.stop() }
        figures.remark =
            isVerifiedBefore
            ? "as intake, signatures and messages checked before the measured time"
            : "decode, digest, Ed25519, message checks, sealing of personal messages, log, run, marks, COMMIT, answer"
        return Result(figures: figures, database: database)
    }

    static func register(_ posts: [Post], _ pool: PostgresPool) async throws {
        _ = try await pool.withConnection { connection in
            try LogSources.register(
                connection,
                posts.map { post in
                    NewSource(
                        uuid: post.source,
                        posyandu: post.posyandu,
                        incarnation: post.source,
                        signKey: Array(post.key.publicKey.rawRepresentation)
                    )
                }
            )
        }
    }

    private static func verify(_ batches: SignedBatches) throws -> [[VerifiedBatch]] {
        try zip(batches.posts, batches.bodies).map { post, bodies in
            let key = Array(post.key.publicKey.rawRepresentation)
            return try bodies.map { try BatchCodec.verify(try BatchCodec.decode($0), signKey: key, via: .https) }
        }
    }
}

/// Keys of this run; what they seal is thrown away with the cluster.
enum Keys {
    static func cipher() throws -> ResidentCipher {
        try ResidentCipher(
            keys: [1: try SecretKey(bytes: Array(repeating: 7, count: 32))],
            indexKey: try SecretKey(bytes: Array(repeating: 9, count: 32))
        )
    }

    static func sealer() throws -> LogSealer {
        LogSealer(sealer: try Registry.PayloadSealer(keys: [1: try SecretKey(bytes: Array(repeating: 7, count: 32))]))
    }
}

/// Seals personal payloads of the log, as the daemon does.
struct LogSealer: MessageLog.PayloadSealer {
    let sealer: Registry.PayloadSealer

    func seal(_ bytes: [UInt8], aad: [UInt8]) throws -> [UInt8] { try sealer.seal(bytes, aad: aad) }
    func open(_ sealed: [UInt8], aad: [UInt8]) throws -> [UInt8] { try sealer.open(sealed, aad: aad) }
}
