// What must be right before the daemon starts: the database answers, keeps what it commits, and has our schema.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import Logging
import MessageLog
import NodeConfiguration
import PostgresClient
import Registry

enum Preparation {
    /// Waits for PostgreSQL, refuses one that would lose commits, and brings the schema up to date.
    static func database(_ pool: PostgresPool, _ migrations: [Migration], log: Logger) async throws {
        var delay = Duration.milliseconds(200)
        while true {
            do {
                let durability = try await pool.durability()
                guard durability.isSafe else {
                    throw Refusal(
                        message:
                            "PostgreSQL does not keep what it commits (fsync, full_page_writes or synchronous_commit is off)",
                        hint: "set the three to on in postgresql.conf and reload it"
                    )
                }
                guard durability.dataChecksums else {
                    throw Refusal(
                        message: "the database cluster has no data checksums: damage on disk would go unnoticed",
                        hint: "stop PostgreSQL and run pg_checksums --enable -D DATA_DIRECTORY"
                    )
                }
                let applied = try await Migrator.migrate(pool, migrations)
                if applied > 0 { log.notice("schema brought up to date", metadata: ["migrations": "\(applied)"]) }
                return
            } catch let error as PostgresError where error.isConnectionLoss || error.isTransient {
                log.warning("waiting for PostgreSQL: \(error.message)")
                try await Task.sleep(for: delay)
                delay = min(delay * 2, .seconds(5))
            } catch let error as PostgresError {
                throw Refusal(message: error.message, hint: error.hint ?? "see the log of PostgreSQL")
            }
        }
    }
}

extension Preparation {
    /// Loads the reference lists that ship with the program; a missing folder is said and does not stop the node.
    static func referenceLists(_ folder: String, _ pool: PostgresPool, log: Logger) async throws {
        guard FileManager.default.fileExists(atPath: folder) else {
            log.warning("no reference lists in \(folder): set reference.folder")
            return
        }
        do {
            let changed = try await pool.transaction { try ReferenceData.load($0, folder: folder) }
            if changed > 0 { log.notice("reference lists loaded", metadata: ["rows": "\(changed)"]) }
        } catch let error as RegistryError {
            throw Refusal(message: error.message, hint: error.hint ?? "check the files in \(folder)")
        }
    }
}

/// The keys that seal identifiers, read from their files.
enum Keys {
    static func cipher(_ secrets: NodeConfiguration.Secrets) throws -> ResidentCipher {
        try refusing {
            try ResidentCipher(
                keys: [1: try SecretKey.load(path: secrets.sealingKey)],
                current: 1,
                indexKey: try SecretKey.load(path: secrets.indexKey)
            )
        }
    }

    static func sealer(_ secrets: NodeConfiguration.Secrets) throws -> LogSealer {
        try refusing {
            LogSealer(
                sealer: try Registry.PayloadSealer(keys: [1: try SecretKey.load(path: secrets.sealingKey)], current: 1)
            )
        }
    }

    private static func refusing<T>(_ body: () throws -> T) throws -> T {
        do {
            return try body()
        } catch let error as RegistryError {
            throw Refusal(message: error.message, hint: error.hint ?? "check the files named in `secrets`")
        }
    }
}

/// Seals personal payloads of the log with the registry's cipher.
struct LogSealer: MessageLog.PayloadSealer {
    let sealer: Registry.PayloadSealer

    func seal(_ bytes: [UInt8], aad: [UInt8]) throws -> [UInt8] { try sealer.seal(bytes, aad: aad) }
    func open(_ sealed: [UInt8], aad: [UInt8]) throws -> [UInt8] { try sealer.open(sealed, aad: aad) }
}
