// `reconcile`: compares the tally with the registry, the frozen documents and the destination.
// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import HTTPTransfer

struct Reconcile: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prove: generator's tally = registry = frozen summaries = documents = what the stand-in stored.",
        discussion: """
            Waits until everything is applied. Compares each figure of each kecamatan, every count of records, residents and \
            cases, what was rejected and why, the bytes at the destination, and at last the frozen periods with those that a \
            replay of the log made. Exit status 1 on any difference.
            """
    )

    @Option(help: ArgumentHelp("The daemon's control socket.", valueName: "socket"))
    var control: String

    @Option(help: ArgumentHelp("The stand-in's address.", valueName: "url"))
    var standin: String

    @Option(help: ArgumentHelp("Folder with tally.json.", valueName: "dir"))
    var dir: String

    @Option(help: ArgumentHelp("Where the report goes, as JSON.", valueName: "file"))
    var report: String

    @Option(
        help: ArgumentHelp("Seconds of the stages before: lines of `name seconds [count unit]`.", valueName: "file")
    )
    var stages: String?

    @Option(help: ArgumentHelp("Peak memory seen: lines of `process bytes`.", valueName: "file"))
    var peaks: String?

    @Option(
        help: ArgumentHelp(
            "What `posyanductl replay --json` prints: a pipe, opened when all else is compared.",
            valueName: "file"
        )
    )
    var replay: String?

    func run() async throws {
        let started = ContinuousClock.now
        let transfer = HTTPTransfer()
        defer { transfer.shutdown() }
        let client = ControlClient(transfer: transfer, socket: control)
        try await Settle.waitForFigures(client, patience: 300)
        let expected = try Expected(dir)
        var reconciler = Reconciler(client: client, expected: expected, standin: standin)
        try await reconciler.run()
        var notes = try RunNotes(stages: stages, peaks: peaks)
        try await notes.ask(client)
        var compared = reconciler.comparisons.reduce(0) { $0 + $1.compared }
        notes.add(.init(name: "reconcile", seconds: Progress.seconds(since: started), count: compared, unit: "values"))
        if let replay {
            let log = ReplayedLog(replay)
            reconciler.add(log)
            await notes.add(log, client)
        }
        let (comparisons, untallied) = (reconciler.comparisons, reconciler.untallied)
        let breakdown = Breakdown(comparisons, areas: expected.areas)
        let table = ReportTable(
            expected: expected,
            comparisons: comparisons,
            breakdown: breakdown,
            notes: notes,
            untallied: untallied
        )
        print(table.text)
        try ReportFile.write(expected, comparisons, breakdown, notes, untallied: untallied, to: report)
        compared = comparisons.reduce(0) { $0 + $1.compared }
        let count = Self.show(comparisons)
        guard count == 0 else {
            print("NOT RECONCILED: \(count) of \(compared) values differ; all of them in \(report)")
            throw ExitCode.failure
        }
        print("reconciled: \(compared) values, no difference")
    }

    /// Prints the first differences of each comparison; returns how many there are in all.
    private static func show(_ comparisons: [Comparison]) -> Int {
        var count = 0
        for comparison in comparisons where !comparison.differences.isEmpty {
            count += comparison.differences.count
            print(
                "\n\(comparison.stage), \(comparison.what): \(comparison.differences.count) of \(comparison.compared) differ"
            )
            for difference in comparison.differences.prefix(12) {
                print(
                    "  \(difference.key): expected \(difference.expected ?? "nothing"), found \(difference.found ?? "nothing")"
                )
            }
        }
        return count
    }
}
