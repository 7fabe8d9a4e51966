// Households with records of the real sectors' types, written straight into the registry's tables.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginKit
import PostgresClient
import Registry
import Testing

/// A record, resident, case or task to be there.
struct HouseholdFixture {
    struct Resident {
        var id: UUID
        var household: UUID?
        var birth: String
        var died: String?
    }
    struct Row {
        var id: UUID
        var type: String
        var subject: UUID?
        var date: String
        var body = "{}"
        var visit: UUID?
        var state: Int16 = 0
        var posyandu = RegistryFixture.a
    }

    let registry: RegistryFixture
    let manifests: [Manifest]

    static func manifests() throws -> [Manifest] {
        let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        return try ["Pendidikan", "Kesehatan", "PekerjaanUmum", "PerumahanRakyat", "Trantibumlinmas", "Sosial"].map {
            try Manifest.parse(RegistryFixture.bytes(of: "\(root)/Plugins/\($0)/sector.json"), file: $0).get()
        }
    }

    init() async throws {
        registry = try await .batang()
        manifests = try Self.manifests()
        try await registry.loadPosyandu()
        let sectors = manifests.map { manifest in
            CatalogueSector(
                code: manifest.id,
                title: manifest.name.id,
                scope: .canonical,
                version: manifest.version,
                digest: [UInt8](repeating: 1, count: 32),
                recordTypes: manifest.records.map(\.type),
                indicators: []
            )
        }
        try await registry.pool.transaction { connection in
            _ = try Catalogue.upsert(connection, sectors)
            _ = try ReferenceData.load(connection, folder: RegistryFixture.reference)
        }
    }

    static func id(_ number: Int, _ kind: Int = 0) -> UUID {
        func hex(_ value: Int, _ digits: Int) -> String {
            let text = String(value, radix: 16)
            return String(repeating: "0", count: max(0, digits - text.count)) + text
        }
        return UUID(uuidString: "0192f0c1-0000-7000-8\(hex(kind, 3))-\(hex(number, 12))") ?? UUID()
    }

    func add(_ residents: [Resident], posyandu: String = RegistryFixture.a) async throws {
        _ = try await registry.pool.withConnection { connection in
            try connection.execute(
                """
                insert into registry.resident (id, household, posyandu_id, birth_date, died, key_version, sex)
                select r.id, r.household, (select id from registry.posyandu where uuid = $5), r.birth::date, r.died::date, 1, 'P'
                from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) as r(id, household, birth, died)
                """,
                [
                    .uuidArray(residents.map(\.id)), .uuidOptionalArray(residents.map(\.household)),
                    .textArray(residents.map(\.birth)), .textOptionalArray(residents.map(\.died)),
                    .uuid(UUID(uuidString: posyandu) ?? UUID()),
                ]
            )
        }
    }

    func add(_ rows: [Row]) async throws {
        try await registry.pool.withConnection { connection in
            try connection.execute(
                """
                insert into registry.record (id, subject, lineage, posyandu_id, date, type_id, state, version, body)
                select r.id, r.subject, row_number() over (), p.id, r.date::date, t.id, r.state, 1, r.body
                from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::smallint[], $6::text[], $7::text[])
                  as r(id, subject, date, type, state, body, posyandu)
                join registry.record_type t on t.name = r.type join registry.posyandu p on p.uuid = r.posyandu::uuid
                """,
                [
                    .uuidArray(rows.map(\.id)), .uuidOptionalArray(rows.map(\.subject)), .textArray(rows.map(\.date)),
                    .textArray(rows.map(\.type)), .int2Array(rows.map(\.state)), .textArray(rows.map(\.body)),
                    .textArray(rows.map(\.posyandu)),
                ]
            )
            let visits = rows.filter { $0.visit != nil }
            try connection.execute(
                "insert into registry.record_visit select * from unnest($1::uuid[], $2::uuid[])",
                [.uuidArray(visits.map(\.id)), .uuidArray(visits.compactMap(\.visit))]
            )
        }
    }

    /// A case of a record with the states it went through, each at an instant.
    func addCase(_ record: UUID, opened: String, _ states: [(state: String, at: String)]) async throws {
        try await registry.pool.withConnection { connection in
            try connection.execute(
                """
                insert into registry.case (id, moved, lineage, posyandu_id, opened, type_id, state, reason, priority)
                select id, now(), lineage, posyandu_id, $2::date, type_id, $3, 'sebab', 'sedang' from registry.record where id = $1
                """,
                [.uuid(record), .text(opened), .text(states.last?.state ?? "")]
            )
            for (number, step) in states.enumerated() {
                try connection.execute(
                    """
                    insert into registry.case_move (case_id, seq, from_state, to_state, by_role, at, lineage)
                    values ($1, $2, $3, $4, 'kader', $5::timestamptz, 1)
                    """,
                    [
                        .uuid(record), .int4(Int32(number + 1)),
                        number == 0 ? .null : .text(states[number - 1].state), .text(step.state), .text(step.at),
                    ]
                )
            }
        }
    }

    /// Runs a test with a registry of its own.
    static func with(_ body: (HouseholdFixture) async throws -> Void) async throws {
        let fixture = try await HouseholdFixture()
        do {
            try await body(fixture)
        } catch {
            await fixture.registry.drop()
            throw error
        }
        await fixture.registry.drop()
    }
}
