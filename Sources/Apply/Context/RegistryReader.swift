// Reads for the decider, each on a connection of apply's pool.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import MessageLog
import PostgresClient
import Registry

struct RegistryReader: RegistryReading {
    let pool: PostgresPool
    let log: LogReader
    let sectors: [Int16: Int16]
    let cipher: ResidentCipher

    func load(_ questions: ContextQuestions, into set: WorkingSet) async throws -> WorkingSet {
        guard !questions.isEmpty else { return set }
        return try await pool.withConnection { connection in
            var set = set
            try ContextLoader.load(questions, into: &set, sectors: sectors, cipher: cipher, connection)
            return set
        }
    }

    func entries(_ lineages: [Int64]) async throws -> [Int64: LogEntry] {
        guard !lineages.isEmpty else { return [:] }
        return try await pool.withConnection { connection in
            let positions = lineages.map { LogPosition(lineage: $0) }
            var found: [Int64: LogEntry] = [:]
            for case let entry? in try log.entries(connection, at: positions) { found[entry.lineage] = entry }
            return found
        }
    }

    func records(keyed keys: [UUID]) async throws -> [UUID: UUID] {
        try await pool.withConnection { connection in
            var found: [UUID: UUID] = [:]
            let rows = try connection.query(
                "select key, record_id from registry.record_key where key = any($1::uuid[])",
                [.uuidArray(keys)]
            )
            for row in rows { found[try row.uuid(0)] = try row.uuid(1) }
            return found
        }
    }

    func firstLineage(of record: UUID) async throws -> Int64? {
        try await pool.withConnection { connection in
            try connection.query(
                "select lineage from registry.record_revision where id = $1 and revision = 1",
                [.uuid(record)]
            ).first.map { Int64(try $0.int(0)) }
        }
    }

    func isRejected(message id: UUID) async throws -> Bool {
        try await pool.withConnection { connection in
            try !connection.query("select 1 from registry.rejection where message_id = $1 limit 1", [.uuid(id)]).isEmpty
        }
    }

    func holder(of nik: NIK) async throws -> UUID? {
        let index = cipher.index(of: nik)
        return try await pool.withConnection { connection in
            try connection.query("select id from registry.resident where nik_index = $1", [.bytea(index)])
                .first.map { try $0.uuid(0) }
        }
    }
}
