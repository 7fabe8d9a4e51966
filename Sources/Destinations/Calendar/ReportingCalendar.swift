// What closes when, what is missing before it does, and what to do about it.
// SPDX-License-Identifier: Apache-2.0

package import CivilCalendar
package import PluginKit
package import PostgresClient
package import Summaries

/// Where and by which days the calendar is read.
package struct ReportingCalendar: Sendable {
    /// Dotted code of the kabupaten, `33.25`.
    package let kabupaten: String
    package let zone: CivilZone
    package let workdays: WorkCalendar
    /// Reminders are raised when so many working days are left, or fewer; 0 raises none.
    package let remindWorkdays: Int

    package init(kabupaten: String, zone: CivilZone, workdays: WorkCalendar, remindWorkdays: Int) {
        self.kabupaten = kabupaten
        self.zone = zone
        self.workdays = workdays
        self.remindWorkdays = remindWorkdays
    }

    /// Four digits, as destinations name the kabupaten.
    package var kodepemda: String { kabupaten.filter { $0 != "." } }

    /// - Parameter now: µs since 1970 UTC.
    package func day(_ now: Int64) -> CivilDate { Instant(seconds: Int(now / 1_000_000)).date(in: zone) }

    /// Working days after today up to the closing day; 0 on that day itself, nil without a closing or after it.
    package func workdaysLeft(_ window: ReportingWindow, now: Int64) -> Int? {
        guard let last = window.closingDay(in: zone), !window.isClosed(at: now) else { return nil }
        return workdays.workdays(from: day(now), until: last)
    }
}

/// The newest document of a window.
package struct WindowDocument: Sendable, Hashable {
    package var id: Int64
    package var revision: Int
    package var state: DocumentState
    package var reason: String?

    var isByHand: Bool { state == .held && reason == PushRow.byHand }
}

/// One window with everything that an operator asks of it.
package struct CalendarEntry: Sendable {
    package var window: ReportingWindow
    package var standing: WindowStanding
    package var workdaysLeft: Int?
    package var document: WindowDocument?
    /// Up to when records are in the document (`batas_data`), µs since 1970 UTC; of the newest freezing of the period while there
    /// is no document, nil before the first.
    package var cutoff: Int64?
    package var posts: ReportTally

    /// What to do next, for a person; nil when nothing is asked of anybody.
    package var remedy: String? {
        let close = "posyanductl summaries close \(window.period)"
        switch (standing, document) {
        case (.done, _), (.notYet, _): return nil
        case (.late, let document?) where document.isByHand:
            return
                "It closed before anybody confirmed the worksheet. If it was handed in: posyanductl push ack-by-hand "
                + "\(document.id) --proof PROOF. If the window is extended: import it, and hand in posyanductl push export "
                + "--document \(document.id) --out FILE."
        case (.late, let document?):
            return
                "Too late for this way. Give the figures as a worksheet: posyanductl push show \(document.id) --body; when the "
                + "destination has them: posyanductl push ack-by-hand \(document.id) --proof PROOF. If the window is extended: "
                + "import it, then posyanductl push retry \(document.id)."
        case (.late, nil):
            return "Too late for this way, and nothing was planned. Freeze the period for a worksheet: \(close)."
        case (.open, nil):
            return "Nothing is planned yet. When the posyandu below have reported: \(close)."
        case (.open, let document?):
            switch document.state {
            case .windowClosed: return "The window is open again: posyanductl push retry \(document.id)."
            case .held: return Remedy.words(document: document.id, state: .held, reason: document.reason)
            case .rejected, .partial, .stale: return "It waits for a person: posyanductl push show \(document.id)."
            default: return nil
            }
        }
    }
}

extension ReportingCalendar {
    /// Which windows are shown.
    package struct Query: Sendable {
        package var destination: String?
        package var period: Period?
        /// Windows whose period lies in that year.
        package var year: Int?
        /// Also what is done and closed.
        package var all = false

        package init() {}
    }

    /// Entries by closing, those without one last. Without a year or period: what is not yet over, and what came too late in the
    /// last 366 days.
    package func entries(
        _ connection: isolated PostgresConnection,
        _ query: Query,
        now: Int64
    ) throws -> [CalendarEntry] {
        let frozen = try cutoffs(connection)
        var tallies: [Period: ReportTally] = [:]
        var entries: [CalendarEntry] = []
        for found in try windows(connection, query) {
            let (window, document, snapshot) = found
            let standing = window.standing(at: now, isAcknowledged: document?.state == .acknowledged)
            if !query.all, query.year == nil, query.period == nil, window.isClosed(at: now) {
                let isRecent = window.closesAt.map { $0 > now - 366 * 86_400_000_000 } ?? true
                guard standing == .late, isRecent else { continue }
            }
            if tallies[window.period] == nil {
                var tally = ReportTally()
                let posts = try PostReports.read(connection, area: kabupaten, period: window.period, today: day(now))
                for post in posts { tally.add(post) }
                tallies[window.period] = tally
            }
            let cutoffs = frozen[window.period.description] ?? [:]
            entries.append(
                CalendarEntry(
                    window: window,
                    standing: standing,
                    workdaysLeft: workdaysLeft(window, now: now),
                    document: document,
                    cutoff: cutoffs[snapshot ?? cutoffs.keys.max() ?? 0],
                    posts: tallies[window.period] ?? ReportTally()
                )
            )
        }
        return entries
    }

    /// Windows with their newest document and the revision of the summary that it was made of. Of several documents that are not
    /// acknowledged the first, else the first of all: the window is done when every one is.
    private func windows(
        _ connection: isolated PostgresConnection,
        _ query: Query
    ) throws -> [(ReportingWindow, WindowDocument?, Int?)] {
        try connection.query(
            """
            select \(Self.windowColumns), d.document_id, d.revision, d.state, d.reason, d.snapshot_revision
            from outbox.reporting_window w join outbox.destination t using (destination_id)
            left join lateral (
              select * from (
                select distinct on (d.kind) * from outbox.document d where d.destination_id = w.destination_id
                    and d.kodepemda = w.kodepemda and d.period = w.period and outbox.is_in_window(d.kind, w.kind)
                  order by d.kind, d.revision desc) newest
              order by newest.state = 'acknowledged', newest.document_id limit 1) d on true
            where w.kodepemda = $1 and ($2::text is null or t.name = $2) and ($3::text is null or w.period = $3)
              and ($4::int is null or left(w.period, 4)::int = $4)
            order by w.closes_at nulls last, t.name, w.period, w.kind
            """,
            [
                .text(kodepemda), .text(optional: query.destination), .text(optional: query.period?.description),
                .int4(optional: query.year),
            ]
        ).map { row in
            let window = try ReportingWindow(row)
            guard let id = try row.optionalInt(8), let state = DocumentState(rawValue: try row.string(10)) else {
                return (window, nil, nil)
            }
            let document = WindowDocument(
                id: Int64(id),
                revision: try row.int(9),
                state: state,
                reason: try row.optionalString(11)
            )
            return (window, document, try row.int(12))
        }
    }

    static let windowColumns = """
        t.name, w.kind, w.period, w.opens_at, w.closes_at, w.state, w.source, w.revision
        """

    /// Cut-off of every frozen revision, by period.
    private func cutoffs(_ connection: isolated PostgresConnection) throws -> [String: [Int: Int64]] {
        var cutoffs: [String: [Int: Int64]] = [:]
        for row in try connection.query(
            "select period, revision, cutoff from summary.snapshot where kabupaten = $1",
            [.text(kabupaten)]
        ) {
            cutoffs[try row.string(0), default: [:]][try row.int(1)] = try row.timestamp(2)
        }
        return cutoffs
    }

    /// What a window was before, newest first.
    package func history(
        _ connection: isolated PostgresConnection,
        _ window: ReportingWindow
    ) throws -> [ReportingWindow] {
        try connection.query(
            """
            select \(Self.windowColumns) from outbox.reporting_window_revision w join outbox.destination t using (destination_id)
            where w.kodepemda = $1 and t.name = $2 and w.period = $3 and w.kind = $4 order by w.revision desc
            """,
            [
                .text(kodepemda), .text(window.destination), .text(window.period.description),
                .text(window.kind.rawValue),
            ]
        ).map { try ReportingWindow($0) }
    }
}

extension ReportingWindow {
    /// The windows of a snapshot's period at a destination, by document kind.
    package static func read(
        _ connection: isolated PostgresConnection,
        of destination: String,
        _ snapshot: PeriodSnapshot
    ) throws -> [DocumentKind: ReportingWindow] {
        guard let kodepemda = SnapshotRows.kodepemda(snapshot.kabupaten) else { return [:] }
        let windows = try connection.query(
            """
            select \(ReportingCalendar.windowColumns) from outbox.reporting_window w
            join outbox.destination t using (destination_id)
            where t.name = $1 and w.kodepemda = $2 and w.period = $3
            """,
            [.text(destination), .text(kodepemda), .text(snapshot.period)]
        ).map { try ReportingWindow($0) }
        return Dictionary(windows.map { ($0.kind, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Reads ``ReportingCalendar/windowColumns``.
    init(_ row: PostgresRow) throws {
        let text = try row.string(2)
        guard let period = Period(text), let state = State(rawValue: try row.string(5)) else {
            throw PostgresError(.decoding, "outbox.reporting_window has the unknown period or state \(text)")
        }
        self.init(
            destination: try row.string(0),
            kind: DocumentKind(rawValue: try row.string(1)),
            period: period,
            opensAt: try row.optionalTimestamp(3),
            closesAt: try row.optionalTimestamp(4),
            state: state,
            source: try row.string(6),
            revision: try row.int(7)
        )
    }
}
