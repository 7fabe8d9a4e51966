// What verification and the mark request need to know of a source: key, mark, state.
// SPDX-License-Identifier: Apache-2.0
package import FoundationEssentials
package import PostgresClient
import Synchronization

/// The state of a source as the parent shows it to its node.
package struct SourceStatus: Sendable {
    package enum State: Int, Sendable {
        case open = 0
        case blocked = 1
        case revoked = 2
    }
    package let id: SourceID
    package let state: State
    package let mark: Mark
    package let durable: Int64
    package let applied: Int64
    package let lastReceived: Int64?
}

/// Public keys of (source, epoch), cached: a key never changes, so only misses go to the database.
package final class SourceDirectory: Sendable {
    private struct Key: Hashable {
        let source: UUID
        let epoch: Int32
    }

    /// What is known of a source and epoch.
    package enum Lookup: Sendable, Equatable {
        case key([UInt8])
        case unknownSource
        case unknownEpoch
    }

    private struct Waiting {
        let key: Key
        let continuation: CheckedContinuation<Lookup, any Error>
    }

    private struct State {
        var keys: [Key: [UInt8]] = [:]
        /// Who waits for the next look-up.
        var waiting: [Waiting] = []
        var isLooking = false
    }

    private let pool: PostgresPool
    private let state = Mutex(State())

    package init(pool: PostgresPool) {
        self.pool = pool
    }

    /// The Ed25519 public key that signs batches of this epoch.
    ///
    /// Those who ask for keys that are not cached while a look-up is under way share the next one: after a restart every
    /// source of a kabupaten asks at once.
    package func signKey(source: UUID, epoch: Int32) async throws -> Lookup {
        let key = Key(source: source, epoch: epoch)
        if let known = state.withLock({ $0.keys[key] }) { return .key(known) }
        return try await withCheckedThrowingContinuation { continuation in
            let begins = state.withLock { state in
                state.waiting.append(Waiting(key: key, continuation: continuation))
                defer { state.isLooking = true }
                return !state.isLooking
            }
            if begins { Task { await look() } }
        }
    }

    /// Answers who waits, one query for all of them, until nobody does.
    private func look() async {
        while true {
            let waiting = state.withLock { state in
                defer { state.waiting = [] }
                state.isLooking = !state.waiting.isEmpty
                return state.waiting
            }
            guard !waiting.isEmpty else { return }
            do {
                let found = try await find(waiting.map(\.key))
                state.withLock { state in
                    for (waiter, lookup) in zip(waiting, found) {
                        if case .key(let bytes) = lookup { state.keys[waiter.key] = bytes }
                    }
                }
                for (waiter, lookup) in zip(waiting, found) { waiter.continuation.resume(returning: lookup) }
            } catch {
                for waiter in waiting { waiter.continuation.resume(throwing: error) }
            }
        }
    }

    private func find(_ keys: [Key]) async throws -> [Lookup] {
        try await pool.withConnection { c in
            let rows = try c.query(
                """
                select v.ord::int, e.sign_key
                  from unnest($1::uuid[], $2::int[]) with ordinality v(uuid, epoch, ord)
                 cross join lateral (select s.source_id from log.source s where s.uuid = v.uuid offset 0) s
                  left join lateral (select e.sign_key from log.epoch e
                                      where e.source_id = s.source_id and e.epoch = v.epoch offset 0) e on true
                """,
                [.uuidArray(keys.map(\.source)), .int4Array(keys.map(\.epoch))]
            )
            var found = [Lookup](repeating: .unknownSource, count: keys.count)
            for row in rows {
                found[try row.int(0) - 1] = try row.optionalBytes(1).map { .key($0) } ?? .unknownEpoch
            }
            return found
        }
    }

    /// The mark of a source; `nil` when it is not known here.
    package func status(of source: UUID) async throws -> SourceStatus? {
        try await pool.withConnection { c in
            guard let row = try IntakeState.read(c, shards: [], epochs: [(source, nil)]).sources[source] else {
                return nil
            }
            let last = try c.query(
                "select last_recv from log.source where source_id = $1",
                [.int4(row.id.value)]
            ).first?.optionalTimestamp(0)
            return SourceStatus(
                id: row.id,
                state: SourceStatus.State(rawValue: Int(row.state.rawValue)) ?? .blocked,
                mark: row.mark,
                durable: row.durable,
                applied: row.applied,
                lastReceived: last ?? nil
            )
        }
    }
}
