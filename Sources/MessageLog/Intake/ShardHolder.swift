// Keeps the leases of the shards for a writer, makes its partitions ahead, asks PostgreSQL whether it keeps commits.
// SPDX-License-Identifier: Apache-2.0
import Logging
import PostgresClient
import Synchronization

/// Which shards this writer holds, under which fences.
final class ShardHolder: Sendable {
    private struct State {
        var fences: [Int: Int64] = [:]
        var isDurable = true
    }

    private let pool: PostgresPool
    private let configuration: LogWriter.Configuration
    private let log: Logger
    private let now: @Sendable () -> Int64
    private let state = Mutex(State())

    init(
        pool: PostgresPool,
        configuration: LogWriter.Configuration,
        log: Logger,
        now: @escaping @Sendable () -> Int64
    ) {
        self.pool = pool
        self.configuration = configuration
        self.log = log
        self.now = now
    }

    var fences: [Int: Int64] { state.withLock { $0.fences } }
    var isDurable: Bool { state.withLock { $0.isDurable } }

    func holds(_ shard: Int) -> Bool { state.withLock { $0.fences[shard] != nil } }

    /// Another writer took it; ``keep()`` tries to get it back.
    func lose(_ shard: Int) { state.withLock { $0.fences[shard] = nil } }

    /// Takes what can be had. Waits while PostgreSQL is away; a first start gets every shard, or those that no other
    /// writer holds.
    func take() async throws {
        while true {
            do {
                let (owner, seconds) = (configuration.owner, configuration.leaseSeconds)
                let taken = try await pool.withConnection { c in
                    try ShardLeases.take(c, owner: owner, seconds: seconds, shards: Array(0..<Shards.count))
                }
                try await makeBuckets()
                try await checkDurability()
                state.withLock { $0.fences = taken }
                return
            } catch let error as PostgresError where error.isTransient {
                log.warning("waiting for PostgreSQL", metadata: ["code": "\(error.sqlState ?? error.code.name)"])
                try await Task.sleep(for: .seconds(1))
            }
        }
    }

    /// Renews the leases three times in their length and takes shards that others let go, until cancelled.
    func keep() async {
        let pause = Duration.seconds(max(1, configuration.leaseSeconds / 3))
        var lastCheck = ContinuousClock.now
        while (try? await Task.sleep(for: pause)) != nil {
            do {
                try await renew()
                if ContinuousClock.now - lastCheck >= .seconds(60) {
                    lastCheck = .now
                    try await makeBuckets()
                    try await checkDurability()
                }
            } catch {
                log.warning("shard leases not renewed", metadata: ["error": "\(type(of: error))"])
            }
        }
    }

    /// Gives the leases back at a graceful stop. After a failure they end by themselves.
    func release() async {
        let fences = state.withLock { state in
            defer { state.fences = [:] }
            return state.fences
        }
        let owner = configuration.owner
        do {
            try await pool.withConnection { c in try ShardLeases.release(c, owner: owner, fences: fences) }
        } catch {
            log.notice("shard leases not given back", metadata: ["error": "\(type(of: error))"])
        }
    }

    private func renew() async throws {
        let (owner, seconds) = (configuration.owner, configuration.leaseSeconds)
        let before = fences
        let after = try await pool.withConnection { c in
            var held = try ShardLeases.renew(c, owner: owner, seconds: seconds, fences: before)
            let lost = (0..<Shards.count).filter { held[$0] == nil }
            if !lost.isEmpty {
                held.merge(try ShardLeases.take(c, owner: owner, seconds: seconds, shards: lost)) { $1 }
            }
            return held
        }
        state.withLock { $0.fences = after }
        if after.count != before.count {
            log.notice("shards held", metadata: ["shards": "\(after.count)"])
        }
    }

    /// Makes the partitions of today and the days after it before an upload needs them, so that none waits for DDL.
    private func makeBuckets() async throws {
        let today = LogBuckets.bucket(of: now())
        try await pool.withConnection { c in try LogBuckets.ensure(c, from: today) }
    }

    /// For the health page and the journal; the transaction itself asks again each time.
    private func checkDurability() async throws {
        let isSafe = try await pool.durability().isSafe
        state.withLock { $0.isDurable = isSafe }
        if !isSafe, configuration.requiresDurability {
            log.error(
                "PostgreSQL does not promise to keep commits: fsync, full_page_writes or synchronous_commit is off"
            )
        }
    }
}
