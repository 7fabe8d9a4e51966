// A database with windows, posyandu and figures for the tests of the calendar.
// SPDX-License-Identifier: Apache-2.0

import CivilCalendar
import FoundationEssentials
import PluginKit
import PostgresClient
import PostgresTesting
import Registry
import Summaries
import Testing

@testable import Destinations

struct CalendarFixture {
    let database: TestDatabase

    var pool: PostgresPool { database.pool }

    static func make() async throws -> CalendarFixture {
        let migrations = RegistrySchema.migrations + SummariesSchema.migrations + DestinationsSchema.migrations
        return CalendarFixture(database: try await TestCluster.shared().makeDatabase(migrations: migrations))
    }

    func drop() async { await database.drop() }

    static func calendar(
        _ zone: CivilZone = .wib,
        holidays: [String] = [],
        remind: Int = 5
    ) -> ReportingCalendar {
        ReportingCalendar(
            kabupaten: "33.25",
            zone: zone,
            workdays: WorkCalendar(holidays: Set(holidays.compactMap { CivilDate($0) })),
            remindWorkdays: remind
        )
    }

    /// µs since 1970 UTC.
    static func moment(_ text: String) throws -> Int64 { Int64(try #require(Instant(text)).seconds) * 1_000_000 }

    func load(_ csv: String, zone: CivilZone = .wib, _ mode: ImportMode = .allOrNothing) async throws -> ImportReport {
        var espm = Fixtures.settings(kinds: [.indicators])
        espm.name = "espm"
        let table = WindowImport(destinations: [Fixtures.settings(), espm], kodepemda: "3325", zone: zone)
        let key = try SecretKey(bytes: [UInt8](repeating: 7, count: 32))
        let importer = RegistryImporter(pool: pool, cipher: try ResidentCipher(keys: [1: key], indexKey: key))
        return try await importer.run(table, kind: "windows", mode: mode, .bytes(Array(csv.utf8)))
    }

    /// Adds a posyandu and returns its UUID as text.
    @discardableResult
    func post(_ name: String, _ village: String, from: String = "2020-01-01", to: String? = nil) async throws -> String
    {
        try await pool.withConnection { connection in
            try connection.query(
                """
                insert into registry.posyandu(uuid, name, village_code, active_from, active_to)
                values (gen_random_uuid(), $1, $2, $3::text::date, $4::text::date) returning uuid::text
                """,
                [.text(name), .text(village), .text(from), to.map { .text($0) } ?? .null]
            )[0].string(0)
        }
    }

    /// Gives posyandu of a name a figure in each period.
    func report(_ name: String, _ periods: String...) async throws {
        try await pool.withConnection { connection in
            for period in periods {
                try connection.execute(
                    """
                    insert into summary.figure(posyandu_id, sector_id, period, indicator_id, value, contributions)
                    select id, 1, $2, 1, 3, 1 from registry.posyandu where name = $1
                    """,
                    [.text(name), .text(period)]
                )
            }
        }
    }

    func remind(_ calendar: ReportingCalendar, _ now: Int64) async throws -> Int {
        try await pool.transaction { try calendar.remind($0, now: now) }
    }

    func reminders(
        _ calendar: ReportingCalendar,
        _ now: Int64,
        _ query: ReportingCalendar.ReminderQuery = .init()
    ) async throws -> [ListedReminder] {
        try await pool.withConnection { try calendar.reminders($0, query, now: now) }
    }

    func entries(
        _ calendar: ReportingCalendar,
        _ now: Int64,
        _ query: ReportingCalendar.Query = .init()
    ) async throws -> [CalendarEntry] {
        try await pool.withConnection { try calendar.entries($0, query, now: now) }
    }
}
