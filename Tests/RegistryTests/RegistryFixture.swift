// A registry on a real PostgreSQL, with the villages of Kabupaten Batang and keys made for the test.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginKit
import PostgresClient
import PostgresTesting
import Registry
import Testing

/// One database with the registry's schema, and what a test needs to fill it.
struct RegistryFixture {
    let database: TestDatabase
    let cipher: ResidentCipher
    let importer: RegistryImporter

    static let today = CivilDate("2026-11-21")!
    static let regency = RegionCode("33.25")!

    var pool: PostgresPool { database.pool }

    func drop() async { await database.drop() }

    /// The folder of the files that ship.
    static var reference: String {
        let parts = #filePath.split(separator: "/").dropLast(3)
        return "/" + parts.joined(separator: "/") + "/config/reference"
    }

    static func empty() async throws -> RegistryFixture {
        let database = try await TestCluster.shared().makeDatabase(migrations: RegistrySchema.migrations)
        let cipher = try ResidentCipher(keys: [1: key(7)], indexKey: key(9))
        return RegistryFixture(
            database: database,
            cipher: cipher,
            importer: RegistryImporter(pool: database.pool, cipher: cipher)
        )
    }

    /// With the region list of 2025, cut to Kabupaten Batang and its province.
    static func batang() async throws -> RegistryFixture {
        let fixture = try await empty()
        let text = String(decoding: try bytes(of: "\(reference)/wilayah.csv"), as: UTF8.self)
        let lines = text.split(separator: "\n").filter {
            $0.hasPrefix("kode,") || $0.hasPrefix("33,") || $0.hasPrefix("33.25")
        }
        let report = try await fixture.load(
            .regions,
            lines.joined(separator: "\n"),
            version: ("2025", CivilDate("2025-06-23")!)
        )
        try #require(report.committed && report.inserted == 2 + 15 + 248)
        return fixture
    }

    static func key(_ seed: UInt8) throws -> SecretKey {
        try SecretKey(bytes: (0..<32).map { UInt8($0) &* 31 &+ seed })
    }

    static func bytes(of path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: path)))
    }

    func load(
        _ kind: ImportKind,
        _ csv: String,
        _ mode: ImportMode = .allOrNothing,
        version: (label: String, validFrom: CivilDate)? = nil
    ) async throws -> ImportReport {
        let request = ImportRequest(
            kind,
            mode: mode,
            today: Self.today,
            regency: kind == .regions ? nil : Self.regency,
            regionVersion: version
        )
        return try await importer.run(request, .bytes(Array(csv.utf8)))
    }

    /// Posyandu A and B in two villages.
    static let a = "0192f0c1-0000-7000-8000-00000000000a"
    static let b = "0192f0c1-0000-7000-8000-00000000000b"

    func loadPosyandu() async throws {
        let report = try await load(
            .posyandu,
            """
            uuid,nama,kode_desa,aktif_sejak
            \(Self.a),Melati 1,33.25.06.2015,2019-01-01
            \(Self.b),Mawar,33.25.10.2025,2020-05-01

            """
        )
        try #require(report.committed && report.inserted == 2)
    }

    /// One number of a query.
    func count(_ sql: String, _ parameters: [PostgresValue] = []) async throws -> Int {
        try await pool.withConnection { try $0.query(sql, parameters)[0].int(0) }
    }

    func text(_ sql: String) async throws -> String? {
        try await pool.withConnection { try $0.query(sql).first?.optionalString(0) }
    }

    /// A fingerprint of every row of every table of the schema: equal before and after means that nothing changed.
    func fingerprint() async throws -> [String: String] {
        try await pool.withConnection { connection in
            var prints: [String: String] = [:]
            let tables = try connection.query(
                "select table_name::text from information_schema.tables where table_schema = 'registry'"
            )
            for row in tables {
                let table = try row.string(0)
                prints[table] = try connection.query(
                    "select coalesce(md5(string_agg(t::text, '|' order by t::text)), '') from registry.\"\(table)\" t"
                )[0].string(0)
            }
            return prints
        }
    }
}

extension ImportReport {
    /// `line column code` of each complaint.
    var shorthand: [String] { complaints.map { "\($0.line) \($0.column ?? "-") \($0.code)" } }
}
