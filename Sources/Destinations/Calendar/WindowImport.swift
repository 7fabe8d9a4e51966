// Imports the reporting windows of destinations.
// SPDX-License-Identifier: Apache-2.0

package import CivilCalendar
internal import PluginKit
package import PostgresClient
package import Registry

/// Columns: `tujuan, jenis, periode, tutup, status, sumber`, optional `buka, zona`.
///
/// A moment is RFC 3339 with its distance from UTC, or a date: then `buka` is its first second and `tutup` its last one in
/// `zona` (WIB, WITA or WIT; the kabupaten's when left out).
package struct WindowImport: ImportTable {
    package static let columns: [ImportColumn] = [
        .required("tujuan"), .required("jenis"), .required("periode"), .optional("buka"), .required("tutup"),
        .optional("zona"), .required("status"), .required("sumber"),
    ]

    private let destinations: [String: DestinationSettings]
    private let kodepemda: String
    private let zone: CivilZone

    /// - Parameters:
    ///   - destinations: those that are configured; windows of others are refused.
    ///   - kodepemda: four digits.
    ///   - zone: of the kabupaten.
    package init(destinations: [DestinationSettings], kodepemda: String, zone: CivilZone) {
        self.destinations = Dictionary(destinations.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.kodepemda = kodepemda
        self.zone = zone
    }

    package mutating func begin(_ connection: isolated PostgresConnection) throws {
        try connection.run(
            script: """
                create temp table import_window (line bigint not null, destination text not null, type text not null,
                  period text not null, kind text not null, opens_at timestamptz, closes_at timestamptz not null,
                  state text not null, source text not null) on commit drop
                """
        )
    }

    package mutating func stage(
        _ rows: inout [ImportRow],
        _ findings: inout ImportFindings,
        _ connection: isolated PostgresConnection
    ) throws {
        var buffer = CopyBuffer(columns: 9)
        for place in rows.indices { stage(&rows[place], &findings, &buffer) }
        _ = try connection.copyIn(
            """
            copy pg_temp.import_window (line, destination, type, period, kind, opens_at, closes_at, state, source)
            from stdin with (format binary)
            """,
            buffer
        )
    }

    private func stage(_ row: inout ImportRow, _ findings: inout ImportFindings, _ buffer: inout CopyBuffer) {
        let name = row.choice("tujuan", of: destinations.keys.sorted(), required: true)
        let settings = name.flatMap { destinations[$0] }
        let kinds = settings.map { $0.kinds.map(\.rawValue).sorted() }
        let kind = kinds.map { row.choice("jenis", of: $0, required: true) } ?? row.required("jenis")
        let period = Self.period(&row)
        let zoneName = row.choice("zona", of: CivilZone.allCases.map(\.rawValue), required: false)
        let zone = zoneName.flatMap { CivilZone($0) } ?? self.zone
        let opens = Self.moment(&row, "buka", zone, isEnd: false)
        let closes = Self.moment(&row, "tutup", zone, isEnd: true)
        let state = row.choice("status", of: ReportingWindow.State.allCases.map(\.rawValue), required: true)
        let source = row.required("sumber")
        if let opens, let closes, closes <= opens {
            row.complain("tutup", "end_before_start", "The window closes before it opens.", "Correct one of the two.")
        }
        guard row.isGood, let name, let settings, let kind, let period, let closes, let state, let source else {
            return
        }
        let first = Int64(period.first.daysSince1970) * 86_400_000_000 - Int64(zone.offset) * 1_000_000
        if closes <= first {
            findings.warn(
                ImportComplaint(
                    line: row.line,
                    column: "tutup",
                    code: "closes_early",
                    message: "The window closes before its period begins.",
                    fix: "Compare year and period; the line is accepted."
                )
            )
        }
        buffer.startRow()
        buffer.append(int8: Int64(row.line))
        buffer.append(text: name)
        buffer.append(text: settings.kind)
        buffer.append(text: period.description)
        buffer.append(text: kind)
        buffer.append(opens.map(PostgresValue.timestamptz) ?? .null)
        buffer.append(timestamptz: closes)
        buffer.append(text: state)
        buffer.append(text: source)
    }

    private static func period(_ row: inout ImportRow) -> Period? {
        guard let text = row.required("periode") else { return nil }
        guard let period = Period(text) else {
            let fix = "Write a month, quarter or year: 2026-11, 2026-Q4 or 2026."
            row.complain("periode", "period_form", "Found \(ValueClass.of(text)) instead of a period.", fix)
            return nil
        }
        return period
    }

    /// µs since 1970 UTC. The end of a day is the first moment of the next one: a window is open until then.
    private static func moment(_ row: inout ImportRow, _ column: String, _ zone: CivilZone, isEnd: Bool) -> Int64? {
        guard let text = isEnd ? row.required(column) : row.optional(column) else { return nil }
        if let day = CivilDate(text) {
            let start = Int64(day.adding(days: isEnd ? 1 : 0).daysSince1970) * 86_400 - Int64(zone.offset)
            return start * 1_000_000
        }
        guard let instant = Instant(text) else {
            row.complain(
                column,
                "moment_form",
                "Found \(ValueClass.of(text)) instead of a day or a moment.",
                "Write 2026-10-20, or 2026-10-20T16:00:00+07:00 with the distance from UTC."
            )
            return nil
        }
        return Int64(instant.seconds) * 1_000_000
    }

    package mutating func check(_ findings: inout ImportFindings, _ connection: isolated PostgresConnection) throws {
        try findings.addLines(
            connection,
            table: "import_window",
            column: nil,
            code: "window_twice",
            query: """
                select line, first::text from (select line, min(line) over (partition by destination, period, kind) as first
                  from pg_temp.import_window) lines where line > first order by line
                """,
            fix: "Remove one of the two."
        ) { "Line \($0) has the same tujuan, jenis and periode." }
    }

    package mutating func apply(_ connection: isolated PostgresConnection) throws -> ImportCounts {
        let total = try connection.query("select count(*) from pg_temp.import_window")[0].int(0)
        try connection.execute(
            """
            insert into outbox.destination(name, kind) select distinct destination, type from pg_temp.import_window new
            where not exists (select from outbox.destination old where old.name = new.destination)
            """
        )
        let updated = try connection.execute(
            """
            update outbox.reporting_window old set opens_at = coalesce(new.opens_at, old.opens_at),
              closes_at = new.closes_at, state = new.state, source = new.source
            from pg_temp.import_window new join outbox.destination t on t.name = new.destination
            where (old.destination_id, old.kodepemda, old.period, old.kind)
                = (t.destination_id, $1, new.period, new.kind)
              and (coalesce(new.opens_at, old.opens_at), new.closes_at, new.state, new.source)
                is distinct from (old.opens_at, old.closes_at, old.state, old.source)
            """,
            [.text(kodepemda)]
        )
        let inserted = try connection.execute(
            """
            insert into outbox.reporting_window(destination_id, kodepemda, period, kind, opens_at, closes_at, state, source)
            select t.destination_id, $1, new.period, new.kind, new.opens_at, new.closes_at, new.state, new.source
            from pg_temp.import_window new join outbox.destination t on t.name = new.destination
            where not exists (select from outbox.reporting_window old
              where (old.destination_id, old.kodepemda, old.period, old.kind)
                = (t.destination_id, $1, new.period, new.kind))
            order by new.line
            """,
            [.text(kodepemda)]
        )
        return ImportCounts(inserted: inserted, updated: updated, unchanged: total - inserted - updated)
    }
}
