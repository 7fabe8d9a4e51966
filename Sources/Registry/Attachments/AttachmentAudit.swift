// Compares the rows about attachments with the files that are there.
// SPDX-License-Identifier: Apache-2.0
package import FoundationEssentials
package import PostgresClient

/// What `posyanductl audit attachments` finds.
package struct AttachmentAudit: Sendable {
    package enum Kind: String, Sendable {
        /// A message named it; no bytes have come yet. No fault: the kiosk may still send them.
        case waiting
        /// A row says stored; there is no file.
        case missing
        /// The file does not open, or holds other bytes.
        case damaged
        /// Stored, but no standing record has it.
        case orphaned
        /// A file that no row knows.
        case unknown
    }

    package struct Finding: Sendable {
        package var kind: Kind
        package var record: UUID?
        package var sha256: [UInt8]?
        /// Of an unknown file, its name in the folder.
        package var file: String?
    }

    package var stored = 0
    package var bytes = 0
    package var findings: [Finding] = []

    /// Nothing is lost and nothing is there without reason.
    package var isClean: Bool { !findings.contains { $0.kind != .waiting } }

    /// Opens every file.
    package static func run(_ pool: PostgresPool, _ store: AttachmentStore) async throws -> AttachmentAudit {
        // Files first: one that is being stored just now has its row when the rows are read.
        let files = try await store.names()
        let (rows, orphans) = try await pool.transaction(.init(readOnly: true)) { connection in
            (try AttachmentRows.list(connection, record: nil), try AttachmentRows.orphans(connection))
        }
        var audit = AttachmentAudit()
        var known: Set<String> = []
        for row in rows {
            known.insert(store.name(record: row.record, sha256: row.sha256))
            if row.state == "announced" {
                audit.findings.append(Finding(kind: .waiting, record: row.record, sha256: row.sha256))
            }
            guard row.state == "stored" else { continue }
            audit.stored += 1
            do {
                if let bytes = try await store.read(record: row.record, sha256: row.sha256) {
                    audit.bytes += bytes.count
                } else {
                    audit.findings.append(Finding(kind: .missing, record: row.record, sha256: row.sha256))
                }
            } catch let error as RegistryError where error.code == .sealBroken || error.code == .attachment {
                audit.findings.append(Finding(kind: .damaged, record: row.record, sha256: row.sha256))
            }
        }
        audit.findings += orphans.map { Finding(kind: .orphaned, record: $0.record, sha256: $0.sha256) }
        audit.findings += files.filter { !known.contains($0) }.map { Finding(kind: .unknown, file: $0) }
        return audit
    }
}
