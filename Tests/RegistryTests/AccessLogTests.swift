// The trail of looks: a changed, removed or cut-off row is found, and nobody without the key can hide it.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PostgresClient
import Testing

@testable import Registry

@Suite struct AccessLogTests {
    private let reason = AccessReason(actor: "siti", purpose: "pendampingan")

    /// What somebody may do who writes to the database past the triggers.
    private func tamper(_ fixture: RegistryFixture, _ sql: String) async throws {
        try await fixture.pool.transaction { connection in
            try connection.execute("set local session_replication_role = replica")
            try connection.execute(sql)
        }
    }

    private func faults(_ fixture: RegistryFixture) async throws -> [String] {
        let trail = AccessLog(fixture.cipher)
        return try await fixture.pool.transaction { try trail.audit($0) }.faults.map(\.what)
    }

    private func fill(_ fixture: RegistryFixture, _ looks: Int) async throws {
        let (trail, reason) = (AccessLog(fixture.cipher), reason)
        for number in 0..<looks {
            let note = AccessNote("see identity", "object-\(number)", role: number % 2 == 0 ? "kepala_desa" : nil)
            try await fixture.pool.transaction { try trail.append($0, [note], reason) }
        }
        let refused = AccessNote("see identity", "object-x", outcome: .refused)
        try await fixture.pool.transaction { try trail.append($0, [refused, refused], reason) }
    }

    @Test func `an untouched trail is whole, and its newest rows come first`() async throws {
        let fixture = try await RegistryFixture.empty()
        #expect(try await faults(fixture).isEmpty)
        try await fill(fixture, 4)
        let trail = AccessLog(fixture.cipher)
        let audit = try await fixture.pool.transaction { try trail.audit($0) }
        #expect(audit.faults.isEmpty && audit.rows == 6 && audit.last == 6 && audit.unchained == 0)
        var query = AccessLog.Query()
        query.onlyRefused = true
        let asked = query
        let rows = try await fixture.pool.withConnection { try AccessLog.read($0, asked) }
        #expect(rows.map(\.seq) == [6, 5])
        #expect(rows.allSatisfy { $0.actor == "siti" && $0.purpose == "pendampingan" && $0.outcome == "refused" })
        await fixture.drop()
    }

    @Test(
        arguments: [
            ("update registry.access_log set actor = 'budi' where seq = 3", "row 3 was changed, or the one before it"),
            ("update registry.access_log set role = null where seq = 1", "row 1 was changed, or the one before it"),
            ("update registry.access_log set purpose = 'x' where seq = 6", "row 6 was changed, or the one before it"),
            ("delete from registry.access_log where seq = 2", "row 2 missing"),
            ("delete from registry.access_log where seq in (2, 3)", "rows 2 to 3 missing"),
            ("delete from registry.access_log where seq > 4", "the chain ends at 4, its head says 6"),
            ("delete from registry.access_log", "the chain ends at 0, its head says 6"),
            ("update registry.access_log set seq = null, mac = null where seq = 5", "row 5 missing"),
            (
                """
                delete from registry.access_log where seq > 4;
                update registry.access_head set seq = 4, mac = (select mac from registry.access_log where seq = 4)
                """, "the head of the chain was not written by this daemon"
            ),
            ("delete from registry.access_head", "the head of the chain is missing"),
        ]
    )
    func `a row that was changed or removed is missed`(_ sql: String, _ found: String) async throws {
        let fixture = try await RegistryFixture.empty()
        try await fill(fixture, 4)
        for statement in sql.split(separator: ";") { try await tamper(fixture, String(statement)) }
        #expect(try await faults(fixture).contains(found))
        await fixture.drop()
    }

    @Test func `a chain made without the key is not believed`() async throws {
        let fixture = try await RegistryFixture.empty()
        try await fill(fixture, 2)
        let other = try ResidentCipher(
            keys: [1: try SecretKey(bytes: [UInt8](repeating: 3, count: 31) + [1])],
            indexKey: try SecretKey(bytes: [UInt8](repeating: 4, count: 31) + [2])
        )
        let trail = AccessLog(other)
        let audit = try await fixture.pool.transaction { try trail.audit($0) }
        #expect(audit.faults.count == 5)
        let (note, reason) = (AccessNote("see identity", "x"), reason)
        await #expect(throws: RegistryError.self) {
            try await fixture.pool.transaction { try trail.append($0, [note], reason) }
        }
        #expect(try await fixture.count("select count(*) from registry.access_log") == 4)
        await fixture.drop()
    }

    @Test func `without rights nothing is changed at all`() async throws {
        let fixture = try await RegistryFixture.empty()
        try await fill(fixture, 1)
        for sql in ["delete from registry.access_head", "truncate registry.access_head"] {
            await #expect(throws: PostgresError.self) { try await fixture.pool.withConnection { try $0.execute(sql) } }
        }
        await fixture.drop()
    }

    @Test func `a role holds for its users, area and sectors only`() {
        let grants = AccessGrants([
            AccessGrant(role: "kepala_desa", users: ["kades"], groups: [], area: "33.25.01.2001"),
            AccessGrant(role: "petugas_trantib", users: [], groups: ["satpol"], sectors: ["trantibumlinmas"]),
            AccessGrant(role: "auditor", users: ["inspektorat"], groups: []),
        ])
        func role(
            _ name: String,
            _ groups: [String] = [],
            _ village: String = "33.25.01.2001",
            _ sector: String = "sosial"
        )
            -> String?
        {
            grants.role(
                of: Account(name: name, groups: groups),
                village: village,
                sector: sector,
                among: ["kepala_desa", "petugas_trantib"]
            )
        }
        #expect(role("kades") == "kepala_desa")
        #expect(role("kades", [], "33.25.01.2002") == nil)
        #expect(role("kades", [], "33.25.01.20011") == nil)
        #expect(role("root", ["root"]) == nil)
        #expect(role("ani", ["satpol"]) == nil)
        #expect(role("ani", ["satpol"], "33.25.09.2009", "trantibumlinmas") == "petugas_trantib")
        #expect(role("inspektorat") == nil)
        #expect(grants.mayAudit(Account(name: "inspektorat", groups: [])))
        #expect(!grants.mayAudit(Account(name: "kades", groups: [])))
    }
}
