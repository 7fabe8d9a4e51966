// Takes the bytes of an attachment: checks, file, row, in this order; a few at a time.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import MessageLog
import PostgresClient
import Registry
import Synchronization

/// Where attachments come in, whichever way they take.
struct AttachmentDesk: Sendable {
    let services: NodeServices

    init(_ services: NodeServices) {
        self.services = services
    }

    /// What became of bytes that were taken.
    enum Taken { case stored, known }

    /// Keeps the bytes, or does nothing when they are kept already.
    /// - Parameter posyandu: of the source, when it writes for one only.
    /// - Throws: ``AttachmentRefusal``; an attachment that a message has named is then marked as refused.
    func take(_ bytes: [UInt8], record: UUID, sha256: [UInt8], from posyandu: UUID?) async throws -> Taken {
        let (pool, store) = (services.pool, services.attachments)
        let standing = try await pool.withConnection {
            try AttachmentRows.standing($0, record: record, sha256: sha256)
        }
        if let posyandu, let owner = standing.posyandu, owner != posyandu { throw AttachmentRefusal.posyandu }
        if standing.state == "erased" { throw AttachmentRefusal.erased }
        let type: AttachmentType
        do throws(AttachmentRefusal) {
            type = try store.check(bytes, sha256: sha256)
        } catch {
            // Bytes with another digest say nothing about the ones that were named.
            if error != .digest {
                try await pool.withConnection {
                    try AttachmentRows.refused($0, record: record, sha256: sha256, reason: error.rawValue)
                }
            }
            throw error
        }
        let isKnown = standing.state == "stored"
        if !isKnown, standing.stored >= store.limits.perRecord { throw AttachmentRefusal.count }
        if isKnown, try await store.read(record: record, sha256: sha256) != nil { return .known }
        try await store.write(bytes, record: record, sha256: sha256)
        try await pool.withConnection {
            try AttachmentRows.stored($0, record: record, sha256: sha256, size: bytes.count, type: type)
        }
        return .stored
    }
}

/// Lets a few uploads in at once, so that their bytes in memory are bounded whoever sends.
final class AttachmentGate: Sendable {
    private let most: Int
    private let under = Mutex(0)

    init(most: Int) {
        self.most = most
    }

    /// False when too many are under way; after true, ``leave()`` must follow.
    func enter() -> Bool {
        under.withLock { count in
            guard count < most else { return false }
            count += 1
            return true
        }
    }

    func leave() { under.withLock { $0 -= 1 } }
}
