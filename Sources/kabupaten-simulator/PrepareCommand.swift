// `prepare`: makes the kabupaten and writes the files to import.
// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import FoundationEssentials
import Glibc

struct Prepare: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make the kabupaten and write posyandu, cadres, residents, offices and sources as CSV.",
        discussion: "The same seed and sizes give the same bytes. Private keys go into keys.csv, mode 0600."
    )

    @Option(help: "Seed of everything.")
    var seed: UInt64 = 1

    @Option(help: "Number of posyandu.")
    var posyandu = 1_236

    @Option(help: "Number of months.")
    var months = 1

    @Option(
        help: ArgumentHelp(
            "First month, as 2026-10. Without it the last month is 2026-10, or the last one over.",
            valueName: "month"
        )
    )
    var first: String?

    @Option(help: ArgumentHelp("The national region list.", valueName: "file"))
    var regions = "config/reference/wilayah.csv"

    @Option(help: ArgumentHelp("Folder with the WHO tables, who_*.csv.", valueName: "dir"))
    var standards = StandardTables.folder

    @Option(help: ArgumentHelp("Folder to write to; made when it is missing.", valueName: "dir"))
    var out: String

    func validate() throws {
        guard (1...20_000).contains(posyandu) else { throw ValidationError("--posyandu must be 1 to 20000") }
        guard (1...60).contains(months) else { throw ValidationError("--months must be 1 to 60") }
        if let first, Month(first) == nil { throw ValidationError("--first must be a month, as 2026-10") }
    }

    func run() async throws {
        let scenario = Scenario(
            seed: seed,
            posyandu: posyandu,
            months: months,
            first: first.flatMap { Month($0) } ?? Self.lastMonth.adding(1 - months)
        )
        let world = try KabupatenBuilder.build(
            scenario,
            regions: try TextFile.text(regions),
            standards: try StandardTables(standards)
        )
        if mkdir(out, 0o755) != 0, errno != EEXIST { throw SimulatorError("\(out) cannot be made (errno \(errno))") }
        try WorldFiles.write(world, to: out)
        let residents = world.residents.count { $0.group != .newborn }
        print(
            "Kabupaten Batang: \(world.kecamatan.count) kecamatan, \(world.posyandu.count) posyandu,",
            "\(world.cadres.count) cadres, \(residents) residents; months \(scenario.first) to \(scenario.last)"
        )
    }

    /// October 2026, so that a seed means the same on every day; the last month that is over where the clock is earlier.
    private static var lastMonth: Month {
        let today = Day((Int(time(nil)) + Moment.secondsEast) / 86_400)
        return min(Month(2026, 10), today.month.adding(-1))
    }
}
