// What must be right before the daemon starts: the database answers, keeps what it commits, and has our schema.
// SPDX-License-Identifier: Apache-2.0
import CPlatform
import FoundationEssentials
import Logging
import MessageLog
import NodeConfiguration
import PostgresClient
import Registry

enum Preparation {
    /// As `server_version_num`. Older ones lack what the schema uses.
    private static let oldestServer = 150_000

    /// Asks systemd for time until it is cancelled: a database that is away, or the migration of a big table, takes what it
    /// takes, and a start that is ended half-way begins the same migration anew.
    static func askForTime() async {
        while !Task.isCancelled {
            _ = cplatform_notify("EXTEND_TIMEOUT_USEC=30000000\nSTATUS=preparing the database")
            try? await Task.sleep(for: .seconds(10))
        }
    }

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
                guard !durability.dataSyncRetry else {
                    throw Refusal(
                        message:
                            "PostgreSQL goes on after a failed fsync (data_sync_retry is on) and may lose what it commits",
                        hint: "set data_sync_retry = off in postgresql.conf and restart PostgreSQL"
                    )
                }
                guard durability.serverVersion >= oldestServer else {
                    throw Refusal(
                        message: "PostgreSQL \(durability.serverVersion / 10_000) is too old",
                        hint: "install PostgreSQL \(oldestServer / 10_000) or newer"
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
    /// Refuses keys that are not those of the data, before anything is written with them.
    static func keys(_ cipher: ResidentCipher, _ pool: PostgresPool) async throws {
        do {
            try await pool.transaction { try KeyCheck.require($0, cipher) }
        } catch let error as RegistryError {
            throw Refusal(
                message: error.message,
                hint: error.hint ?? "compare the files named in `secrets` with their copies"
            )
        }
    }

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
