// What the tests of this room share.
// SPDX-License-Identifier: Apache-2.0

import PostgresClient
import PostgresTesting
import Synchronization

/// Runs `body` with an empty database of the shared cluster and drops it afterwards.
func withDatabase(poolSize: Int = 4, _ body: (TestDatabase) async throws -> Void) async throws {
    let database = try await TestCluster.shared().makeDatabase(poolSize: poolSize)
    do {
        try await body(database)
    } catch {
        await database.drop()
        throw error
    }
    await database.drop()
}

/// The `PostgresError` that `body` throws; nil when it succeeds.
func postgresError(_ body: () async throws -> Void) async throws -> PostgresError? {
    do {
        try await body()
        return nil
    } catch let error as PostgresError {
        return error
    }
}

extension PostgresPool {
    /// Asks the server again and again until `condition` (an SQL expression) holds; false when it never did.
    func waitUntil(_ condition: String) async throws -> Bool {
        for _ in 0..<60_000 {
            let holds = try await withConnection { connection in
                try connection.query("select \(condition), pg_sleep(0.005)::text").first?.bool(0)
            }
            if holds == true { return true }
        }
        return false
    }

    /// The single integer that a query gives.
    func int(_ sql: String, _ parameters: [PostgresValue] = []) async throws -> Int? {
        try await withConnection { connection in try connection.query(sql, parameters).first?.int(0) }
    }

    func run(_ script: String) async throws {
        try await withConnection { connection in try connection.run(script: script) }
    }
}

/// What concurrent tasks note down, in order.
final class Notebook<Note: Sendable>: Sendable {
    private let mutex = Mutex<[Note]>([])

    func add(_ note: Note) { mutex.withLock { $0.append(note) } }

    var notes: [Note] { mutex.withLock { $0 } }
}
