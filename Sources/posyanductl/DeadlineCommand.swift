// `posyanductl deadline`: on which day a number of working days is over.
// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CivilCalendar
import PluginKit

struct DeadlineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deadline",
        abstract: "Shows the day on which a number of working days is over.",
        discussion: """
            Saturdays, Sundays and the days of --holidays do not count, nor does the day of the report, at whatever time it \
            came. That day is the one in --zone: 2026-11-23T23:00:00Z is the 24th in Jakarta. Asks no daemon.
            """
    )

    @Option(help: ArgumentHelp("When the report came, RFC 3339 with its distance from UTC.", valueName: "moment"))
    var from: String

    @Option(help: ArgumentHelp("How many working days.", valueName: "days"))
    var workingDays: Int

    @Option(help: ArgumentHelp("Civil time: \(CivilZone.known).", valueName: "zone"))
    var zone = "Asia/Jakarta"

    @Option(help: ArgumentHelp("Days off as CSV with a column date (or tanggal).", valueName: "file"))
    var holidays: String?

    @Flag(help: "Print one line of JSON.")
    var json = false

    func validate() throws {
        guard Instant(from) != nil else {
            throw ValidationError(
                "--from `\(from)` is not a moment: write 2026-11-23T06:30:00+07:00, with the distance from UTC"
            )
        }
        guard (0...10_000).contains(workingDays) else {
            throw ValidationError("--working-days must be 0 to 10000")
        }
        guard CivilZone(zone) != nil else {
            throw ValidationError("--zone `\(zone)` is not a zone of Indonesia: one of \(CivilZone.known)")
        }
    }

    func run() throws { try show(Console.standard()) }

    /// Prints the day.
    /// - Throws: ``OperatorError`` when the list of holidays cannot be read.
    func show(_ console: Console) throws {
        guard let moment = Instant(from), let zone = CivilZone(zone) else { return }
        let calendar = WorkCalendar(holidays: try holidays.map(Self.days) ?? [])
        let start = moment.date(in: zone)
        let due = calendar.date(after: workingDays, from: start)
        let answer: JSONObject = [
            "from": .string(start.description), "working_days": .number(JSONNumber(workingDays)),
            "zone": .string(zone.rawValue), "due": .string(due.description),
        ]
        console.show(.object(answer), json: json) { _, _ in due.description }
    }

    private static func days(_ path: String) throws -> Set<CivilDate> {
        let file = InputFile(path)
        do {
            return try HolidayList(csv: String(decoding: try file.read(), as: UTF8.self)).days
        } catch let problem as HolidayList.Problem {
            let lines = problem.findings.map { "\(file.name):\($0.line): \($0.message); \($0.fix)" }
            throw OperatorError(
                lines.joined(separator: "\n"),
                hint: "mend these lines: no deadline is counted with a list that is half read"
            )
        }
    }
}
