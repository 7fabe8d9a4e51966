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

    private let pool: PostgresPool
    private let keys = Mutex<[Key: [UInt8]]>([:])

    package init(pool: PostgresPool) {
        self.pool = pool
    }

    /// The Ed25519 public key that signs batches of this epoch.
    package func signKey(source: UUID, epoch: Int32) async throws -> Lookup {
        let key = Key(source: source, epoch: epoch)
        if let known = keys.withLock({ $0[key] }) { return .key(known) }
        let found: Lookup = try await pool.withConnection { c in
            let rows = try c.query(
                """
                select e.sign_key from log.source s
                  left join log.epoch e on e.source_id = s.source_id and e.epoch = $2
                 where s.uuid = $1
                """,
                [.uuid(source), .int4(epoch)]
            )
            guard let row = rows.first else { return .unknownSource }
            return try row.optionalBytes(0).map { .key($0) } ?? .unknownEpoch
        }
        if case .key(let bytes) = found { keys.withLock { $0[key] = bytes } }
        return found
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
