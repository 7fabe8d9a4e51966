// The reporting calendar: windows of the destinations, what is missing before they close, reminders.
// SPDX-License-Identifier: Apache-2.0
import CivilCalendar
import Destinations
import FoundationEssentials
import Hummingbird
import Logging
import MessageLog
import PluginKit
import PostgresClient
import Registry

extension ControlRoutes {
    /// Adds `POST import/windows`, `GET calendar` and `GET calendar/posyandu`.
    func addCalendar(_ group: RouterGroup<ControlContext>) {
        group.post("import/windows") { request, context in
            let word = request.uri.queryParameters.get("mode").map { String($0) } ?? ImportMode.allOrNothing.rawValue
            guard let mode = ImportMode(rawValue: word) else {
                throw ControlError.badRequest("`\(word)` is no mode", hint: "dry-run, all-or-nothing or skip-bad")
            }
            let body = try await bytes(request, limit: Self.largestFile)
            services.log.notice("import of windows, \(mode.rawValue)", metadata: ["actor": "\(context.actor)"])
            let services = services
            return Answer.lines { sink in
                let table = WindowImport(
                    destinations: services.destinations.map(\.settings),
                    kodepemda: services.reporting.kodepemda,
                    zone: services.reporting.zone
                )
                let report = try await services.importer.run(table, kind: "windows", mode: mode, .bytes(body)) { rows in
                    sink.write(["progress": .int(rows)])
                }
                return ["report": Self.json(report)]
            }
        }
        group.get("calendar") { request, _ in
            let parameters = request.uri.queryParameters
            var query = ReportingCalendar.Query()
            query.destination = parameters.get("destination").map { String($0) }
            query.period = try parameters.get("period").map { try reportingPeriod(String($0)) }
            query.all = parameters.get("all") == "true"
            if let text = parameters.get("year") {
                guard let year = Int(text) else { throw ControlError.badRequest("`year` is not a year", hint: "2026") }
                query.year = year
            }
            let (asked, calendar, now) = (query, services.reporting, WallClock.microseconds())
            let (entries, histories) = try await services.pool.transaction(.init(readOnly: true)) { connection in
                let entries = try calendar.entries(connection, asked, now: now)
                return (
                    entries,
                    try entries.map { $0.window.revision > 1 ? try calendar.history(connection, $0.window) : [] }
                )
            }
            return Answer.json([
                "today": .string(calendar.day(now).description), "zone": .string(calendar.zone.rawValue),
                "windows": .array(zip(entries, histories).map { json($0, $1) }),
            ])
        }
        group.get("calendar/posyandu") { request, _ in
            let period = try reportingPeriod(try text(request, "period"))
            let calendar = services.reporting
            let area = request.uri.queryParameters.get("area").map { String($0) } ?? calendar.kabupaten
            guard [5, 8, 13].contains(area.utf8.count),
                area == calendar.kabupaten || area.hasPrefix(calendar.kabupaten + ".")
            else {
                throw ControlError.badRequest(
                    "`\(area)` is not an area of \(calendar.kabupaten)",
                    hint: "a kabupaten, kecamatan or desa: \(calendar.kabupaten).01, \(calendar.kabupaten).01.2001"
                )
            }
            let today = calendar.day(WallClock.microseconds())
            return try await services.pool.transaction(.init(readOnly: true)) { connection in
                let posts = try PostReports.read(connection, area: area, period: period, today: today)
                let names = try Self.areaNames(connection, today)
                return Answer.json(Self.json(posts, period: period, area: area, names))
            }
        }
    }

    /// Reminders of missing reports that a question for tasks finds as well.
    func reminders(beside query: TaskQuery) async throws -> [JSONValue] {
        guard let asked = Reminders.asked(by: query) else { return [] }
        let (calendar, now) = (services.reporting, WallClock.microseconds())
        let found = try await services.pool.transaction(.init(readOnly: true)) { connection in
            try calendar.reminders(connection, asked, now: now)
        }
        return found.map(Reminders.json)
    }

    private func reportingPeriod(_ text: String) throws -> Period {
        guard let period = Period(text) else {
            throw ControlError.badRequest("`\(text)` is not a period", hint: "2026-11, 2026-Q4 or 2026")
        }
        return period
    }

    private static func areaNames(_ connection: isolated PostgresConnection, _ day: CivilDate) throws -> [String:
        String]
    {
        var names: [String: String] = [:]
        for row in try connection.query(
            """
            select distinct r.code, r.name from registry.region r join registry.posyandu p
              on r.code in (left(p.village_code, 8), p.village_code)
            where r.version_id = registry.region_version_on($1)
            """,
            [.date(day.daysSince1970)]
        ) {
            names[try row.string(0)] = try row.string(1)
        }
        return names
    }

    private func json(_ entry: CalendarEntry, _ history: [ReportingWindow]) -> JSONValue {
        var object = json(entry.window)
        object["standing"] = .string(entry.standing.rawValue)
        object["closing_day"] = .optional(entry.window.closingDay(in: services.reporting.zone)?.description)
        object["workdays_left"] = entry.workdaysLeft.map { .int($0) } ?? .null
        object["document"] =
            entry.document.map { document in
                [
                    "id": .int(Int(document.id)), "revision": .int(document.revision),
                    "state": .string(document.state.rawValue), "reason": .optional(document.reason),
                ]
            } ?? .null
        object["data_cutoff"] = entry.cutoff.map(instant) ?? .null
        object["posyandu"] = Self.json(entry.posts)
        object["remedy"] = .optional(entry.remedy)
        object["history"] = .array(history.map { .object(json($0)) })
        return .object(object)
    }

    private func json(_ window: ReportingWindow) -> JSONObject {
        [
            "destination": .string(window.destination), "kind": .string(window.kind.rawValue),
            "period": .string(window.period.description), "opens": window.opensAt.map(instant) ?? .null,
            "closes": window.closesAt.map(instant) ?? .null, "state": .string(window.state.rawValue),
            "source": .string(window.source), "revision": .int(window.revision),
        ]
    }

    private static func json(_ tally: ReportTally) -> JSONValue {
        [
            "active": .int(tally.active), "complete": .int(tally.complete), "partial": .int(tally.partial),
            "missing": .int(tally.missing),
        ]
    }

    /// Counts by kecamatan of a kabupaten, else by desa; and each posyandu that lacks something.
    private static func json(
        _ posts: [PostReport],
        period: Period,
        area: String,
        _ names: [String: String]
    ) -> JSONValue {
        let digits = area.utf8.count == 5 ? 8 : 13
        var total = ReportTally()
        var tallies: [String: ReportTally] = [:]
        for post in posts {
            total.add(post)
            tallies[String(post.village.prefix(digits)), default: ReportTally()].add(post)
        }
        let rows = tallies.filter { $0.value.active > 0 }.sorted { $0.key < $1.key }.map { code, tally -> JSONValue in
            ["area": .string(code), "name": .optional(names[code]), "posyandu": json(tally)]
        }
        let lacking = posts.filter { !$0.isComplete }.map { post -> JSONValue in
            [
                "posyandu": .string(post.posyandu.uuidString.lowercased()), "name": .string(post.name),
                "village": .string(post.village), "village_name": .optional(names[post.village]),
                "months": .int(post.expected), "reported": .int(post.reported),
            ]
        }
        return [
            "period": .string(period.description), "area": .string(area), "total": json(total), "rows": .array(rows),
            "lacking": .array(lacking),
        ]
    }
}

/// Reminders of missing reports beside the tasks of records.
private enum Reminders {
    /// What they are called in a list of tasks.
    static let kind = "lapor"

    /// nil when the question leaves them out: they belong to no cadre and have one kind.
    static func asked(by query: TaskQuery) -> ReportingCalendar.ReminderQuery? {
        guard query.cadre == nil, query.kind.map({ $0 == kind }) ?? true else { return nil }
        var asked = ReportingCalendar.ReminderQuery()
        asked.area = query.area
        asked.posyandu = query.posyandu?.uuidString.lowercased()
        asked.due = query.due
        asked.all = query.withAnswered
        asked.limit = query.limit
        return asked
    }

    static func json(_ reminder: ListedReminder) -> JSONValue {
        [
            "kind": .string(kind), "to": .string(reminder.level.rawValue), "owner": .string(reminder.owner),
            "name": .optional(reminder.name), "area": .string(reminder.area),
            "destination": .string(reminder.destination), "period": .string(reminder.period.description),
            "reason": .string(reminder.reason), "raised": .string(reminder.raised.description),
            "due": .optional(reminder.due?.description),
            "workdays_left": reminder.workdaysLeft.map { .int($0) } ?? .null,
            "lacking": .int(reminder.lacking), "state": .string(reminder.standing.rawValue),
        ]
    }
}
