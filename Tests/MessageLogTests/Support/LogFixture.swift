// A database with the log's schema, a clock that tests set, and a writer that runs while a test does.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import Logging
import PostgresClient
import PostgresTesting
import Synchronization

@testable import MessageLog

/// A clock in microseconds that only the test moves. Starts at 2026-11-01T00:00:00Z.
final class TestClock: Sendable {
    private let value = Mutex<Int64>(1_793_491_200_000_000)
    var now: Int64 { value.withLock { $0 } }
    func advance(seconds: Int64) { value.withLock { $0 += seconds * 1_000_000 } }
    func advance(days: Int64) { advance(seconds: days * 86_400) }
}

/// Reversible and bound to its entry, which is all that the log relies on.
struct ToySealer: PayloadSealer {
    struct Forged: Error {}

    func seal(_ bytes: [UInt8], aad: [UInt8]) throws -> [UInt8] {
        sha256(aad + bytes) + bytes.map { $0 ^ 0x5A }
    }

    func open(_ sealed: [UInt8], aad: [UInt8]) throws -> [UInt8] {
        let bytes = sealed.dropFirst(32).map { $0 ^ 0x5A }
        guard Array(sealed.prefix(32)) == sha256(aad + bytes) else { throw Forged() }
        return bytes
    }
}

/// One database with one writer.
struct LogFixture {
    let database: TestDatabase
    let clock = TestClock()
    let sealer = ToySealer()

    var pool: PostgresPool { database.pool }

    init() async throws {
        database = try await TestCluster.shared().makeDatabase(migrations: MessageLogSchema.migrations)
        try await database.pool.withConnection { c in try LogCursor.register(c, consumer: "apply") }
    }

    func makeWriter(
        pool: PostgresPool? = nil,
        owner: String = "test",
        _ change: (inout LogWriter.Configuration) -> Void = { _ in }
    ) -> LogWriter {
        var configuration = LogWriter.Configuration(owner: owner)
        configuration.requiresDurability = false
        change(&configuration)
        let clock = self.clock
        return LogWriter(
            pool: pool ?? self.pool,
            configuration: configuration,
            sealer: sealer,
            log: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            now: { clock.now }
        )
    }

    /// Runs a writer while `body` does, then stops it and waits for its end.
    func withWriter<T>(_ writer: LogWriter, _ body: (LogWriter) async throws -> T) async throws -> T {
        let running = Task { try await writer.run() }
        do {
            while writer.health.shards == 0 { try await Task.sleep(for: .milliseconds(1)) }
            let value = try await body(writer)
            writer.stop()
            try await running.value
            return value
        } catch {
            writer.stop()
            _ = await running.result
            throw error
        }
    }

    /// Registers sources with fresh keys.
    func register(_ count: Int = 1) async throws -> [RegisteredSource] {
        let new = (0..<count).map { _ in NewSource(uuid: UUID(), incarnation: UUID(), signKey: [1]) }
        return try await pool.withConnection { c in try LogSources.register(c, new) }
    }

    func conservation() async throws -> Conservation {
        try await pool.withConnection { c in try Conservation.read(c) }
    }

    /// A number from the database.
    func count(_ sql: String) async throws -> Int {
        try await pool.withConnection { c in try c.query(sql).first?.int(0) ?? 0 }
    }
}

/// A batch of plain texts, as `Sync` would hand it over.
func batch(
    _ source: UUID,
    epoch: Int32 = 1,
    first: Int64,
    _ texts: [String],
    via: Via = .https,
    refused: Set<Int> = [],
    personal: Set<Int> = [],
    claimed: Int64? = nil
) -> VerifiedBatch {
    var bytes: [UInt8] = []
    let messages = texts.enumerated().map { index, text in
        let start = bytes.count
        bytes += Array(text.utf8)
        return IntakeMessage(
            range: start..<bytes.count,
            claimed: claimed,
            refusal: refused.contains(index) ? Refusal(code: "json", advice: "fix") : nil,
            isPersonal: personal.contains(index)
        )
    }
    return VerifiedBatch(
        header: BatchHeader(source: source, epoch: epoch, first: first, count: texts.count),
        headerBytes: Array("header".utf8),
        signature: Array("signature".utf8),
        bytes: bytes,
        messages: messages,
        via: via
    )
}
