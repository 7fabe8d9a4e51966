// Reminds posyandu and kecamatan of reports that are missing before a window closes: once, and not after they came.
// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
package import PluginKit
package import PostgresClient

/// A reminder as a person reads it.
package struct ListedReminder: Sendable, Hashable {
    package enum Level: String, Sendable { case posyandu, kecamatan }
    package enum Standing: String, Sendable {
        case open
        /// What was missing has been reported.
        case answered
        /// The window closed before.
        case late
    }

    package var destination: String
    package var period: Period
    package var level: Level
    /// UUID of the posyandu, or code of the kecamatan.
    package var owner: String
    /// Name of the posyandu; nil for a kecamatan.
    package var name: String?
    /// Code of the desa or kecamatan.
    package var area: String
    package var raised: CivilDate
    /// The last day of the window that closes first, or last when all are closed.
    package var due: CivilDate?
    package var workdaysLeft: Int?
    package var standing: Standing
    /// Of a posyandu the months it has not reported, of a kecamatan the posyandu that have not reported all.
    package var lacking: Int

    /// For the owner, in Bahasa Indonesia.
    package var reason: String {
        let what =
            level == .posyandu
            ? "\(lacking) bulan belum dilaporkan" : "\(lacking) posyandu belum melapor lengkap"
        let left: String
        switch (standing, workdaysLeft) {
        case (.late, _): left = "jendela sudah tutup, TERLAMBAT"
        case (_, 0): left = "tutup hari ini"
        case (_, let days?): left = "sisa \(days) hari kerja"
        case (_, nil): left = "belum ada tanggal tutup"
        }
        return standing == .answered ? "Laporan \(period) sudah lengkap" : "Laporan \(period): \(what), \(left)"
    }
}

extension ReportingCalendar {
    /// Raises what is due and was not raised before; returns how many reminders that were.
    ///
    /// Two daemons at once raise each of them once: the owner of a destination and period is a unique key.
    package func remind(_ connection: isolated PostgresConnection, now: Int64) throws -> Int {
        guard remindWorkdays > 0 else { return 0 }
        var raised = 0
        var told: Set<[String]> = []
        for window in try openWindows(connection, now: now) {
            guard let left = workdaysLeft(window, now: now), left <= remindWorkdays,
                told.insert([window.destination, window.period.description]).inserted
            else { continue }
            let posts = try PostReports.read(connection, area: kabupaten, period: window.period, today: day(now))
                .filter { !$0.isComplete }
            let districts = Set(posts.map { String($0.village.prefix(8)) }).sorted()
            let owners =
                posts.map { ($0.posyandu.uuidString.lowercased(), $0.village, "posyandu") }
                + districts.map { ($0, $0, "kecamatan") }
            raised += try connection.execute(
                """
                insert into outbox.reminder(destination_id, kodepemda, period, level, owner, area, raised_at)
                select t.destination_id, $2, $3, u.level, u.owner, u.area, $7
                from outbox.destination t, unnest($4::text[], $5::text[], $6::text[]) as u(owner, area, level)
                where t.name = $1
                on conflict (destination_id, kodepemda, period, owner) do nothing
                """,
                [
                    .text(window.destination), .text(kodepemda), .text(window.period.description),
                    .textArray(owners.map(\.0)), .textArray(owners.map(\.1)), .textArray(owners.map(\.2)),
                    .timestamptz(now),
                ]
            )
        }
        return raised
    }

    private func openWindows(_ connection: isolated PostgresConnection, now: Int64) throws -> [ReportingWindow] {
        try connection.query(
            """
            select \(Self.windowColumns) from outbox.reporting_window w join outbox.destination t using (destination_id)
            where w.kodepemda = $1 and w.state <> 'tutup' and w.closes_at > $2 and coalesce(w.opens_at <= $2, true)
            order by w.closes_at, t.name, w.period, w.kind
            """,
            [.text(kodepemda), .timestamptz(now)]
        ).map { try ReportingWindow($0) }
    }

    /// Which reminders are listed.
    package struct ReminderQuery: Sendable {
        /// Kecamatan or desa, with what lies in it; nil for all.
        package var area: String?
        /// UUID of one posyandu.
        package var posyandu: String?
        /// Only those due up to this day.
        package var due: CivilDate?
        /// Those that were answered or came too late as well.
        package var all = false
        package var limit = 1_000

        package init() {}
    }

    /// Reminders in the order of their days. Which are open follows from what stands in the figures now.
    package func reminders(
        _ connection: isolated PostgresConnection,
        _ query: ReminderQuery,
        now: Int64
    ) throws -> [ListedReminder] {
        let rows = try connection.query(
            """
            select t.name, r.period, r.level, r.owner, r.area, r.raised_at
            from outbox.reminder r join outbox.destination t using (destination_id)
            where r.kodepemda = $1 and ($2::text is null or r.area = $2 or r.area like $2 || '.%')
              and ($3::text is null or r.owner = $3)
            """,
            [.text(kodepemda), .text(optional: query.area), .text(optional: query.posyandu)]
        )
        var windows: [[String]: ReportingWindow] = [:]
        for window in try allWindows(connection) {
            let key = [window.destination, window.period.description]
            // By closing: the first that is still open, else the last one.
            if windows[key].map({ $0.isClosed(at: now) }) ?? true { windows[key] = window }
        }
        var posts: [String: [String: PostReport]] = [:]
        var reminders: [ListedReminder] = []
        for row in rows {
            let name = try row.string(1)
            guard let period = Period(name), let level = ListedReminder.Level(rawValue: try row.string(2)) else {
                continue
            }
            if posts[name] == nil {
                let read = try PostReports.read(connection, area: kabupaten, period: period, today: day(now))
                posts[name] = Dictionary(
                    read.map { ($0.posyandu.uuidString.lowercased(), $0) },
                    uniquingKeysWith: { first, _ in first }
                )
            }
            let owner = try row.string(3)
            let post = posts[name]?[owner]
            let lacking =
                level == .posyandu
                ? post.map { max(0, $0.expected - $0.reported) } ?? 0
                : (posts[name] ?? [:]).values.count { $0.village.hasPrefix(owner + ".") && !$0.isComplete }
            let window = windows[[try row.string(0), name]]
            let standing: ListedReminder.Standing =
                lacking == 0 ? .answered : window?.isClosed(at: now) ?? true ? .late : .open
            let reminder = ListedReminder(
                destination: try row.string(0),
                period: period,
                level: level,
                owner: owner,
                name: post?.name,
                area: try row.string(4),
                raised: day(try row.timestamp(5)),
                due: window?.closingDay(in: zone),
                workdaysLeft: window.flatMap { workdaysLeft($0, now: now) },
                standing: standing,
                lacking: lacking
            )
            if let due = query.due, reminder.due.map({ $0 > due }) ?? true { continue }
            if query.all || standing == .open { reminders.append(reminder) }
        }
        reminders.sort { left, right in
            let dates = (left.due ?? CivilDate(daysSince1970: .max), right.due ?? CivilDate(daysSince1970: .max))
            return (dates.0, left.destination, left.period, left.area, left.owner)
                < (dates.1, right.destination, right.period, right.area, right.owner)
        }
        return Array(reminders.prefix(query.limit))
    }

    private func allWindows(_ connection: isolated PostgresConnection) throws -> [ReportingWindow] {
        try connection.query(
            """
            select \(Self.windowColumns) from outbox.reporting_window w join outbox.destination t using (destination_id)
            where w.kodepemda = $1 order by w.closes_at nulls last
            """,
            [.text(kodepemda)]
        ).map { try ReportingWindow($0) }
    }
}
