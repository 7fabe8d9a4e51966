// `posyanductl summaries`: frozen periods, closing one, reading one.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginKit

struct SummariesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "summaries",
        abstract: "Frozen periods: list them, close one, show one.",
        subcommands: [SummariesList.self, SummariesClose.self, SummariesShow.self],
        defaultSubcommand: SummariesList.self
    )
}

/// A month, quarter or year on the command line.
struct PeriodArgument: ExpressibleByArgument {
    let text: String

    init?(argument: String) {
        guard let period = Period(argument) else { return nil }
        text = period.description
    }
}

struct SummariesList: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the revisions of all closed periods (the default)."
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        console.show(try await daemon.get("summaries"), json: output.json, Self.report)
    }

    static func report(_ answer: JSONValue, _ isStyled: Bool) -> String {
        let cell = Printable.cell
        var table = TextTable(
            .left("PERIOD"),
            .right("REVISION"),
            .left("CUTOFF"),
            .left("CREATED"),
            .right("SIZE"),
            .left("DIGEST")
        )
        for snapshot in answer["snapshots"]?.array ?? [] {
            table.add(
                cell(snapshot["period"]),
                cell(snapshot["revision"]),
                cell(snapshot["cutoff"]),
                cell(snapshot["created"]),
                Printable.bytes(snapshot["bytes"]),
                Printable.digest(snapshot["digest"])
            )
        }
        let waiting = "\(cell(answer["dirty"])) cells wait to be summed up."
        return (table.isEmpty ? "No period is closed yet." : table.text(isStyled)) + "\n" + waiting
    }
}

struct SummariesClose: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "close",
        abstract: "Freezes a period and gives its documents to the destinations.",
        discussion: "A period without changes since it was last closed keeps its revision."
    )

    @Argument(help: ArgumentHelp("2026-11, 2026-Q4 or 2026.", valueName: "period"))
    var period: PeriodArgument

    @Flag(help: "Freeze only: give nothing to any destination.")
    var noPush = false

    @Flag(help: "Wait until the destinations have acknowledged everything, as posyanductl push wait.")
    var wait = false

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func validate() throws {
        if noPush && wait { throw ValidationError("--no-push and --wait exclude each other") }
    }

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let asked: JSONValue = ["period": .string(period.text), "push": .bool(!noPush)]
        let answer = try await daemon.post("summaries/close", asked)
        console.show(answer, json: output.json, Self.report)
        if wait { try await PushWait.untilAcknowledged(daemon, console, Deadline(seconds: nil)) }
    }

    static func report(_ answer: JSONValue, _ isStyled: Bool) -> String {
        let cell = Printable.cell
        var table = TextTable(
            .left("DESTINATION"),
            .left("DOCUMENT"),
            .right("REVISION"),
            .right("SIZE"),
            .left("DIGEST")
        )
        for document in answer["documents"]?.array ?? [] {
            table.add(
                cell(document["destination"]),
                cell(document["kind"]),
                cell(document["revision"]),
                Printable.bytes(document["bytes"]),
                Printable.digest(document["digest"])
            )
        }
        let isNew = answer["new"]?.bool == true
        let sentence =
            "\(cell(answer["period"])): revision \(cell(answer["revision"])), \(isNew ? "new" : "nothing had changed"), "
            + "digest \(Printable.digest(answer["digest"])). \(cell(answer["unchanged"])) documents unchanged."
        return table.isEmpty ? sentence : "\(sentence)\n\(table.text(isStyled))"
    }
}

struct SummariesShow: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows a closed period; with --json its canonical bytes, exactly."
    )

    @Argument(help: ArgumentHelp("2026-11, 2026-Q4 or 2026.", valueName: "period"))
    var period: PeriodArgument

    @Argument(help: "Its revision; the latest when left out.")
    var revision: Int?

    @Flag(help: "Print the canonical bytes and nothing else.")
    var json = false

    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let revision =
            if let revision { revision } else { try Self.latest(of: period.text, in: await daemon.get("summaries")) }
        let bytes = try await daemon.bytes("summaries/\(ControlClient.segment(period.text))/\(revision)")
        if json {
            console.out(bytes)
        } else {
            console.print(Self.report(try JSONParser.parse(bytes), console.isStyled))
        }
    }

    static func latest(of period: String, in list: JSONValue) throws -> Int {
        let revisions = (list["snapshots"]?.array ?? []).filter { $0["period"]?.string == period }
        guard let latest = revisions.compactMap({ $0["revision"]?.integer }).max() else {
            throw OperatorError("\(period) is not closed yet", hint: "posyanductl summaries close \(period)")
        }
        return latest
    }

    static func report(_ snapshot: JSONValue, _ isStyled: Bool) -> String {
        let cell = Printable.cell
        var facts = Facts()
        facts.add("period", "\(cell(snapshot["period"])), \(cell(snapshot["start"])) to \(cell(snapshot["end"]))")
        facts.add("kabupaten", "\(cell(snapshot["kabupaten"])), region list \(cell(snapshot["region_version"]))")
        facts.add("revision", cell(snapshot["revision"]))
        facts.add("reported", "\(cell(snapshot["reported"])) of \(cell(snapshot["registered"])) posyandu")
        var table = TextTable(
            .left("SECTOR"),
            .left("INDICATOR"),
            .left("AREA"),
            .right("FIGURE"),
            .right("OF"),
            .left("UNIT"),
            .left("STATUS")
        )
        for figure in snapshot["figures"]?.array ?? [] {
            table.add(
                cell(figure[0]),
                cell(figure[1]),
                cell(figure[4]),
                cell(figure[5]),
                cell(figure[6]),
                cell(figure[3]),
                cell(figure[7])
            )
        }
        return table.isEmpty ? facts.text + "\n\nNo figure." : facts.text + "\n\n" + table.text(isStyled)
    }
}
